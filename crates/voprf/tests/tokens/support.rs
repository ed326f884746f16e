//! A service with clients, over a ledger.

pub(super) mod flaky;
pub(super) mod toy;
pub(super) mod toy_rng;

use alloc::sync::Arc;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::{LedgerId, LocalLedger, Paid, Refused, memory::MemoryLedger};
use milagro_voprf::rand_core::UnwrapErr;
use milagro_voprf::tokens::client::{Binding, Drawing, Token, TokenKey};
use milagro_voprf::tokens::issuer::{
    Admitted, IssueRefusal, Issuer, QueryBudget, Quota, UncheckedRequest,
};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{BareRedemption, Redeemed, Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, PinnedSchedule, Plan, Slot, Timetable, Uses,
};
use milagro_voprf::tokens::{BareRequest, RedemptionRequest, TokenResponse};

/// When the first epoch begins.
pub(super) const ORIGIN: Seconds = Seconds::new(1_800_057_600);
/// The length of an epoch.
pub(super) const DAY: Seconds = Seconds::days(1);
/// A moment in the midst of the first epoch.
pub(super) const NOON: Seconds = Seconds::new(1_800_100_800);
/// How long tokens can be spent after their epoch.
pub(super) const GRACE: Seconds = Seconds::hours(1);
/// How long keys issue after their epoch.
pub(super) const OVERLAP: Seconds = Seconds::minutes(1);

/// The ledger that everybody counts on, unless a test says otherwise.
pub(super) const LEDGER: LedgerId = LedgerId::from_bytes([0; 32]);

pub(super) const CONTEXT: &[u8] = b"report/v1";
pub(super) const PAYLOAD: &[u8] = b"rain at 06:00";

pub(super) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(super) fn days() -> Timetable {
    let days = Timetable::new(ORIGIN, DAY).unwrap();
    days.with_overlap(OVERLAP, GRACE).unwrap()
}

pub(super) fn plan(k: u8) -> Plan {
    Plan::new::<milagro_voprf::Ristretto255>("weather", days(), Uses::new(k).unwrap()).unwrap()
}

/// The plan's first places, each with its epoch's opening.
pub(super) fn slots(plan: &Plan, epochs: u64) -> Vec<Slot> {
    let slot = |epoch| plan.slot(Epoch::new(epoch)).unwrap();
    (0..epochs).map(slot).collect()
}

/// A ledger of the name that everybody counts on, born a day before the first epoch.
pub(super) fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut toy_rng::Zeros, 1_000_000, ORIGIN.minus(DAY))
}

pub(super) fn quota(tokens: u32) -> Quota {
    Quota::new(tokens, DAY).unwrap()
}

/// Keys of their own for so many epochs, in a first edition.
pub(super) struct Service {
    pub(super) schedule: KeySchedule,
    pub(super) keys: Arc<KeyRing>,
}

impl Service {
    pub(super) fn new(k: u8, epochs: u64) -> Self {
        let plan = plan(k);
        let (mut draft, mut keys) = (Draft::new(plan.clone()), KeyRing::new());
        for slot in slots(&plan, epochs) {
            let key = <PortableKey>::generate(&mut rng(), &plan, slot).unwrap();
            draft.add(&key).unwrap();
            keys.insert(key);
        }
        Self {
            schedule: draft.publish(),
            keys: Arc::new(keys),
        }
    }

    pub(super) fn issuer(&self, quota: Quota, budget: QueryBudget) -> Issuer {
        self.issuer_on(LEDGER, quota, budget)
    }

    pub(super) fn issuer_on(&self, ledger: LedgerId, quota: Quota, budget: QueryBudget) -> Issuer {
        let (schedule, keys) = (self.schedule.clone(), Arc::clone(&self.keys));
        Issuer::new(schedule, keys, quota, budget, ledger).unwrap()
    }

    pub(super) fn redeemer(&self) -> Redeemer {
        self.redeemer_on(LEDGER)
    }

    pub(super) fn redeemer_on(&self, ledger: LedgerId) -> Redeemer {
        let (schedule, keys) = (self.schedule.clone(), Arc::clone(&self.keys));
        Redeemer::new(station(), schedule, keys, ledger).unwrap()
    }

    pub(super) fn pinned(&self) -> PinnedSchedule {
        PinnedSchedule::pin(self.schedule.clone())
    }

