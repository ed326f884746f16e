//! M-Pin Full without a challenge, and with openings.

use core::convert::Infallible;

use milagro_curve::loose::E1Point;
use milagro_curve::rand_core::{TryCryptoRng, TryRng};

use super::fixture::{NOW, ORDER_11, World, alice, factors, rng};
use super::openings::value;
use crate::client::pin::PinLength;
use crate::full::client::{ClientSession, Unconfirmed};
use crate::full::hello::{ClientHello, OnePassHello};
use crate::full::key_base::KeyBase;
use crate::full::messages::ServerHello;
use crate::full::server::ServerSession;
use crate::keys::ClientSecret;
use crate::names::binding::ChannelBinding;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::PermitLabel;
use crate::proof::challenge::Challenge;
use crate::server::pin_error::PinError;
use crate::server::policy::{OpeningPolicy, PermitPolicy, Policy};
use crate::server::rejected::{Reason, Rejected};
use crate::server::replay::{MemoryReplayStore, Recorded, ReplayKey, ReplayStore};
use milagro_base::DecodeError;

struct OnePass {
    world: World,
    store: MemoryReplayStore,
}

impl OnePass {
    fn new() -> Self {
        Self {
            world: World::without_permits(),
            store: MemoryReplayStore::new(100),
        }
    }

    fn start(&self, time: u64) -> (ClientSession, OnePassHello) {
        let secret = self.world.master.issue_client(&alice());
        secret
            .start_full_one_pass(&mut rng(), &self.world.target(), time, None)
            .unwrap()
    }

    fn accept(
        &self,
        hello: &OnePassHello,
        now: u64,
    ) -> Result<(ServerSession, ServerHello), Reason> {
        let hello = OnePassHello::from_bytes(&hello.to_bytes()).unwrap();
        self.world
            .verifier
            .accept_full_one_pass(&mut rng(), &self.store, &hello, &ChannelBinding::None, now)
            .map_err(|rejected| rejected.reason())
    }
}

#[test]
fn one_message_less_gives_the_same_keys() {
    let test = OnePass::new();
    let secret = test.world.master.issue_client(&alice());
    let (client, hello) = test.start(NOW);
    let (server, answer) = test.accept(&hello, NOW).unwrap();
    let base = KeyBase::new(&secret, &test.world.server);
    let confirmed = client.finish(&base, &answer).unwrap();
    let (login, keys) = server.confirm(&confirmed.confirmation).unwrap();
    assert_eq!(login.identity(), &alice());
    assert_eq!(confirmed.keys.sending(), keys.receiving());
    assert_eq!(confirmed.keys.receiving(), keys.sending());
    assert_eq!(confirmed.keys.exporter(), keys.exporter());
    assert_ne!(keys.exporter(), keys.sending());
    assert_ne!(keys.exporter(), keys.receiving());
}

#[test]
fn a_first_message_is_answered_once() {
    let test = OnePass::new();
    let (_, hello) = test.start(NOW);
    assert!(test.accept(&hello, NOW).is_ok());
    assert_eq!(test.accept(&hello, NOW).unwrap_err(), Reason::Replayed);
    assert_eq!(test.accept(&hello, NOW + 60).unwrap_err(), Reason::Replayed);
    assert_eq!(test.accept(&hello, NOW + 61).unwrap_err(), Reason::Time);
}

#[test]
fn the_key_is_recorded_before_anything_is_answered() {
    struct Refuses;
    impl ReplayStore for Refuses {
        fn record(&self, _: ReplayKey, _: u64, _: u64) -> Recorded {
            Recorded::Full
        }
    }
    let test = OnePass::new();
    let (_, hello) = test.start(NOW);
    let verdict = test.world.verifier.accept_full_one_pass(
        &mut rng(),
        &Refuses,
        &hello,
        &ChannelBinding::None,
        NOW,
    );
    assert_eq!(verdict.unwrap_err().reason(), Reason::StoreFull);
}

#[test]
fn the_window_ends_on_the_second() {
    let table = [
        (NOW - 61, false),
        (NOW - 60, true),
        (NOW + 5, true),
        (NOW + 6, false),
        (0, false),
        (u64::MAX, false),
    ];
    for (time, taken) in table {
        let test = OnePass::new();
        let verdict = test.accept(&test.start(time).1, NOW);
        assert_eq!(verdict.err(), (!taken).then_some(Reason::Time), "{time}");
    }
    let test = OnePass::new();
    let (_, mut hello) = test.start(NOW);
    hello.time += 1;
    assert_eq!(test.accept(&hello, NOW).unwrap_err(), Reason::Proof);
}

