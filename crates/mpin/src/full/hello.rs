//! The client's first message, in its two forms.

use milagro_base::{Reader, Writer};
use milagro_curve::{G1Point, loose::E1Point, table::G1Comb};

use crate::names::identity::Identity;
use crate::proof::challenge::Challenge;
use crate::proof::statement::{Form, Statement};
use milagro_base::DecodeError;

const VERSION: u8 = 1;
const MODE_CHALLENGE: u8 = 4;
const MODE_ONE_PASS: u8 = 5;

/// The client's proof with R, in answer to a challenge: version (1 byte), mode (1), nonce (32), identity
/// (4 to 1,126), permit label (1, 9 or 41), U (96), V (96), opening (1, 129 or 321), R (96).
///
/// Every point is of order r. They travel with both coordinates, so that the server takes no square roots.
#[derive(Clone, Debug)]
pub struct ClientHello {
    pub(crate) nonce: [u8; 32],
    pub(crate) body: Body,
}

/// The same without a challenge: as [`ClientHello`], with a time (8 bytes) in place of the nonce.
#[derive(Clone, Debug)]
pub struct OnePassHello {
    pub(crate) time: u64,
    pub(crate) body: Body,
}

/// What both forms share. All points are of order r.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) statement: Statement,
    pub(crate) u: G1Point,
    pub(crate) r: G1Point,
    /// What the check of U's order leaves behind, to multiply U with; none in a message made here.
    pub(crate) multiples: Option<Box<G1Comb>>,
}

impl ClientHello {
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 1810;

    /// The challenge that it says it answers. A server that knows which one it sent on this connection
    /// compares the two before it takes the challenge from the store, so that nobody uses up another's.
    #[must_use]
    pub const fn challenge(&self) -> Challenge {
        Challenge(self.nonce)
    }

    /// Who wants to log in. Not proven before [`crate::server::verifier::Verifier::accept_full`] says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.body.statement.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new().u8(VERSION).u8(MODE_CHALLENGE);
        self.body.write(head.bytes(&self.nonce))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a field that has no valid value, a point that is none, is
    /// outside the subgroup or is the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, MODE_CHALLENGE)?;
        let nonce = *reader.array()?;
        let body = Body::read(reader)?;
        Ok(Self { nonce, body })
    }
}

impl OnePassHello {
    /// Bytes of the longest encoding.
    pub const MAX_LEN: usize = 1786;

    /// Who wants to log in. Not proven before [`crate::server::verifier::Verifier::accept_full_one_pass`] says so.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.body.statement.identity
    }

    /// Writes the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new().u8(VERSION).u8(MODE_ONE_PASS);
        self.body.write(head.u64(self.time))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`ClientHello::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = open(bytes, MODE_ONE_PASS)?;
        let time = reader.u64()?;
        let body = Body::read(reader)?;
        Ok(Self { time, body })
    }
}

impl Body {
    fn write(&self, head: Writer) -> Vec<u8> {
        let writer = self.statement.write(head, Form::Uncompressed);
        Form::Uncompressed
            .write(writer, &E1Point::from(self.r))
            .finish()
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, DecodeError> {
        let statement = Statement::read(&mut reader, Form::Uncompressed)?;
        let r = Form::Uncompressed.read(&mut reader)?;
        reader.finish()?;
        statement.v.to_g1()?;
        if let Some(opening) = &statement.opening {
            opening.check_order()?;
        }
        let multiples = G1Comb::check(statement.u)?;
        Ok(Self {
            r: r.to_g1()?,
            u: *multiples.point(),
            multiples: Some(Box::new(multiples)),
            statement,
        })
    }
}

fn open(bytes: &[u8], mode: u8) -> Result<Reader<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION)?;
    reader.code(mode)?;
    Ok(reader)
}
