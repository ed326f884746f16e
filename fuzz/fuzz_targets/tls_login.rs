//! A client-server key exchange with a hostile network in between: each end goes on if and only if PIN, permit, prologues
//! and name are right and every flight arrived as it was sent, and then both have the same session.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::{Damage, Seeded};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Paid, Unspent};
use milagro_mpin::client::PinLength;
use milagro_mpin::full::{AdmittedHello, KeyBase};
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::permit::PermitLabel;
use milagro_mpin::server::{Attempts, Freshness, PermitPolicy, Policy};
use milagro_mpin::{
    ClientSecret, Factors, Identity, MasterSecret, Permit, Pin, ServerId, Token, TrustDomainId,
    Verifier,
};
use milagro_tls::exchange::{Prologue, flight_length};
use milagro_tls::login::LoginError;
use milagro_tls::login::{
    AwaitAttempt, AwaitName, Due, LoginClient, LoginServer, ProofArrival, Sent, pseudonym,
};

const NOW: Seconds = Seconds::new(1_800_000_000);

struct World {
    domain: TrustDomainId,
    server: ServerId,
    name: Identity,
    /// The right secret, and one with a mistyped PIN.
    secrets: [(ClientSecret, KeyBase); 2],
    permit: Permit,
    verifier: Verifier,
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
    let policy = Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(PermitPolicy::Personal(EpochPolicy::DAILY))
    };
    let key = master.issue_server(&server).belonging_to(ledger().id());
    let verifier = Verifier::new(domain, &key, ledger().id(), policy);
    World {
        secrets: ["1234", "4321"].map(|pin| {
            let secret = token.unlock(&factors(pin)).expect("a PIN");
            let base = KeyBase::new(&secret, &server);
            (secret, base)
        }),
        permit: master.issue_permit(&domain, label, length, &hidden),
        verifier: verifier.expect("the ledger of the key"),
        domain,
        server,
        name,
    }
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Run {
    seed: u64,
    one_pass: bool,
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
    let client = LoginClient::new(secret, base, &name, WORLD.domain, WORLD.server.clone())
        .with_permit(&WORLD.permit);
    let server = LoginServer::new(&WORLD.verifier);
    let ledger = ledger();
    let [hello, challenge, proof, key, last] = run.damage.each_ref().map(Option::as_ref);

    let (client, answered) = if run.one_pass {
        let (client, sent) = client
            .start_one_pass(rng, &ours, NOW)
            .expect("the permit is for this client");
        let (arrived, intact) = travel(&sent, proof);
        right &= intact;
        let due = server.one_pass(rng, &theirs, &arrived, arrival());
        (client, answer(rng, due, &ledger))
    } else {
        let (client, sent) = client.start(&ours);
        let (arrived, intact) = travel(&sent, hello);
        let asked = server.challenge(rng, &theirs, &arrived, NOW);
        assert_eq!(asked.is_ok(), intact);
        let Ok(Sent { state, flight }) = asked else {
            return;
        };
        let (arrived, intact) = travel(&flight, challenge);
        right &= intact;
        let Ok((client, sent)) = client.receive(rng, &arrived) else {
            return assert!(!intact);
        };
        let (arrived, intact) = travel(&sent, proof);
        right &= intact;
        let due = state.receive(rng, &arrived, arrival());
        (client, answer(rng, due, &ledger))
    };
    assert_eq!(answered.is_some(), right);
    let Some(Sent { state, flight }) = answered else {
        return;
    };

    let (arrived, intact) = travel(&flight, key);
    let finished = client.receive(&arrived);
    assert_eq!(finished.is_ok(), intact);
    let Ok((at_client, sent)) = finished else {
        return;
    };
    let (arrived, intact) = travel(&sent, last);
    let due = state.receive(rng, &arrived, NOW);
    let finished = due.and_then(|due| {
        let paid = pay(due.unspent, &ledger).expect("used once");
        due.state.finish(paid, NOW, |_| true)
    });
    match finished {
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

fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut Seeded(9), 10, Seconds::ZERO)
}

fn arrival() -> ProofArrival<'static> {
    ProofArrival {
        attempts: Attempts::PerIdentityStrangersCanLockOut,
        pinned: None,
        now: NOW,
    }
}

fn pay<T>(unspent: Unspent<T>, ledger: &MemoryLedger) -> Option<Paid<T>> {
    unspent.spend_local(ledger, NOW).ok()
}

/// The server's answer, if it has one.
fn answer(
    rng: &mut Seeded,
    due: Result<Due<AwaitAttempt<'_>, AdmittedHello>, LoginError>,
    ledger: &MemoryLedger,
) -> Option<Sent<AwaitName>> {
    let due = due.ok()?;
    let paid = pay(due.unspent, ledger)?;
    let due = due.state.check(rng, paid, NOW).ok()?;
    Some(due.state.answer(pay(due.unspent, ledger)?))
}

/// What arrives, and whether it is what was sent.
fn travel(sent: &[u8], damage: Option<&Damage>) -> (Vec<u8>, bool) {
    assert_eq!(flight_length(sent), Ok(Some(sent.len())));
    let arrives = damage.map_or_else(|| sent.to_vec(), |damage| damage.apply(sent));
    let intact = arrives == sent;
    (arrives, intact)
}
