//! The client's side: U, then V for one y; or both at once, for a y that is a hash.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, Scalar, SecretG1, SecretG1Sum, SecretScalar, Transcript};

use crate::compat::error::CompatError;
use crate::compat::identity::{Base, Date, LegacyIdentity, MilagroLegacy};
use crate::compat::keys::{LegacyClientSecret, LegacyPermit};
use crate::compat::messages::{
    Commitment, LegacyChallenge, LegacySignature, OnePass, Response, Step, Timed, hm, y,
};
use crate::proof::tags;

/// A client that is ready to log in: S_B = s·A, or s·(A + A_d) with a permit. Wiped when dropped.
#[derive(Debug)]
pub struct Client<L> {
    base: Base<L>,
    secret: SecretG1,
}

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

/// What a nonce is hedged over, besides the secret: all that is known of the proof before U.
#[derive(Clone, Copy)]
enum Use<'a> {
    Login(Seconds),
    OnePass(Seconds),
    Signature(Seconds, &'a [u8]),
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

    /// Chooses x and gives U = x·B.
    ///
    /// # Security
    /// x comes from fresh randomness, the secret and the time, so a generator that repeats itself does no harm
    /// from one second to the next. More is not known before U is sent: within one second two logins would share
    /// x, and V for two values of y is the secret. The current protocol has no such second.
    pub fn commit<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        now: Seconds,
    ) -> Step<Commitment, LegacyCommitted<L>> {
        self.commit_with(self.nonce(rng, Use::Login(now)))
    }

    /// A login for this very time, in one message.
    ///
    /// # Errors
    /// [`CompatError::Time`] if `now` does not fit 4 bytes (it does until 2106),
    /// [`CompatError::Degenerate`] in the one case in 2^255 where x + y = 0.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        now: Seconds,
    ) -> Result<OnePass, CompatError> {
        self.prove_with(self.nonce(rng, Use::OnePass(now)), now)
    }

    /// Signs a message at this very time.
    ///
    /// # Security
    /// Sign with a secret that answers no server's y: see the [module](super#security).
    ///
    /// # Errors
    /// As for [`Self::prove`].
    pub fn sign<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
        now: Seconds,
    ) -> Result<LegacySignature, CompatError> {
        self.sign_with(self.nonce(rng, Use::Signature(now, message)), message, now)
    }

    pub(super) fn commit_with(&self, x: SecretScalar) -> Step<Commitment, LegacyCommitted<L>> {
        let u = &self.base.b * &x;
        let state = LegacyCommitted {
            x,
            u,
            base: self.base,
            secret: self.secret.clone(),
        };
        let message = Commitment(u);
        Step { message, state }
    }

    pub(super) fn prove_with(&self, x: SecretScalar, now: Seconds) -> Result<OnePass, CompatError> {
        self.timed(x, &[], now).map(OnePass)
    }

    pub(super) fn sign_with(
        &self,
        x: SecretScalar,
        message: &[u8],
        now: Seconds,
    ) -> Result<LegacySignature, CompatError> {
        self.timed(x, &hm(message), now).map(LegacySignature)
    }

    #[expect(clippy::needless_pass_by_value, reason = "x is spent")]
    fn timed(&self, x: SecretScalar, hm: &[u8], now: Seconds) -> Result<Timed, CompatError> {
        let time = u32::try_from(now.get()).map_err(|_| CompatError::Time)?;
        let u = &self.base.b * &x;
        let v = response(&x, &y(time, &u, hm), &self.secret)?;
        let u = Commitment(u);
        Ok(Timed { time, u, v })
    }

    /// x, hedged over fresh randomness, the secret, what x is for, the time, and the message of a signature.
    fn nonce<R: CryptoRng + ?Sized>(&self, rng: &mut R, of: Use<'_>) -> SecretScalar {
        let (form, time, message): (&[u8], _, _) = match of {
            Use::Login(now) => (b"x of a login", now, None),
            Use::OnePass(now) => (b"x of a one-pass login", now, None),
            Use::Signature(now, message) => (b"x of a signature", now, Some(message)),
        };
        let mut transcript = Transcript::new(tags::COMPAT_NONCE);
        transcript.append("for", form);
        transcript.append("B", &self.base.b.to_bytes());
        transcript.append("S_B", &*self.secret.to_bytes());
        transcript.append("time", &time.to_bytes());
        if let Some(message) = message {
            transcript.append("message", message);
        }
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
