//! A client-server key exchange with a hostile network in between: each end goes on if and only if PIN, permit, prologues
//! and name are right and every flight arrived as it was sent, and then both have the same session.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    ClientSecret, Epoch, EpochPolicy, Factors, Identity, KeyBase, MasterSecret,
    MemoryChallengeStore, MemoryReplayStore, OpeningPolicy, Permit, PermitLabel, PermitPolicy, Pin,
    PinLength, Policy, ServerId, Token, TrustDomainId, Verifier,
};
use milagro_tls::{LoginError, Prologue, flight_length, login::{LoginClient, LoginServer, pseudonym}};

const NOW: u64 = 1_800_000_000;

struct World {
    domain: TrustDomainId,
    server: ServerId,
    name: Identity,
    /// The right secret, and one with a mistyped PIN.
    secrets: [(ClientSecret, KeyBase); 2],
    permit: Permit,
    /// Without openings, and with.
    verifiers: [Verifier; 2],
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = MasterSecret::random(&mut Seeded(1));
    let (domain, server) = (
        master.trust_domain("fuzz"),
        ServerId::new(b"server").expect("a name"),
    );
    let name = Identity::raw(b"alice").expect("a name");
    let hidden = pseudonym(&domain, &name);
    let factors = |pin| Factors::pin(Pin::new(pin, PinLength::FOUR).expect("a PIN"));
    let token = Token::new(domain, master.issue_client(&hidden), &factors("1234"));
    let token = token.expect("something is left");
    let length = EpochPolicy::DAILY.length;
    let label = PermitLabel::Personal {
        epoch: Epoch::at(NOW, length),
    };
    let closed = Policy::new(PermitPolicy::Personal(EpochPolicy::DAILY));
    let opened = Policy {
        openings: OpeningPolicy::Opened(PinLength::FOUR),
        ..closed
    };
    World {
        secrets: ["1234", "4321"].map(|pin| {
            let secret = token.unlock(&factors(pin)).expect("a PIN");
            let base = KeyBase::new(&secret, &server);
            (secret, base)
        }),
        permit: master.issue_permit(&domain, label, length, &hidden),
        verifiers: [closed, opened]
            .map(|policy| Verifier::new(domain, &master.issue_server(&server), policy)),
        domain,
        server,
        name,
    }
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Run {
    seed: u64,
    one_pass: bool,
    opened: bool,
    wrong_pin: bool,
    other_name: Option<u8>,
    prologues: [Vec<u8>; 2],
    damage: [Option<Damage>; 5],
}

fuzz_target!(|run: Run| {
    let mut rng = Seeded(run.seed);
    let rng = &mut rng;
    let [ours, theirs] = [&run.prologues[0], &run.prologues[1]].map(|p| Prologue::new().and(p));
    let mut right = run.prologues[0] == run.prologues[1] && !run.wrong_pin;
    let name = run.other_name.map_or_else(
        || WORLD.name.clone(),
        |byte| Identity::raw(&[byte]).expect("a byte"),
    );
    let (secret, base) = &WORLD.secrets[usize::from(run.wrong_pin)];
    let client = LoginClient::new((secret, base), &name, WORLD.domain, WORLD.server.clone())
        .with_permit(&WORLD.permit);
    let client = if run.opened { client.opened() } else { client };
    let server = LoginServer::new(&WORLD.verifiers[usize::from(run.opened)]);
    let [hello, challenge, proof, key, last] = run.damage.each_ref().map(Option::as_ref);

    let (client, answered) = if run.one_pass {
        let (client, sent) = client
            .start_one_pass(rng, &ours, NOW)
            .expect("the permit is for this client");
        let (arrived, intact) = travel(&sent, proof);
        right &= intact;
        let store = MemoryReplayStore::new(2);
        let answered = server.one_pass(rng, &theirs, (&store, NOW), &arrived);
        // What was answered once is not answered again.
        if answered.is_ok() {
            assert!(
                server
                    .one_pass(rng, &theirs, (&store, NOW), &arrived)
                    .is_err()
            );
        }
        (client, answered)
    } else {
        let store = MemoryChallengeStore::new(1);
        let (client, sent) = client.start(&ours);
        let (arrived, intact) = travel(&sent, hello);
        let asked = server.challenge(rng, &theirs, (&store, NOW), &arrived);
        assert_eq!(asked.is_ok(), intact);
        let Ok((server, sent)) = asked else { return };
        let (arrived, intact) = travel(&sent, challenge);
        right &= intact;
        let Ok((client, sent)) = client.receive(rng, &arrived) else {
            return assert!(!intact);
        };
        let (arrived, intact) = travel(&sent, proof);
        right &= intact;
        (client, server.receive(rng, &store, &arrived, NOW))
    };
    assert_eq!(answered.is_ok(), right);
    let Ok((server, sent)) = answered else { return };

    let (arrived, intact) = travel(&sent, key);
    let finished = client.receive(&arrived);
    assert_eq!(finished.is_ok(), intact);
    let Ok((at_client, sent)) = finished else {
        return;
    };
    let (arrived, intact) = travel(&sent, last);
    match server.receive(&arrived) {
        Ok(at_server) => {
            assert!(intact && name == WORLD.name);
            assert_eq!(at_server.peer().name(), &WORLD.name);
            assert_eq!(at_server.sending(), at_client.receiving());
            assert_eq!(at_server.receiving(), at_client.sending());
            assert_ne!(at_server.sending(), at_server.receiving());
        }
        Err(LoginError::Name) => assert!(!intact || name != WORLD.name),
        Err(_) => assert!(!intact),
    }
});

/// What arrives, and whether it is what was sent.
fn travel(sent: &[u8], damage: Option<&Damage>) -> (Vec<u8>, bool) {
    assert_eq!(flight_length(sent), Ok(Some(sent.len())));
    let arrives = damage.map_or_else(|| sent.to_vec(), |damage| damage.apply(sent));
    let intact = arrives == sent;
    (arrives, intact)
}
