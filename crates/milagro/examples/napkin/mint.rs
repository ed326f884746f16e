//! Anonymous tokens: who draws them is known, who spends them is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use milagro::base::{Reader, Seconds, Writer};
use milagro::ledger::Refused;
use milagro::ledger::memory::MemoryLedger;
use milagro::voprf::Ristretto255;
use milagro::voprf::tokens::{
    Draft, Epoch, Issuer, KeyId, KeyRing, KeySchedule, Plan, PortableKey, QueryBudget, Quota,
    ScheduleDigest, Timetable, UncheckedRequest, Uses,
};

use super::clock::Clock;
use super::story::Outcome;
use super::world::rng;

/// Tokens that one user may draw in a day.
pub(crate) const DAILY: u32 = 100;

/// Seconds for which a token may be spent, and how long its time overlaps with the next day's.
pub(crate) const DAY: u64 = 86_400;
pub(crate) const OVERLAP: u64 = 3_600;
/// Seconds by which clocks may differ.
pub(crate) const LEEWAY: u64 = 60;

/// What everybody knows: the schedule's bytes, and the digest that is printed in the newspaper.
pub(crate) struct Published {
    pub(crate) schedule: Vec<u8>,
    pub(crate) digest: ScheduleDigest,
}

/// Issues tokens under the day's key, to users who have logged in.
pub(crate) struct Mint {
    clock: Clock,
    /// Counts what is drawn, and what is spent.
    ledger: Arc<MemoryLedger>,
    honest: Press,
    /// A key for one user alone, so that his tokens can be told from all others.
    marking: Press,
    marks: AtomicBool,
}

/// A key with its schedule and the issuer that uses it.
struct Press {
    id: KeyId,
    ring: Arc<KeyRing>,
    schedule: KeySchedule,
    issuer: Issuer,
}

impl Press {
    fn new(now: u64) -> Outcome<Self> {
        let days = Timetable::new(now.into(), DAY.into())?;
        let days = days.with_overlap(Seconds::minutes(1), OVERLAP.into())?;
        let plan = Plan::new::<Ristretto255>("weather", days, Uses::ONE)?;
        let key = PortableKey::generate(&mut rng(), &plan, plan.slot(Epoch::new(0))?)?;
        let mut draft = Draft::new(plan);
        let id = draft.add(&key)?;
        let schedule = draft.publish();
        let mut ring = KeyRing::new();
        ring.insert(key);
        let ring = Arc::new(ring);
        let quota = Quota::new(DAILY, DAY.into())?;
        let budget = QueryBudget::for_loss(16)?;
        Ok(Self {
            id,
            issuer: Issuer::new(schedule.clone(), Arc::clone(&ring), quota, budget)?,
            ring,
            schedule,
        })
    }
}

impl Mint {
    pub(crate) fn open(clock: Clock) -> Outcome<Self> {
        let now = clock.now();
        Ok(Self {
            // All keys are made now: nothing can have been spent before.
            ledger: Arc::new(MemoryLedger::init(&mut rng(), 1_000_000, Seconds::ZERO)),
            honest: Press::new(now)?,
            marking: Press::new(now)?,
            marks: AtomicBool::new(false),
            clock,
        })
    }

    pub(crate) fn ledger(&self) -> Arc<MemoryLedger> {
        Arc::clone(&self.ledger)
    }

    pub(crate) fn publish(&self) -> Published {
        Published {
            schedule: self.honest.schedule.to_bytes(),
            digest: self.honest.schedule.digest(),
        }
    }

    /// What it would show to the user whom it wants to recognise.
    pub(crate) fn publish_marked(&self) -> Vec<u8> {
        self.marking.schedule.to_bytes()
    }

    /// The keys and the schedule, for those who redeem.
    pub(crate) fn keys(&self) -> (KeySchedule, Arc<KeyRing>) {
        (self.honest.schedule.clone(), Arc::clone(&self.honest.ring))
    }

    /// From now on, and until told otherwise, answers under the key that marks.
    pub(crate) fn mark(&self, on: bool) {
        self.marks.store(on, Ordering::SeqCst);
    }

    /// The answer to a request of a user who has logged in; no bytes are a refusal.
    pub(crate) fn draw(&self, user: &[u8], request: &[u8]) -> Vec<u8> {
        let now = self.clock.now();
        let (press, request) = if self.marks.load(Ordering::SeqCst) {
            (&self.marking, self.remint(request))
        } else {
            (&self.honest, request.to_vec())
        };
        self.issue(press, user, &request, now.into())
            .unwrap_or_default()
    }

    /// Budget, ration, and only then the answer: the same for the same request, which is counted once.
    fn issue(&self, press: &Press, user: &[u8], request: &[u8], now: Seconds) -> Option<Vec<u8>> {
        let (issuer, ledger) = (&press.issuer, &*self.ledger);
        let request = UncheckedRequest::from_bytes(request, issuer.maximum()).ok()?;
        issuer.lease_local(&mut rng(), ledger, &request, now).ok()?;
        let unspent = issuer.check(user, &request, now).ok()?;
        let paid = match unspent.spend_local(ledger, now) {
            Ok(paid) | Err(Refused::Again(paid)) => paid,
            Err(_) => return None,
        };
        Some(issuer.answer(paid).ok()?.to_bytes())
    }

    /// The same request under the key that marks: version, key id, blinded elements.
    fn remint(&self, request: &[u8]) -> Vec<u8> {
        let mut reader = Reader::new(request);
        let (Ok(version), Ok(_)) = (reader.u8(), reader.array::<{ KeyId::LEN }>()) else {
            return Vec::new();
        };
        let left = reader.remaining();
        let elements = reader.bytes(left).unwrap_or_default();
        let id = self.marking.id.to_bytes();
        Writer::new()
            .u8(version)
            .bytes(&id)
            .bytes(elements)
            .finish()
    }
}
