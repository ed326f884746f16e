//! From one edition of a schedule to the next: a new epoch is a new attribute of the same primary key, and an emergency the
//! next serial of an epoch.

use alloc::collections::BTreeSet;
use core::fmt;

use milagro_base::Seconds;
use milagro_ledger::rules::SKEW;
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, ScheduleError, ScheduledKey, Slot,
};
use serde::Serialize;

use crate::primary::{KeyError, Primary};
use crate::tenant::{Tenant, WithdrawnKey};

/// How long after their end epochs stay listed. A key that leaves the list is gone for good, and a clock that is ahead must
/// not take it from redeemers whose clocks are right.
const STAY: Seconds = Seconds::hours(1);

/// One change of a schedule, and what clients see of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[non_exhaustive]
pub enum Change {
    /// A key is listed. Clients draw under it from its opening on.
    Add {
        /// Its epoch.
        epoch: u64,
        /// How many keys of the epoch were withdrawn before.
        serial: u32,
        /// From when on it issues.
        opens: u64,
    },
    /// A key is withdrawn: tokens drawn under it buy nothing any more, and clients draw anew.
    Withdraw {
        /// Its epoch.
        epoch: u64,
        /// Its serial.
        serial: u32,
    },
    /// All keys of epochs before this one leave the list. Their tokens buy nothing already.
    DropBefore {
        /// The first epoch that stays.
        epoch: u64,
    },
}

/// What leads from the present edition of a tenant's schedule to the next one.
#[derive(Clone, Debug, Serialize)]
pub struct Rotation {
    /// The number of the next edition.
    pub edition: u64,
    /// What changes, in this order; without changes there is no next edition.
    pub changes: Vec<Change>,
    #[serde(skip)]
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Drop(Epoch),
    Add(Slot),
    /// The key of the serial before is withdrawn, and this one takes its place.
    Replace(Slot),
    Withdraw(Epoch),
}

/// Why there is no next edition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RotationError {
    /// The settings have another plan than the schedule: use case, times or uses were changed. A schedule keeps its plan;
    /// another plan is another tenant.
    OtherPlan,
    /// The timetable has no epoch at this time.
    NoEpoch,
    /// A key cannot be derived.
    Key(KeyError),
    /// The change does not fit into the schedule.
    Schedule(ScheduleError),
}

impl Rotation {
    /// What a tenant's settings ask for at time `now`, after this edition or as the first one. Needs no secret.
    ///
    /// A key that opens inside an epoch that has begun, the first of all or one in the place of a withdrawn one, opens later
    /// than now by more than [`SKEW`] and the leeway: redemptions are counted from its opening less the leeway on, which must
    /// lie after the birth of a ledger that was made or restored just now.
    ///
    /// # Errors
    /// [`RotationError`].
    pub fn due(
        tenant: &Tenant,
        current: Option<&KeySchedule>,
        now: Seconds,
    ) -> Result<Self, RotationError> {
        let plan = tenant.plan();
        if current.is_some_and(|current| current.plan() != plan) {
            return Err(RotationError::OtherPlan);
        }
        let present = plan.timetable().epoch(now).ok_or(RotationError::NoEpoch)?;
        let mut rotation = Self {
            edition: current.map_or(1, |current| current.edition().number().saturating_add(1)),
            changes: Vec::new(),
            steps: Vec::new(),
        };
        let mut last = None;
        if let Some(current) = current {
            rotation.forget(current, present, now);
            last = current.keys().last().map(|key| key.slot().epoch().number());
        }
        let later = last.map_or(0, |last| last.saturating_add(1));
        let until = present
            .number()
            .saturating_add(tenant.epochs_ahead().into());
        for number in later.max(present.number())..=until {
            let slot = plan
                .slot(Epoch::new(number))
                .map_err(|_| RotationError::NoEpoch)?;
            let slot = if current.is_none() {
                opening(tenant, slot, now)
            } else {
                Some(slot)
            };
            if let Some(slot) = slot {
                rotation.add(slot);
            }
        }
        rotation.replace_withdrawn(tenant, current, now);
        Ok(rotation)
    }

    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The next edition, with keys of this primary key.
    ///
    /// # Errors
    /// [`RotationError`].
    pub fn apply(
        &self,
        tenant: &Tenant,
        current: Option<&KeySchedule>,
        primary: &Primary,
    ) -> Result<KeySchedule, RotationError> {
        let plan = tenant.plan();
        let mut draft = current.map_or_else(|| Draft::new(plan.clone()), KeySchedule::revise);
        let derive = |slot: &Slot| primary.derive(plan, *slot).map_err(RotationError::Key);
        for step in &self.steps {
            let done = match step {
                Step::Drop(first) => {
                    draft.drop_before(*first);
                    Ok(())
                }
                Step::Add(slot) => draft.add(&derive(slot)?).map(|_| ()),
                Step::Replace(slot) => draft.replace(&derive(slot)?).map(|_| ()),
                Step::Withdraw(epoch) => withdraw(&mut draft, *epoch),
            };
            done.map_err(RotationError::Schedule)?;
        }
        Ok(draft.publish())
    }

