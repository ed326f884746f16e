//! The login in three messages: U, then y, then V.

use alloc::borrow::Cow;
use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    DecodeError, G1Point, G1Sum, G2Point, G2Prepared, Gt, Scalar, SecretG1, SecretG1Sum,
    SecretScalar, Transcript,
    pairing::{Term, pairing_product},
};
use zeroize::Zeroizing;

use crate::proof::tags;

use super::encoding::{self, G1_LEN, SCALAR_LEN};
use super::{
    Base, CompatError, Date, DevicePublicKey, LegacyClientSecret, LegacyIdentity, LegacyPermit,
    LegacyServerSecret, MilagroLegacy,
};

/// A client that is ready to log in: S_B = s·A, or s·(A + A_d) with a permit. Wiped when dropped.
#[derive(Debug)]
pub struct Client<L> {
    pub(super) base: Base<L>,
    pub(super) secret: SecretG1,
}

/// Client to server: U = x·B. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Commitment(pub(super) G1Point);

/// Server to client: y, not zero. 48 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacyChallenge(pub(super) Scalar);

/// Client to server: V = -(x + y)·S_B. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Response(pub(super) G1Point);

/// A client that has sent U. Holds x, so it answers one y: two answers to one x give the secret away,
/// since (V - V')/(y' - y) = S_B.
///
/// ```compile_fail,E0382
/// # use milagro_mpin::compat::{LegacyChallenge, LegacyCommitted, MiraclCore};
/// # fn demo(committed: LegacyCommitted<MiraclCore>, y: LegacyChallenge, other: LegacyChallenge) {
/// let first = committed.respond(&y);
/// let second = committed.respond(&other); // moved: one y per x
/// # }
/// ```
#[derive(Debug)]
pub struct LegacyCommitted<L> {
    pub(super) x: SecretScalar,
    pub(super) u: G1Point,
    pub(super) base: Base<L>,
    pub(super) secret: SecretG1,
}

/// A server's keys and the time that it gives a client to answer.
#[derive(Debug)]
pub struct Server {
    pub(super) q: G2Prepared,
    pub(super) s_q: G2Prepared,
    pub(super) lifetime: u64,
}

/// A login that waits for V. It was given U before it made y, which is used up by checking.
///
/// A server that chose y before it knew U would accept U = -y·B with V next to nothing. There is no way
/// to say that here:
///
/// ```compile_fail,E0061
/// # use milagro_mpin::compat::{Base, MiraclCore, Server};
/// # use milagro_mpin::rand_core::CryptoRng;
/// # fn demo(server: Server, base: Base<MiraclCore>, rng: &mut dyn CryptoRng) {
/// let (y, pending) = server.challenge(rng, base, 0); // no U, no y
/// # }
/// ```
///
/// ```compile_fail,E0382
/// # use milagro_mpin::compat::{MiraclCore, Pending, Response, Server};
/// # fn demo(server: Server, pending: Pending<MiraclCore>, guess: Response, other: Response) {
/// let first = pending.verify(&server, &guess, 0);
/// let second = pending.verify(&server, &other, 0); // moved: y is used once
/// # }
/// ```
#[derive(Debug)]
pub struct Pending<L> {
    base: Base<L>,
    u: G1Point,
    y: Scalar,
    from: u64,
    until: u64,
}

/// Proof that a login ended well. Only checking makes one.
#[derive(Debug)]
#[must_use = "an authentication that nobody looks at authenticates nobody"]
pub struct LoggedIn<L> {
    pub(super) base: Base<L>,
    pub(super) u: G1Point,
    pub(super) y: Scalar,
    pub(super) v: G1Point,
}

/// The login is refused. To the peer this says nothing else: send the same answer whatever the reason.
pub struct Refused(pub(super) Option<Box<Failure>>);

/// A fresh login without permit whose equation does not hold.
pub(super) struct Failure {
    /// E = e(V, Q)·e(U + y·A, s·Q).
    pub(super) e: Gt,
    /// U + y·A.
    pub(super) sum: G1Sum,
    pub(super) device_key: Option<DevicePublicKey>,
}

impl<L: Copy> Client<L> {
    /// A client without a permit.
    #[must_use]
    pub fn new(identity: &LegacyIdentity<L>, secret: LegacyClientSecret) -> Self {
        Self {
            base: identity.base(),
            secret: secret.0,
        }
    }

    /// Chooses x and gives U = x·B. x comes from fresh randomness and the secret, so that a weak
    /// generator alone does not give it away.
    pub fn commit<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> (Commitment, LegacyCommitted<L>) {
        self.commit_with(self.nonce(rng))
    }

    /// As [`Self::commit`], with an x from outside: for test vectors, and for generators in hardware.
    ///
    /// # Security
    /// x must be uniformly random, known to nobody, and never be used twice.
    #[must_use]
    pub fn commit_with(&self, x: SecretScalar) -> (Commitment, LegacyCommitted<L>) {
        let u = &self.base.b * &x;
        let committed = LegacyCommitted {
            x,
            u,
            base: self.base,
            secret: self.secret.clone(),
        };
        (Commitment(u), committed)
    }

    pub(super) fn nonce<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> SecretScalar {
        let mut transcript = Transcript::new(tags::COMPAT_NONCE);
        transcript.append("B", &self.base.b.to_bytes());
        transcript.append("S_B", &*self.secret.to_bytes());
        SecretScalar::hedged(rng, transcript)
    }
}

