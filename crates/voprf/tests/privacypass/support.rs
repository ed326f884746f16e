//! An issuer, an origin and a client over a ledger.

use alloc::sync::Arc;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::{LocalLedger as _, Refused, memory::MemoryLedger};
use milagro_voprf::privacypass::http::{Offers, Visit};
use milagro_voprf::privacypass::{
    IssuedChallenge, Issuer, IssuerKey, IssuerKeys, IssuerSecretKey, Origin, Redeemed, Redemption,
    Refusal, ServerName, Token, TokenChallenge, TokenSuite, UncheckedRequest, Window,
};
use milagro_voprf::rand_core::UnwrapErr;

pub(super) const OPENS: Seconds = Seconds::new(1_800_057_600);
pub(super) const DAY: Seconds = Seconds::days(1);
pub(super) const NOON: Seconds = Seconds::new(1_800_100_800);

pub(super) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(super) fn name(text: &str) -> ServerName {
    ServerName::new(text).unwrap()
}

/// One day of issuing, and one more of taking.
pub(super) fn window() -> Window {
    Window::new(OPENS, OPENS.plus(DAY), OPENS.plus(DAY).plus(DAY)).unwrap()
}

/// A ledger that was born a day before the keys.
pub(super) fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut rng(), 1_000_000, OPENS.minus(DAY))
}

/// Keys that hold one of that window.
pub(super) fn keys<S: TokenSuite>(window: Window) -> Arc<IssuerKeys<S>> {
    let mut keys = IssuerKeys::new();
    let key = IssuerSecretKey::generate(&mut rng(), window).unwrap();
    keys.insert(key).unwrap();
    Arc::new(keys)
}

/// Everybody, with one key.
pub(super) struct World<S: TokenSuite> {
    pub(super) keys: Arc<IssuerKeys<S>>,
    pub(super) issuer: Issuer<S>,
    pub(super) origin: Origin<S>,
    pub(super) key: IssuerKey<S>,
    pub(super) ledger: MemoryLedger,
}

impl<S: TokenSuite> World<S> {
    pub(super) fn new() -> Self {
        Self::with_keys(keys(window()))
    }

    pub(super) fn with_keys(keys: Arc<IssuerKeys<S>>) -> Self {
        let ledger = ledger();
        let key = IssuerKey::pin(&keys.preferred()[0].public_key()).unwrap();
        Self {
            issuer: Issuer::new(Arc::clone(&keys), 32),
            origin: origin(&keys, "origin.example", &ledger),
            keys,
            key,
            ledger,
        }
    }

    /// A challenge of the origin, for itself alone.
    pub(super) fn challenge(&self) -> IssuedChallenge<S> {
        self.origin.issue(challenge("origin.example")).unwrap()
    }

    /// What the client makes of the header.
    pub(super) fn accepted(&self, header: &str) -> TokenChallenge<S> {
        let maxima = milagro_voprf::privacypass::http::HeaderMaxima::USUAL;
        let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
        let visit = Visit {
            origin: &name("origin.example"),
            issuer: &name("issuer.example"),
            key: &self.key,
        };
        let accepted = offers.iter().find_map(|offer| offer.accept(&visit).ok());
        accepted.unwrap()
    }

    pub(super) fn token(&self, challenge: &TokenChallenge<S>) -> Token<S> {
        let asked = self.key.request(&mut rng(), challenge).unwrap();
        let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
        let admitted = self.issuer.admit(request, NOON).unwrap();
        let response = self.issuer.answer(&mut rng(), admitted).unwrap();
        asked.pending.finish(&response.to_bytes()).unwrap()
    }

    pub(super) fn tokens(&self, challenge: &TokenChallenge<S>, count: usize) -> Vec<Token<S>> {
        let asked = self
            .key
            .request_batch(&mut rng(), challenge, count)
            .unwrap();
        let request = asked.request.to_bytes();
        let request = UncheckedRequest::batch(&request, self.issuer.maximum()).unwrap();
        assert_eq!(request.count(), count);
        let admitted = self.issuer.admit(request, NOON).unwrap();
        let response = self.issuer.answer(&mut rng(), admitted).unwrap();
        asked.pending.finish(&response.to_bytes()).unwrap()
    }

    pub(super) fn spend(
        &self,
        token: &Token<S>,
        expected: &[IssuedChallenge<S>],
        now: Seconds,
    ) -> Outcome {
        spend_at(&self.origin, &self.ledger, token, expected, now)
    }
}

pub(super) fn origin<S: TokenSuite>(
    keys: &Arc<IssuerKeys<S>>,
    own: &str,
    ledger: &MemoryLedger,
) -> Origin<S> {
    let issuer = name("issuer.example");
    Origin::new(name(own), issuer, Arc::clone(keys), ledger.id())
}

pub(super) fn challenge<S: TokenSuite>(origin: &str) -> TokenChallenge<S> {
    let challenge = TokenChallenge::new(name("issuer.example"));
    challenge.with_origins(&[name(origin)]).unwrap()
}

/// What came of spending.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Spent,
    Refused(Refusal),
    Exhausted,
    Again,
    Over,
    Elsewhere,
}

pub(super) fn spend_at<S: TokenSuite>(
    origin: &Origin<S>,
    ledger: &MemoryLedger,
    token: &Token<S>,
    expected: &[IssuedChallenge<S>],
    now: Seconds,
) -> Outcome {
    let redemption = Redemption {
        token,
        expected,
        payload: b"GET /",
    };
    match origin.check(&redemption, now) {
        Err(refusal) => Outcome::Refused(refusal),
        Ok(unspent) => outcome(unspent.spend_local(ledger, now)),
    }
}

pub(super) fn outcome(
    result: Result<milagro_ledger::Paid<Redeemed>, Refused<Redeemed>>,
) -> Outcome {
    match result {
        Ok(_) => Outcome::Spent,
        Err(Refused::Exhausted) => Outcome::Exhausted,
        Err(Refused::Again(_)) => Outcome::Again,
        Err(Refused::Over) => Outcome::Over,
        Err(Refused::Elsewhere(_)) => Outcome::Elsewhere,
        Err(other) => panic!("{other}"),
    }
}
