//! One address for clients with certificates and clients with identities.

use alloc::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{Acceptor, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{
    AlertDescription as Alert, ClientConfig, ClientConnection, Error, RootCertStore, ServerConfig,
    ServerConnection,
};

use super::{World, provider, verifier};
use crate::admission::Anyone;
use crate::raw_keys::{EitherKind, RawKeyVerifier, peer_identity};

struct Certificate {
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Certificate {
    fn of(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).unwrap();
        Self {
            der: cert.der().clone(),
            key: PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()),
        }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        Arc::new(roots)
    }
}

/// A server of both kinds, and a client with a certificate.
fn both(world: &World) -> (EitherKind, ClientConfig) {
    let (service, alice) = (
        Certificate::of("server.example"),
        Certificate::of("alice.example"),
    );
    let trusts = WebPkiClientVerifier::builder_with_provider(alice.roots(), provider());
    let x509 = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_client_cert_verifier(trusts.build().unwrap())
        .with_single_cert(vec![service.der.clone()], service.key.clone_key())
        .unwrap();
    let trusts = WebPkiServerVerifier::builder_with_provider(service.roots(), provider());
    let client = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_webpki_verifier(trusts.build().unwrap())
        .with_client_auth_cert(vec![alice.der], alice.key)
        .unwrap();
    let kinds = EitherKind {
        raw: Arc::new(world.server()),
        x509: Arc::new(x509),
    };
    (kinds, client)
}

/// A handshake in memory with a server that looks at the ClientHello first.
fn meet(
    kinds: &EitherKind,
    client: ClientConfig,
    name: ServerName<'static>,
) -> Result<(ClientConnection, ServerConnection), Error> {
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let mut acceptor = Acceptor::default();
    let mut bytes = hello.as_slice();
    let accepted = loop {
        acceptor.read_tls(&mut bytes).unwrap();
        if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error)? {
            break accepted;
        }
    };
    let config = kinds.choose(&accepted.client_hello()).clone();
    let mut server = match accepted.into_connection(config) {
        Ok(server) => server,
        Err((refused, mut alert)) => {
            let mut bytes = Vec::new();
            alert.write_all(&mut bytes).unwrap();
            client.read_tls(&mut bytes.as_slice()).unwrap();
            let alert = client.process_new_packets().unwrap_err();
            assert_eq!(alert, Error::AlertReceived(Alert::HandshakeFailure));
            return Err(refused);
        }
    };
    while client.wants_write() || server.wants_write() {
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
        bytes.clear();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
    }
    Ok((client, server))
}

#[test]
fn x509_and_raw_keys() {
    let world = World::new();
    let (kinds, old) = both(&world);
    // Who has moved is known by its identity, at both ends.
    let (client, server) = meet(&kinds, world.client(), world.name()).unwrap();
    assert!(!client.is_handshaking() && !server.is_handshaking());
    assert_eq!(peer_identity(&client).as_ref(), Some(&world.server));
    assert_eq!(peer_identity(&server).as_ref(), Some(&world.client));
    // Who has not is served as before, and is no identity.
    let name = ServerName::try_from("server.example").unwrap();
    let (client, server) = meet(&kinds, old, name).unwrap();
    assert!(!client.is_handshaking() && !server.is_handshaking());
    assert_eq!(peer_identity(&client), None);
    assert_eq!(peer_identity(&server), None);
    assert_eq!(server.peer_certificates().unwrap().len(), 1);
}

/// Raw keys for the server and none for the client is neither of both.
#[test]
fn half_raw_is_not_raw() {
    let world = World::new();
    let (kinds, _) = both(&world);
    let client = ClientConfig::builder_with_details(provider(), world.clock.clone())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(RawKeyVerifier::new(
            verifier(&world.master, Anyone),
            world.clock.clone(),
        )))
        .with_no_client_auth();
    assert!(matches!(
        meet(&kinds, client, world.name()),
        Err(Error::PeerIncompatible(_))
    ));
}
