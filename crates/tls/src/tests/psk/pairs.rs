//! Both ends compute the same key, and nobody else does.

use crate::psk::PskForm;
use milagro_curve::{G2Prepared, SecretScalar, Transcript, pairing::pairing};
use proptest::prelude::*;

use super::super::pairings;
use super::{Role, World, initiator, master, principal, responder, today};
use crate::admission::Refusal;
use crate::keys::PairMaster;
use crate::keys::two_sided::{first_point, second_point};
use crate::names::Identity;
use crate::psk::{PairKey, TargetKdf};
use milagro_dta::Psk;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

/// Both forms, all lengths.
fn keys(pair: &PairKey) -> [Vec<u8>; 3] {
    let import = |kdf| pair.import(kdf, PskForm::WithEpoch).unwrap().key().to_vec();
    [
        pair.external(PskForm::WithEpoch).unwrap().key().to_vec(),
        import(TargetKdf::HkdfSha256),
        import(TargetKdf::HkdfSha384),
    ]
}

fn by_both(master: &PairMaster<Psk>, client: &Identity, server: &Identity) -> [Vec<u8>; 3] {
    let here = initiator(master, client).pair(server.principal()).unwrap();
    let there = responder(master, server).pair(client.principal()).unwrap();
    for pair in [&here, &there] {
        assert_eq!((pair.client(), pair.server()), (client, server));
    }
    assert_eq!(keys(&here), keys(&there));
    let text = |pair: &PairKey| {
        pair.external(PskForm::WithEpoch)
            .unwrap()
            .identity()
            .clone()
    };
    assert_eq!(text(&here), text(&there));
    let imported = |pair: &PairKey| {
        pair.import(TargetKdf::HkdfSha256, PskForm::WithEpoch)
            .unwrap()
    };
    assert_eq!(imported(&here).identity(), imported(&there).identity());
    keys(&here)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn either_side_computes_the_same(
        names in ["[a-z]{1,20}", "[a-z]{1,20}"], peers: [bool; 2], epoch: u32,
    ) {
        let master = master();
        let role = |peer, otherwise| if peer { Role::Peer } else { otherwise };
        let epoch = Epoch(epoch.into());
        let client = principal(master.domain(), role(peers[0], Role::Client), &names[0]);
        let server = principal(master.domain(), role(peers[1], Role::Server), &names[1]);
        prop_assume!(client != server);
        by_both(&master, &client.at(epoch), &server.at(epoch));
    }
}

/// Each line differs from the first in one thing, and no two of all the keys are the same.
#[test]
fn every_tweak_gives_another_key() {
    let master = master();
    let domain = master.domain();
    let id = |role, name, epoch| principal(domain, role, name).at(Epoch(epoch));
    let alice = id(Role::Client, "alice", 1);
    let bob = id(Role::Server, "bob", 1);
    let mut all = Vec::new();
    for (client, server) in [
        (alice.clone(), bob.clone()),
        (id(Role::Client, "alicf", 1), bob.clone()),
        (id(Role::Client, "alic", 1), id(Role::Server, "ebob", 1)),
        (alice, id(Role::Server, "boc", 1)),
        (id(Role::Peer, "alice", 1), bob),
        (id(Role::Client, "alice", 1), id(Role::Peer, "bob", 1)),
        (id(Role::Client, "alice", 2), id(Role::Server, "bob", 2)),
        // Names the other way round.
        (id(Role::Client, "bob", 1), id(Role::Server, "alice", 1)),
        (id(Role::Peer, "alice", 1), id(Role::Peer, "bob", 1)),
        (id(Role::Peer, "bob", 1), id(Role::Peer, "alice", 1)),
    ] {
        all.extend(by_both(&master, &client, &server));
    }
    // Another master secret with the same names, and the same secret under another name.
    for other in [
        super::master(),
        PairMaster::from_scalar(&master.scalar_bytes(), "other"),
    ] {
        let client = principal(other.domain(), Role::Client, "alice").at(Epoch(1));
        let server = principal(other.domain(), Role::Server, "bob").at(Epoch(1));
        all.extend(by_both(&other, &client, &server));
    }
    // Prefixes count as the same.
    let heads: std::collections::HashSet<_> = all.iter().map(|key| &key[..32]).collect();
    assert_eq!(heads.len(), all.len());
}

