//! The server's secret keys by their ids, each with the budget that it draws on.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::fmt;

use crate::attributes::key::DerivedKey;
use crate::modes::key::SecretKey;
use crate::suite::group::Suite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::redeem::OutputSource;
use crate::tokens::schedule::{BudgetExhausted, QueryBudget};
use crate::tokens::token::{KeyId, Nonce, TokenOutput};

/// Secret token keys by id: what an [`Issuer`](super::Issuer) answers with and a [`Redeemer`](crate::Redeemer) checks with.
pub struct KeyRing<S: Suite = Ristretto255> {
    keys: BTreeMap<KeyId, RingKey<S>>,
    /// The budget of each primary key, by its public key.
    primaries: BTreeMap<Vec<u8>, Arc<QueryBudget>>,
}

pub(super) struct RingKey<S: Suite> {
    pub(super) secret: Secret<S>,
    pub(super) budget: Arc<QueryBudget>,
}

/// A key of its own, or one derived from a primary key.
pub(super) enum Secret<S: Suite> {
    Own(SecretKey<Voprf, S>),
    Derived(Arc<DerivedKey<S>>),
}

impl<S: Suite> Secret<S> {
    pub(super) fn key(&self) -> &SecretKey<Voprf, S> {
        match self {
            Self::Own(key) => key,
            Self::Derived(derived) => &derived.key,
        }
    }
}

impl<S: Suite> KeyRing<S> {
    /// A ring without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            keys: BTreeMap::new(),
            primaries: BTreeMap::new(),
        }
    }

    /// Puts a key on the ring, with the budget that its answers are counted in, and gives its id.
    ///
    /// A key that is on the ring keeps the budget it has.
    pub fn insert(&mut self, secret: SecretKey<Voprf, S>, budget: Arc<QueryBudget>) -> KeyId {
        self.put(Secret::Own(secret), budget)
    }

    /// Puts a derived key on the ring, with the budget of its primary key, which all keys derived from it share, and gives its id.
    ///
    /// The budget that comes with the first key of a primary key stays that of all others, on the ring or not.
    ///
    /// # Errors
    /// [`BudgetExhausted`] if nothing is left of the budget: publishing a derived key is an answer of the primary key too, and
    /// costs one.
    pub fn insert_derived(
        &mut self,
        derived: Arc<DerivedKey<S>>,
        budget: &Arc<QueryBudget>,
    ) -> Result<KeyId, BudgetExhausted> {
        let primary = derived.primary.as_ref().to_vec();
        let budget = Arc::clone(self.primaries.entry(primary).or_insert(Arc::clone(budget)));
        budget.charge(1)?;
        Ok(self.put(Secret::Derived(derived), budget))
    }

    fn put(&mut self, secret: Secret<S>, budget: Arc<QueryBudget>) -> KeyId {
        let public_key = secret.key().public_key().to_bytes();
        let id = KeyId::of(S::IDENTIFIER, public_key.as_ref());
        self.keys.entry(id).or_insert(RingKey { secret, budget });
        id
    }

    /// Takes a key off the ring and wipes it: tokens under it are worth nothing from now on.
    pub fn remove(&mut self, id: &KeyId) {
        self.keys.remove(id);
    }

    /// The budget of a key.
    #[must_use]
    pub fn budget(&self, id: &KeyId) -> Option<&QueryBudget> {
        self.keys.get(id).map(|key| &*key.budget)
    }

    pub(super) fn key(&self, id: &KeyId) -> Option<&RingKey<S>> {
        self.keys.get(id)
    }
}

impl<S: Suite> Default for KeyRing<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Suite> OutputSource for KeyRing<S> {
    fn output(&self, key_id: &KeyId, nonce: &Nonce) -> Option<TokenOutput> {
        let output = self
            .key(key_id)?
            .secret
            .key()
            .evaluate(&nonce.input(key_id))
            .ok()?;
        Some(TokenOutput::of::<S>(&output))
    }
}

impl<S: Suite> fmt::Debug for KeyRing<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}
