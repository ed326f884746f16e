//! Secret keys that make and check tokens, and serve nothing else.

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::bounds::MAX_BATCH;
use crate::modes::context::Context;
use crate::modes::key::SecretKey;
use crate::modes::wire::{Blinded, Evaluated, Proof};
use crate::suite::group::Suite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;
use crate::tokens::error::OutOfRange;
use crate::tokens::frame::digest;
use crate::tokens::nonce::Name;
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::{KeyId, Plan, Slot};

/// The secret key of one place in one plan. It evaluates tokens: an issuer does so for whoever has paid for
/// them, a redeemer to check what is spent. Nobody else can have it evaluate anything.
///
/// ```compile_fail,E0599
/// # fn demo(key: &milagro_voprf::tokens::keys::TokenSecretKey) {
/// key.evaluate(b"anything");
/// # }
/// ```
///
/// # Security
/// Made by [`TokenPrimary::derive`](super::TokenPrimary::derive) it cannot be taken out: with it, the primary
/// key could be computed. What may leave is a [`PortableKey`].
pub struct TokenSecretKey<S: Suite = Ristretto255> {
    key: SecretKey<Voprf, S>,
    plan: Plan,
    slot: Slot,
    id: KeyId,
    /// Whose evaluations are counted together: those of one primary key.
    budget: [u8; 32],
    /// Whether it came from a primary key, of which it is an answer by itself.
    derived: bool,
}

impl<S: Suite> TokenSecretKey<S> {
    /// A key that came from a primary key which `origin` names.
    pub(super) fn derived(
        key: SecretKey<Voprf, S>,
        plan: &Plan,
        slot: Slot,
        origin: &[&[u8]],
    ) -> Result<Self, OutOfRange> {
        let fields = [&[tags::KEY_BUDGET, S::IDENTIFIER.as_bytes()], origin].concat();
        Self::new(key, plan, slot, Some(digest(&fields)))
    }

    fn new(
        key: SecretKey<Voprf, S>,
        plan: &Plan,
        slot: Slot,
        budget: Option<[u8; 32]>,
    ) -> Result<Self, OutOfRange> {
        if !plan.is_for::<S>() {
            return Err(crate::tokens::error::OUT_OF_RANGE);
        }
        plan.windows(&slot)?;
        let public = key.public_key().to_bytes();
        let own = || {
            digest(&[
                tags::KEY_BUDGET,
                S::IDENTIFIER.as_bytes(),
                b"own",
                public.as_ref(),
            ])
        };
        Ok(Self {
            id: plan.key_id(&slot, public.as_ref()),
            budget: budget.unwrap_or_else(own),
            derived: budget.is_some(),
            plan: plan.clone(),
            slot,
            key,
        })
    }

    /// The plan that it belongs to.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its place there.
    #[must_use]
    pub const fn slot(&self) -> &Slot {
        &self.slot
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The public key, as published: an array, `[u8; 32]` for ristretto255.
    #[must_use]
    pub const fn public_key(&self) -> S::ElementBytes {
        self.key.public.to_bytes()
    }

    pub(in crate::tokens) const fn budget(&self) -> &[u8; 32] {
        &self.budget
    }

    pub(in crate::tokens) const fn is_derived(&self) -> bool {
        self.derived
    }

    pub(super) const fn key(&self) -> &SecretKey<Voprf, S> {
        &self.key
    }

    /// The answer to a batch, the same each time.
    pub(in crate::tokens) fn answer(
        &self,
        context: &Context<S>,
        blinded: &[Blinded<S>],
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        self.key.blind_evaluate_again(context, blinded)
    }

    /// The outputs of these names, which all are of tokens of this key.
    pub(in crate::tokens) fn outputs(&self, names: &[Name]) -> Result<Vec<TokenOutput>, Error> {
        let mut outputs = Vec::with_capacity(names.len());
        for names in names.chunks(MAX_BATCH) {
            let inputs: Vec<_> = names.iter().map(|name| name.input(&self.id)).collect();
            let batch = self.key.evaluate_batch(&inputs)?;
            outputs.extend(batch.iter().map(TokenOutput::of::<S>));
        }
        Ok(outputs)
    }
}

milagro_base::opaque_debug!(TokenSecretKey<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for TokenSecretKey<S> {}

/// A token key that may be taken to redeemers which hold no primary key: one of its own, or one that a
/// [`PortablePrimary`](super::PortablePrimary) derived.
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ epoch (8) ‖ serial (4) ‖ opens (8) ‖ budget (32) ‖ 01 if derived, else
/// 00 ‖ scalar`.
///
/// # Security
/// Whoever has it makes tokens of its epoch, and of no other. It is a key of the plan that it was made for: with
/// the same scalar in two plans, who draws tokens of one would draw those of the other.
pub struct PortableKey<S: Suite = Ristretto255>(TokenSecretKey<S>);

impl<S: Suite> PortableKey<S> {
    /// A fresh key that no primary key knows, for this place.
    ///
    /// # Errors
    /// [`OutOfRange`] if the plan is for another suite, or the place opens outside its epoch.
    pub fn generate<R: CryptoRng + ?Sized>(
        rng: &mut R,
        plan: &Plan,
        slot: Slot,
    ) -> Result<Self, OutOfRange> {
        TokenSecretKey::new(SecretKey::generate(rng), plan, slot, None).map(Self)
    }

    pub(super) const fn derived(key: TokenSecretKey<S>) -> Self {
        Self(key)
    }

    /// Encodes it, for the way to another server or for safekeeping, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self(key) = self;
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::MAX_LEN));
        bytes.push(Self::VERSION);
        bytes.extend_from_slice(key.id.as_bytes());
        bytes.extend_from_slice(&key.slot.epoch().number().to_be_bytes());
        bytes.extend_from_slice(&key.slot.serial().to_be_bytes());
        bytes.extend_from_slice(&key.slot.opens().to_bytes());
        bytes.extend_from_slice(&key.budget);
        bytes.push(key.derived.into());
        bytes.extend_from_slice(&key.key.to_bytes());
        bytes
    }

    /// Reads an encoded key of that plan.
    ///
    /// # Errors
    /// [`DecodeError`]; `Value` for a key of another plan.
    pub fn from_bytes(bytes: &[u8], plan: &Plan) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let id = KeyId::from_bytes(reader.array()?);
        let slot = Slot::read(&mut reader)?;
        let budget = *reader.array()?;
        let derived = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Value),
        };
        let key = SecretKey::from_bytes(reader.bytes(reader.remaining())?)?;
        let key = TokenSecretKey::new(key, plan, slot, derived.then_some(budget))?;
        if key.id == id && key.budget == budget {
            Ok(Self(key))
        } else {
            Err(DecodeError::Value)
        }
    }

    const VERSION: u8 = 1;
    const MAX_LEN: usize = 1 + KeyId::LEN + 8 + 4 + 8 + 32 + 1 + 66;
}

impl<S: Suite> core::ops::Deref for PortableKey<S> {
    type Target = TokenSecretKey<S>;

    fn deref(&self) -> &TokenSecretKey<S> {
        &self.0
    }
}

impl<S: Suite> From<PortableKey<S>> for TokenSecretKey<S> {
    fn from(key: PortableKey<S>) -> Self {
        key.0
    }
}

milagro_base::opaque_debug!(PortableKey<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for PortableKey<S> {}
