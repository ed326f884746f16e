//! A ledger that never answers, and tokens that are tried in many ways at once.

use alloc::sync::Arc;
use core::future::pending;
use core::sync::atomic::{AtomicBool, Ordering};

use milagro_base::Seconds;
use milagro_ledger::{Account, Answer, Charge, Ledger, LedgerId, Unavailable, Usage, Verdict};

use crate::forms::{RedeemOutcome, RedeemRequest};
use crate::service::{Keys, Service};
use crate::testkit::{Fleet, Role, Size, settings};
use crate::tests::support::{drawn, ground, ledger, outcomes, redeeming};

/// Charges, and says so only when it is not stuck.
struct Stuck(Arc<dyn Ledger>, AtomicBool);

impl Ledger for Stuck {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move {
            let verdicts = self.0.charge(now, charges).await;
            if self.1.load(Ordering::SeqCst) {
                return pending().await;
            }
            verdicts
        })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        self.0.refund(charges)
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        self.0.clear(accounts)
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        self.0.usage(accounts)
    }
}

async fn both(fleet: &Fleet) -> [Arc<Service>; 2] {
    let issuer = fleet.service(Role::Issuer, Keys::PrimaryAndSigner).await;
    let redeemer = fleet.service(Role::Redeemer, Keys::Primary).await;
    fleet.clock.advance(Seconds::new(122));
    [issuer.unwrap(), redeemer.unwrap()]
}

#[tokio::test]
async fn a_ledger_that_never_answers() {
    let stuck = Arc::new(Stuck(ledger(), AtomicBool::new(false)));
    let (ground, _directory) = ground(Arc::<Stuck>::clone(&stuck));
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await.unwrap();
    let [issuer, redeemer] = both(&fleet).await;
    let tokens = drawn(&fleet, &issuer, 3).await;
    let mut request = redeeming(&fleet, tokens, b"hail");
    // One of three is no token.
    let mut items = request.redemptions.into_vec();
    items[1].context = milagro_wire::bounded::Blob::new(*b"other").unwrap();
    request.redemptions = milagro_wire::bounded::List::new(items).unwrap();

    stuck.1.store(true, Ordering::SeqCst);
    // Only here: a clock that goes on whenever the runtime waits would be over before the audit file's own thread has written.
    tokio::time::pause();
    let first = outcomes(&redeemer, &request).await;
    tokio::time::resume();
    assert_eq!(
        first,
        [
            RedeemOutcome::Unknown,
            RedeemOutcome::Refused,
            RedeemOutcome::Unknown
        ]
    );
    // It had charged: the same request learns that, and nobody spends them anew.
    stuck.1.store(false, Ordering::SeqCst);
    assert_eq!(
        outcomes(&redeemer, &request).await,
        [
            RedeemOutcome::Again,
            RedeemOutcome::Refused,
            RedeemOutcome::Again
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_token_in_one_batch_and_at_both_replicas() {
    let (ground, _directory) = ground(ledger());
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await.unwrap();
    let [issuer, one] = both(&fleet).await;
    let other = fleet.service(Role::Redeemer, Keys::Primary).await.unwrap();
    let token = drawn(&fleet, &issuer, 1).await.pop().unwrap();
    let saved = token.to_bytes();
    // 64 redemptions of one token, half of them the same, half on payloads of their own; in one request, at both at once.
    let redemption = |number: u8| {
        let token = milagro_voprf::tokens::client::Token::from_bytes(&saved).unwrap();
        let request = redeeming(&fleet, vec![token], &[number % 32]);
        request.redemptions.into_vec().pop().unwrap()
    };
    let redemptions: Vec<_> = (0..64).map(redemption).collect();
    let redemptions = milagro_wire::bounded::List::new(redemptions).unwrap();
    let request = RedeemRequest { redemptions };
    let (first, second) = tokio::join!(outcomes(&one, &request), outcomes(&other, &request));
    let all: Vec<_> = first.iter().chain(&second).collect();
    let count = |outcome| all.iter().filter(|one| ***one == outcome).count();
    assert_eq!(count(RedeemOutcome::Spent), 1);
    assert_eq!(count(RedeemOutcome::Unknown), 0);
    // Only that one redemption is ever `again`: three of its four places.
    assert_eq!(count(RedeemOutcome::Again), 3);
    assert_eq!(count(RedeemOutcome::Refused), 124);
}
