//! Flights that come too late, or from those who may not be there, are refused before a point is decoded: a point
//! that cannot be decoded makes no difference to them. (`benches/ratios.toml` has what they cost.)

use milagro_base::{DecodeError, Seconds};
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::full::KeyBase;
use milagro_mpin::names::EpochPolicy;
use milagro_mpin::server::{Attempts, Freshness, PermitPolicy, Policy, Reason};
use milagro_mpin::{Identity, MasterSecret, ServerId, Verifier};

use super::fixture::{NOW, identity, master, rng, signer, today};
use super::pairings;
use crate::admission::{Anyone, IdentityVerifier, Refusal};
use crate::binding::{BindingError, Channel, Exporter, ServerBinding};
use crate::exchange::{ExchangeError, Prologue};
use crate::keys::{Agreement, PairMaster};
use crate::login::{LoginClient, LoginError, LoginServer, ProofArrival, pseudonym};
use crate::names::{Principal, Role};
use crate::peer::{PeerInitiator, PeerResponder};

/// When what was sent [`NOW`] is a day stale.
fn late() -> Seconds {
    let end = today().next().start(EpochPolicy::DAILY.length);
    end.plus(Seconds::days(1))
}

/// The last `length` bytes are no point any more.
fn spoiled(flight: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = flight.to_vec();
    let at = bytes.len() - length;
    bytes[at..].fill(0xff);
    bytes
}

#[test]
fn stale_flights_cost_nothing() {
    let before = pairings();
    peers();
    assert_eq!(pairings() - before, 0, "of peers");
    binding();
    assert_eq!(pairings() - before, 0, "of a channel binding");
    logins();
    assert_eq!(pairings() - before, 0, "of logins");
}

fn peers() {
    let master = PairMaster::<Agreement>::random(&mut rng(), "example");
    let of = |role, name| Principal::new(master.domain(), role, name).unwrap();
    let (alice, bob) = (of(Role::Client, "alice"), of(Role::Server, "bob"));
    let key = master.issue(&mut rng(), &alice.at(today())).unwrap();
    let alice = PeerInitiator::new(&key.accept(&master.anchor()).unwrap(), EpochPolicy::DAILY);
    let responder = PeerResponder::new(
        &master.issue_responder(&bob.at(today())).unwrap(),
        EpochPolicy::DAILY,
        Anyone,
    );
    let none = Prologue::new();
    let (waiting, call) = alice.call(&mut rng(), bob, &none, NOW).unwrap();
    let answer = |call: &[u8], now| responder.answer(&mut rng(), call, &none, now).err();
    let bad = spoiled(&call, 48);
    // In time the point shows, and late it does not.
    let decoded = answer(&bad, NOW);
    assert!(
        matches!(decoded, Some(ExchangeError::Flight(_))),
        "{decoded:?}"
    );
    let expired = Some(ExchangeError::Refused(Refusal::Expired));
    assert_eq!(answer(&bad, late()), expired);
    assert_eq!(answer(&call, late()), expired);
    // The answer: identity, PgG1, PbG2, confirmation.
    let of = |name| {
        Principal::new(master.domain(), Role::Server, name)
            .unwrap()
            .at(today())
    };
    let body = milagro_base::Writer::new()
        .string(&of("bob").to_bytes())
        .bytes(&[0xff; 48 + 96 + 32]);
    let bad = crate::exchange::Flight::Answer.seal(body);
    let decoded = waiting.clone().finish(&bad, NOW).err();
    assert!(
        matches!(decoded, Some(ExchangeError::Flight(_))),
        "{decoded:?}"
    );
    assert_eq!(waiting.finish(&bad, late()).err(), expired);
}

fn binding() {
    let master = master();
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, Anyone);
    let ends = [(Role::Client, "alice"), (Role::Server, "bob")]
        .map(|(role, name)| signer(&master, &identity(&master, role, name)));
    let channel = |signer| Channel {
        signer,
        verifier: &verifier,
        exporter: Exporter::from_bytes([7; 32]),
    };
    let start = || channel(&ends[0]).announce(ends[1].identity().principal().clone());
    let (hello, _) = start();
    let (answer, _) = channel(&ends[1]).answer(&mut rng(), &hello, NOW).unwrap();
    let bad = ServerBinding::from_bytes(&spoiled(&answer.to_bytes(), 96)).unwrap();
    let at = |now| start().1.answer(&mut rng(), &bad, now).map(|_| ());
    assert_eq!(at(NOW), Err(BindingError::Signature));
    assert_eq!(at(late()), Err(Refusal::Expired.into()));
    let stale = channel(&ends[1]).answer(&mut rng(), &hello, late());
    assert_eq!(stale.unwrap_err(), Refusal::Expired.into());
}

fn logins() {
    let master = MasterSecret::random(&mut rng());
    let server = ServerId::new(b"server").unwrap();
    let domain = master.trust_domain("example");
    let ledger = MemoryLedger::init(&mut rng(), 10, Seconds::ZERO);
    let key = master.issue_server(&server).belonging_to(ledger.id());
    let policy = Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(PermitPolicy::NoPermits)
    };
    let verifier = Verifier::new(domain, &key, ledger.id(), policy).unwrap();
    let alice = Identity::device("example", "alice", &[7; 16]).unwrap();
    let secret = master.issue_client(&pseudonym(&domain, &alice));
    let base = KeyBase::new(&secret, &server);
    let none = Prologue::new();
    let client = LoginClient::new(&secret, &base, &alice, domain, server);
    let (_, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
    // All that comes behind names and time are points and scalars.
    let bad = spoiled(&proof, 400);
    let admit = |flight: &[u8], now| {
        let arrival = ProofArrival {
            attempts: Attempts::PerIdentityStrangersCanLockOut,
            pinned: None,
            now,
        };
        let due = LoginServer::new(&verifier).one_pass(&mut rng(), &none, flight, arrival);
        due.map(|_| ()).unwrap_err()
    };
    for flight in [&proof, &bad] {
        match admit(flight, late()) {
            LoginError::Rejected(rejected) => assert_eq!(rejected.reason(), Reason::Time),
            other => panic!("{other}"),
        }
    }
}

/// Wrong kinds are refused by their header.
#[test]
fn flights_of_other_kinds_are_refused_unread() {
    let master = PairMaster::<Agreement>::random(&mut rng(), "example");
    let bob = Principal::new(master.domain(), Role::Server, "bob").unwrap();
    let key = master.issue_responder(&bob.at(today())).unwrap();
    let responder = PeerResponder::new(&key, EpochPolicy::DAILY, Anyone);
    let refused = responder.answer(&mut rng(), &[4, 1, 0, 0], &Prologue::new(), NOW);
    let error = ExchangeError::Flight(DecodeError::Value);
    assert_eq!(refused.map(|_| ()).unwrap_err(), error);
}
