//! The client's first message.

use milagro_base::DecodeError;

use crate::names::identity::Identity;
use crate::proof::challenge::Challenge;
use crate::proof::encoding::Message;
use crate::proof::fresh::Fresh;
use crate::proof::spec::Mode;

/// The client's proof with G = r·A, in answer to a challenge or at a time: version (1 byte), mode (1), challenge
/// (41) or time (8), aim (12), identity (4 to 1,126), permit label (1, 9 or 41), U, V, R (96 each), z (32), with a
/// permit W and R' (96 each), then G and Rr (96 each) and zr (32).
///
/// Every point is of order r, which the server's check sees to. They travel with both coordinates, so that the
/// server takes no square roots.
#[derive(Clone)]
pub struct ClientHello(pub(crate) Message);

impl ClientHello {
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 2 + Challenge::LEN + 12 + 1126 + 41 + 736;

    /// The bytes of the challenge that it says it answers; `None` if it says a time instead. A server that knows
    /// which challenge it sent on this connection compares the two.
    #[must_use]
    pub const fn challenge_bytes(&self) -> Option<&[u8; Challenge::LEN]> {
        match &self.0.fresh {
            Fresh::Challenge(challenge) => Some(challenge.as_bytes()),
            Fresh::Time(_) => None,
        }
    }

    /// Who wants to log in. Not proven before a server says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// Reads what [`Self::to_bytes`] wrote. No point is decoded.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Message::decode(bytes, &[Mode::Full, Mode::FullOnePass]).map(Self)
    }
}

milagro_base::opaque_debug!(ClientHello);
