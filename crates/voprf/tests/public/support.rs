//! An issuer, a redeemer without secrets, and a ledger between them.

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::rand_core::{CryptoRng, UnwrapErr};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::tokens::client::Binding;
use milagro_voprf::tokens::issuer::{QueryBudget, Quota};
use milagro_voprf::tokens::public::{
    Drawing, EpochKey, Issuer, Redemption, RedemptionRequest, Response, Series, SeriesKey, Token,
    UncheckedRequest, Verifier,
};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{Plan, Timetable, Uses};

pub(super) const DAY: Seconds = Seconds::days(1);
/// Noon of the third day.
pub(super) const NOW: Seconds = Seconds::new(2 * 86_400 + 43_200);
pub(super) const CONTEXT: &[u8] = b"report/v1";

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(super) fn plan() -> Plan {
    let timetable = Timetable::new(Seconds::ZERO, DAY).unwrap();
    let timetable = timetable.with_overlap(Seconds::hours(1), DAY).unwrap();
    Plan::new::<Bls12381G1>("weather", timetable, Uses::ONE).unwrap()
}

pub(super) struct World {
    secret: [u8; 32],
    pub(super) issuer: Issuer,
    pub(super) verifier: Verifier,
    pub(super) ledger: MemoryLedger,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(1000, Issuer::BUDGET)
    }

    pub(super) fn with(quota: u32, budget: QueryBudget) -> Self {
        let key = SeriesKey::generate(&mut rng(), plan()).unwrap();
        let secret = *key.to_bytes();
        let quota = Quota::new(quota, DAY).unwrap();
        let ledger = MemoryLedger::init(&mut rng(), 1_000_000, Seconds::ZERO);
        let issuer = Issuer::new(key, quota, budget, ledger.id()).unwrap();
        // Redeemers have the published bytes, and the id from configuration.
        let (bytes, id) = (issuer.series().to_bytes(), *issuer.series().id());
        let series = Series::pinned(&bytes, &id).unwrap();
        Self {
            secret,
            issuer,
            verifier: Verifier::new(station(), series, ledger.id()),
            ledger,
        }
    }

    /// The scalar of the series.
    pub(super) const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    pub(super) fn key(&self, now: Seconds) -> EpochKey {
        EpochKey::now(self.issuer.series(), now).unwrap()
    }

    pub(super) fn answer(&self, sent: &[u8], now: Seconds) -> Vec<u8> {
        let request = UncheckedRequest::from_bytes(sent, self.issuer.maximum()).unwrap();
        let unspent = self.issuer.check(&mut rng(), b"ann", request, now).unwrap();
        let spent = unspent.spend_local(&self.ledger, now);
        let (Ok(paid) | Err(Refused::Again(paid))) = spent else {
            return Vec::new();
        };
        self.issuer.answer(paid).unwrap().to_bytes()
    }

    pub(super) fn finish(&self, drawing: Drawing, now: Seconds) -> Vec<Token> {
        let Drawing { request, pending } = drawing;
        let answer = self.answer(&request.to_bytes(), now);
        let response = Response::from_bytes(&answer, pending.count()).unwrap();
        pending.finish(&mut rng(), &response).unwrap()
    }

    pub(super) fn tokens(&self, count: usize, now: Seconds) -> Vec<Token> {
        let drawing = self.key(now).draw(&mut rng(), count).unwrap();
        self.finish(drawing, now)
    }

    pub(super) fn token(&self) -> Token {
        self.tokens(1, NOW).pop().unwrap()
    }

    /// A token that commits to a payload.
    pub(super) fn committed<R: CryptoRng>(&self, rng: &mut R, payload: &[u8]) -> Token {
        let station = station();
        let drawing = self.key(NOW).draw_for(rng, &[binding(&station, payload)]);
        self.finish(drawing.unwrap(), NOW).pop().unwrap()
    }
}

pub(super) fn station() -> RedeemerId {
    RedeemerId::new(b"weather.example").unwrap()
}

pub(super) const fn binding<'a>(redeemer: &'a RedeemerId, payload: &'a [u8]) -> Binding<'a> {
    Binding {
        redeemer,
        context: CONTEXT,
        payload,
    }
}

pub(super) fn spend(token: Token, payload: &[u8]) -> RedemptionRequest {
    token.redeem(&binding(&station(), payload)).unwrap()
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