    /// Epochs before the present one leave when all their keys are over, and have been for [`STAY`], or are withdrawn.
    fn forget(&mut self, current: &KeySchedule, present: Epoch, now: Seconds) {
        let mut keys = current.keys().iter();
        let Some(first) = keys.clone().next().map(|key| key.slot().epoch()) else {
            return;
        };
        let past = now.minus(STAY);
        let stays =
            keys.find(|key| key.slot().epoch() >= present || !current.is_over(key.id(), past));
        let stays = stays.map_or(present, |key| key.slot().epoch());
        if stays > first {
            self.steps.push(Step::Drop(stays));
            let epoch = stays.number();
            self.changes.push(Change::DropBefore { epoch });
        }
    }

    fn add(&mut self, slot: Slot) {
        self.steps.push(Step::Add(slot));
        self.note(&slot);
    }

    fn note(&mut self, slot: &Slot) {
        self.changes.push(Change::Add {
            epoch: slot.epoch().number(),
            serial: slot.serial(),
            opens: slot.opens().get(),
        });
    }

    /// One replacement for each key among those that are withdrawn which is the last of its epoch, or takes its place.
    fn replace_withdrawn(&mut self, tenant: &Tenant, current: Option<&KeySchedule>, now: Seconds) {
        let withdrawn = tenant.withdrawn();
        let epochs: BTreeSet<_> = withdrawn.iter().map(|key| Epoch::new(key.epoch)).collect();
        for epoch in &epochs {
            let listed = current.into_iter().flat_map(KeySchedule::keys);
            let listed = listed.rev().find(|key| key.slot().epoch() == *epoch);
            let added = self.steps.iter().find_map(|step| match step {
                Step::Add(slot) if slot.epoch() == *epoch => Some(*slot),
                _ => None,
            });
            let Some(mut slot) = listed.map(|key| *key.slot()).or(added) else {
                continue;
            };
            if listed.is_some_and(ScheduledKey::is_withdrawn) {
                continue;
            }
            while withdrawn.contains(&name_of(&slot)) {
                self.changes.push(Change::Withdraw {
                    epoch: epoch.number(),
                    serial: slot.serial(),
                });
                let start = tenant.plan().slot(*epoch).ok();
                let opens = start.and_then(|start| opening(tenant, start, now));
                let next = opens.and_then(|opens| slot.replaced(opens.opens()).ok());
                let Some(next) = next else {
                    // Too late for another key of this epoch.
                    self.steps.push(Step::Withdraw(*epoch));
                    break;
                };
                self.steps.push(Step::Replace(next));
                self.note(&next);
                slot = next;
            }
        }
    }
}

/// The place at its start or, where that has passed, as soon as the ledger counts; `None` if the epoch is over by then.
pub(crate) fn opening(tenant: &Tenant, slot: Slot, now: Seconds) -> Option<Slot> {
    let timetable = tenant.plan().timetable();
    let soon = now
        .plus(SKEW)
        .plus(timetable.leeway())
        .plus(Seconds::new(1));
    if slot.opens() >= soon {
        return Some(slot);
    }
    let inside = timetable.epoch(soon) == Some(slot.epoch());
    inside.then(|| slot.opening(soon))
}

/// As settings name the key of a place.
const fn name_of(slot: &Slot) -> WithdrawnKey {
    WithdrawnKey {
        epoch: slot.epoch().number(),
        serial: slot.serial(),
    }
}

fn withdraw(draft: &mut Draft, epoch: Epoch) -> Result<(), ScheduleError> {
    let listed = draft.clone().publish();
    let keys = listed.keys().iter();
    let last = keys.rev().find(|key| key.slot().epoch() == epoch);
    draft.withdraw(last.ok_or(ScheduleError::UnknownKey)?.id())
}

impl From<KeyError> for RotationError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPlan => f.write_str("the settings have another plan than the schedule"),
            Self::NoEpoch => f.write_str("the timetable has no epoch at this time"),
            Self::Key(error) => error.fmt(f),
            Self::Schedule(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RotationError {}
