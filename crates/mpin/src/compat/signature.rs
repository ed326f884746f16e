//! Designated-verifier signatures: what a server can check and nobody else, over a message and a time.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{Scalar, SecretScalar};
use sha2::{Digest as _, Sha256};

use crate::server::replay::ReplayStore;

use super::encoding::pad48;
use super::timed::{Timed, timed_message};
use super::{Base, Client, Commitment, CompatError, Refused, Response, Server};

/// A signature: the time in seconds since 1970, U and V. Milagro sends the three by themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacySignature(Timed);

/// Proof that somebody signed a message, at a time of his own saying. Only checking makes one; it is no
/// login, and no key follows from it.
#[derive(Debug)]
#[must_use = "a check that nobody looks at checks nothing"]
pub struct LegacySigned<L> {
    base: Base<L>,
    time: u32,
}

timed_message!(LegacySignature);

impl LegacySignature {
    /// y = OS2IP(SHA-256(be32(t) || U || HM)) mod r, HM = pad48(SHA-256(message)) (Milagro,
    /// `MPIN_CLIENT` with a message).
    #[must_use]
    pub fn y(&self, message: &[u8]) -> Scalar {
        self.0.y(&hm(message))
    }
}

impl<L: Copy> Client<L> {
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
        now: u64,
    ) -> Result<LegacySignature, CompatError> {
        self.sign_with(self.nonce(rng), message, now)
    }

    /// As [`Self::sign`], with an x from outside.
    ///
    /// # Security
    /// As for [`Self::commit_with`].
    ///
    /// # Errors
    /// As for [`Self::prove`].
    pub fn sign_with(
        &self,
        x: SecretScalar,
        message: &[u8],
        now: u64,
    ) -> Result<LegacySignature, CompatError> {
        self.timed(x, &hm(message), now).map(LegacySignature)
    }
}

impl Server {
    /// Checks a signature, with Pa for Q if the identity has one. As with one-pass logins, the store
    /// remembers U until the time is too old, and a U that it knows is refused.
    ///
    /// # Security
    /// As for [`Self::verify_one_pass`]. Without a device key the authorities together can sign as
    /// everybody; with one they cannot, if the server has kept Pa since the user registered.
    ///
    /// # Errors
    /// [`Refused`]: the time is off by more than the server's lifetime, U is known or the store is full,
    /// or e(V, Pa)·e(U + y·B, s·Q) ≠ 1.
    pub fn verify_signature<L: Copy, S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        base: Base<L>,
        (message, signature): (&[u8], &LegacySignature),
        now: u64,
    ) -> Result<LegacySigned<L>, Refused> {
        let time = signature.time();
        self.check_timed(store, base, (&signature.0, &hm(message)), now)
            .map(|_| LegacySigned { base, time })
    }
}

impl<L> LegacySigned<L> {
    /// Who has signed, and with what base.
    #[must_use]
    pub const fn base(&self) -> &Base<L> {
        &self.base
    }

    /// When, as the signer says; within the server's lifetime of the time of checking.
    #[must_use]
    pub const fn time(&self) -> u32 {
        self.time
    }
}

/// HM = pad48(SHA-256(message)).
fn hm(message: &[u8]) -> [u8; 48] {
    pad48(&Sha256::digest(message).into())
}
