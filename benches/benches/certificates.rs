//! The other side: one self-signed P-256 certificate each way, verified by webpki.

use alloc::sync::Arc;

use milagro_tls::rustls::client::Resumption;
use milagro_tls::rustls::client::WebPkiServerVerifier;
use milagro_tls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use milagro_tls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use milagro_tls::rustls::version::TLS13;
use milagro_tls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::handshake::{Parties, provider};

struct Party {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn party(name: &str) -> Party {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    Party {
        certificate: cert.der().clone(),
        key: PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()),
    }
}

/// Trusts the one certificate.
fn roots(party: &Party) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(party.certificate.clone()).unwrap();
    Arc::new(roots)
}

/// As ours where it can be: X25519, TLS 1.3, no resumption and no tickets.
pub(crate) fn parties() -> Parties {
    let (alice, service) = (party("alice.example"), party("server.example"));
    let verifier = WebPkiServerVerifier::builder_with_provider(roots(&service), provider());
    let mut client = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_webpki_verifier(verifier.build().unwrap())
        .with_client_auth_cert(vec![alice.certificate.clone()], alice.key.clone_key())
        .unwrap();
    client.resumption = Resumption::disabled();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(&alice), provider());
    let mut server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![service.certificate], service.key)
        .unwrap();
    server.session_storage = Arc::new(NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    Parties {
        client: Arc::new(client),
        server: Arc::new(server),
        name: "server.example".try_into().unwrap(),
    }
}
