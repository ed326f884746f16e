//! The login in one message, with a time in place of the server's y.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{Scalar, SecretScalar};

use crate::server::replay::ReplayStore;

use super::timed::{Timed, timed_message};
use super::{Base, Client, Commitment, CompatError, LoggedIn, Refused, Response, Server};

/// Client to server: the time in seconds since 1970, U and V. Milagro sends the three by themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OnePass(Timed);

timed_message!(OnePass);

impl OnePass {
    /// y = OS2IP(pad48(SHA-256(be32(t) || U))) mod r, where U is x·(A + A_d) with a permit (Milagro,
    /// `MPIN_GET_Y`).
    #[must_use]
    pub fn y(&self) -> Scalar {
        self.0.y(&[])
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
    pub fn prove_with(&self, x: SecretScalar, now: u64) -> Result<OnePass, CompatError> {
        self.timed(x, &[], now).map(OnePass)
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
        self.check_timed(store, base, (&proof.0, &[]), now)
    }
}
