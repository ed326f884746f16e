//! What makes a proof fresh, and for how long it can be worth anything.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::Transcript;

use crate::proof::challenge::Issued;

/// No policy takes a challenge that was issued longer ago.
pub const CHALLENGE_MAX: Seconds = Seconds::minutes(10);

/// No policy takes a one-pass proof or a signature whose time lies further in the past.
pub const WINDOW_MAX: Seconds = Seconds::minutes(10);

/// No policy takes anything whose time lies further in the future: by so much may clocks differ.
pub const SKEW: Seconds = Seconds::new(30);

/// The server's challenge, or a time by the client's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fresh {
    /// A challenge.
    Challenge(Issued),
    /// A time.
    Time(Seconds),
}

impl Fresh {
    /// When it was issued, or what time it says.
    pub(crate) const fn time(&self) -> Seconds {
        match self {
            Self::Challenge(challenge) => challenge.time(),
            Self::Time(time) => *time,
        }
    }

    /// The earliest moment at which it can have been spent.
    pub(crate) const fn from(&self) -> Seconds {
        self.time().minus(SKEW)
    }

    /// The first moment at which it is worthless, by the protocol's constants alone: whatever policy took it, a
    /// ledger remembers it for as long as any could.
    pub(crate) const fn until(&self) -> Seconds {
        let longest = match self {
            Self::Challenge(_) => CHALLENGE_MAX,
            Self::Time(_) => WINDOW_MAX,
        };
        // The last second at which a policy takes it is that of its age.
        self.time().plus(longest).plus(SKEW)
    }

    pub(crate) fn absorb(&self, transcript: &mut Transcript) {
        match self {
            Self::Challenge(challenge) => transcript.append("challenge", challenge.as_bytes()),
            Self::Time(time) => transcript.append("time", &time.to_bytes()),
        }
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        match self {
            Self::Challenge(challenge) => writer.bytes(challenge.as_bytes()),
            Self::Time(time) => writer.seconds(*time),
        }
    }

    pub(crate) fn read_challenge(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Issued::from_bytes(*reader.array()?).map(Self::Challenge)
    }

    pub(crate) fn read_time(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.seconds().map(Self::Time)
    }
}