#[test]
fn the_forms_are_not_each_other() {
    // The same 32 bytes as a nonce, or eight of them as a time, give another y; and the messages have
    // other modes.
    let test = OnePass::new();
    let (_, one_pass) = test.start(NOW);
    assert_eq!(
        ClientHello::from_bytes(&one_pass.to_bytes()).unwrap_err(),
        DecodeError::Value
    );
    let challenge = test.world.challenge();
    let nonce = challenge.0;
    let secret = test.world.master.issue_client(&alice());
    let (_, hello) = secret
        .start_full(&mut rng(), &test.world.target(), challenge, None)
        .unwrap();
    assert_eq!(
        OnePassHello::from_bytes(&hello.to_bytes()).unwrap_err(),
        DecodeError::Value
    );
    let turned = ClientHello {
        nonce,
        body: one_pass.body.clone(),
    };
    let none = ChannelBinding::None;
    let verdict =
        test.world
            .verifier
            .accept_full(&mut rng(), &test.world.store, &turned, &none, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::Proof);
    let turned = OnePassHello {
        time: NOW,
        body: hello.body,
    };
    assert_eq!(test.accept(&turned, NOW).unwrap_err(), Reason::Proof);
}

/// A server that asks for openings, and a hello of each form.
struct Opened {
    world: World,
    permits: bool,
}

impl Opened {
    fn new(permits: bool) -> Self {
        let policy = if permits {
            PermitPolicy::Personal(EpochPolicy::DAILY)
        } else {
            PermitPolicy::NoPermits
        };
        let world = World::with_policy(Policy {
            openings: OpeningPolicy::Opened(PinLength::FOUR),
            ..Policy::new(policy)
        });
        Self { world, permits }
    }

    fn start(&self, secret: &ClientSecret) -> (ClientSession, ClientHello) {
        let epoch = Epoch(NOW / 86_400);
        let permit = self
            .permits
            .then(|| self.world.permit(PermitLabel::Personal { epoch }, &alice()));
        secret
            .start_full_opened(
                &mut rng(),
                &self.world.target(),
                self.world.challenge(),
                permit.as_ref(),
            )
            .unwrap()
    }

    fn accept(&self, hello: &ClientHello) -> Result<(ServerSession, ServerHello), Rejected> {
        let hello = ClientHello::from_bytes(&hello.to_bytes()).unwrap();
        self.world.verifier.accept_full(
            &mut rng(),
            &self.world.store,
            &hello,
            &ChannelBinding::None,
            NOW,
        )
    }

    fn distance(&self, rejected: &Rejected) -> PinError {
        let failure = rejected.opened().unwrap();
        let store = MemoryReplayStore::new(1);
        self.world
            .verifier
            .pin_error_vartime(&store, failure, (NOW + 1, NOW))
    }
}

#[test]
fn an_opened_hello_agrees_or_shows_the_distance() {
    for permits in [false, true] {
        let test = Opened::new(permits);
        let token = test.world.token(&alice(), &factors("1234"));
        let secret = token.unlock(&factors("1234")).unwrap();
        let (client, hello) = test.start(&secret);
        let (server, answer) = test.accept(&hello).unwrap();
        let base = KeyBase::new(&secret, &test.world.server);
        let confirmed = client.finish(&base, &answer).unwrap();
        assert!(server.confirm(&confirmed.confirmation).is_ok());

        let (_, hello) = test.start(&token.unlock(&factors("1200")).unwrap());
        let rejected = test.accept(&hello).unwrap_err();
        assert_eq!(rejected.reason(), Reason::Proof);
        assert_eq!(value(test.distance(&rejected)), Some(-34));
    }
    let test = Opened::new(false);
    let token = test.world.token(&alice(), &factors("1234"));
    let mistyped = token.unlock(&factors("1235")).unwrap();
    let (_, hello) = mistyped
        .start_full_one_pass_opened(&mut rng(), &test.world.target(), NOW, None)
        .unwrap();
    let hello = OnePassHello::from_bytes(&hello.to_bytes()).unwrap();
    let store = MemoryReplayStore::new(1);
    let none = ChannelBinding::None;
    let verifier = &test.world.verifier;
    let rejected = verifier
        .accept_full_one_pass(&mut rng(), &store, &hello, &none, NOW)
        .unwrap_err();
    assert_eq!(value(test.distance(&rejected)), Some(1));
}

/// A generator whose draws are numbered, and differ from another's from the third on: the opening's ρ.
struct Late(u64, u8);

impl TryRng for Late {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0 += 1;
        out.fill(if self.0 > 2 { self.1 } else { 0 });
        Ok(())
    }
}

impl TryCryptoRng for Late {}

