//! What strangers learn from how they are refused: the alert, the records that they get back, and the work that is
//! done for them, which is what they can measure.

use alloc::sync::Arc;

use milagro_mpin::names::Epoch;
use rustls::{AlertDescription as Alert, CertificateError, ClientConfig, Error};

use super::super::fixture::{identity, rng, small_orders, today};
use super::forgeries::{Edit, Forger};
use super::refusals::forged;
use super::seen::{Seen, drive, list};
use super::{World, resolver};
use crate::admission::{AllowList, Anyone, Refusal, Replaceable};
use crate::names::{Identity, Role};
use crate::raw_keys::client_config;
use crate::signing::SigningMaster;
use crate::tests::{Work, work};

/// What a client does for the server's key and signature, whoever it is itself.
const CLIENTS: Work = Work {
    pairings: 1,
    hashes: 1,
    decodings: 1,
};

const NONE: Work = Work {
    pairings: 0,
    hashes: 0,
    decodings: 0,
};

/// Signatures that cannot be decoded, each in place of a good one.
fn undecodable() -> Vec<Arc<Edit>> {
    let [_, order_11] = small_orders();
    let infinity = |_: &[u8]| {
        let mut bytes = vec![0; 96];
        (bytes[0], bytes[48]) = (0xc0, 0xc0);
        bytes
    };
    vec![
        Arc::new(|_| vec![0xff; 96]),
        Arc::new(infinity),
        Arc::new(move |good| [&order_11.to_bytes()[..], &good[48..]].concat()),
        Arc::new(|good| good[..95].to_vec()),
        Arc::new(|good| [good, &[0]].concat()),
        Arc::new(|_| Vec::new()),
        Arc::new(|_| vec![0; 20_000]),
    ]
}

/// Signatures that can be decoded, and are not this name's of this handshake.
fn decodable(world: &World, claimed: &Identity) -> Vec<ClientConfig> {
    let elsewhere = SigningMaster::random(&mut rng(), "elsewhere");
    let theirs = identity(&elsewhere, Role::Client, claimed.principal().name());
    let theirs = elsewhere.issue(&theirs).unwrap().to_bytes();
    let mallory = world.key(&identity(&world.master, Role::Client, "mallory"));
    let edited = |edit: fn(&[u8]) -> Vec<u8>| {
        let mut forger = Forger::new(world, claimed);
        forger.signature = Arc::new(edit);
        forger.client(world)
    };
    let mut other_message = Forger::new(world, claimed);
    other_message.message = Arc::new(|message| [message, b"more"].concat());
    vec![
        world.client_with(forged(claimed, &theirs)),
        world.client_with(forged(claimed, &mallory.to_bytes())),
        edited(|good| [&good[48..], &good[..48]].concat()),
        edited(|good| [&good[..48], &good[..48]].concat()),
        other_message.client(world),
    ]
}

/// What a server does for a client, beside what the client does.
fn meet(world: &World, client: ClientConfig, server: &rustls::ServerConfig) -> (Seen, Work) {
    let before = work();
    let seen = drive(world, client, server.clone(), || {});
    (seen, work() - before - CLIENTS)
}

/// Whoever a stranger claims to be, and whatever he signs with, both ends see the same alert, and the same records
/// cross the wire. What he can measure is what README.md says: a name on the list costs a decoding, and a pairing where
/// that succeeds; and a hash less where the name was here lately. The operator hears who and why.
#[test]
fn strangers_learn_nothing() {
    let world = World::new();
    let of = |name| identity(&world.master, Role::Client, name);
    let (known, listed, unlisted) = (&world.client, &of("bruno"), &of("carol"));
    let (server, heard) = world.watched(&Replaceable::new(list(&[known, listed])));
    let (welcome, _) = meet(&world, world.client(), &server);
    assert_eq!((&welcome.client, &welcome.server), (&Ok(()), &Ok(())));

    let mut alike: Option<Seen> = None;
    let mut refused = |client, claimed: &Identity, reason, expected: Work| {
        let (seen, spent) = meet(&world, client, &server);
        assert_eq!(spent, expected, "{claimed:?}");
        let bad = CertificateError::BadSignature;
        assert_eq!(seen.server, Err(Error::InvalidCertificate(bad)));
        assert_eq!(seen.client, Err(Error::AlertReceived(Alert::DecryptError)));
        let heard = heard.lock().unwrap().pop();
        assert_eq!(heard, Some((claimed.clone(), reason)));
        let first = alike.get_or_insert_with(|| seen.clone());
        assert_eq!(seen.to_client, first.to_client, "{claimed:?}");
    };
    for claimed in [known, listed, unlisted] {
        let is_listed = claimed != unlisted;
        let reason = if is_listed {
            Refusal::Signature
        } else {
            Refusal::NotAuthorized
        };
        let decoding = Work {
            decodings: usize::from(is_listed),
            ..NONE
        };
        for edit in undecodable() {
            let mut forger = Forger::new(&world, claimed);
            forger.signature = edit;
            refused(forger.client(&world), claimed, reason, decoding);
        }
        let judging = Work {
            pairings: usize::from(is_listed),
            hashes: usize::from(claimed == listed),
            ..decoding
        };
        for client in decodable(&world, claimed) {
            refused(client, claimed, reason, judging);
        }
    }
    // Who has a key and is not on the list is a stranger, too.
    let own = world.client_with(world.key(unlisted));
    refused(own, unlisted, Refusal::NotAuthorized, NONE);
}

