//! Keys that follow one another by themselves: one of each type in each window of fixed length.
//!
//! ```text
//! seed of a key = HMAC-SHA256(seed, ⟨label⟩ ‖ token type (2) ‖ number of the window (8) ‖ try (4))
//! ```
//!
//! The first try whose key has an id that ends in the last two bits of the number is taken: a request names its key by the
//! last byte of the id alone, and so no two of three windows that follow one another are mistaken.

use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::LedgerId;
use milagro_ledger::rules::SKEW;
use milagro_voprf::Error;
use milagro_voprf::privacypass::{IssuerKeys, IssuerSecretKey, TokenSuite, Window};
use milagro_voprf::rand_core::CryptoRng;
use milagro_wire::name::Name;
use milagro_wire::server::locked::{self, Named, SecretError};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::primary::{KeyError, Safe};

const LABEL: &[u8] = b"MILAGRO-V1-PRIVACY-PASS-SERIES-HMAC-SHA256";

/// What all keys of an issuer come from. It belongs to one ledger: for another one, such as after a restore, another is drawn.
pub struct Series {
    seed: Zeroizing<[u8; 32]>,
    /// No key opens before this time.
    since: Seconds,
    length: Seconds,
}

/// What a series is for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Start {
    /// Where tokens are counted.
    pub ledger: LedgerId,
    /// How long a key issues; its tokens are good for as long again. At least an hour.
    pub length: Seconds,
    /// The time, from which on the first keys count.
    pub now: Seconds,
}

impl Series {
    /// The shortest window: an hour.
    pub const SHORTEST: Seconds = Seconds::hours(1);
    const VERSION: u8 = 1;
    /// Of which each has one chance in four.
    const TRIES: u32 = 4_096;

    /// The series of that ledger in the records; a first one, if there is none.
    ///
    /// # Errors
    /// [`KeyError::OtherForm`] if it has windows of another length, or they are too short; [`KeyError`].
    pub async fn find_or_draw<R: CryptoRng + ?Sized>(
        rng: &mut R,
        safe: Safe<'_>,
        start: Start,
    ) -> Result<Self, KeyError> {
        if start.length < Self::SHORTEST {
            return Err(KeyError::OtherForm);
        }
        let name = format!(
            "tokens/privacy-pass/{}",
            Name::from_bytes(start.ledger.to_bytes())
        );
        let found = locked::find_bytes(safe.records, safe.key, &name).await;
        if let Err(SecretError::Missing) = found {
            let mut seed = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *seed);
            // As for the first key of a schedule: later than the birth of a ledger that was made just now.
            let since = start.now.plus(SKEW).plus(Window::LEEWAY);
            let since = since.plus(Seconds::new(1));
            let head = Writer::new().u8(Self::VERSION).bytes(&since.to_bytes());
            let secret = head.bytes(&start.length.to_bytes()).bytes(&seed[..]);
            let secret = Zeroizing::new(secret.finish());
            let (name, secret) = (&*name, &secret[..]);
            let named = Named { name, secret };
            match locked::keep(rng, safe.records, safe.key, named).await {
                Ok(()) | Err(SecretError::Exists) => {}
                Err(error) => return Err(KeyError::Secret(error)),
            }
        }
        let found = locked::find_bytes(safe.records, safe.key, &name).await;
        let found = found.map_err(KeyError::Secret)?;
        let series = Self::read(&found.secret)?;
        let same = series.length == start.length;
        same.then_some(series).ok_or(KeyError::OtherForm)
    }

    fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let (since, length) = (Seconds::new(reader.u64()?), Seconds::new(reader.u64()?));
        let seed = Zeroizing::new(*reader.array()?);
        reader.finish()?;
        Ok(Self {
            seed,
            since,
            length,
        })
    }

    /// The number of the window at a time: keys change when it does.
    #[must_use]
    pub fn number(&self, now: Seconds) -> u64 {
        now.get().checked_div(self.length.get()).unwrap_or(0)
    }

    /// The keys of the windows before, at and after a time.
    ///
    /// # Errors
    /// [`KeyError::Derivation`], which nobody will see.
    pub fn keys<S: TokenSuite>(&self, now: Seconds) -> Result<IssuerKeys<S>, KeyError> {
        let (mut keys, number) = (IssuerKeys::new(), self.number(now));
        for number in number.saturating_sub(1)..=number.saturating_add(1) {
            if let Some(window) = self.window(number) {
                let key = self.key(number, window)?;
                let taken = keys.insert(key);
                taken.map_err(|_| KeyError::Derivation(Error::DeriveKey))?;
            }
        }
        Ok(keys)
    }

    /// `None` for what was over before the first key.
    fn window(&self, number: u64) -> Option<Window> {
        let start = |number: u64| Seconds::new(number.saturating_mul(self.length.get()));
        let (opens, closes) = (start(number), start(number.saturating_add(1)));
        let opens = opens.max(self.since);
        Window::new(opens, closes, closes.plus(self.length)).ok()
    }

    fn key<S: TokenSuite>(
        &self,
        number: u64,
        window: Window,
    ) -> Result<IssuerSecretKey<S>, KeyError> {
        for tried in 0..Self::TRIES {
            let thing = Writer::new().string(LABEL).u16(S::TYPE.get());
            let thing = thing.u64(number).u32(tried).finish();
            let mut block = Zeroizing::new([0; 64]);
            let both = block.iter_mut().zip(*self.seed);
            both.for_each(|(to, from)| *to = from);
            let mut mac = Hmac::<Sha256>::new(&(*block).into());
            mac.update(&thing);
            let seed = Zeroizing::new(mac.finalize().into_bytes().into());
            let key = IssuerSecretKey::derive(&seed, window).map_err(KeyError::Derivation)?;
            if u64::from(key.id().truncated() % 4) == number % 4 {
                return Ok(key);
            }
        }
        Err(KeyError::Derivation(Error::DeriveKey))
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series")
            .field("since", &self.since)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for Series {}
