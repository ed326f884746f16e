//! Lists of those who are welcome.

use alloc::sync::Arc;
use core::fmt;
use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use crate::names::Principal;

/// Decides who is let in. It is asked at the last step of a handshake, and its answer spares a pairing where the
/// protocol has one left. Any `Fn(&Principal) -> bool` is one.
///
/// # Security
/// Whom it does not permit is answered like somebody with a bad signature, so nobody reads the list off the
/// answers. A permitted name with a bad signature takes the time of a pairing longer to refuse: where the list
/// itself is a secret, let in [`Anyone`] here, ask an [`AuthorizeLater`](crate::admission::AuthorizeLater), and have the
/// anchor remember nobody ([`TrustAnchor::with_point_cache`](crate::signing::TrustAnchor::with_point_cache)).
pub trait Authorize: Send + Sync {
    /// Whether the principal is welcome, provided that it proves to be who it says.
    fn permits(&self, peer: &Principal) -> bool;
}

impl<F: Fn(&Principal) -> bool + Send + Sync> Authorize for F {
    fn permits(&self, peer: &Principal) -> bool {
        self(peer)
    }
}

/// Lets in everybody to whom the authorities issue keys.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl Authorize for Anyone {
    fn permits(&self, _: &Principal) -> bool {
        true
    }
}

/// Lets in those on a list.
#[derive(Clone, Debug, Default)]
pub struct AllowList(HashSet<Principal>);

impl FromIterator<Principal> for AllowList {
    fn from_iter<I: IntoIterator<Item = Principal>>(principals: I) -> Self {
        Self(principals.into_iter().collect())
    }
}

impl Authorize for AllowList {
    fn permits(&self, peer: &Principal) -> bool {
        self.0.contains(peer)
    }
}

/// An [`Authorize`] that can be replaced while a service runs. Its clones are one list: give one to the verifier
/// and keep one. Handshakes whose last step comes after [`replace`](Self::replace) has returned ask the new one.
///
/// ```
/// use milagro_tls::admission::{AllowList, Anyone, Authorize as _, Replaceable};
/// # use milagro_tls::{Principal, Role, TrustDomainId};
/// # let alice = Principal::new(TrustDomainId::from_bytes([1; 32]), Role::Client, "alice")?;
///
/// let list = Replaceable::new(Anyone);
/// let held_by_the_verifier = list.clone();
/// assert!(held_by_the_verifier.permits(&alice));
/// list.replace(AllowList::default());
/// assert!(!held_by_the_verifier.permits(&alice));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Replaceable(Arc<RwLock<Arc<dyn Authorize>>>);

impl Replaceable {
    /// Begins with this one.
    #[must_use]
    pub fn new(authorize: impl Authorize + 'static) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(authorize))))
    }

    /// Puts another one in its place, for all clones at once.
    pub fn replace(&self, authorize: impl Authorize + 'static) {
        let authorize: Arc<dyn Authorize> = Arc::new(authorize);
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = core::mem::replace(&mut *place, authorize);
        drop(place);
        // A long list is freed while nobody waits.
        drop(before);
    }
}

impl Authorize for Replaceable {
    fn permits(&self, peer: &Principal) -> bool {
        // The lock is not held while the list is asked, which may take long.
        let current = {
            let place = self.0.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&place)
        };
        current.permits(peer)
    }
}

impl fmt::Debug for Replaceable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replaceable").finish_non_exhaustive()
    }
}
