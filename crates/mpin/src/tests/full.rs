//! M-Pin Full: both sides get the same keys, or nobody gets any.

mod sessions;

use milagro_base::{DecodeError, Seconds};
use milagro_curve::loose::E1Point;
use milagro_ledger::{LocalLedger as _, Refused};

use super::fixture::{End, NOW, ORDER_11, World, alice, factors, rng};
use crate::client::error::FactorError;
use crate::full::client::{Agreement, Unconfirmed};
use crate::full::hello::ClientHello;
use crate::full::key_base::{KeyBase, PrecomputedKeyBase};
use crate::full::messages::{ClientConfirmation, ServerHello};
use crate::full::server::Answered;
use crate::full::session::{Agreed, ServerSession};
use crate::keys::ClientSecret;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::PermitLabel;
use crate::proof::fresh::{CHALLENGE_MAX, SKEW};
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;
use crate::server::verifier::Verifier;

impl World {
    fn agree(&self, secret: &ClientSecret, time: Option<Seconds>) -> Agreement {
        let target = self.target();
        let permit = self.verifier.policy.permits.epochs().map(|epochs| {
            let epoch = Epoch::at(NOW, epochs.length);
            self.permit(PermitLabel::Personal { epoch }, secret.identity())
        });
        let login = secret.login(&target);
        let login = match &permit {
            Some(permit) => login.permit(permit),
            None => login,
        };
        match time {
            None => login.agree(&mut rng(), self.challenge()),
            Some(time) => login.agree_at(&mut rng(), time),
        }
        .unwrap()
    }

    fn answer(&self, hello: &ClientHello) -> Result<Answered, End> {
        let hello = ClientHello::from_bytes(&hello.to_bytes()).unwrap();
        let admitted = self
            .verifier
            .admit_hello(&mut rng(), &hello, Self::arrival(NOW))?;
        let paid = admitted.spend_local(&self.ledger, NOW)?;
        let answered = self.verifier.check_hello(&mut rng(), paid, NOW)?;
        Ok(answered.spend_local(&self.ledger, NOW)?.into_value())
    }

    fn confirm(
        &self,
        session: ServerSession,
        confirmation: &ClientConfirmation,
    ) -> Result<Agreed, End> {
        let bytes = confirmation.to_bytes();
        let confirmation = ClientConfirmation::from_bytes(&bytes).unwrap();
        let agreed = session.confirm(&mut rng(), &confirmation, NOW)?;
        Ok(agreed.spend_local(&self.ledger, NOW)?.into_value())
    }
}

fn with_permits() -> PermitPolicy {
    PermitPolicy::Personal(EpochPolicy::DAILY)
}

