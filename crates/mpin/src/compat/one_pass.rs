//! The login in one message, with a time in place of the server's y.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, Scalar, SecretScalar, Transcript};
use sha2::{Digest as _, Sha256};

use crate::{Recorded, ReplayKey, ReplayStore, tags};

use super::encoding::g1_to_bytes;
use super::login::response;
use super::{Base, Client, Commitment, CompatError, LoggedIn, Refused, Response, Server};

/// Client to server: the time in seconds since 1970, U and V. Milagro sends the three by themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OnePass {
    time: u32,
    u: Commitment,
    v: Response,
}

impl OnePass {
    /// A login as received.
    #[must_use]
    pub const fn new(time: u32, u: Commitment, v: Response) -> Self {
        Self { time, u, v }
    }

    /// When the client says that it made the login.
    #[must_use]
    pub const fn time(&self) -> u32 {
        self.time
    }

    /// U.
    #[must_use]
    pub const fn commitment(&self) -> &Commitment {
        &self.u
    }

    /// V.
    #[must_use]
    pub const fn response(&self) -> &Response {
        &self.v
    }

    /// y = OS2IP(pad48(SHA-256(be32(t) || U))) mod r, where U is x·(A + A_d) with a permit (Milagro,
    /// `MPIN_GET_Y`).
    #[must_use]
    pub fn y(&self) -> Scalar {
        y(self.time, &self.u.0)
    }
}

impl<L: Copy> Client<L> {
    /// A login for this very time, in one message.
    ///
    /// # Errors
    /// [`CompatError::Time`] if `now` does not fit 4 bytes (it does until 2106),
    /// [`CompatError::Degenerate`] in the one case in 2^255 where x + y = 0.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        now: u64,
    ) -> Result<OnePass, CompatError> {
        self.prove_with(self.nonce(rng), now)
    }

    /// As [`Self::prove`], with an x from outside.
    ///
    /// # Security
    /// As for [`Self::commit_with`].
    ///
    /// # Errors
    /// As for [`Self::prove`].
    #[expect(clippy::needless_pass_by_value, reason = "x is spent")]
    pub fn prove_with(&self, x: SecretScalar, now: u64) -> Result<OnePass, CompatError> {
        let time = u32::try_from(now).map_err(|_| CompatError::Time)?;
        let u = &self.base.b * &x;
        let v = response(&x, &y(time, &u), &self.secret)?;
        Ok(OnePass::new(time, Commitment(u), v))
    }
}

impl Server {
    /// Checks a login in one message. The store remembers U until the time in it is too old, and a U
    /// that it knows is refused.
    ///
    /// # Security
    /// Nothing in the proof names a server: all servers of a master secret must share one store, or a
    /// login at one can be replayed at another.
    ///
    /// # Errors
    /// [`Refused`]: the time is off by more than the server's lifetime, U is known or the store is full,
    /// or e(V, Q)·e(U + y·B, s·Q) ≠ 1.
    pub fn verify_one_pass<L: Copy, S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        base: Base<L>,
        proof: &OnePass,
        now: u64,
    ) -> Result<LoggedIn<L>, Refused> {
        let time = u64::from(proof.time);
        if now.abs_diff(time) > self.lifetime {
            return Err(Refused(None));
        }
        let logged_in = self.check(base, (proof.u.0, proof.y(), proof.v.0))?;
        let mut seen = Transcript::new(tags::COMPAT_REPLAY);
        seen.append("B", &base.b.to_bytes());
        seen.append("U", &proof.u.0.to_bytes());
        // Good while now <= t + lifetime.
        let until = time.saturating_add(self.lifetime).saturating_add(1);
        match store.record(ReplayKey::from_transcript(&seen), until, now) {
            Recorded::New => Ok(logged_in),
            Recorded::Known | Recorded::Full => Err(Refused(None)),
        }
    }
}

fn y(time: u32, u: &G1Point) -> Scalar {
    let hash = Sha256::new()
        .chain_update(time.to_be_bytes())
        .chain_update(g1_to_bytes(u))
        .finalize();
    Scalar::from_wide_bytes(&hash)
}
