//! The listener for services, as everybody may know it.

use milagro_tls::Principal;

/// Where services come in.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Door {
    /// Whose key the listener shows.
    pub principal: Principal,
    /// The port of the listener.
    pub port: u16,
}

impl Door {
    /// The address of a path: under the name that stands for the principal, which clients look up in their own configuration.
    pub(crate) fn at(&self, path: &str) -> String {
        let host = self.principal.server_name();
        format!("https://{host}:{}{path}", self.port)
    }
}
