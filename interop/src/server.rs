//! The side that answers, and derives keys.

use alloc::sync::Arc;
use core::fmt;
use std::io::{Read, Write};

use milagro_base::Seconds;
use milagro_tls::psk::{PskIdentity, PskResponder};
use milagro_tls::{Principal, TrustDomainId};
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContext, SslVerifyMode};

use crate::{ConnectError, Connection, builder};

/// A TLS server without certificate and without a list of keys: the key of a connection is computed from the PSK
/// identity that the client sends, by a [`PskResponder`] with its bounded cache.
pub struct Server {
    context: SslContext,
    domain: TrustDomainId,
    offered: Index<Ssl, PskIdentity>,
}

impl Server {
    /// A server that reads the time once for each identity that it is offered. The responder
    /// stays the caller's too, who installs the key of the next epoch in it.
    ///
    /// # Errors
    /// [`ConnectError::Setup`].
    pub fn new(
        responder: Arc<PskResponder>,
        clock: impl Fn() -> Seconds + Send + Sync + 'static,
    ) -> Result<Self, ConnectError> {
        let domain = responder.principal().domain();
        let offered = Ssl::new_ex_index()?;
        let mut context = builder()?;
        context.set_verify(SslVerifyMode::NONE);
        context.set_psk_server_callback(move |ssl, identity, place| {
            let psk = identity.and_then(|text| responder.external(text, clock()).ok());
            let (Some(psk), Some(place)) = (psk, place.first_chunk_mut()) else {
                // No key. OpenSSL goes on without a PSK, and ends because there is no certificate.
                return Ok(0);
            };
            *place = *psk.key();
            ssl.set_ex_data(offered, psk.identity().clone());
            Ok(place.len())
        });
        Ok(Self {
            context: context.build(),
            domain,
            offered,
        })
    }

    /// Shakes hands, and says who the client is.
    ///
    /// # Errors
    /// [`ConnectError`], which is for the own records: the peer gets OpenSSL's alert.
    pub fn accept<S: Read + Write>(
        &self,
        stream: S,
    ) -> Result<(Connection<S>, Principal), ConnectError> {
        let connection = Connection::new(Ssl::new(&self.context)?.accept(stream))?;
        // OpenSSL stops at the first identity that it takes, so the last one with a key is the one whose binder held.
        let offered = connection.ssl().ex_data(self.offered);
        let client = offered.and_then(|text| text.in_domain(self.domain));
        Ok((connection, client.ok_or(ConnectError::NoPsk)?))
    }

    /// OpenSSL's part, for those who drive handshakes themselves.
    #[must_use]
    pub fn context(&self) -> &SslContext {
        &self.context
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}