#[test]
fn both_sides_get_the_same_keys_and_fresh_ones() {
    let mut seen = Vec::new();
    for policy in [PermitPolicy::NoPermits, with_permits()] {
        for time in [None, Some(NOW)] {
            let world = World::new(policy);
            let secret = world.master.issue_client(&alice());
            let base = KeyBase::new(&secret, &world.server);
            let start = world.agree(&secret, time);
            let Answered { session, hello } = world.answer(&start.hello).unwrap();
            let hello = ServerHello::from_bytes(&hello.to_bytes()).unwrap();
            let client = start.session.finish(&base, &hello).unwrap();
            let server = world.confirm(session, &client.confirmation).unwrap();
            assert_eq!(server.login.identity(), &alice());
            assert_eq!(client.keys.sending(), server.keys.receiving());
            assert_eq!(client.keys.receiving(), server.keys.sending());
            assert_eq!(client.keys.exporter(), server.keys.exporter());
            seen.extend([*client.keys.sending(), *client.keys.receiving()]);
            seen.push(*client.keys.exporter());
        }
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn a_precomputed_base_gives_the_same_keys() {
    let world = World::without_permits();
    let all = |pin| factors(pin).with_bytes("device", b"key").unwrap();
    let token = world.token(&alice(), &all("4321"));
    let stored = PrecomputedKeyBase::new(&token, &world.server);
    let secret = token.unlock(&all("4321")).unwrap();
    let start = world.agree(&secret, None);
    let answered = world.answer(&start.hello).unwrap();
    let base = stored.unlock(&token, &all("4321")).unwrap();
    assert!(start.session.finish(&base, &answered.hello).is_ok());
    assert_eq!(
        stored.unlock(&token, &factors("4321")).unwrap_err(),
        FactorError::Mismatch
    );
}

#[test]
fn after_a_bad_proof_the_server_says_nothing() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let wrong = token.unlock(&factors("1235")).unwrap();
    let start = world.agree(&wrong, None);
    let refused = world.answer(&start.hello).unwrap_err();
    assert_eq!(refused, End::Rejected(Reason::Proof));
}

/// A confirmed session is a login once, on whichever machine and however often it is confirmed.
#[test]
fn sealed_sessions_need_no_sticky_connections() {
    let world = World::new(with_permits());
    let key = world.master.issue_server(&world.server);
    let key = key.belonging_to(world.ledger.id());
    let replica = |policy| Verifier::new(world.domain, &key, world.ledger.id(), policy).unwrap();
    let other = replica(*world.verifier.policy());
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    let start = world.agree(&secret, None);
    let answered = world.answer(&start.hello).unwrap();
    let sealed = answered.session.seal(&mut rng(), &world.verifier).unwrap();
    let client = start.session.finish(&base, &answered.hello).unwrap();

    let sessions = [&other, &world.verifier].map(|verifier| {
        let session = ServerSession::open(&sealed, verifier).unwrap();
        session
            .confirm(&mut rng(), &client.confirmation, NOW)
            .unwrap()
    });
    let [first, second] = sessions;
    let agreed = first.spend_local(&world.ledger, NOW).unwrap().into_value();
    let second = second.spend_local(&world.ledger, NOW);
    assert_eq!(agreed.keys.receiving(), client.keys.sending());
    assert_eq!(agreed.login.identity(), &alice());
    assert!(agreed.login.permit().is_some());
    assert!(matches!(second, Err(Refused::Exhausted)));

    // Nobody else opens it, and no bit of it can be changed.
    let stranger = World::new(with_permits());
    let refused = ServerSession::open(&sealed, &stranger.verifier).unwrap_err();
    assert_eq!(refused.reason(), Reason::Session);
    for place in 0..sealed.len() {
        let mut tweaked = sealed.clone();
        tweaked[place] ^= 1;
        assert!(ServerSession::open(&tweaked, &other).is_err(), "{place}");
        assert!(ServerSession::open(&sealed[..place], &other).is_err());
    }
    assert_ne!(
        sealed,
        answered.session.seal(&mut rng(), &world.verifier).unwrap()
    );
}

/// A hello is answered once, and its challenge is one login, of whichever kind.
#[test]
fn a_hello_is_answered_once() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    let target = world.target();
    let challenge = world.challenge();
    let again = crate::Challenge(challenge.0);
    let start = secret.login(&target).agree(&mut rng(), challenge).unwrap();
    let answered = world.answer(&start.hello).unwrap();
    assert_eq!(world.answer(&start.hello).unwrap_err(), End::Exhausted);
    let proof = secret.login(&target).answer(&mut rng(), again).unwrap();
    assert!(world.log_in(&proof).is_ok());
    let client = start.session.finish(&base, &answered.hello).unwrap();
    let late = world.confirm(answered.session, &client.confirmation);
    assert_eq!(late.unwrap_err(), End::Exhausted);
}

#[test]
fn a_session_ends_with_what_made_it_fresh() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    let start = world.agree(&secret, None);
    let answered = world.answer(&start.hello).unwrap();
    let sealed = answered.session.seal(&mut rng(), &world.verifier).unwrap();
    let client = start.session.finish(&base, &answered.hello).unwrap();
    let end = NOW.plus(CHALLENGE_MAX).plus(SKEW);
    for (now, verdict) in [
        (end.minus(Seconds::new(1)), None),
        (end, Some(Reason::Session)),
        (Seconds::MAX, Some(Reason::Session)),
    ] {
        let session = ServerSession::open(&sealed, &world.verifier).unwrap();
        let confirmed = session.confirm(&mut rng(), &client.confirmation, now);
        assert_eq!(confirmed.err().map(|rejected| rejected.reason()), verdict);
    }
}

#[test]
fn wrong_confirmations_give_no_keys() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    let start = world.agree(&secret, None);
    let Answered { session, mut hello } = world.answer(&start.hello).unwrap();
    let client = start
        .session
        .clone_for_tests()
        .finish(&base, &hello)
        .unwrap();
    let mut wrong = client.confirmation;
    wrong.0[31] ^= 1;
    assert_eq!(
        world.confirm(session, &wrong).unwrap_err(),
        End::Rejected(Reason::Confirmation)
    );
    // The server's own confirmation does not come back as the client's.
    let other = world.agree(&secret, None);
    let Answered {
        session,
        hello: reply,
    } = world.answer(&other.hello).unwrap();
    let reflected = ClientConfirmation(reply.confirmation);
    assert!(world.confirm(session, &reflected).is_err());
    // Another W', another base, or a changed confirmation.
    let mut moved = hello;
    moved.w = alice().to_point();
    let session = start.session.clone_for_tests();
    assert_eq!(session.finish(&base, &moved).unwrap_err(), Unconfirmed);
    hello.confirmation[0] ^= 1;
    assert_eq!(
        start.session.finish(&base, &hello).unwrap_err(),
        Unconfirmed
    );
}

