//! An issuer, an origin and a client of ours, over a ledger.

use alloc::sync::Arc;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::{LocalLedger as _, Refused, memory::MemoryLedger};
use milagro_voprf::privacypass::{
    IssuedChallenge, Issuer, IssuerKey, IssuerKeys, IssuerSecretKey, Origin, Redemption, Refusal,
    ServerName, Token, TokenChallenge, TokenSuite, UncheckedRequest, Window,
};
use milagro_voprf::rand_core::UnwrapErr;

const OPENS: Seconds = Seconds::new(1_800_057_600);
const DAY: Seconds = Seconds::days(1);
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

pub(super) struct World<S: TokenSuite> {
    pub(super) keys: Arc<IssuerKeys<S>>,
    pub(super) issuer: Issuer<S>,
    pub(super) origin: Origin<S>,
    pub(super) key: IssuerKey<S>,
    ledger: MemoryLedger,
}

impl<S: TokenSuite> World<S> {
    pub(super) fn new() -> Self {
        let mut keys = IssuerKeys::new();
        let key = IssuerSecretKey::generate(&mut rng(), window()).unwrap();
        keys.insert(key).unwrap();
        Self::with_keys(keys)
    }

    pub(super) fn with_keys(keys: IssuerKeys<S>) -> Self {
        // The ledger is older than the keys.
        let ledger = MemoryLedger::init(&mut rng(), 1_000, OPENS.minus(DAY));
        let keys = Arc::new(keys);
        let [origin, issuer] = ["origin.example", "issuer.example"].map(name);
        Self {
            issuer: Issuer::new(Arc::clone(&keys), 32),
            origin: Origin::new(origin, issuer, Arc::clone(&keys), ledger.id()),
            key: IssuerKey::pin(&keys.preferred()[0].public_key()).unwrap(),
            keys,
            ledger,
        }
    }

    pub(super) fn token(&self, challenge: &TokenChallenge<S>) -> Token<S> {
        let asked = self.key.request(&mut rng(), challenge).unwrap();
        let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
        let admitted = self.issuer.admit(request, NOON).unwrap();
        let response = self.issuer.answer(&mut rng(), admitted).unwrap();
        asked.pending.finish(&response.to_bytes()).unwrap()
    }

    pub(super) fn spend(&self, token: &Token<S>, expected: &[IssuedChallenge<S>]) -> Outcome {
        let redemption = Redemption {
            token,
            expected,
            payload: b"GET /",
        };
        let unspent = match self.origin.check(&redemption, NOON) {
            Ok(unspent) => unspent,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        match unspent.spend_local(&self.ledger, NOON) {
            Ok(_) => Outcome::Spent,
            Err(Refused::Again(_)) => Outcome::Again,
            Err(other) => panic!("{other}"),
        }
    }
}

/// What came of spending.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Spent,
    Again,
    Refused(Refusal),
}
