//! What a fleet needs: lists, anchors and clocks that change while handshakes run.

use alloc::sync::Arc;
use core::sync::atomic::AtomicU64;
use std::sync::Mutex;

use milagro_mpin::names::EpochPolicy;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerifier as _};
use rustls::internal::msgs::codec::{Codec as _, Reader};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier as _;
use rustls::{
    AlertDescription as Alert, CertificateError, ClientConfig, ClientConnection, Connection,
    DigitallySignedStruct, Error, ServerConfig, ServerConnection,
};

use super::super::fixture::{identity, rng, signer, today};
use super::refusals::forged;
use super::tcp::talk;
use super::{Clock, World, resolver};
use crate::admission::{AllowList, Anyone, IdentityVerifier, Refusal, Refused, Replaceable, Side};
use crate::names::{Identity, Role};
use crate::raw_keys::{RawKeyVerifier, client_config, server_config, server_name_for};
use crate::signing::{Context, SigningMaster};
use crate::tests::pairings;

/// What both ends of a handshake found, and how many bytes the refusing end sent in all.
#[derive(Debug, PartialEq)]
struct Seen {
    client: Result<(), Error>,
    server: Result<(), Error>,
    to_client: usize,
    to_server: usize,
}

/// A handshake in memory. `between` is called when the server has answered and before the client's last flight
/// arrives.
fn drive(
    world: &World,
    client: ClientConfig,
    server: ServerConfig,
    between: impl FnOnce(),
) -> Seen {
    let mut client =
        Connection::Client(ClientConnection::new(Arc::new(client), world.name()).unwrap());
    let mut server = Connection::Server(ServerConnection::new(Arc::new(server)).unwrap());
    let mut seen = Seen {
        client: Ok(()),
        server: Ok(()),
        to_client: 0,
        to_server: 0,
    };
    let mut between = Some(between);
    while client.wants_write() || server.wants_write() {
        seen.to_server += carry(&mut client, &mut server, &mut seen.server);
        seen.to_client += carry(&mut server, &mut client, &mut seen.client);
        if let Some(between) = between.take() {
            between();
        }
    }
    seen
}

fn carry(from: &mut Connection, to: &mut Connection, verdict: &mut Result<(), Error>) -> usize {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() && verdict.is_ok() {
        to.read_tls(&mut rest).unwrap();
        *verdict = to.process_new_packets().map(|_| ());
    }
    bytes.len()
}

fn list(names: &[&Identity]) -> AllowList {
    names.iter().map(|name| name.principal().clone()).collect()
}

type Heard = Arc<Mutex<Vec<(Identity, Refusal)>>>;

impl World {
    /// A server that lets in whom `list` permits, and the refusals that it tells of.
    fn watched(&self, list: &Replaceable) -> (ServerConfig, Heard) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        let verifier =
            IdentityVerifier::new(self.master.anchor(), EpochPolicy::DAILY, list.clone())
                .on_refusal(move |refused: &Refused<'_>| {
                    assert_eq!(refused.end, Side::Client);
                    let one = (refused.claimed.clone(), refused.reason);
                    hears.lock().unwrap().push(one);
                });
        let keys = resolver(self.key(&self.server), &self.clock);
        (server_config(&keys, &Arc::new(verifier)).unwrap(), heard)
    }
}

/// Whoever a stranger claims to be, both ends see the same, to the byte: a name that is on the list and one that is
/// not, with the key of somebody else or with the own one. The operator hears who and why.
#[test]
fn strangers_learn_nothing() {
    let world = World::new();
    let listed = &world.client;
    let unlisted = identity(&world.master, Role::Client, "carol");
    let elsewhere = SigningMaster::random(&mut rng(), "elsewhere");
    let junk = |name: &str| {
        let other = identity(&elsewhere, Role::Client, name);
        elsewhere.issue(&other).unwrap().to_bytes()
    };
    let list = Replaceable::new(list(&[listed]));
    let bad = Error::InvalidCertificate(CertificateError::BadSignature);
    let mut verdicts = Vec::new();
    for (claimed, key, reason) in [
        (listed, forged(listed, &junk("alice")), Refusal::Signature),
        (
            &unlisted,
            forged(&unlisted, &junk("carol")),
            Refusal::NotAuthorized,
        ),
        // Who has a key and is not on the list is a stranger, too.
        (&unlisted, world.key(&unlisted), Refusal::NotAuthorized),
    ] {
        let (server, heard) = world.watched(&list);
        let before = pairings();
        let seen = drive(&world, world.client_with(key), server, || {});
        // One is the client's, of the server; who is not listed costs the server none.
        let own = usize::from(reason == Refusal::Signature);
        assert_eq!(pairings() - before, 1 + own);
        assert_eq!(seen.server, Err(bad.clone()));
        assert_eq!(seen.client, Err(Error::AlertReceived(Alert::DecryptError)));
        assert_eq!(*heard.lock().unwrap(), [(claimed.clone(), reason)]);
        verdicts.push(seen);
    }
    assert_eq!(verdicts[0], verdicts[1]);
    assert_eq!(verdicts[1], verdicts[2]);

    // What can differ is what anybody can compute: domain, role, epoch; whether a name is listed or not.
    for (role, name, epoch, error) in [
        (
            Role::Server,
            "alice",
            today(),
            CertificateError::InvalidPurpose,
        ),
        (
            Role::Server,
            "carol",
            today(),
            CertificateError::InvalidPurpose,
        ),
        (
            Role::Client,
            "alice",
            today().next(),
            CertificateError::NotValidYet,
        ),
        (
            Role::Client,
            "carol",
            today().next(),
            CertificateError::NotValidYet,
        ),
    ] {
        let claimed = identity(&world.master, role, name).principal().at(epoch);
        let (server, _) = world.watched(&list);
        let seen = drive(
            &world,
            world.client_with(world.key(&claimed)),
            server,
            || {},
        );
        assert_eq!(seen.server, Err(Error::InvalidCertificate(error)), "{name}");
    }
}

#[test]
fn a_client_refuses_a_server_that_is_not_listed_like_a_bad_signature() {
    let world = World::new();
    let verifier = super::verifier(&world.master, AllowList::default());
    let keys = resolver(world.key(&world.client), &world.clock);
    let client = client_config(&keys, &verifier).unwrap();
    let seen = drive(&world, client, world.server(), || {});
    let bad = Error::InvalidCertificate(CertificateError::BadSignature);
    assert_eq!(seen.client, Err(bad));
    assert_eq!(seen.server, Err(Error::AlertReceived(Alert::DecryptError)));
}

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
