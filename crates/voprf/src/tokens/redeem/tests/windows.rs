//! Redemption against the schedule: windows, grace, the next edition.

use super::{
    CONTEXT, EPOCH, GRACE, HashKeys, NOW, ORIGIN, PAYLOAD, key, redeemer, request, schedule, token,
    uses,
};
use crate::tokens::redeem::{Binding, Refusal};
use crate::tokens::schedule::{Epoch, KeySchedule, Timetable};
use crate::tokens::store::ReserveError;
use crate::tokens::token::FormatError;

#[test]
fn epoch_edges_are_exact() {
    let end = ORIGIN + EPOCH + GRACE;
    for (epoch, now, refusal) in [
        (0, ORIGIN - 1, Some(Refusal::TooEarly)),
        (0, ORIGIN, None),
        (0, ORIGIN + EPOCH, None),
        (0, end - 1, None),
        (0, end, Some(Refusal::Expired)),
        (0, u64::MAX, Some(Refusal::Expired)),
        (1, ORIGIN + EPOCH - 1, Some(Refusal::TooEarly)),
        (1, ORIGIN + EPOCH, None),
        (1, 0, Some(Refusal::TooEarly)),
    ] {
        let redeemer = redeemer(1);
        let binding = Binding {
            redeemer: redeemer.id(),
            context: CONTEXT,
            payload: PAYLOAD,
        };
        let (request, _) = token(key(epoch), 1, 1).redeem(&binding);
        assert_eq!(
            redeemer.redeem(&request, CONTEXT, PAYLOAD, now).err(),
            refusal,
            "epoch {epoch} at {now}"
        );
    }
}

#[test]
fn a_token_is_accepted_once_in_grace_and_then_refused() {
    let (redeemer, grace) = (redeemer(1), ORIGIN + EPOCH + GRACE - 1);
    assert!(
        redeemer
            .redeem(&request(1), CONTEXT, PAYLOAD, grace)
            .is_ok()
    );
    let spent = Some(Refusal::NotReserved(ReserveError::Spent));
    assert_eq!(
        redeemer.redeem(&request(1), CONTEXT, PAYLOAD, grace).err(),
        spent
    );
    assert_eq!(
        redeemer
            .redeem(&request(1), CONTEXT, PAYLOAD, grace + 1)
            .err(),
        Some(Refusal::Expired)
    );
    redeemer.store().purge(grace + 1);
    assert!(redeemer.store().is_empty());
    // A clock that runs back finds the window open again, and still nothing to spend.
    let revived = redeemer.redeem(&request(1), CONTEXT, PAYLOAD, grace).err();
    assert_eq!(revived, Some(Refusal::NotReserved(ReserveError::Expired)));
}

#[test]
fn a_token_of_another_key_is_refused_while_both_redeem() {
    // In the grace of epoch 0 both keys redeem; the output belongs to one of them only.
    let (redeemer, now) = (redeemer(1), ORIGIN + EPOCH + 1);
    for (claimed, expected) in [(key(1), Some(Refusal::Unproven)), (key(0), None)] {
        let mut request = request(1);
        request.key_id = claimed;
        assert_eq!(
            redeemer.redeem(&request, CONTEXT, PAYLOAD, now).err(),
            expected
        );
    }
}

#[test]
fn the_next_schedule_must_not_move_known_windows() {
    let mut redeemer = redeemer(1);
    assert!(redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).is_ok());

    let mut next = schedule(1);
    next.push(Epoch::new(3), b"key 3").unwrap();
    assert_eq!(redeemer.update(next.clone(), HashKeys), Ok(()));

    let timetable = Timetable::new(ORIGIN, EPOCH)
        .unwrap()
        .with_overlap(0, GRACE + 1)
        .unwrap();
    let mut longer = KeySchedule::new("test", "weather", timetable, uses(1)).unwrap();
    longer.push(Epoch::new(0), b"key 0").unwrap();
    assert_eq!(
        redeemer.update(longer, HashKeys),
        Err(FormatError::NotCanonical)
    );
    assert_eq!(
        redeemer.update(schedule(2), HashKeys),
        Err(FormatError::NotCanonical),
        "k is fixed with the key"
    );

    let mut moved = KeySchedule::new("test", "weather", *next.timetable(), uses(1)).unwrap();
    moved.push(Epoch::new(1), b"key 0").unwrap();
    assert_eq!(
        redeemer.update(moved, HashKeys),
        Err(FormatError::NotCanonical)
    );
}
