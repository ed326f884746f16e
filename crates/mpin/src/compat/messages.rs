//! What travels, in the bytes of the older libraries, and y where it is a hash.

use milagro_base::DecodeError;
use milagro_curve::{G1Point, Scalar};
use sha2::{Digest as _, Sha256};

use crate::compat::bytes::{point_message, timed_message};
use crate::compat::encoding::{self, SCALAR_LEN, pad48};

/// A message to send, and the state that the next one is taken with.
#[derive(Debug)]
#[must_use = "a step that nobody sends leads nowhere"]
pub struct Step<M, S> {
    /// For the peer.
    pub message: M,
    /// What to go on from.
    pub state: S,
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

/// Client to server: the time in seconds since 1970, U and V. Milagro sends the three by themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OnePass(pub(super) Timed);

/// A signature: the time in seconds since 1970, U and V. Milagro sends the three by themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacySignature(pub(super) Timed);

/// A signature with the message that it is to be checked on.
#[derive(Clone, Copy, Debug)]
pub struct SignedMessage<'a> {
    /// The message.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a LegacySignature,
}

/// Client to server, with V: R = r·A. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClientKeyShare(pub(super) G1Point);

/// Server to client, after a good login: W = w·B. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerKeyShare(pub(super) G1Point);

/// Time, U and V.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Timed {
    pub(super) time: u32,
    pub(super) u: Commitment,
    pub(super) v: Response,
}

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

impl OnePass {
    /// y = OS2IP(pad48(SHA-256(be32(t) || U))) mod r, where U is x·(A + A_d) with a permit (Milagro,
    /// `MPIN_GET_Y`).
    #[must_use]
    pub fn y(&self) -> Scalar {
        y(self.0.time, &self.0.u.0, &[])
    }
}

impl LegacySignature {
    /// y = OS2IP(SHA-256(be32(t) || U || HM)) mod r, HM = pad48(SHA-256(message)) (Milagro,
    /// `MPIN_CLIENT` with a message).
    #[must_use]
    pub fn y(&self, message: &[u8]) -> Scalar {
        y(self.0.time, &self.0.u.0, &hm(message))
    }
}

/// HM = pad48(SHA-256(message)).
pub(super) fn hm(message: &[u8]) -> [u8; 48] {
    pad48(&Sha256::digest(message).into())
}

/// y = OS2IP(SHA-256(be32(t) || U || HM)) mod r; HM is empty, or 48 bytes for a message.
pub(super) fn y(time: u32, u: &G1Point, hm: &[u8]) -> Scalar {
    let hash = Sha256::new()
        .chain_update(time.to_be_bytes())
        .chain_update(encoding::g1_to_bytes(u))
        .chain_update(hm)
        .finalize();
    Scalar::from_wide_bytes(&hash)
}

point_message!(Commitment, Response, ClientKeyShare, ServerKeyShare);
timed_message!(OnePass);
timed_message!(LegacySignature);
