//! No key is left in memory that was given back to the allocator.

#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not take for tests"
)]

extern crate alloc;

use alloc::sync::Arc;
use core::hint::black_box;

use milagro_curve::pairing::pairing;
use milagro_curve::{G1Point, G2Point, G2Prepared};
use milagro_dta::issue::HashToSecond as _;
use milagro_freed_memory::{Recorder, Secret, record};
use milagro_ledger::{LocalLedger as _, memory::MemoryLedger};
use milagro_mpin::full::KeyBase;
use milagro_mpin::server::{Attempts, PermitPolicy, Policy};
use milagro_mpin::{MasterSecret, ServerId, Verifier};
use milagro_tls::admission::{Anyone, IdentityVerifier};
use milagro_tls::exchange::{Prologue, Session};
use milagro_tls::keys::{
    Agreement, IdentityKey, IssuedKey, PairMaster, Psk, ResponderKey, Signing, TwoSided,
};
use milagro_tls::login::{LoginClient, LoginServer, ProofArrival, pseudonym};
use milagro_tls::peer::{PeerInitiator, PeerResponder};
use milagro_tls::psk::{PskForm, PskInitiator, PskResponder, TargetKdf};
use milagro_tls::rand_core::UnwrapErr;
use milagro_tls::raw_keys::{IdentityResolver, client_config, server_config, server_name_for};
use milagro_tls::rustls::crypto::aws_lc_rs;
use milagro_tls::rustls::time_provider::{DefaultTimeProvider, TimeProvider as _};
use milagro_tls::rustls::{ClientConnection, Connection, ServerConnection};
use milagro_tls::signing::{Context, Signer, SigningMaster};
use milagro_tls::{Epoch, EpochPolicy, Identity, Principal, Role, Seconds, TrustDomainId};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

const NOW: Seconds = Seconds::new(1_800_000_000);
const POLICY: EpochPolicy = EpochPolicy::DAILY;

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Runs a flow, and lists where it left what it says is secret.
fn leaks<T>(flow: impl FnOnce() -> T, secrets: impl FnOnce(T) -> Vec<Secret>) -> Vec<String> {
    let (result, freed) = record(flow);
    freed.leaks(&secrets(result))
}

fn today() -> Epoch {
    Epoch::at(NOW, POLICY.length)
}

fn named(domain: TrustDomainId, role: Role, name: &str) -> Identity {
    Principal::new(domain, role, name).unwrap().at(today())
}

/// The last 48 bytes of a stored key in G1.
fn first(stored: &[u8]) -> Secret {
    let point = G1Point::from_bytes(stored.last_chunk().unwrap()).unwrap();
    Secret::g1("D1", &point.to_uncompressed())
}

/// The last 96 bytes of a stored key in G2.
fn second(stored: &[u8]) -> Secret {
    let point = G2Point::from_bytes(stored.last_chunk().unwrap()).unwrap();
    Secret::g2("D2", &point.to_uncompressed())
}

/// s, the last 32 bytes of a stored master.
fn scalar(stored: &[u8]) -> Secret {
    Secret::scalar("s", stored.last_chunk().unwrap())
}

fn session<P>(session: &Session<P>) -> Vec<Secret> {
    let mut exported = [0; 32];
    session.export("label", b"context", &mut exported).unwrap();
    vec![
        Secret::bytes("sending", session.sending()),
        Secret::bytes("receiving", session.receiving()),
        Secret::bytes("exported", &exported),
    ]
}

#[test]
fn a_planted_key_is_found() {
    let master = SigningMaster::random(&mut rng(), "example");
    let alice = named(master.domain(), Role::Client, "alice");
    let key = master.issue(&alice).unwrap();
    let stored = key.to_bytes();
    let copied = leaks(
        || drop(black_box(stored.to_vec())),
        |()| vec![first(&stored)],
    );
    assert_eq!(copied.len(), 1);
}

#[test]
fn a_signer_leaves_nothing() {
    let master = SigningMaster::random(&mut rng(), "example");
    let alice = named(master.domain(), Role::Client, "alice");
    let stored = master.issue(&alice).unwrap().to_bytes();
    let found = leaks(
        || {
            let copy = SigningMaster::from_bytes(&master.to_bytes(), "example").unwrap();
            let anchor = copy.anchor();
            let key = copy.issue(&alice).unwrap();
            let key = IdentityKey::<Signing>::from_bytes(&key.to_bytes(), &anchor).unwrap();
            let signer = Signer::new(key);
            for message in [&b"one"[..], b"two"] {
                let context = Context::ChannelBinding;
                let signature = signer.sign(&mut rng(), context, message);
                anchor.verify(&alice, context, message, &signature).unwrap();
            }
        },
        |()| vec![first(&stored), scalar(&master.to_bytes())],
    );
    assert_eq!(found, [""; 0]);
}

