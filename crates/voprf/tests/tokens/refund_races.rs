//! Two replicas that are asked for the same at once, where one of them gives back what it was paid, under every
//! order of their calls of the ledger: tokens that anybody was given are paid for.

use alloc::sync::Arc;

use milagro_ledger::Refused;
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::client::TokenKey;
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, UncheckedRequest};

use super::support::toy::{Book, Toy};
use super::support::{DAY, NOON, ORIGIN, Service, quota, rng};

type Explored = Toy<shuttle::sync::Mutex<Book>>;
type Request = UncheckedRequest<Ristretto255>;

/// What a replica does with what it was paid for.
#[derive(Clone, Copy)]
enum Work {
    Answers,
    Fails,
}

/// A request for all that a user may draw, and another one.
struct Asked {
    service: Service,
    all: Request,
    one: Request,
}

impl Asked {
    fn new() -> Self {
        let service = Service::new(1, 1);
        let key: TokenKey = service.key(NOON);
        let request = |count| {
            let request = key.draw(&mut rng(), count).unwrap().request;
            UncheckedRequest::from_bytes(&request.to_bytes(), 2).unwrap()
        };
        let (all, one) = (request(2), request(1));
        Self { service, all, one }
    }

    fn issuer(&self) -> Issuer {
        self.service.issuer(quota(2), QueryBudget::new(100_000))
    }

    /// Asks this replica for this; whether it gave tokens. What it was paid for it would answer without asking
    /// anybody, so the answer itself is left out.
    fn ask(issuer: &Issuer, ledger: &Explored, asked: &Request, work: Work) -> bool {
        let leased = issuer.lease_local(&mut rng(), ledger, asked, NOON);
        let unspent = issuer.check(b"ann", leased.unwrap(), NOON).unwrap();
        match (unspent.spend_local(ledger, NOON), work) {
            (Ok(_) | Err(Refused::Again(_)), Work::Answers) => true,
            (Ok(paid) | Err(Refused::Again(paid)), Work::Fails) => {
                paid.give_back_local(ledger);
                false
            }
            (Err(_), _) => false,
        }
    }
}

fn race(asked: &Arc<Asked>, works: [Work; 2]) {
    let ledger = Arc::new(Explored::new(ORIGIN.minus(DAY)));
    let issuers = works.map(|_| Arc::new(asked.issuer()));
    // Blocks are leased before, so that the orders explored are those of charges and refunds.
    for issuer in &issuers {
        drop(
            issuer
                .lease_local(&mut rng(), &*ledger, &asked.one, NOON)
                .unwrap(),
        );
    }
    let start = |(work, issuer): (Work, &Arc<Issuer>)| {
        let (asked, issuer) = (Arc::clone(asked), Arc::clone(issuer));
        let ledger = Arc::clone(&ledger);
        shuttle::thread::spawn(move || Asked::ask(&issuer, &ledger, &asked.all, work))
    };
    let running: Vec<_> = works.into_iter().zip(&issuers).map(start).collect();
    let given = running
        .into_iter()
        .map(|task| task.join().unwrap())
        .filter(|given| *given)
        .count();
    let more = Asked::ask(&issuers[0], &ledger, &asked.one, Work::Answers);
    assert!(given == 0 || !more, "{given} answers, and more");
    let both = works.iter().all(|work| matches!(work, Work::Answers));
    assert!(!both || given == 2, "the same request, the same answer");
}

#[test]
fn under_every_order_of_an_answer_and_a_failure() {
    let asked = Arc::new(Asked::new());
    shuttle::check_dfs(move || race(&asked, [Work::Answers, Work::Fails]), None);
}

#[test]
fn under_every_order_of_two_answers() {
    let asked = Arc::new(Asked::new());
    shuttle::check_dfs(move || race(&asked, [Work::Answers, Work::Answers]), None);
}