/// Under a generator that repeats itself, r hangs on the secret and on what makes the login fresh, and w on
/// what the client said.
#[test]
fn r_and_w_are_hedged() {
    let test = OnePass::new();
    let stuck = || Late(0, 0);
    let start = |world: &World, time| {
        let secret = world.master.issue_client(&alice());
        let target = test.world.target();
        secret
            .start_full_one_pass(&mut stuck(), &target, time, None)
            .unwrap()
            .1
    };
    let one = start(&test.world, NOW);
    assert_eq!(one.body.r, start(&test.world, NOW).body.r);
    let next = start(&test.world, NOW + 1);
    assert_ne!(one.body.r, next.body.r);
    assert_ne!(one.body.r, start(&World::without_permits(), NOW).body.r);
    let answers = [&one, &next].map(|hello| {
        let store = MemoryReplayStore::new(1);
        let none = ChannelBinding::None;
        let verifier = &test.world.verifier;
        let answer = verifier.accept_full_one_pass(&mut stuck(), &store, hello, &none, NOW);
        answer.unwrap().1.w
    });
    assert_ne!(answers[0], answers[1]);
}

/// Two openings of one U and one V: each is good, and the keys are those of the one that was sent.
#[test]
fn the_keys_cover_the_opening() {
    let test = Opened::new(false);
    let secret = test.world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &test.world.server);
    let challenge = test.world.challenge();
    let start = |last| {
        let challenge = Challenge(challenge.0);
        let target = test.world.target();
        secret
            .start_full_opened(&mut Late(0, last), &target, challenge, None)
            .unwrap()
    };
    let ((one, hello), (two, other)) = (start(1), start(2));
    let (hello_bytes, other_bytes) = (hello.to_bytes(), other.to_bytes());
    assert_eq!(hello_bytes.len(), other_bytes.len());
    let differ = hello_bytes.iter().zip(&other_bytes);
    let differ: Vec<_> = differ.map(|(a, b)| a != b).collect();
    // R of the opening and z; then R, and before them U, V and the rest are the same.
    let end = differ.len() - 96;
    assert!(!differ[end..].contains(&true) && !differ[..end - 128].contains(&true));
    assert!(differ[end - 128..end].contains(&true));
    let (_, answer) = test.accept(&other).unwrap();
    assert_eq!(one.finish(&base, &answer).unwrap_err(), Unconfirmed);
    assert!(two.finish(&base, &answer).is_ok());
}

#[test]
fn openings_are_asked_for_or_not() {
    let test = Opened::new(false);
    let secret = test.world.master.issue_client(&alice());
    let (_, closed) = secret
        .start_full(
            &mut rng(),
            &test.world.target(),
            test.world.challenge(),
            None,
        )
        .unwrap();
    let verdict = test.accept(&closed).unwrap_err();
    assert_eq!(verdict.reason(), Reason::OpeningMissing);
    assert!(verdict.opened().is_none());
    // Of another proof.
    let ((_, mut one), (_, two)) = (test.start(&secret), test.start(&secret));
    one.body.statement.opening = two.body.statement.opening;
    let verdict = test.accept(&one).unwrap_err();
    assert_eq!(verdict.reason(), Reason::Opening);
    assert!(verdict.opened().is_none());
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let (_, hello) = secret
        .start_full_opened(&mut rng(), &world.target(), world.challenge(), None)
        .unwrap();
    let none = ChannelBinding::None;
    let verdict = world
        .verifier
        .accept_full(&mut rng(), &world.store, &hello, &none, NOW);
    assert_eq!(verdict.unwrap_err().reason(), Reason::OpeningUnasked);
}

#[test]
fn every_point_of_an_opened_hello_is_checked() {
    let test = Opened::new(true);
    let secret = test.world.master.issue_client(&alice());
    let bytes = test.start(&secret).1.to_bytes();
    let outside = E1Point::from_bytes(&ORDER_11).unwrap().to_uncompressed();
    let mut infinity = [0; 96];
    infinity[0] = 0x40;
    // R; R', W; z (32); R of the opening; its flag; V, U.
    for back in [96, 192, 288, 416, 513, 609] {
        for (point, error) in [
            (outside, DecodeError::NotInSubgroup),
            ([0xff; 96], DecodeError::Encoding),
            (infinity, DecodeError::Encoding),
        ] {
            let mut tweaked = bytes.clone();
            let start = bytes.len() - back;
            tweaked[start..start + 96].copy_from_slice(&point);
            let verdict = ClientHello::from_bytes(&tweaked).unwrap_err();
            assert_eq!(verdict, error, "{back}");
        }
    }
    for length in 0..bytes.len() {
        let verdict = ClientHello::from_bytes(&bytes[..length]).unwrap_err();
        assert_eq!(verdict, DecodeError::Length, "{length}");
    }
}
