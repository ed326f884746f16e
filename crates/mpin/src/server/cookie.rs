//! Device cookies (after OWASP's): what tells a device that has logged in before from a stranger.
//!
//! ```text
//! cookie = 01 || u32(key version) || device (16) || u64(serial) || random (16) || MAC (16)
//! MAC    = 16 bytes of SHAKE256 over (key, domain, server id, identity, all before it)
//! ```
//!
//! A login without a good cookie is not checked: no pairing is computed for it, and nobody's attempts are used up.
//! Each login that ends well hands out the next serial number; the first time that one is presented it replaces
//! the one before. Whoever presents one that was replaced has a copy, or had his own copied.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::proof::tags;
use crate::server::cookie_bytes::DeviceCookie;
use crate::server::device::{Counted, DeviceId, DeviceRecord};
use crate::server::outcome::Authenticated;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::standing::GoodCookie;

/// For how long a key that was replaced still checks cookies.
const OVERLAP: Seconds = Seconds::days(400);
/// The serial number of a device's first cookie.
const FIRST: u64 = 1;
/// Most keys that are kept.
const MAX_KEYS: usize = 32;

/// One version of the key of cookies. Wiped when dropped.
struct CookieKey {
    version: u32,
    key: Zeroizing<[u8; 32]>,
    /// When it stops checking cookies; `None` for the current one.
    until: Option<Seconds>,
}

/// Makes and checks the cookies of a server. Its keys are wiped when dropped.
pub struct Cookies {
    domain: TrustDomainId,
    server: ServerId,
    /// The newest last. Each makes cookies from when the one before has 400 days left.
    keys: Vec<CookieKey>,
    /// The place of the one that makes cookies now.
    making: usize,
}

/// Another key would push one out that still checks cookies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooManyKeys;

impl core::fmt::Display for TooManyKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("too many keys of cookies are in use")
    }
}

impl core::error::Error for TooManyKeys {}

impl ZeroizeOnDrop for Cookies {}

/// A device's first cookie, or first after recovery.
#[must_use]
pub struct IssuedCookie {
    /// For the device.
    pub cookie: DeviceCookie,
    /// For the server's records, under [`Cookies::record_key`].
    pub record: DeviceRecord,
}

impl Cookies {
    /// Cookies under a new key.
    pub fn new<R: CryptoRng + ?Sized>(
        rng: &mut R,
        domain: TrustDomainId,
        server: ServerId,
    ) -> Self {
        let mut keys = Vec::with_capacity(MAX_KEYS);
        keys.push(CookieKey::random(rng, 1));
        Self {
            domain,
            server,
            keys,
            making: 0,
        }
    }

