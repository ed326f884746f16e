//! The server's y, which is chosen when U is there, used once, and expires.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, Scalar, Transcript};
use milagro_ledger::{Account, Kind};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::compat::identity::Base;
use crate::compat::messages::{Commitment, LegacyChallenge, Step};
use crate::compat::server::{Server, life};
use crate::proof::tags;

/// A login that waits for V. It was given U before it made y, which is used up by answering.
///
/// A server that chose y before it knew U would accept U = -y·B with V next to nothing. There is no way
/// to say that here:
///
/// ```compile_fail,E0061
/// # use milagro_mpin::Seconds;
/// # use milagro_mpin::compat::{Base, MiraclCore, Server};
/// # use milagro_mpin::rand_core::CryptoRng;
/// # fn demo(server: Server, base: Base<MiraclCore>, rng: &mut dyn CryptoRng) {
/// let step = server.challenge(rng, base, Seconds::ZERO); // no U, no y
/// # }
/// ```
///
/// ```compile_fail,E0382
/// # use milagro_mpin::Seconds;
/// # use milagro_mpin::compat::{MiraclCore, Pending, Response, Server};
/// # use milagro_mpin::rand_core::CryptoRng;
/// # fn demo(server: Server, pending: Pending<MiraclCore>, v: Response, rng: &mut dyn CryptoRng) {
/// let first = server.admit(rng, pending, &v, Seconds::ZERO);
/// let second = server.admit(rng, pending, &v, Seconds::ZERO); // moved: y is used once
/// # }
/// ```
#[derive(Debug)]
pub struct Pending<L> {
    pub(super) base: Base<L>,
    pub(super) u: G1Point,
    pub(super) y: Scalar,
    pub(super) issued: Seconds,
}

impl<L: Copy> Pending<L> {
    /// Bytes of an encoding.
    pub const LEN: usize = 105;
    const VERSION: u8 = 1;

    /// Version (1), U (48), y (32), time (8), MAC (16), for a server of many processes: the bytes may wait anywhere,
    /// also at the client, since the MAC is over U and y together, and the ledger takes y once.
    #[must_use]
    pub fn to_bytes(&self, server: &Server) -> Vec<u8> {
        Writer::new()
            .u8(Self::VERSION)
            .bytes(&self.u.to_bytes())
            .bytes(&self.y.to_bytes())
            .seconds(self.issued)
            .bytes(&*self.mac(server))
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote, for the base that the login was begun with.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, and [`DecodeError::Value`] for bytes that no server with this key and this
    /// ledger wrote for this base.
    pub fn from_bytes(server: &Server, base: Base<L>, bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let pending = Self {
            base,
            u: G1Point::from_bytes(reader.array()?)?,
            y: Scalar::from_bytes(reader.array()?)?,
            issued: reader.seconds()?,
        };
        let mac: &[u8; 16] = reader.array()?;
        reader.finish()?;
        if pending.mac(server).as_slice().ct_eq(mac).into() {
            Ok(pending)
        } else {
            Err(DecodeError::Value)
        }
    }

    fn mac(&self, server: &Server) -> Zeroizing<[u8; 16]> {
        let mut transcript = Transcript::new(tags::COMPAT_PENDING);
        transcript.append("key", &*server.key);
        self.absorb(&mut transcript);
        transcript.secret_bytes("MAC")
    }

    fn absorb(&self, transcript: &mut Transcript) {
        transcript.append("A", &self.base.identity.point().to_bytes());
        transcript.append("B", &self.base.b.to_bytes());
        transcript.append("U", &self.u.to_bytes());
        transcript.append("y", &self.y.to_bytes());
        transcript.append("issued", &self.issued.to_bytes());
    }

    /// The account of y: one answer.
    pub(super) fn account(&self) -> Account {
        self.account_of("y")
    }

    /// The account of the login that a right answer is: one.
    pub(super) fn login(&self) -> Account {
        self.account_of("login")
    }

    fn account_of(&self, label: &'static str) -> Account {
        let mut transcript = Transcript::new(tags::COMPAT_ACCOUNT);
        self.absorb(&mut transcript);
        Account::new(Kind::CHALLENGE, &transcript.bytes(label), life(self.issued))
    }
}

impl Server {
    /// Takes U, and only then chooses y.
    ///
    /// # Security
    /// B is made from the identity that the client claims, and with the date of today, not one that the client
    /// names. y is hedged over U and the time, so that a generator that repeats itself repeats no y for another U.
    pub fn challenge<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        base: Base<L>,
        u: Commitment,
        now: Seconds,
    ) -> Step<LegacyChallenge, Pending<L>> {
        let mut random = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *random);
        let mut transcript = Transcript::new(tags::COMPAT_NONCE);
        transcript.append("for", b"y");
        transcript.append("server", &*self.key);
        transcript.append("random", &*random);
        transcript.append("B", &base.b.to_bytes());
        transcript.append("U", &u.0.to_bytes());
        transcript.append("time", &now.to_bytes());
        let y = transcript.challenge("y");
        let y = if y.is_zero() { Scalar::ONE } else { y };
        Self::challenge_with(base, u, LegacyChallenge(y), now)
    }

    pub(super) const fn challenge_with<L: Copy>(
        base: Base<L>,
        u: Commitment,
        y: LegacyChallenge,
        now: Seconds,
    ) -> Step<LegacyChallenge, Pending<L>> {
        let state = Pending {
            base,
            u: u.0,
            y: y.0,
            issued: now,
        };
        Step { message: y, state }
    }
}
