//! One address for peers with certificates and for peers with raw public keys.

use alloc::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{CertificateType, ClientHello};

/// Two configurations of one server: identities as raw public keys, and X.509 as before, while clients move over.
/// rustls settles the kind of key for a whole configuration, so the choice falls where the ClientHello has come and
/// no configuration is needed yet: [`Acceptor`](rustls::server::Acceptor), or `LazyConfigAcceptor` of tokio-rustls.
///
/// A client whose first choice among the types that it offers, for the server and for itself (RFC 7250, section
/// 4.1), is a raw public key gets the first configuration, every other client the second one.
///
/// ```no_run
/// use milagro_tls::raw_keys::EitherKind;
/// use milagro_tls::rustls::server::Acceptor;
/// # fn demo(kinds: &EitherKind, mut stream: std::net::TcpStream) -> Result<(), Box<dyn core::error::Error>> {
/// let mut acceptor = Acceptor::default();
/// let accepted = loop {
///     acceptor.read_tls(&mut stream)?;
///     if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error)? {
///         break accepted;
///     }
/// };
/// let config = kinds.choose(&accepted.client_hello()).clone();
/// let connection = accepted.into_connection(config).map_err(|(error, _)| error)?;
/// # let _ = connection; Ok(()) }
/// ```
///
/// # Security
/// Whoever gets the second configuration is authenticated as that one says, and by nothing of this crate:
/// [`peer_identity`](crate::raw_keys::peer_identity) is `None`. A client chooses which one it gets, so an application that
/// gives rights to either kind of peer gives them to both; when all clients have moved, drop the second one. The
/// ClientHello is authenticated by the handshake that follows, so nobody in between changes the choice.
#[derive(Clone, Debug)]
pub struct EitherKind {
    /// For clients that want raw public keys.
    pub raw: Arc<ServerConfig>,
    /// For all others.
    pub x509: Arc<ServerConfig>,
}

impl EitherKind {
    /// The configuration for this client.
    #[must_use]
    pub fn choose(&self, hello: &ClientHello<'_>) -> &Arc<ServerConfig> {
        // No extension means X.509.
        let wants_raw = |types: Option<&[CertificateType]>| {
            types.and_then(<[_]>::first) == Some(&CertificateType::RawPublicKey)
        };
        if wants_raw(hello.server_cert_types()) && wants_raw(hello.client_cert_types()) {
            &self.raw
        } else {
            &self.x509
        }
    }
}
