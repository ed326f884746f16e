//! What a session does not outlive, and who does not take it over.

use milagro_base::Seconds;
use milagro_ledger::LocalLedger as _;

use super::with_permits;
use crate::full::key_base::KeyBase;
use crate::full::server::Answered;
use crate::full::session::ServerSession;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::PermitLabel;
use crate::server::policy::Policy;
use crate::server::reason::Reason;
use crate::server::verifier::Verifier;
use crate::tests::fixture::{NOW, World, alice, rng};

/// Who is revoked ends with the grace of the last permit, whatever was answered before.
#[test]
fn a_session_ends_with_its_permit() {
    let epochs = EpochPolicy::DAILY;
    let world = World::new(with_permits());
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    let epoch = Epoch::at(NOW, epochs.length);
    let permit = world.permit(PermitLabel::Personal { epoch }, &alice());
    let end = epochs.end(epoch);
    let last = end.minus(Seconds::new(1));
    assert!(epochs.accepts(epoch, last) && !epochs.accepts(epoch, end));
    let target = world.target();
    let login = secret.login(&target).permit(&permit);
    let start = login.agree_at(&mut rng(), last).unwrap();
    let arrival = World::arrival(last);
    let admitted = world
        .verifier
        .admit_hello(&mut rng(), &start.hello, arrival);
    let paid = admitted.unwrap().spend_local(&world.ledger, last).unwrap();
    let answered = world.verifier.check_hello(&mut rng(), paid, last).unwrap();
    let answered = answered.spend_local(&world.ledger, last).unwrap();
    let Answered { session, hello } = answered.into_value();
    let client = start.session.finish(&base, &hello).unwrap();
    let sealed = session.seal(&mut rng(), &world.verifier).unwrap();
    for session in [
        session,
        ServerSession::open(&sealed, &world.verifier).unwrap(),
    ] {
        let late = session.confirm(&mut rng(), &client.confirmation, end);
        assert_eq!(late.unwrap_err().reason(), Reason::Session);
    }
    let session = ServerSession::open(&sealed, &world.verifier).unwrap();
    let confirmed = session.confirm(&mut rng(), &client.confirmation, last);
    assert!(confirmed.is_ok());
}

/// What a lax policy let in is not for a strict one to check or confirm, although one key serves both.
#[test]
fn one_policy_does_not_finish_what_another_began() {
    let lax = World::without_permits();
    let key = lax.master.issue_server(&lax.server);
    let key = key.belonging_to(lax.ledger.id());
    let policy = Policy {
        permits: with_permits(),
        ..*lax.verifier.policy()
    };
    let strict = Verifier::new(lax.domain, &key, lax.ledger.id(), policy).unwrap();
    let secret = lax.master.issue_client(&alice());
    let start = lax.agree(&secret, None);
    let answered = lax.answer(&start.hello).unwrap();
    let sealed = answered.session.seal(&mut rng(), &lax.verifier).unwrap();
    assert!(ServerSession::open(&sealed, &lax.verifier).is_ok());
    let refused = ServerSession::open(&sealed, &strict).unwrap_err();
    assert_eq!(refused.reason(), Reason::Session);
    let start = lax.agree(&secret, None);
    let arrival = World::arrival(NOW);
    let admitted = lax.verifier.admit_hello(&mut rng(), &start.hello, arrival);
    let paid = admitted.unwrap().spend_local(&lax.ledger, NOW).unwrap();
    let refused = strict.check_hello(&mut rng(), paid, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::Misdirected);
}
