//! The devices that logins are counted for, and what is known of them.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{Account, Kind, Life};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::proof::tags;

/// A device of an identity: 16 bytes that the server draws when it first gives it a cookie.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DeviceId([u8; 16]);

impl DeviceId {
    /// A new device.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// A device by its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Whose attempts an account counts.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) identity: Identity,
    /// `None`: all devices of the identity, and everybody who says its name.
    pub(crate) device: Option<DeviceId>,
}

impl Counted {
    /// Attempts with the cookie of this serial number.
    pub(crate) fn short(&self, domain: &TrustDomainId, serial: u64) -> Account {
        self.account(domain, Kind::ATTEMPT, serial)
    }

    /// All attempts, ever.
    pub(crate) fn long(&self, domain: &TrustDomainId) -> Account {
        self.account(domain, Kind::ATTEMPT_LONG, 0)
    }

    /// Attempts with cookies that were replaced.
    pub(crate) fn stale(&self, domain: &TrustDomainId) -> Account {
        self.account(domain, Kind::ATTEMPT_STALE, 0)
    }

    /// The key of the device's record, and of its lasting accounts. It names no server: servers that share a
    /// ledger share what they count, since each of them answers guesses of the same PIN.
    pub(crate) fn digest(&self, domain: &TrustDomainId) -> [u8; 32] {
        let device = self.device.map_or([0; 16], DeviceId::to_bytes);
        let mut transcript = Transcript::new(tags::ACCOUNT);
        transcript.append("domain", &domain.to_bytes());
        self.identity.absorb(&mut transcript);
        transcript.append("device", &[u8::from(self.device.is_some())]);
        transcript.append("id", &device);
        transcript.bytes("device")
    }

    fn account(&self, domain: &TrustDomainId, kind: Kind, serial: u64) -> Account {
        let mut transcript = Transcript::new(tags::ACCOUNT);
        transcript.append("device", &self.digest(domain));
        transcript.append("serial", &serial.to_be_bytes());
        Account::new(kind, &transcript.bytes("attempts"), Life::Lasting)
    }
}

/// What a server remembers of a device, in its `Records`: which cookie is the current one. 34 bytes.
///
/// Two processes may change it at once: write it under the version that was read, and read again on conflict.
#[derive(Clone)]
pub struct DeviceRecord {
    pub(crate) serial: u64,
    pub(crate) bytes: Zeroizing<[u8; 16]>,
    /// When it was first presented; the start of time for one that was not handed out by a login.
    pub(crate) since: Seconds,
    pub(crate) frozen: bool,
}

impl DeviceRecord {
    /// Bytes of an encoding.
    pub const LEN: usize = 34;
    const VERSION: u8 = 2;

    /// Version (1), frozen or not (1), serial number (8), when it was first presented (8), bytes (16).
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(
            Writer::with_capacity(Self::LEN)
                .u8(Self::VERSION)
                .u8(self.frozen.into())
                .u64(self.serial)
                .seconds(self.since)
                .bytes(&*self.bytes)
                .finish(),
        )
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`], [`DecodeError::Value`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let frozen = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Value),
        };
        let serial = reader.u64()?;
        let since = reader.seconds()?;
        let bytes = Zeroizing::new(*reader.array()?);
        reader.finish()?;
        Ok(Self {
            serial,
            bytes,
            since,
            frozen,
        })
    }

    /// Whether a copy of the device's cookie was found. Nothing is checked for it then.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// The same, frozen: to write when a copy was found.
    #[must_use]
    pub fn freeze(mut self) -> Self {
        self.frozen = true;
        self
    }

    pub(crate) fn is(&self, serial: u64, bytes: &[u8; 16]) -> bool {
        self.serial == serial && bool::from(self.bytes.ct_eq(bytes))
    }
}

/// A cookie that was found good, with what is known of it. Only checking one makes it, for one message.
pub struct Presented {
    /// Where the cookie was made and is good.
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerId,
    pub(crate) counted: Counted,
    pub(crate) device: DeviceId,
    pub(crate) serial: u64,
    /// When it was replaced by another, if it was.
    pub(crate) replaced: Option<Seconds>,
}

impl Presented {
    /// The device.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Whose device it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.counted.identity
    }
}

/// A right proof came with a cookie that had been replaced, so two parties have the secrets of one device. Freeze
/// the device's record, end its sessions, and tell its user by another way: whichever of the two is the thief,
/// both enrol anew.
#[must_use = "the device goes on until its record is frozen"]
pub struct CopiedCookie {
    pub(crate) counted: Counted,
    pub(crate) device: DeviceId,
}

impl CopiedCookie {
    /// Whose device it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.counted.identity
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }
}

/// Who counts the guesses that a login may be.
#[non_exhaustive]
pub enum Attempts {
    /// The device whose cookie came with the login: nobody else can use up its attempts.
    Device(Presented),
    /// Whoever says the name. Each name that anybody says takes room in the ledger for ever: admit only names that
    /// are registered, or strangers fill it, and nobody gets in. **Strangers can then lock people out**, by sending garbage under their names, until
    /// the application clears the account of [`Verifier::attempts_of`](crate::server::Verifier::attempts_of), and in
    /// the end [`Verifier::attempts_ever_of`](crate::server::Verifier::attempts_ever_of).
    PerIdentityStrangersCanLockOut,
}

milagro_base::opaque_debug!(DeviceRecord, Presented, CopiedCookie, Attempts);
