//! One grant that is presented again and again uses up nothing of anybody else's.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use milagro_base::Seconds;
use milagro_wire::problem::ProblemType;
use milagro_wire::server::Effects;

use crate::service::queue::Waiting;
use crate::service::repeats::PER_MINUTE;
use crate::tests::effects::{NOW, rng};
use crate::tests::queue::{Desk, TOGETHER, client, poisoned};

const SOON: Waiting = Waiting {
    time: Duration::from_millis(1),
    ..TOGETHER
};

/// A service whose registrar is answered so often, and its clock.
async fn open(rate: u32) -> (Desk, Arc<AtomicU64>) {
    let clock = Arc::new(AtomicU64::new(NOW.get()));
    let own = Arc::clone(&clock);
    let time = move || Seconds::new(own.load(Ordering::SeqCst));
    let effects = Effects::new(time, rng);
    let desk = Desk::with_rate(rate, SOON, |parts| parts.effects = effects).await;
    (desk, clock)
}

#[tokio::test]
async fn whoever_repeats_one_grant_uses_up_nothing_of_the_others() {
    let (desk, clock) = open(100).await;
    let key = client();
    let grant = desk.grant(0, &key);
    let mut shares = 0;
    for round in 0..100 {
        let said = desk.ask_all(&vec![grant.clone(); 100]).await;
        let refused = Some(ProblemType::Rate);
        assert!(said.iter().all(|said| *said == refused || said.is_none()));
        shares += said.iter().filter(|said| said.is_none()).count();
        if round % 4 == 0 {
            // A subject that nobody has asked for, and that is answered.
            let other = desk.grant(1 + round, &key);
            assert_eq!(desk.ask_all(&[other]).await, [None], "{round}");
        }
    }
    assert_eq!(shares, usize::try_from(PER_MINUTE).unwrap());
    // A line for each share, and one for all that were refused.
    assert_eq!(desk.lines(), 10 + 25 + 1);
    let said = desk.ask(&grant).await.unwrap_err();
    assert_eq!((said.status, said.retry_after), (429, Some(60)));
    // In the next minute it has the same answer again.
    clock.fetch_add(60, Ordering::SeqCst);
    assert_eq!(desk.ask_all(&[grant]).await, [None]);
    assert_eq!(desk.records.memory().len(), 26);
}

#[tokio::test]
async fn a_refusal_costs_no_call_of_the_ledger() {
    let (desk, _clock) = open(100).await;
    let grant = desk.grant(0, &client());
    let _said = desk.ask_all(&vec![grant.clone(); 11]).await;
    assert!(desk.calls() > 0);
    let said = desk.ask_all(&vec![grant.clone(); 1_000]).await;
    assert_eq!(said, [Some(ProblemType::Rate); 1_000]);
    assert_eq!(desk.calls(), 0);
    // Who has only seen it, and changes it, is refused as ever: nobody learns from that what was asked.
    let said = desk.ask_all(&[poisoned(grant)]).await;
    assert_eq!(said, [Some(ProblemType::Refused)]);
}

#[tokio::test]
async fn a_second_client_of_a_subject_locks_out_no_first() {
    let (desk, clock) = open(100).await;
    let (mine, theirs) = (desk.grant(0, &client()), desk.grant(0, &client()));
    assert_eq!(desk.ask_all(core::slice::from_ref(&mine)).await, [None]);
    // It is refused, with a line each time, and then without one.
    for _ in 0..2 {
        let said = desk.ask_all(&vec![theirs.clone(); 12]).await;
        let refused = said
            .iter()
            .filter(|said| **said == Some(ProblemType::Refused));
        assert_eq!(refused.count(), 10);
        assert_eq!(desk.ask_all(core::slice::from_ref(&mine)).await, [None]);
        clock.fetch_add(60, Ordering::SeqCst);
    }
    assert_eq!(desk.lines(), 1 + 2 * (10 + 1 + 1));
}

#[tokio::test]
async fn bad_signatures_count_for_nobody() {
    let (desk, _clock) = open(2).await;
    let grant = desk.grant(0, &client());
    let bad = poisoned(grant.clone());
    let said = desk.ask_all(&vec![bad; 30]).await;
    assert_eq!(said, [Some(ProblemType::Refused); 30]);
    assert_eq!(desk.lines(), 0);
    assert_eq!(desk.ask_all(&[grant]).await, [None]);
}
