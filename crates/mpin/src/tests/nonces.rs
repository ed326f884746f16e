//! Every one-time number under a generator that repeats itself: two statements, two numbers.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_curve::loose::E1Point;
use milagro_curve::rand_core::{TryCryptoRng, TryRng};
use milagro_curve::{SecretScalar, Transcript};

use super::fixture::{End, NOW, World, alice, factors, rng};
use crate::full::client::Agreement;
use crate::full::session::ServerSession;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::{Permit, PermitLabel};
use crate::proof::encoding::Message;
use crate::proof::opening::{self, Bases, Witness};
use crate::proof::statement::Statement;
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;

/// A generator that gives the same bytes for ever.
struct Stuck;

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

/// U, R, G and Rr: what x, ρ, r and ρr show of themselves.
fn shown(message: &Message) -> Vec<[u8; 48]> {
    let Statement {
        u, r, agreement, ..
    } = message.statement().unwrap();
    let more = agreement.iter().flat_map(|more| [more.g, more.r]);
    [u, r]
        .into_iter()
        .chain(more)
        .map(|p| p.to_bytes())
        .collect()
}

fn differ(name: &str, one: &Message, two: &Message) {
    for (place, (a, b)) in shown(one).iter().zip(shown(two)).enumerate() {
        assert_ne!(*a, b, "{name}: {place}");
    }
    // And none of one proof's numbers is another of the same.
    let mut all = shown(one);
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "{name}");
}

fn permit(world: &World) -> Option<Permit> {
    let epochs = world.verifier.policy.permits.epochs()?;
    let epoch = Epoch::at(NOW, epochs.length);
    Some(world.permit(PermitLabel::Personal { epoch }, &alice()))
}

#[test]
fn repeating_generator() {
    let personal = PermitPolicy::Personal(EpochPolicy::DAILY);
    for policy in [PermitPolicy::NoPermits, personal] {
        let world = World::new(policy);
        let (permit, target) = (permit(&world), world.target());
        let token = world.token(&alice(), &factors("1234"));
        let right = token.unlock(&factors("1234")).unwrap();
        let typo = token.unlock(&factors("1235")).unwrap();
        let begin = |secret| {
            let login = crate::ClientSecret::login(secret, &target);
            match &permit {
                Some(permit) => login.permit(permit),
                None => login,
            }
        };
        let (later, challenges) = (
            NOW.plus(Seconds::new(1)),
            [(); 2].map(|()| world.challenge()),
        );
        let [first, second] = challenges;
        let again = crate::Challenge(first.0);
        let one = begin(&right).answer(&mut Stuck, first).unwrap().0;
        let two = begin(&right).answer(&mut Stuck, second).unwrap().0;
        differ("challenge", &one, &two);
        // The same challenge with another PIN is another statement too: S_B is hashed.
        let two = begin(&typo).answer(&mut Stuck, again).unwrap().0;
        differ("PIN", &one, &two);
        let one = begin(&right).at(&mut Stuck, NOW).unwrap().0;
        let two = begin(&right).at(&mut Stuck, later).unwrap().0;
        differ("one pass", &one, &two);
        let sign = |time, message| begin(&right).sign(&mut Stuck, time, message).unwrap().0;
        differ("time", &sign(NOW, b"m"), &sign(later, b"m"));
        differ("message", &sign(NOW, b"m"), &sign(NOW, b"n"));
        let agree = |time| begin(&right).agree_at(&mut Stuck, time).unwrap();
        differ("Full", &agree(NOW).hello.0, &agree(later).hello.0);
        // Modes are statements of their own.
        differ("mode", &one, &sign(NOW, b""));
        // The same statement gives the same proof, which gives nothing away.
        assert_eq!(
            one.encode(),
            begin(&right).at(&mut Stuck, NOW).unwrap().to_bytes()
        );
    }
}