    /// Makes cookies under another key from a time on, which [`Self::turn`] looks at; until then the others have time to learn of
    /// it. The one before checks cookies for 400 days from then on.
    ///
    /// # Errors
    /// [`TooManyKeys`] if 32 are in use.
    pub fn rotate_from<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        now: Seconds,
        from: Seconds,
    ) -> Result<(), TooManyKeys> {
        let used = |key: &CookieKey| key.until.is_none_or(|until| now < until);
        if self.keys.iter().filter(|key| used(key)).count() >= MAX_KEYS {
            return Err(TooManyKeys);
        }
        self.keys.retain(used);
        let version = self.keys.last().map_or(0, |key| key.version);
        if let Some(last) = self.keys.last_mut() {
            last.until = Some(from.plus(OVERLAP));
        }
        self.keys
            .push(CookieKey::random(rng, version.wrapping_add(1)));
        self.turn(now);
        Ok(())
    }

    /// Has cookies made under the key whose time has come. What was read or rotated makes them under the newest.
    pub fn turn(&mut self, now: Seconds) {
        let begins = |key: &CookieKey| key.until.map(|until| until.minus(OVERLAP));
        let before = self.keys.split_last().map_or(&[][..], |(_, before)| before);
        let begun = before.iter().map(begins);
        self.making = begun
            .take_while(|begins| begins.is_some_and(|begins| begins <= now))
            .count();
    }

    /// Whether the newest key makes no cookies yet.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.making + 1 < self.keys.len()
    }

    /// Makes cookies under another key from now on. The one before checks cookies for another 400 days.
    pub fn rotate<R: CryptoRng + ?Sized>(&mut self, rng: &mut R, now: Seconds) {
        self.keys
            .retain(|key| key.until.is_none_or(|until| now < until));
        let version = self.keys.last().map_or(0, |key| key.version);
        if let Some(current) = self.keys.last_mut() {
            current.until = Some(now.plus(OVERLAP));
        }
        if self.keys.len() >= MAX_KEYS {
            self.keys.remove(0);
        }
        self.keys
            .push(CookieKey::random(rng, version.wrapping_add(1)));
        self.making = self.keys.len() - 1;
    }

    /// Domain, server and keys, for storage under a seal; into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let count = u8::try_from(self.keys.len()).unwrap_or(u8::MAX);
        let writer = Writer::with_capacity(64 + 1024 + 44 * self.keys.len())
            .u8(1)
            .bytes(&self.domain.to_bytes())
            .string(self.server.as_bytes())
            .u8(count);
        let writer = self.keys.iter().fold(writer, |writer, key| {
            writer
                .u32(key.version)
                .seconds(key.until.unwrap_or(Seconds::MAX))
                .bytes(&*key.key)
        });
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a name that is none, no key, or keys out of order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(1)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let server = ServerId::new(reader.string()?).map_err(|_| DecodeError::Value)?;
        let count = usize::from(reader.u8()?);
        if count == 0 || count > MAX_KEYS {
            return Err(DecodeError::Value);
        }
        let mut keys = Vec::with_capacity(MAX_KEYS);
        for _ in 0..count {
            let (version, until) = (reader.u32()?, reader.seconds()?);
            keys.push(CookieKey {
                version,
                until: (until != Seconds::MAX).then_some(until),
                key: Zeroizing::new(*reader.array()?),
            });
        }
        reader.finish()?;
        let ends = keys.iter().rev().map(|key| key.until.is_none());
        if ends.eq((0..count).map(|place| place == 0)) {
            Ok(Self {
                domain,
                server,
                keys,
                making: count - 1,
            })
        } else {
            Err(DecodeError::Value)
        }
    }

    /// The first cookie of a new device of an identity, when it enrols.
    pub fn enrol<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identity: &Identity,
        device: DeviceId,
    ) -> IssuedCookie {
        self.issue(rng, identity, device, FIRST)
    }

    /// The first cookie of a device once more, for whoever did not get the answer that it stood in: the one of
    /// [`Self::enrol`], under the key of today. `None` once a later one was presented, or the device is frozen.
    #[must_use]
    pub fn enrolled(
        &self,
        identity: &Identity,
        device: DeviceId,
        record: &DeviceRecord,
    ) -> Option<DeviceCookie> {
        let first = record.serial == FIRST && !record.frozen;
        first.then(|| self.cookie(identity, device, record.serial, &record.bytes))
    }

    /// A cookie for a device that lost its own or was frozen, once its user has shown by another way that it is
    /// his. The device's long account goes on, and so do its guesses.
    pub fn recover<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identity: &Identity,
        device: DeviceId,
        record: &DeviceRecord,
    ) -> IssuedCookie {
        // Beyond any that a login may have handed out since.
        self.issue(rng, identity, device, record.serial.saturating_add(1 << 32))
    }

    /// The next cookie of a device that has logged in; `None` if it came without one.
    pub fn next<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        login: &Authenticated,
    ) -> Option<DeviceCookie> {
        let presented = login.presented()?;
        let serial = presented.serial.saturating_add(1);
        let issued = self.issue(rng, login.identity(), presented.device, serial);
        Some(issued.cookie)
    }

    /// Checks that a cookie was made here for this identity.
    ///
    /// # Errors
    /// [`Rejected`] with [`Reason::Cookie`]: nothing is to be done for this login, and nothing looked up.
    pub fn check(
        &self,
        cookie: &[u8],
        identity: &Identity,
        now: Seconds,
    ) -> Result<GoodCookie, Rejected> {
        let cookie = DeviceCookie::from_bytes(cookie).map_err(|_| Reason::Cookie)?;
        let mut keys = self.keys.iter();
        let key = keys
            .find(|key| key.version == cookie.version)
            .filter(|key| key.until.is_none_or(|until| now < until))
            .ok_or(Reason::Cookie)?;
        if !bool::from(self.mac(key, &cookie, identity).ct_eq(&cookie.mac)) {
            return Err(Reason::Cookie.into());
        }
        Ok(GoodCookie {
            domain: self.domain,
            server: self.server.clone(),
            counted: Counted {
                identity: identity.clone(),
                device: Some(cookie.device),
            },
            device: cookie.device,
            serial: cookie.serial,
            bytes: cookie.bytes.clone(),
            now,
        })
    }

    /// Under which key a device's record is kept.
    #[must_use]
    pub fn record_key(&self, identity: &Identity, device: DeviceId) -> [u8; 32] {
        let counted = Counted {
            identity: identity.clone(),
            device: Some(device),
        };
        counted.digest(&self.domain)
    }

    fn issue<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identity: &Identity,
        device: DeviceId,
        serial: u64,
    ) -> IssuedCookie {
        let mut bytes = Zeroizing::new([0; 16]);
        rng.fill_bytes(&mut *bytes);
        IssuedCookie {
            cookie: self.cookie(identity, device, serial, &bytes),
            record: DeviceRecord {
                serial,
                bytes,
                since: Seconds::ZERO,
                frozen: false,
            },
        }
    }

    /// The cookie of these bytes under the current key.
    fn cookie(
        &self,
        identity: &Identity,
        device: DeviceId,
        serial: u64,
        bytes: &Zeroizing<[u8; 16]>,
    ) -> DeviceCookie {
        let mut cookie = DeviceCookie {
            version: self.current().map_or(0, |key| key.version),
            device,
            serial,
            bytes: bytes.clone(),
            mac: [0; 16],
        };
        if let Some(key) = self.current() {
            cookie.mac = self.mac(key, &cookie, identity);
        }
        cookie
    }

    fn current(&self) -> Option<&CookieKey> {
        self.keys.get(self.making)
    }

    fn mac(&self, key: &CookieKey, cookie: &DeviceCookie, identity: &Identity) -> [u8; 16] {
        let mut transcript = Transcript::new(tags::COOKIE_MAC);
        transcript.append("key", &*key.key);
        transcript.append("domain", &self.domain.to_bytes());
        transcript.append("server", self.server.as_bytes());
        identity.absorb(&mut transcript);
        transcript.append("cookie", &cookie.head());
        *transcript.secret_bytes("MAC")
    }
}

impl CookieKey {
    fn random<R: CryptoRng + ?Sized>(rng: &mut R, version: u32) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self {
            version,
            key,
            until: None,
        }
    }
}

milagro_base::opaque_debug!(Cookies, IssuedCookie);
