//! Who talks, as whom, and until when.

use core::fmt;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_mpin::{TrustDomainId, names::Epoch};

use crate::names::principal::Principal;
use crate::names::role::Role;
use crate::names::spelling;

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

impl Identity {
    /// Bytes of the shortest encoding.
    pub const MIN_LEN: usize = 45;
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 44 + spelling::MAX;

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
        let name = self.principal.name().as_bytes();
        Writer::with_capacity(44 + name.len())
            .u8(Self::VERSION)
            .bytes(&self.principal.domain().to_bytes())
            .u8(self.principal.role().byte())
            .u64(self.epoch.0)
            .string(name)
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for truncated or extended bytes, [`DecodeError::Version`], and
    /// [`DecodeError::Value`] for an unknown role or what is not a name in its one spelling.
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

    /// The identity of a subject that [`Self::to_subject`] made; `None` for any other.
    pub(crate) fn from_subject(subject: &milagro_mpin::Identity) -> Option<Self> {
        let identity = Self::from_bytes(subject.as_bytes()).ok()?;
        (identity.to_subject() == *subject).then_some(identity)
    }
}

impl Principal {
    /// The same principal in an epoch.
    #[must_use]
    pub fn at(&self, epoch: Epoch) -> Identity {
        Identity {
            principal: self.clone(),
            epoch,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, {:?})", self.principal, self.epoch)
    }
}