fn keys_of<U: TwoSided>() {
    let master = PairMaster::<U>::random(&mut rng(), "example");
    let peer = named(master.domain(), Role::Peer, "peer");
    let found = leaks(
        || {
            let copy = PairMaster::<U>::from_bytes(&master.to_bytes(), "example").unwrap();
            let anchor = copy.anchor();
            let issued = copy.issue(&mut rng(), &peer).unwrap();
            let issued = IssuedKey::<U>::from_bytes(&issued.to_bytes()).unwrap();
            let key = issued.accept(&anchor).unwrap().to_bytes();
            drop(IdentityKey::<U>::from_bytes(&key, &anchor).unwrap());
            let responder = copy.issue_responder(&peer).unwrap().to_bytes();
            drop(ResponderKey::<U>::from_bytes(&responder, &anchor).unwrap());
            (key, responder)
        },
        |(key, responder)| vec![first(&key), second(&responder), scalar(&master.to_bytes())],
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn keys_of_two_sides_leave_nothing() {
    keys_of::<Psk>();
    keys_of::<Agreement>();
}

#[test]
fn pre_shared_keys_leave_nothing() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let alice = named(master.domain(), Role::Client, "alice");
    let bob = named(master.domain(), Role::Server, "bob");
    let initiator = |epoch| {
        let issued = master.issue(&mut rng(), &alice.principal().at(epoch));
        issued.unwrap().accept(&master.anchor()).unwrap()
    };
    let responder = |epoch| master.issue_responder(&bob.principal().at(epoch)).unwrap();
    let found = leaks(
        || {
            let client = PskInitiator::new(initiator(today()), POLICY, 1);
            let server = PskResponder::new(responder(today()), POLICY, 1, Anyone);
            let psk = client.external(bob.principal(), NOW).unwrap();
            drop(black_box(psk.psk_file_line()));
            let theirs = server.external(psk.identity().as_str().as_bytes(), NOW);
            let imported = client.imported(bob.principal(), TargetKdf::HkdfSha384, NOW);
            let imported = imported.unwrap();
            server.imported(imported.identity(), NOW).unwrap();
            // Somebody else takes the place in the caches.
            let carol = Principal::new(master.domain(), Role::Server, "carol").unwrap();
            client.external(&carol, NOW).unwrap();
            let dave = named(master.domain(), Role::Client, "dave");
            let text = milagro_tls::psk::PskIdentity::of(dave.principal(), Some(today()));
            server
                .external(text.unwrap().as_str().as_bytes(), NOW)
                .unwrap();
            // The keys are replaced, renewed and dropped.
            client.install(initiator(today()), NOW).unwrap();
            server.install(responder(today()), NOW).unwrap();
            client.install(initiator(today().next()), NOW).unwrap();
            let late = today()
                .next()
                .next()
                .start(POLICY.length)
                .plus(POLICY.grace);
            client.expire(late);
            server.expire(late);
            (theirs.unwrap(), imported)
        },
        |(external, imported)| {
            let d2 = responder(today()).to_bytes();
            let pair = initiator(today()).pair(bob.principal()).unwrap();
            assert_eq!(
                pair.external(PskForm::WithEpoch).unwrap().key(),
                external.key()
            );
            // k = e(s·H1(A), H2(B)), of the key as it is stored.
            let d1 = initiator(today()).to_bytes();
            let point = G1Point::from_bytes(d1.last_chunk().unwrap()).unwrap();
            let k = pairing(
                &point,
                &G2Prepared::from(&Psk::second_point(&bob.to_subject())),
            );
            vec![
                first(&d1),
                second(&d2),
                Secret::gt("k", &k.to_bytes()),
                Secret::bytes("external", external.key()),
                Secret::bytes("imported", imported.key()),
            ]
        },
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn an_exchange_of_peers_leaves_nothing() {
    let master = PairMaster::<Agreement>::random(&mut rng(), "example");
    let alice = named(master.domain(), Role::Client, "alice");
    let bob = named(master.domain(), Role::Server, "bob");
    let d1 = master
        .issue(&mut rng(), &alice)
        .unwrap()
        .accept(&master.anchor())
        .unwrap();
    let d2 = master.issue_responder(&bob).unwrap();
    let found = leaks(
        || {
            let initiator = PeerInitiator::new(&d1, POLICY);
            let responder = PeerResponder::new(&d2, POLICY, Anyone);
            let none = Prologue::new();
            let call = || initiator.call(&mut rng(), bob.principal().clone(), &none, NOW);
            let (waiting, flight) = call().unwrap();
            let (answering, flight) = responder.answer(&mut rng(), &flight, &none, NOW).unwrap();
            let (at_alice, flight) = waiting.finish(&flight, NOW).unwrap();
            let at_bob = answering.finish(&flight, NOW).unwrap();
            assert_eq!(at_alice.sending(), at_bob.receiving());
            // A run that is given up, and keys that are replaced.
            let (_, flight) = call().unwrap();
            drop(responder.answer(&mut rng(), &flight, &none, NOW).unwrap());
            initiator.install(&d1, NOW).unwrap();
            responder.install(&d2, NOW).unwrap();
            at_alice
        },
        |at_alice| {
            let mut secrets = session(&at_alice);
            secrets.extend([first(&d1.to_bytes()), second(&d2.to_bytes())]);
            secrets
        },
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_login_leaves_nothing() {
    let master = MasterSecret::random(&mut rng());
    let (domain, server) = (
        master.trust_domain("example"),
        ServerId::new(b"server").unwrap(),
    );
    let ledger = MemoryLedger::init(&mut rng(), 1000, Seconds::ZERO);
    let key = master.issue_server(&server).belonging_to(ledger.id());
    let policy = Policy::new(PermitPolicy::NoPermits);
    let verifier = Verifier::new(domain, &key, ledger.id(), policy).unwrap();
    let alice = milagro_mpin::Identity::device("example", "alice", &[7; 16]).unwrap();
    let secret = master.issue_client(&pseudonym(&domain, &alice));
    let found = leaks(
        || {
            let (base, none) = (KeyBase::new(&secret, &server), Prologue::new());
            let client = LoginClient::new(&secret, &base, &alice, domain, server.clone());
            let (client, flight) = client.start(&none);
            let sent = LoginServer::new(&verifier).challenge(&mut rng(), &none, &flight, NOW);
            let sent = sent.unwrap();
            let (client, flight) = client.receive(&mut rng(), &sent.flight).unwrap();
            let arrival = ProofArrival {
                attempts: Attempts::PerIdentityStrangersCanLockOut,
                pinned: None,
                now: NOW,
            };
            let due = sent.state.receive(&mut rng(), &flight, arrival).unwrap();
            let paid = due.unspent.spend_local(&ledger, NOW).unwrap();
            let due = due.state.check(&mut rng(), paid, NOW).unwrap();
            let sent = due
                .state
                .answer(due.unspent.spend_local(&ledger, NOW).unwrap());
            let (at_client, flight) = client.receive(&sent.flight).unwrap();
            let due = sent.state.receive(&mut rng(), &flight, NOW).unwrap();
            let paid = due.unspent.spend_local(&ledger, NOW).unwrap();
            let at_server = due.state.finish(paid, NOW, |_| true).unwrap();
            assert_eq!(at_server.sending(), at_client.receiving());
            drop(at_server);
            at_client
        },
        |at_client| {
            let mut secrets = session(&at_client);
            let point = secret.as_point().to_uncompressed();
            secrets.push(Secret::g1("S", &point));
            secrets
        },
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_handshake_of_rustls_leaves_nothing() {
    let master = SigningMaster::random(&mut rng(), "example");
    let now = DefaultTimeProvider.current_time().unwrap().as_secs().into();
    let epoch = Epoch::at(now, POLICY.length);
    let of = |role, name| {
        Principal::new(master.domain(), role, name)
            .unwrap()
            .at(epoch)
    };
    let (alice, server) = (of(Role::Client, "alice"), of(Role::Server, "server"));
    let found = leaks(
        || {
            let resolver = |identity| {
                let key = master.issue(identity).unwrap();
                let (provider, time) = (aws_lc_rs::default_provider(), DefaultTimeProvider);
                let keys = IdentityResolver::new(key, POLICY, Arc::new(provider), Arc::new(time));
                Arc::new(keys)
            };
            let verifier = Arc::new(IdentityVerifier::new(master.anchor(), POLICY, Anyone));
            let (own, theirs) = (resolver(&alice), resolver(&server));
            let client = Arc::new(client_config(&own, &verifier).unwrap());
            let config = Arc::new(server_config(&theirs, &verifier).unwrap());
            let name = server_name_for(server.principal()).unwrap();
            let mut client = Connection::Client(ClientConnection::new(client, name).unwrap());
            let mut server = Connection::Server(ServerConnection::new(config).unwrap());
            while client.is_handshaking() || server.is_handshaking() {
                carry(&mut client, &mut server);
                carry(&mut server, &mut client);
            }
            own.install(master.issue(&alice).unwrap()).unwrap();
        },
        |()| {
            let key = |identity| first(&master.issue(identity).unwrap().to_bytes());
            vec![key(&alice), key(&server), scalar(&master.to_bytes())]
        },
    );
    assert_eq!(found, [""; 0]);
}

fn carry(from: &mut Connection, to: &mut Connection) {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        to.process_new_packets().unwrap();
    }
}
