//! What a fleet needs: lists, anchors and clocks that change while handshakes run.

use alloc::sync::Arc;
use core::sync::atomic::AtomicU64;
use milagro_mpin::names::EpochPolicy;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerifier as _};
use rustls::internal::msgs::codec::{Codec as _, Reader};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier as _;
use rustls::{CertificateError, DigitallySignedStruct, Error, ServerConfig};

use super::super::fixture::{identity, rng, signer, today};
use super::refusals::forged;
use super::seen::{drive, list};
use super::tcp::talk;
use super::{Clock, World, resolver};
use crate::admission::{AllowList, Anyone, IdentityVerifier, Replaceable};
use crate::names::{Identity, Role};
use crate::raw_keys::{RawKeyVerifier, client_config, server_config, server_name_for};
use crate::signing::{Context, SigningMaster};

#[test]
fn revoked_during_the_handshake() {
    let world = World::new();
    let all = || list(&[&world.client]);
    let list = Replaceable::new(all());
    let (server, _) = world.watched(&list);
    let open = |server: &ServerConfig, between: &dyn Fn()| {
        drive(&world, world.client(), server.clone(), between).server
    };
    let refused = |error| Err(Error::InvalidCertificate(error));
    assert_eq!(open(&server, &|| {}), Ok(()));
    // Removed from the list.
    let removed = open(&server, &|| list.replace(AllowList::default()));
    assert_eq!(removed, refused(CertificateError::BadSignature));
    list.replace(all());
    // The epoch ends.
    let policy = EpochPolicy::DAILY;
    let end = today().next().start(policy.length).plus(policy.grace).get();
    let now = super::super::fixture::NOW.get();
    assert_eq!(open(&server, &|| world.clock.set(end - 1)), Ok(()));
    world.clock.set(now);
    let late = open(&server, &|| world.clock.set(end));
    assert_eq!(late, refused(CertificateError::Expired));
    world.clock.set(now);
    // The authority is believed no more.
    let verifier = super::verifier(&world.master, Anyone);
    let keys = resolver(world.key(&world.server), &world.clock);
    let server = server_config(&keys, &verifier).unwrap();
    let distrusted = open(&server, &|| {
        assert!(verifier.distrust(world.master.domain()));
    });
    assert_eq!(distrusted, refused(CertificateError::UnknownIssuer));
}

type AtEnd<'a> = dyn Fn(&dyn Fn()) -> Result<HandshakeSignatureValid, Error> + 'a;

