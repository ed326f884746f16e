//! Users whom the server around the service has authenticated: by client certificates, identity TLS, or a login of its own.

use alloc::sync::Arc;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use milagro_base::Seconds;

use crate::authenticate::asked::{Authenticate, Unauthenticated};
use crate::authenticate::users::{UserHash, UserKey};

/// Who asks, as an extension of the request: whoever terminates the connection puts it there.
///
/// # Security
/// Not a header: nobody but code of this process can make one.
#[derive(Clone)]
pub struct GivenIdentity(Arc<[u8]>);

impl GivenIdentity {
    /// An identity: the same bytes for the same user each time, such as the hash of a client's public key.
    #[must_use]
    pub fn new(identity: &[u8]) -> Self {
        Self(identity.into())
    }
}

milagro_base::opaque_debug!(GivenIdentity);

/// Takes whom the server around the service names.
#[derive(Debug)]
pub struct Given(Arc<UserKey>);

impl Given {
    /// Hides users under that key.
    #[must_use]
    pub const fn new(users: Arc<UserKey>) -> Self {
        Self(users)
    }
}

impl Authenticate for Given {
    fn user(&self, head: &Parts, _: Seconds) -> Result<UserHash, Unauthenticated> {
        let identity = head.extensions.get::<GivenIdentity>();
        let GivenIdentity(identity) = identity.ok_or(Unauthenticated::Missing)?;
        if identity.is_empty() {
            return Err(Unauthenticated::Invalid);
        }
        Ok(self.0.hash("given", &[identity]))
    }

    fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static("Connection")
    }
}
