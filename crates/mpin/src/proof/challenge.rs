//! The server's challenge, which costs the server no memory.
//!
//! ```text
//! challenge = 02 || u64(issued at) || random (16) || MAC (16)
//! MAC       = 16 bytes of SHAKE256 over (key, server id, ledger id, issued at, random), key derived from s·Qs
//! ```
//!
//! Nothing is stored when a challenge is handed out: the MAC says that this server made it, when, and that the
//! ledger which counts its use is the one that the server had then.

use milagro_base::{DecodeError, Seconds};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::LedgerId;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::names::server::ServerId;
use crate::proof::tags;

const VERSION: u8 = 2;
/// Bytes before the MAC.
const HEAD: usize = 25;

/// A fresh number from the server, 41 bytes on the wire: version (1), time of issue (8), random (16), MAC (16).
/// A client answers it once: answering moves it.
pub struct Challenge(pub(crate) Issued);

impl Challenge {
    /// Bytes of an encoding.
    pub const LEN: usize = 41;

    /// Reads a challenge. Whether a server made it only that server can tell.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bytes = bytes.try_into().map_err(|_| DecodeError::Length)?;
        Issued::from_bytes(bytes).map(Self)
    }

    /// Writes the challenge.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0.0
    }

    /// When it says that it was issued.
    #[must_use]
    pub const fn issued(&self) -> Seconds {
        self.0.time()
    }
}

impl core::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Challenge")
            .field("issued", &self.issued())
            .finish_non_exhaustive()
    }
}

/// The bytes of a challenge inside messages, where they may be copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Issued([u8; Challenge::LEN]);

impl Issued {
    pub(crate) const fn from_bytes(bytes: [u8; Challenge::LEN]) -> Result<Self, DecodeError> {
        let [version, ..] = bytes;
        if version == VERSION {
            Ok(Self(bytes))
        } else {
            Err(DecodeError::Version)
        }
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Challenge::LEN] {
        &self.0
    }

    pub(crate) const fn time(&self) -> Seconds {
        let [_, a, b, c, d, e, f, g, h, ..] = self.0;
        Seconds::new(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    fn parts(&self) -> (&[u8; HEAD], &[u8]) {
        self.0.split_first_chunk().unwrap_or((&[0; HEAD], &[]))
    }
}

/// What a server makes and knows its challenges by.
pub(crate) struct ChallengeKey {
    key: Zeroizing<[u8; 32]>,
    server: ServerId,
    ledger: LedgerId,
}

impl ChallengeKey {
    pub(crate) const fn new(key: Zeroizing<[u8; 32]>, server: ServerId, ledger: LedgerId) -> Self {
        Self {
            key,
            server,
            ledger,
        }
    }

    pub(crate) fn issue<R: CryptoRng + ?Sized>(&self, rng: &mut R, now: Seconds) -> Challenge {
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        let mut head = [VERSION; HEAD];
        let (_, fields) = head.split_at_mut(1);
        let (time, rest) = fields.split_at_mut(8);
        time.copy_from_slice(&now.to_bytes());
        rest.copy_from_slice(&random);
        let mut out = [0; Challenge::LEN];
        let (front, back) = out.split_at_mut(HEAD);
        front.copy_from_slice(&head);
        back.copy_from_slice(&*self.mac(&head));
        Challenge(Issued(out))
    }

    /// Whether this server made it, over this ledger.
    pub(crate) fn made(&self, challenge: &Issued) -> bool {
        let (head, mac) = challenge.parts();
        self.mac(head).as_slice().ct_eq(mac).into()
    }

    fn mac(&self, head: &[u8; HEAD]) -> Zeroizing<[u8; 16]> {
        let mut transcript = Transcript::new(tags::CHALLENGE_MAC);
        transcript.append("key", &*self.key);
        transcript.append("server", self.server.as_bytes());
        transcript.append("ledger", &self.ledger.to_bytes());
        transcript.append("head", head);
        transcript.secret_bytes("MAC")
    }
}

milagro_base::opaque_debug!(ChallengeKey);