/// rustls calls twice, with the key and with the signature: whatever changes in between counts.
#[test]
fn the_signature_asks_again() {
    let world = World::new();
    let list = Replaceable::new(Anyone);
    let inner = IdentityVerifier::new(world.master.anchor(), EpochPolicy::DAILY, list.clone());
    let inner = Arc::new(inner);
    let clock = Arc::new(Clock(AtomicU64::new(super::super::fixture::NOW.get())));
    let verifier = RawKeyVerifier::new(inner.clone(), clock.clone());
    let now = UnixTime::since_unix_epoch(core::time::Duration::from_secs(
        super::super::fixture::NOW.get(),
    ));
    let at_client = |between: &dyn Fn()| {
        let (key, signed) = evidence(&world, &world.server);
        verifier.verify_server_cert(&key, &[], &world.name(), &[], now)?;
        between();
        rustls::client::danger::ServerCertVerifier::verify_tls13_signature(
            &verifier, MESSAGE, &key, &signed,
        )
    };
    let at_server = |between: &dyn Fn()| {
        let (key, signed) = evidence(&world, &world.client);
        verifier.verify_client_cert(&key, &[], now)?;
        between();
        rustls::server::danger::ClientCertVerifier::verify_tls13_signature(
            &verifier, MESSAGE, &key, &signed,
        )
    };
    let policy = EpochPolicy::DAILY;
    let end = today().next().start(policy.length).plus(policy.grace).get();
    let ends: [&AtEnd<'_>; 2] = [&at_client, &at_server];
    for run in ends {
        assert!(run(&|| {}).is_ok());
        let removed = run(&|| list.replace(AllowList::default())).unwrap_err();
        assert_eq!(removed, CertificateError::BadSignature.into());
        list.replace(Anyone);
        let late = run(&|| clock.set(end)).unwrap_err();
        assert_eq!(late, CertificateError::Expired.into());
        clock.set(super::super::fixture::NOW.get());
        let distrusted = run(&|| assert!(inner.distrust(world.master.domain()))).unwrap_err();
        assert_eq!(distrusted, CertificateError::UnknownIssuer.into());
        inner.believe(world.master.anchor());
        assert!(run(&|| {}).is_ok());
    }
}

const MESSAGE: &[u8] = b"what TLS signs";

fn evidence(world: &World, who: &Identity) -> (CertificateDer<'static>, DigitallySignedStruct) {
    let signature =
        signer(&world.master, who).sign(&mut rng(), Context::CertificateVerify, MESSAGE);
    let bytes = [&[0xfe, 0x4d, 0, 96][..], &signature.to_bytes()].concat();
    let signed = DigitallySignedStruct::read(&mut Reader::init(&bytes)).unwrap();
    (who.to_spki().into(), signed)
}

/// A server that believes two authorities, and one of them no more, while it runs.
#[test]
fn two_anchors() {
    let world = World::new();
    let other = SigningMaster::random(&mut rng(), "the new master");
    let verifier = super::verifier(&world.master, Anyone);
    let keys = resolver(world.key(&world.server), &world.clock);
    let server = Arc::new(server_config(&keys, &verifier).unwrap());
    // The client has a key of the one or of the other, and calls the same server.
    let call = |master: &SigningMaster| {
        let alice = identity(master, Role::Client, "alice");
        let key = master.issue(&alice).unwrap();
        let client = Arc::new(world.client_with(key));
        talk(&client, world.name(), &server).1.map(|seen| seen.peer)
    };
    let of = |master: &SigningMaster| Ok(identity(master, Role::Client, "alice"));
    let unknown = Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
    assert_eq!(call(&world.master), of(&world.master));
    assert_eq!(call(&other), unknown);
    verifier.believe(other.anchor());
    assert_eq!(call(&world.master), of(&world.master));
    assert_eq!(call(&other), of(&other));
    assert!(verifier.distrust(world.master.domain()));
    assert!(!verifier.distrust(world.master.domain()));
    assert_eq!(call(&world.master), unknown);
    assert_eq!(call(&other), of(&other));
    // An anchor speaks for its own domain alone: the key of the one does not make an identity of the other.
    verifier.believe(world.master.anchor());
    let alice = identity(&world.master, Role::Client, "alice");
    let theirs = identity(&other, Role::Client, "alice");
    let key = forged(&alice, &other.issue(&theirs).unwrap().to_bytes());
    let client = Arc::new(world.client_with(key));
    let (_, refused) = talk(&client, world.name(), &server);
    let bad = Error::InvalidCertificate(CertificateError::BadSignature);
    assert_eq!(refused.unwrap_err(), bad);

    // A client that believes both calls servers of both, each under its own name.
    let verifier = super::verifier(&world.master, Anyone);
    verifier.believe(other.anchor());
    let keys = resolver(world.key(&world.client), &world.clock);
    let client = Arc::new(client_config(&keys, &verifier).unwrap());
    for master in [&world.master, &other] {
        let bob = identity(master, Role::Server, "bob");
        let keys = resolver(master.issue(&bob).unwrap(), &world.clock);
        let believes = super::verifier(&world.master, Anyone);
        let server = Arc::new(server_config(&keys, &believes).unwrap());
        let name = server_name_for(bob.principal()).unwrap();
        let (by_client, _) = talk(&client, name, &server);
        assert_eq!(by_client.unwrap().peer, bob);
        let refused = talk(&client, world.name(), &server).0.unwrap_err();
        let other_name = Error::InvalidCertificate(CertificateError::NotValidForName);
        assert_eq!(refused, other_name);
    }
}
