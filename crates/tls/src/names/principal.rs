//! Who somebody is for longer than an epoch.

use core::fmt;

use milagro_mpin::TrustDomainId;

use crate::names::error::NameError;
use crate::names::role::Role;
use crate::names::spelling;

/// Who somebody is for longer than an epoch: trust domain, role and name. Allow-lists and the names of
/// servers are about principals, keys are about [identities](crate::names::Identity): [`at`](Self::at) makes one, and
/// [`server_name`](Self::server_name) a DNS name.
///
/// A name is UTF-8 of 1 to 255 bytes in one spelling: the profile OpaqueString of PRECIS (RFC 8265, section
/// 4.2) gives it back unchanged, and it has no joiners. So it is in normalization form C, of letters, digits,
/// symbols, punctuation and U+0020 alone: no control, format or bidirectional control characters, no line
/// separators, no other spaces. Letters that look alike and upper and lower case are different names; the
/// [text form](Self#impl-Display-for-Principal) shows every letter beyond ASCII by its bytes.
///
/// A name that begins with `spiffe:` is a [SPIFFE id](Self::spiffe_id).
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Principal {
    domain: [u8; TrustDomainId::LEN],
    role: Role,
    name: Box<str>,
}

impl Principal {
    /// A principal of a trust domain.
    ///
    /// # Errors
    /// [`NameError`] for a name that is empty, too long, or not in the one spelling of names.
    pub fn new(domain: TrustDomainId, role: Role, name: &str) -> Result<Self, NameError> {
        spelling::check(name)?;
        Ok(Self {
            domain: domain.to_bytes(),
            role,
            name: name.into(),
        })
    }

    /// The trust domain, which issues the keys.
    #[must_use]
    pub const fn domain(&self) -> TrustDomainId {
        TrustDomainId::from_bytes(self.domain)
    }

    /// Which side it may be.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The name.
    ///
    /// # Security
    /// It is not the principal: a client, a server and a peer can have the same name, and so can principals of other
    /// trust domains, where several are believed. Give rights to principals.
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }

    /// The name, if it is a SPIFFE id: `spiffe://trust-domain/path` as the SPIFFE-ID specification, section 2,
    /// has it, in the one spelling that it gives.
    ///
    /// # Security
    /// The trust domain in a SPIFFE id is a word of the name. Who issues is told by [`Self::domain`] alone.
    #[must_use]
    pub fn spiffe_id(&self) -> Option<&str> {
        spelling::is_spiffe(&self.name).then_some(&*self.name)
    }
}

/// As the text form, which is safe in logs.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Principal({self})")
    }
}