impl Client<MilagroLegacy> {
    /// A client with the permit of a date: S_B = s·A + s·A_d.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] if secret and permit cancel out.
    pub fn with_permit(
        identity: &LegacyIdentity<MilagroLegacy>,
        secret: &LegacyClientSecret,
        permit: &LegacyPermit,
        date: Date,
    ) -> Result<Self, CompatError> {
        let sum = SecretG1Sum::zero().add(&secret.0).add(&permit.0);
        Ok(Self {
            base: identity.base_on(date)?,
            secret: sum.to_secret().ok_or(CompatError::Degenerate)?,
        })
    }
}

impl<L: Copy> LegacyCommitted<L> {
    /// V = -(x + y)·S_B.
    ///
    /// # Errors
    /// [`CompatError::Degenerate`] in the one case in 2^255 where x + y = 0.
    pub fn respond(self, y: &LegacyChallenge) -> Result<Response, CompatError> {
        response(&self.x, &y.0, &self.secret)
    }
}

/// V = -(x + y)·S_B (M. Scott, "M-Pin", section on the protocol).
pub(super) fn response(
    x: &SecretScalar,
    y: &Scalar,
    secret: &SecretG1,
) -> Result<Response, CompatError> {
    let k = x.to_residue().add_public(y).neg().to_nonzero();
    let k = k.ok_or(CompatError::Degenerate)?;
    Ok(Response(secret.mul(&k).declassify()))
}

impl Server {
    /// A server that waits `lifetime` seconds for V, and takes one-pass logins whose time is off by no
    /// more than that.
    #[must_use]
    pub fn new(secret: &LegacyServerSecret, lifetime: u64) -> Self {
        Self {
            q: G2Prepared::from(&G2Point::generator()),
            s_q: G2Prepared::from(&secret.0),
            lifetime,
        }
    }

    /// Takes U, and only then chooses y, at random.
    ///
    /// # Security
    /// Keep [`Pending`] in memory, at the connection or session that U came from. B is made from the
    /// identity that the client claims, and with the date of today, not one that the client names.
    pub fn challenge<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        base: Base<L>,
        u: Commitment,
        now: u64,
    ) -> (LegacyChallenge, Pending<L>) {
        let mut wide = Zeroizing::new([0; 64]);
        rng.fill_bytes(&mut *wide);
        let y = Scalar::from_wide_bytes(&*wide);
        let y = if y.is_zero() { Scalar::ONE } else { y };
        let pending = Pending {
            base,
            u: u.0,
            y,
            from: now,
            until: now.saturating_add(self.lifetime),
        };
        (LegacyChallenge(y), pending)
    }

    /// What stands for Q in an equation about an identity: Pa if it has one.
    pub(super) fn q(&self, device_key: Option<&DevicePublicKey>) -> Cow<'_, G2Prepared> {
        device_key.map_or(Cow::Borrowed(&self.q), |key| Cow::Owned(key.prepared()))
    }

    /// Accepts iff e(V, Q)·e(U + y·B, s·Q) = 1, with Pa for Q if the identity has one.
    pub(super) fn check<L: Copy>(
        &self,
        base: Base<L>,
        (u, y, v): (G1Point, Scalar, G1Point),
    ) -> Result<LoggedIn<L>, Refused> {
        let sum = G1Sum::from(u) + &base.b * &y;
        if sum.is_identity() {
            return Err(Refused(None));
        }
        let device_key = base.identity.device_key().copied();
        let q = self.q(device_key.as_ref());
        let e = pairing_product(Term::new(v, &q), &[Term::new(sum, &self.s_q)]);
        if e == Gt::one() {
            return Ok(LoggedIn { base, u, y, v });
        }
        let failure = Failure { e, sum, device_key };
        let failure = (!base.permit).then(|| Box::new(failure));
        Err(Refused(failure))
    }
}

impl<L: Copy> Pending<L> {
    /// Checks V. The challenge is used up, whatever comes of it.
    ///
    /// # Errors
    /// [`Refused`]: too late, or e(V, Q)·e(U + y·B, s·Q) ≠ 1.
    pub fn verify(self, server: &Server, v: &Response, now: u64) -> Result<LoggedIn<L>, Refused> {
        if now < self.from || now >= self.until {
            return Err(Refused(None));
        }
        server.check(self.base, (self.u, self.y, v.0))
    }
}

impl<L> LoggedIn<L> {
    /// Who has logged in, and with what base.
    #[must_use]
    pub const fn base(&self) -> &Base<L> {
        &self.base
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").finish_non_exhaustive()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("login refused")
    }
}

impl core::error::Error for Refused {}

impl LegacyChallenge {
    /// Reads y.
    ///
    /// # Errors
    /// As for [`encoding::scalar_from_bytes`].
    pub fn from_bytes(bytes: &[u8; SCALAR_LEN]) -> Result<Self, DecodeError> {
        encoding::scalar_from_bytes(bytes).map(Self)
    }

    /// Writes y.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SCALAR_LEN] {
        encoding::scalar_to_bytes(&self.0)
    }
}

/// A message that is one point of G1.
macro_rules! point_message {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads `04 || x || y`.
            ///
            /// # Errors
            /// As for [`encoding::g1_from_bytes`].
            pub fn from_bytes(bytes: &[u8; G1_LEN]) -> Result<Self, DecodeError> {
                encoding::g1_from_bytes(bytes).map(Self)
            }

            /// Writes `04 || x || y`.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; G1_LEN] {
                encoding::g1_to_bytes(&self.0)
            }
        }
    )*};
}
pub(super) use point_message;

point_message!(Commitment, Response);