/// Static keys alone do not give K: D needs x or w.
#[test]
fn without_d_there_are_other_keys() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    let start = world.agree(&secret, None);
    let answered = world.answer(&start.hello).unwrap();
    let right = start.session.d_for_tests(&answered.hello);
    let wrong = alice().to_point().into();
    let keys = |d| {
        let session = start.session.clone_for_tests();
        *session
            .keys_with_d_for_tests(&base, &answered.hello, d)
            .sending()
    };
    let client = start.session.clone_for_tests();
    let confirmed = client.finish(&base, &answered.hello).unwrap();
    assert_eq!(keys(&right), *confirmed.keys.sending());
    assert_ne!(keys(&wrong), *confirmed.keys.sending());
}

#[test]
fn every_part_of_a_hello_is_checked() {
    let outside = E1Point::from_bytes(&ORDER_11).unwrap();
    for policy in [PermitPolicy::NoPermits, with_permits()] {
        let world = World::new(policy);
        let secret = world.master.issue_client(&alice());
        let good = world.agree(&secret, None).hello;
        let permit = good.0.label.is_some();
        let parts = 7 + usize::from(permit) * 2;
        for place in 0..parts {
            for point in [outside, alice().to_point().into()] {
                let mut statement = good.0.statement().unwrap();
                let number = milagro_curve::Scalar::from(u64::MAX);
                let end = match (place, &mut statement) {
                    (0, s) => core::mem::replace(&mut s.u, point),
                    (1, s) => core::mem::replace(&mut s.v, point),
                    (2, s) => core::mem::replace(&mut s.r, point),
                    (3, s) => {
                        s.z = number;
                        outside
                    }
                    (4, s) => core::mem::replace(&mut s.agreement.as_mut().unwrap().g, point),
                    (5, s) => core::mem::replace(&mut s.agreement.as_mut().unwrap().r, point),
                    (6, s) => {
                        s.agreement.as_mut().unwrap().z = number;
                        outside
                    }
                    (7, s) => core::mem::replace(&mut s.permit.as_mut().unwrap().w, point),
                    (_, s) => core::mem::replace(&mut s.permit.as_mut().unwrap().r, point),
                };
                let mut tweaked = good.clone();
                let form = tweaked.0.mode.shape(permit).form;
                tweaked.0.parts = statement.encode(form);
                let account = world.verifier.attempts_of(&alice());
                world.ledger.clear(&[account]).unwrap();
                let is_outside = point.to_g1().is_err() && !matches!(place, 3 | 6);
                let reason = if is_outside {
                    Reason::Malformed
                } else {
                    Reason::Opening
                };
                let refused = world.answer(&tweaked).unwrap_err();
                assert_eq!(refused, End::Rejected(reason), "{place} {end:?}");
            }
        }
        assert!(world.answer(&good).is_ok());
    }
}

#[test]
fn the_messages_are_not_each_other() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let hello = world.agree(&secret, None).hello;
    let one_pass = world.agree(&secret, Some(NOW)).hello;
    let login = world.prove(&secret, None);
    // A hello under the other mode, a login as a hello and a hello as a login.
    assert_eq!(
        ClientHello::from_bytes(&login.to_bytes()).unwrap_err(),
        DecodeError::Value
    );
    assert_eq!(
        crate::LoginProof::from_bytes(&hello.to_bytes()).unwrap_err(),
        DecodeError::Value
    );
    let mut turned = one_pass.clone();
    (turned.0.mode, turned.0.fresh) = (hello.0.mode, hello.0.fresh);
    assert_eq!(
        world.answer(&turned).unwrap_err(),
        End::Rejected(Reason::Domain)
    );
    // The parts of a hello as those of a login: y has another tag.
    let mut statement = hello.0.statement().unwrap();
    statement.agreement = None;
    let mut turned = world.prove(&secret, None);
    turned.0.fresh = hello.0.fresh;
    turned.0.aim = hello.0.aim;
    turned.0.parts = statement.encode(turned.0.mode.shape(false).form);
    assert_eq!(world.refusal(&turned), Reason::Opening);
}