    pub(super) fn key(&self, now: Seconds) -> TokenKey {
        TokenKey::from_schedule(&self.pinned(), now).unwrap()
    }

    /// Tokens for whoever asks, as many as it likes.
    pub(super) fn tokens(&self, count: usize, now: Seconds) -> Vec<Token> {
        let issuer = self.issuer(quota(u32::MAX), QueryBudget::for_loss(20).unwrap());
        let Drawing { request, pending } = self.key(now).draw(&mut rng(), count).unwrap();
        let ledger = ledger();
        let response = draw(&issuer, &ledger, b"ann", &request.to_bytes(), now).unwrap();
        pending.finish(&response).unwrap()
    }

    /// The same with keys of their own.
    pub(super) fn keyed(&self, count: usize, now: Seconds) -> Vec<Token> {
        let issuer = self.issuer(quota(u32::MAX), QueryBudget::for_loss(20).unwrap());
        let Drawing { request, pending } = self.key(now).draw_with_keys(&mut rng(), count).unwrap();
        let ledger = ledger();
        let response = draw(&issuer, &ledger, b"ann", &request.to_bytes(), now).unwrap();
        pending.finish(&response).unwrap()
    }

    pub(super) fn token(&self) -> Token {
        self.tokens(1, NOON).pop().unwrap()
    }
}

pub(super) fn station() -> RedeemerId {
    RedeemerId::new(b"station").unwrap()
}

/// The whole of an issue, on one's own.
pub(super) fn draw<L: LocalLedger>(
    issuer: &Issuer,
    ledger: &L,
    caller: &[u8],
    request: &[u8],
    now: Seconds,
) -> Result<TokenResponse, IssueRefusal> {
    let request = UncheckedRequest::from_bytes(request, issuer.maximum());
    let request = request.map_err(|_| IssueRefusal::TooMany)?;
    let leased = issuer.lease_local(&mut rng(), ledger, &request, now)?;
    let unspent = issuer.check(caller, leased, now)?;
    issuer.answer(granted(unspent.spend_local(ledger, now))?)
}

/// A first time, or again.
pub(super) fn granted(
    spent: Result<Paid<Admitted>, Refused<Admitted>>,
) -> Result<Paid<Admitted>, IssueRefusal> {
    match spent {
        Ok(paid) | Err(Refused::Again(paid)) => Ok(paid),
        Err(refused) => Err(refused.into()),
    }
}

pub(super) fn binding<'a>(redeemer: &'a RedeemerId, payload: &'a [u8]) -> Binding<'a> {
    Binding {
        redeemer,
        context: CONTEXT,
        payload,
    }
}

/// A token's first use on this payload, at the station.
pub(super) fn spend(token: Token, payload: &[u8]) -> RedemptionRequest {
    token.redeem(&binding(&station(), payload)).request
}

pub(super) const fn redemption<'a>(
    request: &'a RedemptionRequest,
    payload: &'a [u8],
) -> Redemption<'a> {
    Redemption {
        request,
        context: CONTEXT,
        payload,
    }
}

pub(super) const fn bare(request: &BareRequest) -> BareRedemption<'_> {
    BareRedemption {
        request,
        context: CONTEXT,
        payload: PAYLOAD,
    }
}

/// What came of a redemption.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    First,
    Again,
    Exhausted,
    Over,
    Unknown,
    Elsewhere,
    Refused(milagro_voprf::tokens::redeemer::Refusal),
}

/// The whole of a redemption, on one's own.
pub(super) fn redeem<L: LocalLedger>(
    redeemer: &Redeemer,
    ledger: &L,
    redemption: &Redemption<'_>,
    now: Seconds,
) -> Outcome {
    match redeemer.check(redemption, now) {
        Ok(unspent) => outcome(&unspent.spend_local(ledger, now)),
        Err(refusal) => Outcome::Refused(refusal),
    }
}

pub(super) fn outcome(spent: &Result<Paid<Redeemed>, Refused<Redeemed>>) -> Outcome {
    match spent {
        Ok(_) => Outcome::First,
        Err(Refused::Again(_)) => Outcome::Again,
        Err(Refused::Exhausted) => Outcome::Exhausted,
        Err(Refused::Over) => Outcome::Over,
        Err(Refused::Unknown(_)) => Outcome::Unknown,
        Err(Refused::Elsewhere(_)) => Outcome::Elsewhere,
        Err(other) => panic!("{other:?}"),
    }
}
