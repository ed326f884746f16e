//! A peer-to-peer key exchange with a hostile network in between: both ends get a session if and only if their prologues
//! are equal and every flight arrived as it was sent, and then they have the same one.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded};
use milagro_tls::admission::Anyone;
use milagro_tls::exchange::{Prologue, flight_length};
use milagro_tls::keys::{Agreement, PairMaster};
use milagro_tls::peer::{PeerInitiator, PeerResponder};
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};

struct World {
    alice: PeerInitiator,
    bob: PeerResponder,
}

/// Everything happens at once.
const NOW: milagro_base::Seconds = milagro_base::Seconds::ZERO;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = PairMaster::<Agreement>::random(&mut Seeded(1), "fuzz");
    let identity = |name| {
        let principal = Principal::new(master.domain(), Role::Peer, name).expect("a name");
        principal.at(Epoch(0))
    };
    let key = master
        .issue(&mut Seeded(2), &identity("alice"))
        .expect("a peer");
    let alice = key.accept(&master.anchor()).expect("a good proof");
    let bob = master.issue_responder(&identity("bob")).expect("a peer");
    World {
        alice: PeerInitiator::new(&alice, EpochPolicy::DAILY),
        bob: PeerResponder::new(&bob, EpochPolicy::DAILY, Anyone),
    }
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Run {
    seed: u64,
    prologues: [Vec<Vec<u8>>; 2],
    damage: [Option<Damage>; 3],
}

fuzz_target!(|run: Run| {
    let mut rng = Seeded(run.seed);
    let same = run.prologues[0] == run.prologues[1];
    let [ours, theirs] = run.prologues.map(|parts| {
        parts
            .iter()
            .fold(Prologue::new(), |all, part| all.and(part))
    });
    let [first, second, third] = &run.damage;
    let peer = WORLD.bob.principal().clone();

    let (initiator, sent) = WORLD
        .alice
        .call(&mut rng, peer, &ours, NOW)
        .expect("a good name");
    let (arrived, good) = travel(sent, first.as_ref());
    let Ok((responder, sent)) = WORLD.bob.answer(&mut rng, &arrived, &theirs, NOW) else {
        return assert!(!good);
    };
    let good = good && same;

    let (arrived, intact) = travel(sent, second.as_ref());
    let finished = initiator.finish(&arrived, NOW);
    assert_eq!(finished.is_ok(), good && intact);
    let Ok((session, sent)) = finished else {
        return;
    };
    assert_eq!(Some(session.peer()), WORLD.bob.identity(NOW).as_ref());

    let (arrived, intact) = travel(sent, third.as_ref());
    let finished = responder.finish(&arrived, NOW);
    assert_eq!(finished.is_ok(), intact);
    if let Ok(theirs) = finished {
        assert_eq!(Some(theirs.peer()), WORLD.alice.identity(NOW).as_ref());
        assert_eq!(session.sending(), theirs.receiving());
        assert_eq!(session.receiving(), theirs.sending());
        assert_ne!(session.sending(), session.receiving());
    }
});

/// What arrives, and whether it is what was sent.
fn travel(sent: Vec<u8>, damage: Option<&Damage>) -> (Vec<u8>, bool) {
    assert_eq!(flight_length(&sent), Ok(Some(sent.len())));
    let arrives = damage.map_or_else(|| sent.clone(), |damage| damage.apply(&sent));
    let intact = arrives == sent;
    (arrives, intact)
}