/// By the formula, from the master secret.
#[test]
fn the_key_is_the_formula() {
    let world = World::new();
    let s = SecretScalar::from_bytes(&world.master.scalar_bytes()).unwrap();
    let (alice, bob) = (world.alice.at(today()), world.bob.at(today()));
    let b = G2Prepared::from(&second_point::<Psk>(&bob));
    let k = pairing(&first_point::<Psk>(&alice), &b).pow(&s.to_residue());
    let mut transcript = Transcript::new("MILAGRO-V1-PSK-SHAKE256");
    transcript.append("client", &alice.to_bytes());
    transcript.append("server", &bob.to_bytes());
    let expected = transcript.key(&*k.to_bytes(), "external psk");
    assert_eq!(super::external(&world), *expected);
}

#[test]
fn pairs_that_make_no_sense_are_refused() {
    let world = World::new();
    let domain = world.master.domain();
    let alices = world.alices(today());
    let bobs = world.bobs(today());
    let peer = principal(domain, Role::Peer, "peer");
    let first = initiator(&world.master, &peer.at(today()));
    let second = responder(&world.master, &peer.at(today()));
    let foreign = TrustDomainId::from_bytes([7; 32]);
    let before = pairings();
    let refused = |result: Result<PairKey, Refusal>| result.unwrap_err();
    let carol = principal(domain, Role::Client, "carol");
    assert_eq!(refused(alices.pair(&carol)), Refusal::Role);
    assert_eq!(refused(alices.pair(&world.alice)), Refusal::Reflected);
    let away = principal(foreign, Role::Server, "bob");
    assert_eq!(refused(alices.pair(&away)), Refusal::Domain);
    let dave = principal(domain, Role::Server, "dave");
    assert_eq!(refused(bobs.pair(&dave)), Refusal::Role);
    assert_eq!(refused(bobs.pair(&world.bob)), Refusal::Reflected);
    let away = principal(foreign, Role::Client, "alice");
    assert_eq!(refused(bobs.pair(&away)), Refusal::Domain);
    // A node with both keys has no key with itself: nothing can be reflected to it.
    assert_eq!(refused(first.pair(&peer)), Refusal::Reflected);
    assert_eq!(refused(second.pair(&peer)), Refusal::Reflected);
    assert_eq!(pairings(), before);
}

/// The documented limits, as attacks that succeed: whoever has Bob's key is anybody to Bob, and whoever
/// has Alice's is any server to Alice. What they cannot do is pose to others.
#[test]
fn a_stolen_key_poses_to_its_owner_and_to_nobody_else() {
    let world = World::new();
    let stolen = world.bobs(today());
    let forged = stolen.pair(&world.alice).unwrap();
    assert_eq!(
        *forged.external(PskForm::WithEpoch).unwrap().key(),
        super::external(&world)
    );
    // With Carol, another server, Alice's key is another one; the thief has no key for that pair.
    let carol = principal(world.master.domain(), Role::Server, "carol");
    let theirs = world.alices(today()).pair(&carol).unwrap();
    assert_ne!(keys(&theirs)[0], keys(&forged)[0]);
}

#[test]
fn long_names_have_pairs_but_no_text() {
    let world = World::new();
    let long = principal(world.master.domain(), Role::Client, &"x".repeat(255)).at(today());
    let pair = initiator(&world.master, &long).pair(&world.bob).unwrap();
    let too_long = crate::psk::PskIdentityError::TooLong;
    assert_eq!(pair.external(PskForm::WithEpoch).unwrap_err(), too_long);
    assert_eq!(
        pair.import(TargetKdf::HkdfSha256, PskForm::WithEpoch)
            .unwrap_err(),
        too_long
    );
    // Servers' names are in no text.
    let long = principal(world.master.domain(), Role::Server, &"x".repeat(255));
    assert!(
        world
            .alices(today())
            .pair(&long)
            .unwrap()
            .external(PskForm::WithEpoch)
            .is_ok()
    );
}
