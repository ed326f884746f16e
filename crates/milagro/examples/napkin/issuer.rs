//! Anonymous tokens: who draws them is known, who spends them is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use milagro::base::{Reader, Writer};
use milagro::voprf::tokens::{
    Epoch, Issuer, KeyId, KeyRing, KeySchedule, QueryBudget, ScheduleDigest, Timetable,
    TokenRequest, UserRate, Uses,
};
use milagro::voprf::{SecretKey, Voprf};

use super::clock::Clock;
use super::story::Outcome;
use super::world::rng;

/// Tokens that one user may draw in a day.
pub(crate) const DAILY: u32 = 100;

/// Seconds for which a token may be spent, and how long its time overlaps with the next day's.
pub(crate) const DAY: u64 = 86_400;
pub(crate) const OVERLAP: u64 = 3_600;

/// What everybody knows: the schedule's bytes, and the digest that is printed in the newspaper.
pub(crate) struct Published {
    pub(crate) schedule: Vec<u8>,
    pub(crate) digest: ScheduleDigest,
}

/// Issues tokens under the day's key, to users who have logged in.
pub(crate) struct Mint {
    clock: Clock,
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
    issuer: Issuer<UserRate>,
}

impl Press {
    fn new(now: u64) -> Outcome<Self> {
        let secret = SecretKey::<Voprf>::generate(&mut rng());
        let days = Timetable::new(now, DAY)?.with_overlap(60, OVERLAP)?;
        let mut schedule = KeySchedule::new("ristretto255-SHA512", "weather", days, Uses::ONE)?;
        let id = schedule.push(Epoch::new(0), &secret.public_key().to_bytes())?;
        let mut ring = KeyRing::new();
        ring.insert(secret, Arc::new(QueryBudget::for_loss(16)?));
        let ring = Arc::new(ring);
        let rate = UserRate::new(DAILY, DAY, 10_000.try_into()?)?;
        Ok(Self {
            id,
            issuer: Issuer::new(schedule.clone(), Arc::clone(&ring), rate),
            ring,
            schedule,
        })
    }
}

impl Mint {
    pub(crate) fn open(clock: Clock) -> Outcome<Self> {
        let now = clock.now();
        Ok(Self {
            honest: Press::new(now)?,
            marking: Press::new(now)?,
            marks: AtomicBool::new(false),
            clock,
        })
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
        let issued = TokenRequest::from_bytes(&request)
            .ok()
            .and_then(|request| press.issuer.issue(&mut rng(), user, &request, now).ok());
        issued.map_or_else(Vec::new, |response| response.to_bytes())
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
