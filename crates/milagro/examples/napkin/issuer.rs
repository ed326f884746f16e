//! Issues anonymous tokens: the issuer knows who draws them, the redeemer does not learn who spends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use milagro::base::{Reader, Seconds, Writer};
use milagro::ledger::memory::MemoryLedger;
use milagro::ledger::{LocalLedger as _, Refused};
use milagro::voprf::Ristretto255;
use milagro::voprf::tokens::KeyId;
use milagro::voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro::voprf::tokens::keys::{KeyRing, PortableKey};
use milagro::voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, Plan, ScheduleDigest, Timetable, Uses,
};

use super::clock::Clock;
use super::report::Outcome;
use super::world::rng;

/// Tokens that one user may draw in a day.
pub(crate) const DAILY: u32 = 100;

/// For how long a key issues, and for how long its tokens can be spent after that.
pub(crate) const DAY: Seconds = Seconds::days(1);
pub(crate) const GRACE: Seconds = Seconds::hours(1);

/// What everybody knows: the schedule's bytes, and its digest, which is published through another channel.
pub(crate) struct Published {
    pub(crate) schedule: Vec<u8>,
    pub(crate) digest: ScheduleDigest,
}

/// Issues tokens under the day's key to users who have logged in.
pub(crate) struct TokenIssuer {
    clock: Clock,
    everyones: DayKey,
    /// A key for one user alone, with which a malicious issuer would recognise that user's tokens.
    single_user: DayKey,
    marks: AtomicBool,
}

/// A key with its schedule and the issuer that uses it.
struct DayKey {
    id: KeyId,
    ring: Arc<KeyRing>,
    schedule: KeySchedule,
    issuer: Issuer,
    /// Counts tokens by user and day, and evaluations by key.
    ledger: MemoryLedger,
}

impl DayKey {
    fn new(now: Seconds) -> Outcome<Self> {
        let days = Timetable::new(now, DAY)?.with_overlap(Seconds::minutes(1), GRACE)?;
        let plan = Plan::new::<Ristretto255>("weather", days, Uses::ONE)?;
        let key = <PortableKey>::generate(&mut rng(), &plan, plan.slot(Epoch::new(0))?)?;
        let mut draft = Draft::new(plan);
        draft.add(&key)?;
        let schedule = draft.publish();
        let mut ring = KeyRing::new();
        let id = ring.insert(key);
        let ring = Arc::new(ring);
        let ledger = MemoryLedger::init(&mut rng(), 10_000, Seconds::ZERO);
        let (quota, budget) = (Quota::new(DAILY, DAY)?, QueryBudget::for_loss(16)?);
        Ok(Self {
            id,
            issuer: Issuer::new(
                schedule.clone(),
                Arc::clone(&ring),
                quota,
                budget,
                ledger.id(),
            )?,
            ledger,
            ring,
            schedule,
        })
    }
}

impl TokenIssuer {
    pub(crate) fn open(clock: Clock) -> Outcome<Self> {
        let now = clock.now();
        Ok(Self {
            everyones: DayKey::new(now)?,
            single_user: DayKey::new(now)?,
            marks: AtomicBool::new(false),
            clock,
        })
    }

    pub(crate) fn publish(&self) -> Published {
        Published {
            schedule: self.everyones.schedule.to_bytes(),
            digest: self.everyones.schedule.digest(),
        }
    }

    /// The schedule that it would show to that one user.
    pub(crate) fn publish_marked(&self) -> Vec<u8> {
        self.single_user.schedule.to_bytes()
    }

    /// The keys and the schedule, for those who redeem.
    pub(crate) fn keys(&self) -> (KeySchedule, Arc<KeyRing>) {
        (
            self.everyones.schedule.clone(),
            Arc::clone(&self.everyones.ring),
        )
    }

    /// Makes the issuer malicious: it answers under the key for one user.
    pub(crate) fn mark(&self, on: bool) {
        self.marks.store(on, Ordering::SeqCst);
    }

    /// The answer to a request of a user who has logged in; no bytes are a refusal.
    pub(crate) fn draw(&self, user: &[u8], request: &[u8]) -> Vec<u8> {
        let answer = if self.marks.load(Ordering::SeqCst) {
            self.issue(&self.single_user, user, &self.readdress(request))
        } else {
            self.issue(&self.everyones, user, request)
        };
        answer.unwrap_or_default()
    }

    /// Pays for the tokens from the user's quota, and evaluates. The same request again gets the same answer.
    fn issue(&self, key: &DayKey, user: &[u8], request: &[u8]) -> Option<Vec<u8>> {
        let (issuer, now) = (&key.issuer, self.clock.now());
        let request = UncheckedRequest::from_bytes(request, issuer.maximum()).ok()?;
        let leased = issuer.lease_local(&mut rng(), &key.ledger, &request, now);
        let unspent = issuer.check(user, leased.ok()?, now).ok()?;
        let (Ok(paid) | Err(Refused::Again(paid))) = unspent.spend_local(&key.ledger, now) else {
            return None;
        };
        Some(issuer.answer(paid).ok()?.to_bytes())
    }

    /// The same request under the key for one user: version, key id, blinded elements.
    fn readdress(&self, request: &[u8]) -> Vec<u8> {
        let mut reader = Reader::new(request);
        let (Ok(version), Ok(_)) = (reader.u8(), reader.array::<{ KeyId::LEN }>()) else {
            return Vec::new();
        };
        let left = reader.remaining();
        let elements = reader.bytes(left).unwrap_or_default();
        let id = self.single_user.id.to_bytes();
        Writer::new()
            .u8(version)
            .bytes(&id)
            .bytes(elements)
            .finish()
    }
}
