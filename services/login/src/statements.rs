//! The keys that statements about signatures are signed with: one that signs, those that signed before it, of which the public
//! halves alone are kept, and perhaps one that signs soon.
//!
//! ```text
//! sealed = 01 || number of keys (1) || { from (8) || 1 for a seed, 2 for a public key (1) || 32 bytes } ...     the newest last
//! sealed = seed (32)                                                                                      of the first key, once
//! ```

use ed25519_dalek::VerifyingKey;
use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_mpin::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::countersign::{Countersigner, Jwk, published};

/// Most keys that are published: statements are kept for long.
const KEYS_MAX: usize = 64;

enum Half {
    Seed(Zeroizing<[u8; 32]>),
    Public([u8; 32]),
}

struct Entry {
    from: Seconds,
    half: Half,
}

/// All keys of statements. Wiped when dropped.
pub(crate) struct Statements(Vec<Entry>);

milagro_base::opaque_debug!(Statements);

impl Statements {
    /// One key, which signs at once.
    pub(crate) fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(vec![Entry::random(rng, Seconds::ZERO)])
    }

    /// Adds a key that signs from a time on. False while another one waits for its time.
    pub(crate) fn rotate<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        now: Seconds,
        from: Seconds,
    ) -> bool {
        if self.0.last().is_none_or(|newest| now < newest.from) {
            return false;
        }
        // Whoever has signed before the present one signs no more.
        let before = self.0.len().saturating_sub(1);
        for entry in self.0.iter_mut().take(before) {
            entry.half = Half::Public(entry.half.public());
        }
        if self.0.len() >= KEYS_MAX {
            self.0.remove(0);
        }
        self.0.push(Entry::random(rng, from));
        true
    }

    /// The key that signs now.
    pub(crate) fn signer(&self, now: Seconds) -> Option<Countersigner> {
        let begun = self.0.iter().rev().find(|entry| entry.from <= now);
        match &begun?.half {
            Half::Seed(seed) => Some(Countersigner::new(seed)),
            Half::Public(_) => None,
        }
    }

    /// What whoever checks statements reads: all of them, also one that signs soon.
    pub(crate) fn published(&self) -> Vec<Jwk> {
        let keys = self.0.iter().map(|entry| entry.half.public());
        keys.filter_map(|key| VerifyingKey::from_bytes(&key).ok())
            .map(|key| published(&key))
            .collect()
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let count = u8::try_from(self.0.len()).unwrap_or(u8::MAX);
        let writer = Writer::with_capacity(4096).u8(1).u8(count);
        let writer = self.0.iter().fold(writer, |writer, entry| {
            let writer = writer.seconds(entry.from);
            match &entry.half {
                Half::Seed(seed) => writer.u8(1).bytes(&**seed),
                Half::Public(key) => writer.u8(2).bytes(key),
            }
        });
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if let Ok(seed) = <[u8; 32]>::try_from(bytes) {
            let half = Half::Seed(Zeroizing::new(seed));
            let from = Seconds::ZERO;
            return Ok(Self(vec![Entry { from, half }]));
        }
        let mut reader = Reader::new(bytes);
        reader.version(1)?;
        let mut entries = Vec::new();
        for _ in 0..reader.u8()? {
            let from = reader.seconds()?;
            let half = match reader.u8()? {
                1 => Half::Seed(Zeroizing::new(*reader.array()?)),
                2 => Half::Public(*reader.array()?),
                _ => return Err(DecodeError::Value),
            };
            entries.push(Entry { from, half });
        }
        reader.finish()?;
        let ordered = entries.is_sorted_by_key(|entry| entry.from);
        let signs = matches!(entries.last(), Some(entry) if matches!(entry.half, Half::Seed(_)));
        if ordered && signs && entries.len() <= KEYS_MAX {
            Ok(Self(entries))
        } else {
            Err(DecodeError::Value)
        }
    }
}

impl Entry {
    fn random<R: CryptoRng + ?Sized>(rng: &mut R, from: Seconds) -> Self {
        let half = Half::Seed(Countersigner::random(rng));
        Self { from, half }
    }
}

impl Half {
    fn public(&self) -> [u8; 32] {
        match self {
            Self::Seed(seed) => Countersigner::new(seed).verifying_key().to_bytes(),
            Self::Public(key) => *key,
        }
    }
}