/// w of the server, over hellos that differ in one part that only the opening covers.
#[test]
fn repeating_generator_of_the_server() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let target = world.target();
    let answer = |start: &Agreement| {
        let arrival = World::arrival(NOW);
        let admitted = world
            .verifier
            .admit_hello(&mut rng(), &start.hello, arrival);
        let paid = admitted.unwrap().spend_local(&world.ledger, NOW).unwrap();
        let answered = world.verifier.check_hello(&mut Stuck, paid, NOW).unwrap();
        let answered = answered.spend_local(&world.ledger, NOW).unwrap();
        answered.into_value().hello.w
    };
    let one = secret.login(&target).agree_at(&mut rng(), NOW).unwrap();
    let two = secret.login(&target).agree_at(&mut rng(), NOW).unwrap();
    assert_ne!(answer(&one), answer(&two));
}

/// The nonce under which a session is sealed, over two sessions; the same session gives the same bytes.
#[test]
fn repeating_generator_of_sealed_sessions() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let target = world.target();
    let sealed = [(); 2].map(|()| {
        let start = secret.login(&target).agree_at(&mut rng(), NOW).unwrap();
        let arrival = World::arrival(NOW);
        let admitted = world
            .verifier
            .admit_hello(&mut rng(), &start.hello, arrival);
        let paid = admitted.unwrap().spend_local(&world.ledger, NOW).unwrap();
        let answered = world.verifier.check_hello(&mut rng(), paid, NOW).unwrap();
        let answered = answered.spend_local(&world.ledger, NOW).unwrap();
        let session = answered.into_value().session;
        let seal = || session.seal(&mut Stuck, &world.verifier).unwrap();
        assert_eq!(seal(), seal());
        assert!(ServerSession::open(&seal(), &world.verifier).is_ok());
        seal()
    });
    let [one, two] = sealed.each_ref().map(|sealed| &sealed[1..25]);
    assert_ne!(one, two);
}

/// A server whose generator repeats itself counts all the same: no two charges have one claim.
#[test]
fn repeating_generator_of_claims() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let log_in = |typed: &str| {
        let secret = token.unlock(&factors(typed)).unwrap();
        let proof = world.prove(&secret, None);
        let once = || {
            let arrival = World::arrival(NOW);
            let admitted = world.verifier.admit(&mut Stuck, &proof, arrival).unwrap();
            let paid = admitted
                .spend_local(&world.ledger, NOW)
                .map_err(|_| End::Over)?;
            let login = world.verifier.check(&mut Stuck, paid, NOW)?;
            login
                .spend_local(&world.ledger, NOW)
                .map_err(|_| End::Exhausted)
        };
        [once(), once()].map(|end| end.map(drop))
    };
    assert_eq!(log_in("1234"), [Ok(()), Err(End::Exhausted)]);
    let wrong = || Err(End::Rejected(Reason::Proof));
    assert_eq!(log_in("1235"), [wrong(), wrong()]);
    assert_eq!(log_in("1235"), [wrong(), wrong()]);
    assert_eq!(log_in("1235"), [wrong(), Err(End::Over)]);
}

/// ρ and ρr with the same x and r over two transcripts, and over two V.
#[test]
fn repeating_generator_of_openings() {
    let a = alice().to_point();
    let (x, r) = (
        SecretScalar::random(&mut rng()),
        SecretScalar::random(&mut rng()),
    );
    let open = |y: &[u8], v| {
        let mut said = Transcript::new("test");
        said.append("y", y);
        let witness = Witness {
            x: &x,
            u: &a * &x,
            w: None,
            agreement: Some((&r, &a * &r)),
        };
        let bases = Bases { a: &a, b: &a };
        opening::open(&mut Stuck, &witness, bases, &said, v)
    };
    let bytes = |point: &E1Point| point.to_bytes();
    let commitments = [open(b"1", a), open(b"2", a), open(b"1", -a)]
        .map(|statement| [bytes(&statement.r), bytes(&statement.agreement.unwrap().r)]);
    let mut all: Vec<_> = commitments.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
}
