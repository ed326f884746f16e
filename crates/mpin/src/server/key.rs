//! A server's secret as a server keeps it: with the domain and the ledger that it belongs to.

use core::fmt;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::SecretG2;
use milagro_ledger::LedgerId;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::keys::ServerSecret;
use crate::names::domain::TrustDomainId;
use crate::names::server::ServerId;

/// A server's secret with its trust domain and its ledger, for storage under a seal. Wiped when dropped.
///
/// # Security
/// One server name has one ledger. What was used once is written there, so a server that started over another
/// would take it again: a verifier refuses to. Only an operator who restores a ledger moves the key over, and the
/// restored ledger refuses all that may have been used before.
pub struct ServerKey {
    pub(crate) domain: TrustDomainId,
    pub(crate) ledger: LedgerId,
    pub(crate) secret: ServerSecret,
}

/// The ledger at hand is not the one that the server's key belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WrongLedger;

impl fmt::Display for WrongLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not the ledger that the server's key belongs to")
    }
}

impl core::error::Error for WrongLedger {}

impl ServerKey {
    const VERSION: u8 = 1;

    /// Ties a new secret to the ledger that will count for it.
    #[must_use]
    pub const fn new(domain: TrustDomainId, secret: ServerSecret, ledger: LedgerId) -> Self {
        Self {
            domain,
            ledger,
            secret,
        }
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The server.
    #[must_use]
    pub const fn server(&self) -> &ServerId {
        self.secret.server()
    }

    /// Version (1), domain (32), ledger (32), server name (3 to 1,026), s·Qs (96); into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(
            Writer::with_capacity(1187)
                .u8(Self::VERSION)
                .bytes(&self.domain.to_bytes())
                .bytes(&self.ledger.to_bytes())
                .string(self.server().as_bytes())
                .bytes(&*self.secret.as_point().to_bytes())
                .finish(),
        )
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a name or a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let ledger = LedgerId::from_bytes(*reader.array()?);
        let server = ServerId::new(reader.string()?).map_err(|_| DecodeError::Value)?;
        let secret = SecretG2::from_bytes(reader.array()?)?;
        reader.finish()?;
        let secret = ServerSecret::from_point(server, secret);
        Ok(Self::new(domain, secret, ledger))
    }
}

milagro_base::opaque_debug!(ServerKey);
impl ZeroizeOnDrop for ServerKey {}
