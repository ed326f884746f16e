//! Everything that must not become a connection, over TCP.

use alloc::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{
    AlertDescription as Alert, CertificateError, ClientConfig, Error, PeerIncompatible,
    RootCertStore, ServerConfig, SignatureScheme,
};

use super::super::fixture::{identity, rng, today};
use super::tcp::talk;
use super::{World, provider, resolver, verifier};
use crate::admission::Anyone;
use crate::keys::IdentityKey;
use crate::names::{Principal, Role};
use crate::raw_keys::RawKeyVerifier;
use crate::raw_keys::{client_config, server_config, server_name_for};
use crate::signing::SigningMaster;
use milagro_dta::Signing;
use milagro_mpin::names::Epoch;

/// The client refuses, and the server hears why.
fn client_refuses(
    (client, server): (ClientConfig, ServerConfig),
    name: &Principal,
    (error, alert): (CertificateError, Alert),
) {
    let name = server_name_for(name).unwrap();
    let (by_client, by_server) = talk(&Arc::new(client), name, &Arc::new(server));
    assert_eq!(by_client.unwrap_err(), Error::InvalidCertificate(error));
    assert_eq!(by_server.unwrap_err(), Error::AlertReceived(alert));
}

/// The server refuses, and the client hears so when it first reads.
fn server_refuses(
    (client, server): (ClientConfig, ServerConfig),
    name: &Principal,
    (error, alert): (Error, Alert),
) {
    let name = server_name_for(name).unwrap();
    let (by_client, by_server) = talk(&Arc::new(client), name, &Arc::new(server));
    assert_eq!(by_server.unwrap_err(), error);
    assert_eq!(by_client.unwrap_err(), Error::AlertReceived(alert));
}

#[test]
fn the_wrong_server_name() {
    let world = World::new();
    let domain = world.master.domain();
    let stranger = SigningMaster::random(&mut rng(), "example").domain();
    for name in [
        Principal::new(domain, Role::Server, "other").unwrap(),
        Principal::new(domain, Role::Server, "Server").unwrap(),
        Principal::new(domain, Role::Peer, "server").unwrap(),
        Principal::new(stranger, Role::Server, "server").unwrap(),
    ] {
        let verdict = (CertificateError::NotValidForName, Alert::BadCertificate);
        client_refuses((world.client(), world.server()), &name, verdict);
    }
}

#[test]
fn another_epoch_on_either_side() {
    let world = World::new();
    let other =
        |identity: &crate::names::Identity, epoch| world.key(&identity.principal().at(epoch));
    let Epoch(today) = today();
    for (epoch, error) in [
        (today - 1, CertificateError::Expired),
        (today + 1, CertificateError::NotValidYet),
        (0, CertificateError::Expired),
        (u64::MAX, CertificateError::NotValidYet),
    ] {
        let name = world.server.principal();
        let server = world.server_with(other(&world.server, Epoch(epoch)));
        let alert = Alert::CertificateExpired;
        client_refuses((world.client(), server), name, (error.clone(), alert));
        let client = world.client_with(other(&world.client, Epoch(epoch)));
        let error = Error::InvalidCertificate(error);
        server_refuses((client, world.server()), name, (error, alert));
    }
}

#[test]
fn identities_of_another_trust_domain() {
    let world = World::new();
    let name = world.server.principal();
    let other = SigningMaster::random(&mut rng(), "example");
    let alice = identity(&other, Role::Client, "alice");
    // With an honest identity.
    let client = world.client_with(other.issue(&alice).unwrap());
    let error = Error::InvalidCertificate(CertificateError::UnknownIssuer);
    server_refuses((client, world.server()), name, (error, Alert::UnknownCA));
    // With one that names our domain.
    let stranger = other.issue(&alice).unwrap().to_bytes();
    let client = world.client_with(forged(&world.client, &stranger));
    let error = Error::InvalidCertificate(CertificateError::BadSignature);
    server_refuses((client, world.server()), name, (error, Alert::DecryptError));
    // The other way about: a server of theirs.
    let theirs = identity(&other, Role::Server, "server");
    let server = world.server_with(other.issue(&theirs).unwrap());
    let verdict = (CertificateError::UnknownIssuer, Alert::UnknownCA);
    client_refuses((world.client(), server), theirs.principal(), verdict);
}

/// The point of one key under the name of another identity.
pub(super) fn forged(identity: &crate::names::Identity, key: &[u8]) -> IdentityKey<Signing> {
    let point = key.last_chunk::<48>().unwrap();
    let point = milagro_curve::SecretG1::from_bytes(point).unwrap();
    IdentityKey::new(identity.clone(), point)
}

