//! From the keys of a ledger that is gone to those of the ledger in its place: every key of the schedule is withdrawn, and
//! keys of another primary key take the next serials.
//!
//! What was drawn before buys nothing afterwards. It would not anyway: a restored ledger counts nothing that could be charged
//! before its birth, since it does not know what was.

use milagro_base::Seconds;
use milagro_voprf::tokens::schedule::{KeySchedule, ScheduledKey};

use crate::primary::{KeyError, Primary, Renewed};
use crate::rotation::{Rotation, RotationError, opening};
use crate::tenant::Tenant;

/// So many editions may have been published since the copy was made that the records were restored from. Their numbers are
/// left out, so that clients who have seen one of them take the next.
const LOST: u32 = 4_096;

/// The edition after `current` in which no key is of a primary key before this one; `None` if that is so already.
///
/// Editions that were lost with the records have listed keys of later epochs, which are the same whenever they are derived:
/// they are listed again, and withdrawn. So whoever follows the schedule without a break can go on, unless a key was withdrawn
/// in an edition that was lost: such a client has to begin again with what it has saved.
///
/// # Errors
/// [`RotationError`].
pub fn renewed(
    tenant: &Tenant,
    current: &KeySchedule,
    keys: &Renewed,
    now: Seconds,
) -> Result<Option<KeySchedule>, RotationError> {
    if is_all_of(current, &keys.key)? {
        return Ok(None);
    }
    let due = Rotation::due(tenant, Some(current), now)?;
    let listed = if due.is_empty() {
        current.clone()
    } else {
        due.apply(tenant, Some(current), &keys.before)?
    };
    let mut draft = listed.revise();
    for old in listed.keys().iter().filter(|key| !key.is_withdrawn()) {
        let start = listed.plan().slot(old.slot().epoch()).ok();
        let opens = start.and_then(|start| opening(tenant, start, now));
        let next = opens.and_then(|opens| old.slot().replaced(opens.opens()).ok());
        let done = match next {
            Some(slot) => {
                let key = keys.key.derive(listed.plan(), slot)?;
                draft.replace(&key).map(|_| ())
            }
            // Its epoch is over, or nearly.
            None => draft.withdraw(old.id()),
        };
        done.map_err(RotationError::Schedule)?;
    }
    let mut schedule = draft.publish();
    for _ in 0..LOST {
        schedule = schedule.revise().publish();
    }
    Ok(Some(schedule))
}

/// Whether all keys that are not withdrawn are of that primary key.
pub(crate) fn is_all_of(schedule: &KeySchedule, primary: &Primary) -> Result<bool, KeyError> {
    let live = |key: &&ScheduledKey| !key.is_withdrawn();
    for listed in schedule.keys().iter().filter(live) {
        let key = primary.derive(schedule.plan(), *listed.slot())?;
        if key.id() != listed.id() {
            return Ok(false);
        }
    }
    Ok(true)
}
