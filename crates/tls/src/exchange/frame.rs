//! Flights: what one end sends before it waits for the other.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_mpin::{
    Challenge,
    full::{ClientConfirmation, ClientHello, ServerHello},
};

use crate::login::name::MAX_SEALED_LEN;
use crate::names::Identity;
use crate::signing::Signature;

/// Bytes before a flight's body: type (1), version (1), length of the body (2).
pub const FLIGHT_HEADER_LEN: usize = 4;

/// Bytes of the longest flight of any exchange, header included.
pub const MAX_FLIGHT_LEN: usize = FLIGHT_HEADER_LEN + longest();

const VERSION: u8 = 1;

/// A kind of flight.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flight {
    /// Peer to peer: framed(IdA), PaG1.
    Call,
    /// Peer to peer: framed(IdB), PgG1, PbG2, confirmation.
    Answer,
    /// Peer to peer: confirmation.
    Confirmation,
    /// Client to server: nothing, which asks for a challenge.
    Hello,
    /// Server to client: the challenge.
    Challenge,
    /// Client to server: the proof, in answer to the challenge.
    Proof,
    /// Client to server: the proof, made at a time.
    OnePass,
    /// Server to client: W' and confirmation.
    ServerKey,
    /// Client to server: confirmation and the encrypted name.
    Name,
    /// Channel binding, client to server: framed(client identity).
    BindingHello,
    /// Channel binding, server to client: framed(server identity), signature.
    ServerBinding,
    /// Channel binding, client to server: signature.
    ClientBinding,
}

impl Flight {
    const ALL: [Self; 12] = [
        Self::Call,
        Self::Answer,
        Self::Confirmation,
        Self::Hello,
        Self::Challenge,
        Self::Proof,
        Self::OnePass,
        Self::ServerKey,
        Self::Name,
        Self::BindingHello,
        Self::ServerBinding,
        Self::ClientBinding,
    ];

    const fn code(self) -> u8 {
        match self {
            Self::Call => 1,
            Self::Answer => 2,
            Self::Confirmation => 3,
            Self::Hello => 4,
            Self::Challenge => 5,
            Self::Proof => 6,
            Self::OnePass => 7,
            Self::ServerKey => 8,
            Self::Name => 9,
            Self::BindingHello => 10,
            Self::ServerBinding => 11,
            Self::ClientBinding => 12,
        }
    }

    /// Bytes of the longest body.
    const fn longest(self) -> usize {
        match self {
            Self::Call => 2 + Identity::MAX_LEN + 48,
            Self::Answer => 2 + Identity::MAX_LEN + 48 + 96 + 32,
            Self::Confirmation => 32,
            Self::Hello => 0,
            Self::Challenge => Challenge::LEN,
            Self::Proof | Self::OnePass => ClientHello::MAX_LEN,
            Self::ServerKey => ServerHello::LEN,
            Self::Name => ClientConfirmation::LEN + MAX_SEALED_LEN,
            Self::BindingHello => 2 + Identity::MAX_LEN,
            Self::ServerBinding => 2 + Identity::MAX_LEN + Signature::LEN,
            Self::ClientBinding => Signature::LEN,
        }
    }

    /// A flight of this kind.
    pub(crate) fn seal(self, body: Writer) -> Vec<u8> {
        let body = body.finish();
        debug_assert!(body.len() <= self.longest());
        Writer::with_capacity(FLIGHT_HEADER_LEN + body.len())
            .u8(self.code())
            .u8(VERSION)
            .string(&body)
            .finish()
    }

    /// The body of a flight of this kind, and of nothing else.
    pub(crate) fn open(self, bytes: &[u8]) -> Result<Reader<'_>, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.code(self.code())?;
        reader.version(VERSION)?;
        let body = reader.string()?;
        reader.finish()?;
        if body.len() > self.longest() {
            return Err(DecodeError::Length);
        }
        Ok(Reader::new(body))
    }
}

const fn longest() -> usize {
    let mut flights: &[Flight] = &Flight::ALL;
    let mut longest = 0;
    while let [first, rest @ ..] = flights {
        if first.longest() > longest {
            longest = first.longest();
        }
        flights = rest;
    }
    longest
}

/// How many bytes the first flight of a stream takes, header included; `None` while its header is not
/// complete. Never more than [`MAX_FLIGHT_LEN`]. The flights carry their own length, so the exchanges run
/// over any byte stream:
///
/// ```
/// # fn demo(stream: &mut impl std::io::Read) -> Result<Vec<u8>, Box<dyn core::error::Error>> {
/// use milagro_tls::exchange::{FLIGHT_HEADER_LEN, flight_length};
///
/// let mut flight = vec![0; FLIGHT_HEADER_LEN];
/// stream.read_exact(&mut flight)?;
/// let length = flight_length(&flight)?.ok_or("no header")?;
/// flight.resize(length, 0);
/// stream.read_exact(&mut flight[FLIGHT_HEADER_LEN..])?;
/// # Ok(flight) }
/// ```
///
/// # Errors
/// [`DecodeError::Value`] for a type that no exchange has, [`DecodeError::Version`], and
/// [`DecodeError::Length`] for a body longer than any of its type. After an error nothing more can be read
/// from this stream.
pub fn flight_length(stream: &[u8]) -> Result<Option<usize>, DecodeError> {
    let mut reader = Reader::new(stream);
    let Ok(code) = reader.u8() else {
        return Ok(None);
    };
    let flight = Flight::ALL
        .into_iter()
        .find(|flight| flight.code() == code)
        .ok_or(DecodeError::Value)?;
    match reader.u8() {
        Ok(VERSION) => {}
        Ok(_) => return Err(DecodeError::Version),
        Err(_) => return Ok(None),
    }
    let Ok(body) = reader.u16() else {
        return Ok(None);
    };
    let body = usize::from(body);
    if body > flight.longest() {
        return Err(DecodeError::Length);
    }
    Ok(Some(FLIGHT_HEADER_LEN + body))
}
