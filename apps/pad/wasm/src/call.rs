//! A call: what was asked in, an answer or a fault out.

use milagro_base::{DecodeError, Reader};
use milagro_mpin::client::FactorError;
#[cfg(any(feature = "login", feature = "enrol"))]
use milagro_mpin::{Factors, Pin, client::PinLength};
use zeroize::{Zeroize as _, Zeroizing};

#[cfg(any(feature = "login", feature = "enrol", feature = "tokens"))]
use crate::seeded::{SEED, Seeded};
use crate::shared;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The page asked for something that has not the form of a request.
    Request,
    /// What the device has stored is not what was stored.
    Stored,
    /// A PIN that is not one, or has another length than the one before.
    Pin,
    /// What a service has said is not what it should be.
    Answer,
    /// Too few authorities have answered with good shares: ask again with the same key.
    Shares,
    /// Another trust domain than that of the token.
    Domain,
    /// The identity is revoked.
    Revoked,
    /// The schedule is not the one that all clients have, or an earlier one than was seen before.
    NotPinned,
    /// Another key than the one in the schedule has answered.
    OtherKey,
    /// No key issues now, or the one that was asked does not any more.
    Closed,
    /// There is no token that can be spent now.
    Empty,
}

impl From<DecodeError> for Fault {
    fn from(_: DecodeError) -> Self {
        Self::Request
    }
}

impl From<FactorError> for Fault {
    fn from(_: FactorError) -> Self {
        Self::Pin
    }
}

/// Bytes that are wiped.
pub type Bytes = Zeroizing<Vec<u8>>;

/// Runs what is asked for with the request that lies in the shared memory, and puts the answer there. The length of the
/// answer, or the number of the fault.
pub(crate) fn run(length: usize, asked: fn(&mut Reader<'_>) -> Result<Bytes, Fault>) -> i32 {
    let answer = shared::take(length)
        .ok_or(Fault::Request)
        .and_then(|request| asked(&mut Reader::new(&request)));
    scrub();
    let put = answer.and_then(|answer| shared::put(&answer).ok_or(Fault::Request));
    match put {
        Ok(length) => i32::try_from(length).unwrap_or(i32::MAX),
        Err(fault) => fault.number(),
    }
}

/// Wipes the stack that a call has used, in which moves have left copies: the page can read all of it, for as long as the
/// module lives.
#[inline(never)]
#[expect(
    clippy::large_stack_arrays,
    reason = "it is the stack that is to be wiped"
)]
fn scrub() {
    let mut stack = [0_u8; STACK];
    stack.zeroize();
}

/// More than any call uses.
const STACK: usize = 1 << 16;

impl Fault {
    /// What the page gets.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Request => -1,
            Self::Stored => -2,
            Self::Pin => -3,
            Self::Answer => -4,
            Self::Shares => -5,
            Self::Domain => -6,
            Self::Revoked => -7,
            Self::NotPinned => -8,
            Self::OtherKey => -9,
            Self::Closed => -10,
            Self::Empty => -11,
        }
    }
}

/// Reads a seed.
#[cfg(any(feature = "login", feature = "enrol", feature = "tokens"))]
pub(crate) fn seeded(reader: &mut Reader<'_>) -> Result<Seeded, Fault> {
    Ok(Seeded::new(reader.array::<SEED>()?))
}

/// Reads a PIN as it was typed.
#[cfg(any(feature = "login", feature = "enrol"))]
pub(crate) fn pin(reader: &mut Reader<'_>) -> Result<Pin, Fault> {
    let digits = reader.string()?;
    let length = u8::try_from(digits.len()).map_err(|_| Fault::Pin)?;
    let digits = core::str::from_utf8(digits).map_err(|_| Fault::Pin)?;
    Ok(Pin::new(digits, PinLength::new(length)?)?)
}

/// Reads a PIN as the one factor.
#[cfg(any(feature = "login", feature = "enrol"))]
pub(crate) fn factors(reader: &mut Reader<'_>) -> Result<Factors, Fault> {
    pin(reader).map(Factors::pin)
}

/// Refuses what stands behind the last argument.
pub(crate) const fn end(reader: &Reader<'_>) -> Result<(), Fault> {
    match reader.remaining() {
        0 => Ok(()),
        _ => Err(Fault::Request),
    }
}
