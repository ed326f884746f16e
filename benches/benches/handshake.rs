//! A full handshake between two configurations of rustls, in memory.

use alloc::sync::Arc;

use milagro_tls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use milagro_tls::rustls::pki_types::ServerName;
use milagro_tls::rustls::{
    ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection,
};

/// Who talks to whom.
pub(crate) struct Parties {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) name: ServerName<'static>,
}

/// X25519 alone, at both ends and for both kinds of key.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
    Arc::new(provider)
}

impl Parties {
    /// From nothing to two ends that may send data; how many bytes went over the wire.
    pub(crate) fn shake_hands(&self) -> u32 {
        let client = ClientConnection::new(self.client.clone(), self.name.clone()).unwrap();
        let server = ServerConnection::new(self.server.clone()).unwrap();
        let (mut client, mut server) = (Connection::Client(client), Connection::Server(server));
        let mut bytes = 0;
        while client.is_handshaking() || server.is_handshaking() {
            bytes += carry(&mut client, &mut server);
            bytes += carry(&mut server, &mut client);
        }
        assert!(client.peer_certificates().is_some() && server.peer_certificates().is_some());
        u32::try_from(bytes).unwrap()
    }
}

fn carry(from: &mut Connection, to: &mut Connection) -> usize {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        to.process_new_packets().unwrap();
    }
    bytes.len()
}
