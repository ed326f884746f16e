//! What a handshake ends with.

use core::fmt;
use std::io::{self, Read, Write};

use milagro_tls::psk::PskError;
use openssl::error::ErrorStack;
use openssl::ssl::{Error, HandshakeError, SslRef, SslStream};

/// A connection whose two ends know each other's identity.
#[derive(Debug)]
pub struct Connection<S> {
    stream: SslStream<S>,
}

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// There is no key for this server.
    Key(PskError),
    /// OpenSSL could not begin.
    Setup(ErrorStack),
    /// The handshake failed: another key, another version, a broken stream.
    Handshake(Error),
    /// The handshake ended without a PSK.
    NoPsk,
}

impl<S: Read + Write> Connection<S> {
    /// For a handshake that ended well by OpenSSL's rules, which are content with a certificate in place of a PSK.
    pub(crate) fn new(
        handshake: Result<SslStream<S>, HandshakeError<S>>,
    ) -> Result<Self, ConnectError> {
        let stream = handshake.map_err(|error| match error {
            HandshakeError::SetupFailure(error) => ConnectError::Setup(error),
            HandshakeError::Failure(state) | HandshakeError::WouldBlock(state) => {
                ConnectError::Handshake(state.into_error())
            }
        })?;
        // A PSK is a session to OpenSSL, and these contexts keep no others.
        if stream.ssl().session_reused() {
            Ok(Self { stream })
        } else {
            Err(ConnectError::NoPsk)
        }
    }

    /// The channel binding of RFC 9266, 32 bytes.
    ///
    /// # Errors
    /// OpenSSL's.
    pub fn exporter(&self) -> Result<[u8; 32], ErrorStack> {
        let mut binding = [0; 32];
        self.ssl()
            .export_keying_material(&mut binding, EXPORTER, Some(&[]))?;
        Ok(binding)
    }

    /// Says that nothing more will be sent, so that the peer can tell an end from a cut.
    ///
    /// # Errors
    /// OpenSSL's, for a stream that is broken.
    pub fn close(mut self) -> Result<(), ConnectError> {
        self.stream.shutdown().map_err(ConnectError::Handshake)?;
        Ok(())
    }

    /// What OpenSSL says about the connection.
    #[must_use]
    pub fn ssl(&self) -> &SslRef {
        self.stream.ssl()
    }
}

impl<S: Read + Write> Read for Connection<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl<S: Read + Write> Write for Connection<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => write!(f, "no key: {error}"),
            Self::Setup(error) => write!(f, "OpenSSL cannot begin: {error}"),
            Self::Handshake(error) => write!(f, "no handshake: {error}"),
            Self::NoPsk => f.write_str("the handshake did not use a PSK"),
        }
    }
}

impl core::error::Error for ConnectError {}

impl From<PskError> for ConnectError {
    fn from(error: PskError) -> Self {
        Self::Key(error)
    }
}

impl From<ErrorStack> for ConnectError {
    fn from(error: ErrorStack) -> Self {
        Self::Setup(error)
    }
}

const EXPORTER: &str = "EXPORTER-Channel-Binding";