/// Domain, role and epoch are judged before the list is asked, and so alike for names on it and others.
#[test]
fn what_anybody_can_compute_tells_nothing_of_the_list() {
    let world = World::new();
    let elsewhere = SigningMaster::random(&mut rng(), "elsewhere");
    let (server, _) = world.watched(&Replaceable::new(list(&[&world.client])));
    let Epoch(day) = today();
    for (master, role, epoch, error, alert) in [
        (
            &world.master,
            Role::Server,
            day,
            CertificateError::InvalidPurpose,
            Alert::UnsupportedCertificate,
        ),
        (
            &world.master,
            Role::Client,
            day + 1,
            CertificateError::NotValidYet,
            Alert::CertificateExpired,
        ),
        (
            &world.master,
            Role::Client,
            day - 1,
            CertificateError::Expired,
            Alert::CertificateExpired,
        ),
        (
            &elsewhere,
            Role::Client,
            day,
            CertificateError::UnknownIssuer,
            Alert::UnknownCA,
        ),
    ] {
        let [listed, unlisted] = ["alice", "carol"].map(|name| {
            let claimed = identity(master, role, name).principal().at(Epoch(epoch));
            let client = world.client_with(master.issue(&claimed).unwrap());
            meet(&world, client, &server)
        });
        assert_eq!(listed, unlisted);
        let (seen, spent) = listed;
        assert_eq!(seen.server, Err(Error::InvalidCertificate(error)));
        assert_eq!(seen.client, Err(Error::AlertReceived(alert)));
        assert_eq!(spent, NONE);
    }
}

/// The other way about: a server does not learn whether the client has it on its list, or finds its signature bad.
#[test]
fn servers_that_are_strangers_learn_nothing() {
    let world = World::new();
    let anyone = || world.client();
    let nobody = || {
        let verifier = super::verifier(&world.master, AllowList::default());
        let keys = resolver(world.key(&world.client), &world.clock);
        client_config(&keys, &verifier).unwrap()
    };
    let forger = |edit: &Arc<Edit>| {
        let mut forger = Forger::new(&world, &world.server);
        forger.signature = edit.clone();
        forger.server(&world)
    };
    let unlisted = drive(&world, nobody(), world.server(), || {});
    let bad = Error::InvalidCertificate(CertificateError::BadSignature);
    assert_eq!(unlisted.client, Err(bad));
    assert_eq!(
        unlisted.server,
        Err(Error::AlertReceived(Alert::DecryptError))
    );
    for edit in undecodable() {
        for client in [anyone(), nobody()] {
            let seen = drive(&world, client, forger(&edit), || {});
            assert_eq!(seen.client, unlisted.client);
            assert_eq!(seen.server, unlisted.server);
            assert_eq!(seen.to_server, unlisted.to_server);
        }
    }
    let swapped: Arc<Edit> = Arc::new(|good| [&good[48..], &good[..48]].concat());
    let seen = drive(&world, anyone(), forger(&swapped), || {});
    assert_eq!(seen.to_server, unlisted.to_server);
    assert_eq!(seen.server, unlisted.server);
}

/// A list that is a secret is asked behind the handshake, and then nothing in it depends on the name, if the anchor
/// remembers none.
#[test]
fn without_a_cache_all_names_take_the_same_work() {
    let world = World::new();
    let carol = identity(&world.master, Role::Client, "carol");
    let spent = |capacity: usize| {
        let anchor = world.master.anchor().with_point_cache(capacity);
        let policy = milagro_mpin::names::EpochPolicy::DAILY;
        let verifier = crate::admission::IdentityVerifier::new(anchor, policy, Anyone);
        let keys = resolver(world.key(&world.server), &world.clock);
        let server = crate::raw_keys::server_config(&keys, &Arc::new(verifier)).unwrap();
        let (seen, _) = meet(&world, world.client(), &server);
        assert_eq!(seen.server, Ok(()));
        [&world.client, &carol].map(|claimed| {
            decodable(&world, claimed)
                .into_iter()
                .map(|client| meet(&world, client, &server).1)
                .collect::<Vec<_>>()
        })
    };
    let [known, unknown] = spent(0);
    assert_eq!(known, unknown);
    assert!(known.iter().all(|work| *work == CLIENTS));
    // With one it does: who signed lately is refused by a hash less.
    let [known, unknown] = spent(1);
    assert!(known.iter().all(|work| work.hashes == 0));
    assert!(unknown.iter().all(|work| work.hashes == 1));
}
