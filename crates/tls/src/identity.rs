//! Who talks, as whom, and until when.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_mpin::{TrustDomainId, names::Epoch};

use crate::{DecodeError, IdentityError};

/// Longest name in bytes.
const MAX_NAME: usize = 255;

/// Which side of a connection an identity may be.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Role {
    /// Opens connections.
    Client,
    /// Accepts connections.
    Server,
    /// Does both, as a service that talks to services.
    Peer,
}

impl Role {
    const fn byte(self) -> u8 {
        match self {
            Self::Client => 1,
            Self::Server => 2,
            Self::Peer => 3,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Client),
            2 => Some(Self::Server),
            3 => Some(Self::Peer),
            _ => None,
        }
    }
}

/// Who somebody is for longer than an epoch: trust domain, role and name. Allow-lists and the names of
/// servers are about principals, keys are about [identities](Identity).
///
/// Names are UTF-8 of 1 to 255 bytes without control characters. Different bytes are different names:
/// no case folding, no Unicode normalisation. Do that first, if the application needs it.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Principal {
    domain: [u8; TrustDomainId::LEN],
    role: Role,
    name: Box<str>,
}

/// A principal in one epoch: what a key is issued for. The key expires with the epoch, is renewed by
/// issuing one for the next, and revoked by not doing so.
///
/// One canonical encoding of 45 to 299 bytes: version (1), trust domain (32), role (1), epoch (8), length
/// of the name (2), name.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Identity {
    principal: Principal,
    epoch: Epoch,
}

impl Principal {
    /// A principal of a trust domain.
    ///
    /// # Errors
    /// [`IdentityError`] for a name of 0 or more than 255 bytes or with a control character.
    pub fn new(domain: TrustDomainId, role: Role, name: &str) -> Result<Self, IdentityError> {
        match name.len() {
            0 => Err(IdentityError::Empty),
            1..=MAX_NAME if name.contains(char::is_control) => Err(IdentityError::ControlCharacter),
            1..=MAX_NAME => Ok(Self {
                domain: domain.to_bytes(),
                role,
                name: name.into(),
            }),
            _ => Err(IdentityError::TooLong),
        }
    }

    /// The same principal in an epoch.
    #[must_use]
    pub fn at(&self, epoch: Epoch) -> Identity {
        Identity {
            principal: self.clone(),
            epoch,
        }
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
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }
}

impl Identity {
    /// Bytes of the shortest encoding.
    pub const MIN_LEN: usize = 45;
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 44 + MAX_NAME;

    const VERSION: u8 = 1;

    /// Who it is, without the epoch.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The epoch that the key is for.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Writes the identity.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::with_capacity(44 + self.principal.name.len())
            .u8(Self::VERSION)
            .bytes(&self.principal.domain)
            .u8(self.principal.role.byte())
            .u64(self.epoch.0)
            .string(self.principal.name.as_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for truncated or extended bytes, [`DecodeError::Version`], and
    /// [`DecodeError::Value`] for an unknown role or a name that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let role = Role::from_byte(reader.u8()?).ok_or(DecodeError::Value)?;
        let epoch = Epoch(reader.u64()?);
        let name = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
        reader.finish()?;
        let principal = Principal::new(domain, role, name).map_err(|_| DecodeError::Value)?;
        Ok(principal.at(epoch))
    }

    /// The identity as the subject that trust authorities issue keys for: its encoding, as raw bytes.
    ///
    /// # Security
    /// An authority issues for an identity that the caller has authenticated, role and epoch included.
    #[must_use]
    pub fn to_subject(&self) -> milagro_mpin::Identity {
        // At most 299 of 1,024 bytes, and never none.
        milagro_mpin::Identity::raw(&self.to_bytes())
            .unwrap_or_else(|_| milagro_mpin::Identity::pseudonym(&[0; 32]))
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.domain;
        write!(
            f,
            "Principal({a:02x}{b:02x}{c:02x}{d:02x}.., {:?}, {:?})",
            self.role, self.name
        )
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({:?}, {:?})", self.principal, self.epoch)
    }
}
