//! Derived keys, each derived once.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use core::fmt::{self, Debug, Formatter};
use core::num::NonZeroUsize;

use crate::attributes::key::DerivedKey;
use crate::attributes::list::Attributes;
use crate::attributes::sdhi::PrimarySecretKey;
use crate::error::Error;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;

/// A primary key with the keys that were derived from it, so that no request derives one again. When it is
/// full, the oldest goes.
pub struct DerivedKeys<S: Suite = Ristretto255> {
    primary: PrimarySecretKey<S>,
    limit: NonZeroUsize,
    keys: BTreeMap<Attributes, Arc<DerivedKey<S>>>,
    order: VecDeque<Attributes>,
}

impl<S: Suite> DerivedKeys<S> {
    /// An empty cache of at most `limit` keys.
    #[must_use]
    pub const fn new(primary: PrimarySecretKey<S>, limit: NonZeroUsize) -> Self {
        Self {
            primary,
            limit,
            keys: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }

    /// The primary key.
    #[must_use]
    pub const fn primary(&self) -> &PrimarySecretKey<S> {
        &self.primary
    }

    /// The key for an attribute list, derived when it is first asked for.
    ///
    /// # Errors
    /// [`Error::KeyExposed`] as [`PrimarySecretKey::derive`].
    ///
    /// # Security
    /// The list comes from the issuer's own schedule: whoever may choose it can empty the cache, and spends
    /// the query budget of all keys.
    pub fn get(&mut self, attributes: &Attributes) -> Result<Arc<DerivedKey<S>>, Error> {
        if let Some(key) = self.keys.get(attributes) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(self.primary.derive(attributes)?);
        while self.keys.len() >= self.limit.get() {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            self.keys.remove(&oldest);
        }
        self.order.push_back(attributes.clone());
        self.keys.insert(attributes.clone(), Arc::clone(&key));
        Ok(key)
    }

    /// Forgets a key, at the end of its epoch.
    pub fn forget(&mut self, attributes: &Attributes) {
        self.keys.remove(attributes);
        self.order.retain(|kept| kept != attributes);
    }

    /// How many keys are cached.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is cached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl<S: Suite> Debug for DerivedKeys<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKeys")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