#[test]
fn the_key_of_another_identity() {
    let world = World::new();
    let name = world.server.principal();
    let mallory = identity(&world.master, Role::Server, "mallory");
    // Under its own name.
    let server = world.server_with(world.key(&mallory));
    let verdict = (CertificateError::NotValidForName, Alert::BadCertificate);
    client_refuses((world.client(), server), name, verdict);
    // Under the name of the server that was called.
    let key = world.key(&mallory).to_bytes();
    let server = world.server_with(forged(&world.server, &key));
    let verdict = (CertificateError::BadSignature, Alert::DecryptError);
    client_refuses((world.client(), server), name, verdict);
}

#[test]
fn roles_at_the_wrong_end() {
    let world = World::new();
    let name = world.server.principal();
    let server = world.server_with(world.key(&world.client));
    let verdict = (
        CertificateError::InvalidPurpose,
        Alert::UnsupportedCertificate,
    );
    client_refuses((world.client(), server), world.client.principal(), verdict);
    let client = world.client_with(world.key(&world.server));
    let error = Error::InvalidCertificate(CertificateError::InvalidPurpose);
    let alert = Alert::UnsupportedCertificate;
    server_refuses((client, world.server()), name, (error, alert));
}

#[test]
fn who_is_not_authorized() {
    let world = World::new();
    let nobody = |_: &Principal| false;
    let server = server_config(
        &resolver(world.key(&world.server), &world.clock),
        &verifier(&world.master, nobody),
    );
    let error = Error::InvalidCertificate(CertificateError::BadSignature);
    let verdict = (error, Alert::DecryptError);
    server_refuses(
        (world.client(), server.unwrap()),
        world.server.principal(),
        verdict,
    );
    let client = client_config(
        &resolver(world.key(&world.client), &world.clock),
        &verifier(&world.master, nobody),
    );
    let verdict = (CertificateError::BadSignature, Alert::DecryptError);
    client_refuses(
        (client.unwrap(), world.server()),
        world.server.principal(),
        verdict,
    );
}

/// Speaks RFC 7250 and has no key.
#[derive(Debug)]
struct NoKey;

impl ResolvesClientCert for NoKey {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn clients_without_a_key() {
    let world = World::new();
    let name = world.server.principal();
    let mut client = world.client();
    client.client_auth_cert_resolver = Arc::new(NoKey);
    let verdict = (Error::NoCertificatesPresented, Alert::CertificateRequired);
    server_refuses((client, world.server()), name, verdict);
    // One that does not even know raw keys for itself.
    let client = ClientConfig::builder_with_details(provider(), world.clock.clone())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(RawKeyVerifier::new(
            verifier(&world.master, Anyone),
            world.clock.clone(),
        )))
        .with_no_client_auth();
    server_refuses((client, world.server()), name, x509_only());
}

fn x509_only() -> (Error, Alert) {
    let reason = PeerIncompatible::IncorrectCertificateTypeExtension;
    (Error::PeerIncompatible(reason), Alert::HandshakeFailure)
}

/// Offers its key as if it were an X.509 certificate.
#[derive(Debug)]
struct AsX509(Arc<CertifiedKey>);

impl ResolvesServerCert for AsX509 {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

fn x509_server(
    world: &World,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let signer = Arc::new(crate::signing::Signer::new(world.key(&world.server)));
    let key = crate::raw_keys::IdentitySigningKey::new(signer, provider()).into_certified_key();
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AsX509(Arc::new(key))))
}

fn x509_client(versions: &[&'static rustls::SupportedProtocolVersion]) -> ClientConfig {
    ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

#[test]
fn peers_that_know_x509_alone() {
    let world = World::new();
    let name = world.server.principal();
    server_refuses((x509_client(&[&TLS13]), world.server()), name, x509_only());
    let server = x509_server(&world, &[&TLS13]);
    server_refuses((world.client(), server), name, x509_only());
}

#[test]
fn tls_1_2_in_either_direction() {
    let world = World::new();
    let name = world.server.principal();
    let (by_client, by_server) = talk(
        &Arc::new(x509_client(&[&TLS12])),
        world.name(),
        &Arc::new(world.server()),
    );
    let refused = PeerIncompatible::Tls12NotOfferedOrEnabled;
    assert_eq!(by_server.unwrap_err(), Error::PeerIncompatible(refused));
    let alert = Error::AlertReceived(Alert::ProtocolVersion);
    assert_eq!(by_client.unwrap_err(), alert);
    let server = x509_server(&world, &[&TLS12]);
    let verdict = (
        Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled),
        Alert::ProtocolVersion,
    );
    server_refuses((world.client(), server), name, verdict);
}
