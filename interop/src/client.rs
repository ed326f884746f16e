//! The side that opens connections.

use alloc::sync::Arc;
use core::fmt;
use std::io::{Read, Write};

use milagro_base::Seconds;
use milagro_tls::Principal;
use milagro_tls::psk::{ExternalPsk, PskInitiator};
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContext, SslVerifyMode};

use crate::{ConnectError, Connection, builder};

/// A TLS client that calls servers by their names, with the keys of a [`PskInitiator`].
pub struct Client {
    context: SslContext,
    initiator: Arc<PskInitiator>,
    psk: Index<Ssl, ExternalPsk>,
}

impl Client {
    /// A client for any number of servers. The initiator stays the caller's too, who installs the key of the next epoch
    /// in it.
    ///
    /// # Errors
    /// [`ConnectError::Setup`].
    pub fn new(initiator: Arc<PskInitiator>) -> Result<Self, ConnectError> {
        let psk = Ssl::new_ex_index::<ExternalPsk>()?;
        let mut context = builder()?;
        // A server may answer with a certificate in place of the PSK. No certificate is trusted here.
        context.set_verify(SslVerifyMode::PEER);
        context.set_psk_client_callback(move |ssl, _, identity, place| {
            let Some(psk) = ssl.ex_data(psk) else {
                return Ok(0);
            };
            let text = psk.identity().as_str().as_bytes();
            let (Some((name, [end, ..])), Some(place)) = (
                identity.split_at_mut_checked(text.len()),
                place.first_chunk_mut(),
            ) else {
                return Ok(0);
            };
            name.copy_from_slice(text);
            *end = 0;
            *place = *psk.key();
            Ok(place.len())
        });
        Ok(Self {
            context: context.build(),
            initiator,
            psk,
        })
    }

    /// Shakes hands with the server of this name. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn connect<S: Read + Write>(
        &self,
        server: &Principal,
        stream: S,
        now: Seconds,
    ) -> Result<Connection<S>, ConnectError> {
        Connection::new(self.prepare(server, now)?.connect(stream))
    }

    /// OpenSSL's part of one connection, for those who drive handshakes themselves.
    ///
    /// # Security
    /// They check afterwards that the session was reused, which is how OpenSSL calls the use of a PSK.
    ///
    /// # Errors
    /// [`ConnectError::Setup`], [`ConnectError::Key`].
    pub fn prepare(&self, server: &Principal, now: Seconds) -> Result<Ssl, ConnectError> {
        let psk = self.initiator.external(server, now)?;
        let mut ssl = Ssl::new(&self.context)?;
        ssl.set_ex_data(self.psk, psk);
        Ok(ssl)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
