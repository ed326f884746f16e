//! Schedules whose keys follow from one primary key, so that a client pins that and no list.

use alloc::vec::Vec;

use super::{KeySchedule, NotPinned, PinnedSchedule, ScheduledKey};
use crate::attributes::key::ClaimedKey;
use crate::attributes::list::Attributes;
use crate::attributes::sdhi::{DerivationProof, PrimaryPublicKey};
use crate::modes::key::PublicKey;
use crate::suite::group::Suite;

impl KeySchedule {
    /// Reads published bytes that keep to a pinned plan and list only keys that a pinned primary key has for their epochs.
    ///
    /// The plan is a schedule as the client expects it, from which suite, use case, timetable and uses are compared; its
    /// own keys do not matter. The proof is over the listed keys in their order, each with [`KeySchedule::attributes`].
    ///
    /// # Errors
    /// [`NotPinned`] for any other bytes, and without any key.
    ///
    /// # Security
    /// For each epoch there is one key that passes. The issuer still chooses *which* epochs it lists for whom; with an issue
    /// overlap of 0 a client draws under the present epoch's key or not at all.
    pub fn proven<S: Suite>(
        bytes: &[u8],
        plan: &Self,
        primary: &PrimaryPublicKey<S>,
        proof: &DerivationProof<S>,
    ) -> Result<PinnedSchedule, NotPinned> {
        let schedule = Self::from_bytes(bytes).map_err(|_| NotPinned(()))?;
        if !schedule.follows(plan) || schedule.suite != S::IDENTIFIER {
            return Err(NotPinned(()));
        }
        let keys = schedule.derivations::<S>().ok_or(NotPinned(()))?;
        primary.verify(&keys, proof).map_err(|_| NotPinned(()))?;
        Ok(PinnedSchedule::pin(schedule))
    }

    fn follows(&self, plan: &Self) -> bool {
        self.suite == plan.suite
            && self.use_case == plan.use_case
            && self.timetable == plan.timetable
            && self.uses == plan.uses
    }

    /// What the proof is about.
    fn derivations<S: Suite>(&self) -> Option<Vec<ClaimedKey<S>>> {
        let derivation = |key: &ScheduledKey| {
            let attributes = Attributes::new(&self.attributes(key.epoch())).ok()?;
            let key = PublicKey::from_bytes(key.public_key()).ok()?;
            Some(ClaimedKey { attributes, key })
        };
        self.keys.iter().map(derivation).collect()
    }
}
