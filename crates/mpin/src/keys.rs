//! The keys of the three roles.

use core::fmt;
use core::marker::PhantomData;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretG1, SecretG2, SecretScalar};
use milagro_ledger::LedgerId;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::names::domain::{Authorities, TrustDomainId};
use crate::names::epoch::EpochLength;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::{Permit, PermitLabel};

/// The master secret s of an authority that works alone. 32 bytes.
///
/// # Security
/// Whoever holds s can log in as everybody. Use it for tests and closed systems; `milagro-dta` splits
/// it over authorities so that nobody ever holds it. Never publish any multiple of s in G2, and use it
/// for M-Pin alone: see the crate's documentation.
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
        TrustDomainId::new(name, "mpin", Authorities::ALONE, &self.commitment())
    }

    /// S = s·H_id(identity).
    #[must_use]
    pub fn issue_client(&self, identity: &Identity) -> ClientSecret {
        let point = identity.to_point();
        let secret = point.mul_secret(&self.0);
        ClientSecret::new(identity.clone(), point, secret)
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

/// What stands between an issued secret and its identity. Sealed: [`Unbound`] and [`Bound`].
pub trait Binding: sealed::Sealed + 'static {
    /// Whether the secret is multiplied by a device key.
    const DEVICE_KEY: bool;
}

/// As issued: S = s·H_id(identity).
#[derive(Clone, Copy, Debug)]
pub struct Unbound(());

/// Bound to a device key: z·S, see [`DeviceKey`](crate::client::DeviceKey).
#[derive(Clone, Copy, Debug)]
pub struct Bound(());

/// A client's secret S = s·H_id(identity), whole: with it anybody is the client, without PIN. It lives
/// from issuing to [`Token::new`](crate::client::SplitSecret::new), and for the time of a login. Wiped when
/// dropped.
///
/// A secret that is bound to a device key is another type, [`BoundSecret`]:
///
/// ```compile_fail,E0308
/// # use milagro_mpin::client::DeviceKey;
/// # use milagro_mpin::ClientSecret;
/// # fn demo(key: DeviceKey, secret: ClientSecret) -> Option<()> {
/// let bound = key.bind(secret).ok()?;
/// let twice = key.bind(bound).ok()?; // z·S once is enough
/// # Some(())
/// # }
/// ```
pub struct ClientSecret<B = Unbound> {
    pub(crate) identity: Identity,
    pub(crate) point: G1Point,
    pub(crate) secret: SecretG1,
    /// z, where a device lends it for a permit.
    pub(crate) device: Option<SecretScalar>,
    binding: PhantomData<B>,
}

/// z·S: a client's secret that is bound to a device key. The authorities do not know it.
pub type BoundSecret = ClientSecret<Bound>;

impl ClientSecret {
    /// A secret that was put together from shares. That it is s·H_id(identity) has been checked
    /// there; a wrong one is refused at login.
    #[must_use]
    pub fn from_point(identity: Identity, secret: SecretG1) -> Self {
        let point = identity.to_point();
        Self::new(identity, point, secret)
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
}

impl<B> ClientSecret<B> {
    pub(crate) const fn new(identity: Identity, point: G1Point, secret: SecretG1) -> Self {
        Self {
            identity,
            point,
            secret,
            device: None,
            binding: PhantomData,
        }
    }

    /// Whose secret this is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<B> ConstantTimeEq for ClientSecret<B> {
    /// Compares the points.
    fn ct_eq(&self, other: &Self) -> Choice {
        self.secret.ct_eq(&other.secret)
    }
}

impl<B: Binding> fmt::Debug for ClientSecret<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if B::DEVICE_KEY {
            "BoundSecret"
        } else {
            "ClientSecret"
        };
        f.debug_struct(name).finish_non_exhaustive()
    }
}

/// A server's secret s·H_server(server id), as it is issued. Wiped when dropped.
///
/// # Security
/// With a stolen *token* its holder can find that token's PIN by trying them all, as any holder of a
/// pair (X, s·X) in G2 can; so it is a secret, though it holds no user's credential.
pub struct ServerSecret {
    pub(crate) server: ServerId,
    pub(crate) secret: SecretG2,
}

/// A server's secret together with the ledger that it belongs to: what a server stores, sealed, and starts
/// with. Wiped when dropped.
///
/// # Security
/// One name of a server has one ledger. Over an empty or a second ledger every proof of the last minutes would
/// be good once more, so the ledger's id is stored with the key, is in the MAC of every challenge, and a
/// verifier refuses to start over another. A ledger that was restored from a copy has a new id:
/// [`ServerSecret::belonging_to`] says in so many words that the key moves to it.
pub struct ServerKey {
    pub(crate) secret: ServerSecret,
    pub(crate) ledger: LedgerId,
}

impl ServerSecret {
    const VERSION: u8 = 1;

    /// A secret that was put together from shares.
    #[must_use]
    pub const fn from_point(server: ServerId, secret: SecretG2) -> Self {
        Self { server, secret }
    }

    /// The point.
    #[must_use]
    pub const fn as_point(&self) -> &SecretG2 {
        &self.secret
    }

    /// Whose secret this is.
    #[must_use]
    pub const fn server(&self) -> &ServerId {
        &self.server
    }

    /// Ties the secret to a ledger.
    #[must_use]
    pub const fn belonging_to(self, ledger: LedgerId) -> ServerKey {
        ServerKey {
            secret: self,
            ledger,
        }
    }

    /// Version (1), server id (2 + 1 to 1,024), point (96), for the way from an authority that works alone to
    /// its server; into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let head = sized(&self.server).u8(Self::VERSION);
        let head = head.string(self.server.as_bytes());
        Zeroizing::new(head.bytes(&*self.secret.to_bytes()).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a name outside the bounds, a point that is not one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let server = ServerId::read(&mut reader)?;
        let secret = SecretG2::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self { server, secret })
    }
}

impl ServerKey {
    const VERSION: u8 = 1;

    /// Whose key this is.
    #[must_use]
    pub const fn server(&self) -> &ServerId {
        &self.secret.server
    }

    /// The ledger that it belongs to.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The secret without its ledger, to tie it to a ledger that was restored.
    #[must_use]
    pub fn into_secret(self) -> ServerSecret {
        self.secret
    }

    /// Version (1), server id (2 + 1 to 1,024), ledger id (32), point (96), for storage under a seal; into a
    /// buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let head = sized(self.server()).u8(Self::VERSION);
        let head = head.string(self.server().as_bytes());
        let head = head.bytes(&self.ledger.to_bytes());
        Zeroizing::new(head.bytes(&*self.secret.secret.to_bytes()).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`ServerSecret::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let server = ServerId::read(&mut reader)?;
        let ledger = LedgerId::from_bytes(*reader.array()?);
        let secret = SecretG2::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(ServerSecret { server, secret }.belonging_to(ledger))
    }
}

/// Room for a whole encoding, so that no copy of the point is left behind as it grows.
fn sized(server: &ServerId) -> Writer {
    Writer::with_capacity(131 + server.as_bytes().len())
}

impl Binding for Unbound {
    const DEVICE_KEY: bool = false;
}
impl Binding for Bound {
    const DEVICE_KEY: bool = true;
}
impl sealed::Sealed for Unbound {}
impl sealed::Sealed for Bound {}

mod sealed {
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed {}
}

milagro_base::opaque_debug!(MasterSecret, ServerSecret, ServerKey);

impl<B> ZeroizeOnDrop for ClientSecret<B> {}
impl ZeroizeOnDrop for MasterSecret {}
impl ZeroizeOnDrop for ServerSecret {}
impl ZeroizeOnDrop for ServerKey {}
