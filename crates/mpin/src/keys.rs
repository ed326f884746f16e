//! The keys of the three roles.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretG1, SecretG2, SecretScalar};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::names::domain::TrustDomainId;
use crate::names::epoch::EpochLength;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::{Permit, PermitLabel};
use milagro_base::DecodeError;

/// The master secret s of an authority that works alone. 32 bytes.
///
/// # Security
/// Whoever holds s can log in as everybody. Use it for tests and closed systems; `milagro-dta` splits
/// it over authorities so that nobody ever holds it. Never publish any multiple of s in G2, and use it
/// for M-Pin alone: see the crate's documentation.
#[derive(Debug)]
pub struct MasterSecret(SecretScalar);

impl MasterSecret {
    /// A new master secret.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(SecretScalar::random(rng))
    }

    /// Reads a stored master secret, 32 bytes big-endian.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        SecretScalar::from_bytes(bytes).map(Self)
    }

    /// Writes the master secret for storage, into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// s·P in G1, the public commitment.
    #[must_use]
    pub fn commitment(&self) -> G1Point {
        &G1Point::generator() * &self.0
    }

    /// The name of this authority's domain.
    #[must_use]
    pub fn trust_domain(&self, name: &str) -> TrustDomainId {
        TrustDomainId::new(name, "mpin", (1, 1), &self.commitment())
    }

    /// S = s·H_id(identity).
    #[must_use]
    pub fn issue_client(&self, identity: &Identity) -> ClientSecret {
        let point = identity.to_point();
        ClientSecret {
            secret: point.mul_secret(&self.0),
            identity: identity.clone(),
            point,
            device: None,
        }
    }

    /// s·H_server(server id).
    #[must_use]
    pub fn issue_server(&self, server: &ServerId) -> ServerSecret {
        ServerSecret {
            secret: server.to_point().mul_secret(&self.0),
            server: server.clone(),
        }
    }

    /// s·N for a label. Of a cover label the identity does not matter.
    #[must_use]
    pub fn issue_permit(
        &self,
        domain: &TrustDomainId,
        label: PermitLabel,
        length: EpochLength,
        identity: &Identity,
    ) -> Permit {
        let n = label.to_point(domain, length, identity);
        Permit::new(label, length, &n * &self.0)
    }
}

/// A client's secret S = s·H_id(identity), whole: with it anybody is the client, without PIN. It lives
/// from issuing to [`crate::client::token::Token::new`], and for the time of a login. Wiped when dropped.
#[derive(Debug)]
pub struct ClientSecret {
    pub(crate) identity: Identity,
    pub(crate) point: G1Point,
    pub(crate) secret: SecretG1,
    pub(crate) device: Option<SecretScalar>,
}

impl ClientSecret {
    /// A secret that was put together from shares. That it is s·H_id(identity) has been checked
    /// there; a wrong one is refused at login.
    #[must_use]
    pub fn from_point(identity: Identity, secret: SecretG1) -> Self {
        Self {
            point: identity.to_point(),
            identity,
            secret,
            device: None,
        }
    }

    /// S, 48 bytes, for the way from an authority that works alone to its client.
    ///
    /// # Security
    /// Whoever reads it on that way is the client. Send it through an encrypted channel whose ends
    /// are known, and keep no copy.
    #[must_use]
    pub const fn as_point(&self) -> &SecretG1 {
        &self.secret
    }

    /// Whose secret this is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl ConstantTimeEq for ClientSecret {
    /// Compares the points.
    fn ct_eq(&self, other: &Self) -> Choice {
        self.secret.ct_eq(&other.secret)
    }
}

impl ZeroizeOnDrop for ClientSecret {}
impl ZeroizeOnDrop for MasterSecret {}
impl ZeroizeOnDrop for ServerSecret {}

/// A server's secret s·H_server(server id), 96 bytes. Wiped when dropped.
///
/// # Security
/// With a stolen *token* its holder can find that token's PIN by trying them all, as any holder of a
/// pair (X, s·X) in G2 can; so it is a secret, though it holds no user's credential.
#[derive(Debug)]
pub struct ServerSecret {
    pub(crate) server: ServerId,
    pub(crate) secret: SecretG2,
}

impl ServerSecret {
    /// A secret that was put together from shares, or read from storage with [`SecretG2::from_bytes`].
    #[must_use]
    pub const fn from_point(server: ServerId, secret: SecretG2) -> Self {
        Self { server, secret }
    }

    /// The point, for storage.
    #[must_use]
    pub const fn as_point(&self) -> &SecretG2 {
        &self.secret
    }

    /// Whose secret this is.
    #[must_use]
    pub const fn server(&self) -> &ServerId {
        &self.server
    }
}
