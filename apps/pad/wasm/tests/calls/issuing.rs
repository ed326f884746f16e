//! An issuer of tokens and its redeemer, without a network between them.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, Plan, ScheduleSigner, Slot, Timetable, Uses,
};

use crate::world::rng;

/// A moment in the midst of the first epoch.
pub(crate) const NOON: Seconds = Seconds::new(1_800_100_800);
/// The name that redemptions are bound to.
pub(crate) const STATION: &[u8] = b"station";

pub(crate) struct Issuing {
    pub(crate) signer: ScheduleSigner,
    schedule: KeySchedule,
    issuer: Issuer,
    redeemer: Redeemer,
    ledger: MemoryLedger,
}

impl Issuing {
    /// Keys for the first of two days of tokens that are good for two uses.
    pub(crate) fn new() -> Self {
        let days = Timetable::new(Seconds::new(1_800_057_600), Seconds::days(1)).unwrap();
        let days = days.with_overlap(Seconds::minutes(1), Seconds::hours(1));
        let plan = Plan::new::<Ristretto255>("weather", days.unwrap(), Uses::new(2).unwrap());
        let plan = plan.unwrap();
        let slot: Slot = plan.slot(Epoch::new(0)).unwrap();
        let (mut draft, mut keys) = (Draft::new(plan.clone()), KeyRing::new());
        let key = <PortableKey>::generate(&mut rng(), &plan, slot).unwrap();
        draft.add(&key).unwrap();
        keys.insert(key);
        let (schedule, keys) = (draft.publish(), Arc::new(keys));
        let ledger = MemoryLedger::init(&mut rng(), 1 << 16, Seconds::ZERO);
        let quota = Quota::new(1 << 10, Seconds::days(1)).unwrap();
        let budget = QueryBudget::for_loss(16).unwrap();
        let ring = Arc::clone(&keys);
        let issuer = Issuer::new(schedule.clone(), ring, quota, budget, ledger.id());
        let station = RedeemerId::new(STATION).unwrap();
        let redeemer = Redeemer::new(station, schedule.clone(), keys, ledger.id());
        Self {
            signer: ScheduleSigner::generate(&mut rng()),
            schedule,
            issuer: issuer.unwrap(),
            redeemer: redeemer.unwrap(),
            ledger,
        }
    }

    /// What everybody is shown.
    pub(crate) fn published(&self) -> Vec<u8> {
        self.signer.sign(&self.schedule).to_bytes()
    }

    /// The edition after it, in which the key is withdrawn.
    pub(crate) fn withdrawn(&self) -> Vec<u8> {
        let mut draft = self.schedule.revise();
        let key = self.schedule.keys().first().unwrap();
        draft.withdraw(key.id()).unwrap();
        self.signer.sign(&draft.publish()).to_bytes()
    }

    /// The digest of the schedule.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.schedule.digest().to_bytes()
    }

    /// Tokens for ann.
    pub(crate) fn issue(&self, request: &[u8]) -> Option<Vec<u8>> {
        let request = UncheckedRequest::from_bytes(request, self.issuer.maximum()).ok()?;
        let leased = self
            .issuer
            .lease_local(&mut rng(), &self.ledger, &request, NOON);
        let unspent = self.issuer.check(b"ann", leased.ok()?, NOON).ok()?;
        let spent = unspent.spend_local(&self.ledger, NOON);
        let (Ok(paid) | Err(Refused::Again(paid))) = spent else {
            return None;
        };
        Some(self.issuer.answer(paid).ok()?.to_bytes())
    }

    /// What comes of a redemption.
    pub(crate) fn redeem(&self, request: &[u8], context: &[u8], payload: &[u8]) -> &'static str {
        let Ok(request) = RedemptionRequest::from_bytes(request) else {
            return "malformed";
        };
        let redemption = Redemption {
            request: &request,
            context,
            payload,
        };
        let Ok(unspent) = self.redeemer.check(&redemption, NOON) else {
            return "refused";
        };
        match unspent.spend_local(&self.ledger, NOON) {
            Ok(_) => "spent",
            Err(Refused::Again(_)) => "again",
            Err(_) => "refused",
        }
    }
}
