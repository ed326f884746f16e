//! The messages that carry a proof.
//!
//! ```text
//! message = 02 || mode || challenge (41) | u64(time) || aim (12) || identity || permit label || parts
//! parts   = U || V || R || z [|| W || R' with a permit] [|| G || Rr || zr in a key agreement]
//! ```
//!
//! Reading a message looks at its form alone; the points stay bytes until the server has decided that it wants
//! to check them.

use milagro_base::{DecodeError, Reader, Seconds, Writer};

use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::challenge::Challenge;
use crate::proof::fresh::Fresh;
use crate::proof::spec::{Aim, Mode};
use crate::proof::statement::{Form, Shape, Statement};

const VERSION: u8 = 2;

impl Mode {
    const ALL: [Self; 5] = [
        Self::Challenge,
        Self::OnePass,
        Self::Sign,
        Self::Full,
        Self::FullOnePass,
    ];

    const fn byte(self) -> u8 {
        match self {
            Self::Challenge => 1,
            Self::OnePass => 2,
            Self::Sign => 3,
            Self::Full => 4,
            Self::FullOnePass => 5,
        }
    }

    fn read_fresh(self, reader: &mut Reader<'_>) -> Result<Fresh, DecodeError> {
        match self {
            Self::Challenge | Self::Full => Fresh::read_challenge(reader),
            Self::OnePass | Self::Sign | Self::FullOnePass => Fresh::read_time(reader),
        }
    }

    /// Which parts a proof of this mode has, and how its points travel.
    pub(crate) const fn shape(self, permit: bool) -> Shape {
        let agreement = matches!(self, Self::Full | Self::FullOnePass);
        Shape {
            form: if agreement {
                Form::Uncompressed
            } else {
                Form::Compressed
            },
            permit,
            agreement,
        }
    }
}

/// A proof as it travels.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) mode: Mode,
    pub(crate) fresh: Fresh,
    pub(crate) aim: Aim,
    pub(crate) identity: Identity,
    pub(crate) label: Option<PermitLabel>,
    pub(crate) parts: Box<[u8]>,
}

impl Message {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let head = Writer::new().u8(VERSION).u8(self.mode.byte());
        let head = self.fresh.write(head).bytes(&self.aim.to_bytes());
        let head = head.bytes(&self.identity.to_bytes());
        PermitLabel::write(self.label.as_ref(), head)
            .bytes(&self.parts)
            .finish()
    }

    pub(crate) fn decode(bytes: &[u8], modes: &[Mode]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let byte = reader.u8()?;
        let mode = Mode::ALL.into_iter().find(|mode| mode.byte() == byte);
        let mode = mode
            .filter(|mode| modes.contains(mode))
            .ok_or(DecodeError::Value)?;
        let fresh = mode.read_fresh(&mut reader)?;
        let aim = Aim::from_bytes(*reader.array()?);
        let identity = Identity::read_undecoded(&mut reader)?;
        let label = PermitLabel::read(&mut reader)?;
        let parts = reader.bytes(mode.shape(label.is_some()).len())?.into();
        reader.finish()?;
        Ok(Self {
            mode,
            fresh,
            aim,
            identity,
            label,
            parts,
        })
    }

    pub(crate) fn statement(&self) -> Result<Statement, DecodeError> {
        Statement::decode(&self.parts, self.mode.shape(self.label.is_some()))
    }
}

/// A login in answer to a challenge, or at a time: version (1 byte), mode (1), challenge (41) or time (8), aim
/// (12), identity (4 to 1,126), permit label (1, 9 or 41), then U, V, R (48 each), z (32) and with a permit W, R'.
///
/// Reading it checks its form. Its points are decoded by the server's check, on the curve and with their
/// subgroup *not* checked: the equations speak about their order-r parts, and they are hashed as they came.
/// Never use a proof's bytes as an identifier.
#[derive(Clone)]
pub struct LoginProof(pub(crate) Message);

impl LoginProof {
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 2 + Challenge::LEN + 12 + 1126 + 41 + 272;

    /// Who wants to log in. Not proven before a server says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The bytes of the challenge that it answers; `None` if it says a time instead.
    #[must_use]
    pub const fn challenge_bytes(&self) -> Option<&[u8; Challenge::LEN]> {
        match &self.0.fresh {
            Fresh::Challenge(challenge) => Some(challenge.as_bytes()),
            Fresh::Time(_) => None,
        }
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
        Message::decode(bytes, &[Mode::Challenge, Mode::OnePass]).map(Self)
    }
}

/// A signature on a message at a time, which only the named server can check: as [`LoginProof`] with a time. All
/// its points are in the subgroup. The signed message travels apart.
///
/// It is no login and a login is no signature: y has another tag. Checking it is checking a PIN, so its signer
/// submits it, as a login, and the server countersigns it for others.
#[derive(Clone)]
pub struct Signature(pub(crate) Message);

impl Signature {
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 2 + 8 + 12 + 1126 + 41 + 272;

    /// Who claims to have signed.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.0.identity
    }

    /// When it claims to have been signed.
    #[must_use]
    pub const fn claimed_time(&self) -> Seconds {
        self.0.fresh.time()
    }

    /// Writes the signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// Reads what [`Self::to_bytes`] wrote. No point is decoded.
    ///
    /// # Errors
    /// As [`LoginProof::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Message::decode(bytes, &[Mode::Sign]).map(Self)
    }
}

milagro_base::opaque_debug!(LoginProof, Signature);
