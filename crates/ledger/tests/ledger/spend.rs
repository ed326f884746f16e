//! What verdicts come to, and what is given back.

use core::future::Future;
use core::num::NonZeroU32;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::conformance::block_on;
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{
    Account, Charge, Claim, Grant, InPlace, Kind, Ledger, Life, LocalLedger, Paid, Refused,
    Unspent, Verdict,
};

use crate::ledgers::{Lossy, Script, Slow, memory};

const NOW: Seconds = Seconds::new(1_800_000_000);
const VALUE: &str = "value";

fn lasting(name: u8) -> Account {
    Account::new(Kind::ATTEMPT, &[name; 32], Life::Lasting)
}

fn fresh() -> Claim {
    Claim::fresh(&mut UnwrapErr(SysRng))
}

fn public(name: u8) -> Claim {
    Claim::public([name; 32])
}

fn once(account: Account, claim: Claim) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit: 1,
        claim,
    }
}

fn used(ledger: &impl LocalLedger, account: Account) -> u64 {
    ledger.usage(&[account]).unwrap()[0].used
}

const fn grant(again: bool) -> Verdict {
    Verdict::Granted(Grant {
        used: 1,
        previous: None,
        again,
    })
}

const EXHAUSTED: Verdict = Verdict::Exhausted {
    used: 1,
    last: None,
};

/// What is left of a result: a name.
fn name<T>(result: &Result<Paid<T>, Refused<T>>) -> String {
    match result {
        Ok(_) => "paid".to_owned(),
        Err(refused) => format!("{refused:?}"),
    }
}

/// One charge's part in the whole: its verdict; what that comes to for a fresh claim, and for a public one;
/// whether each is given back when the charge beside it is refused.
const TABLE: [(Verdict, [&str; 2], [bool; 2]); 7] = [
    (grant(false), ["paid", "paid"], [true, true]),
    (grant(true), ["paid", "Again(..)"], [true, false]),
    (
        Verdict::Unknown,
        ["Unknown(..)", "Unknown(..)"],
        [true, false],
    ),
    (EXHAUSTED, ["Exhausted", "Exhausted"], [false, false]),
    (Verdict::Over, ["Over", "Over"], [false, false]),
    (Verdict::Full, ["Full", "Full"], [false, false]),
    (Verdict::Conflict, ["Conflict", "Conflict"], [false, false]),
];

fn is_refusal(outcome: &str) -> bool {
    ["Exhausted", "Over", "Full", "Conflict"].contains(&outcome)
}

/// The first refusal; else that something is unknown; else that something came again.
fn expected(outcomes: [&str; 2]) -> String {
    let first = |wanted: &dyn Fn(&&str) -> bool| outcomes.into_iter().find(|it| wanted(it));
    first(&|it| is_refusal(it))
        .or_else(|| first(&|it| it.starts_with("Unknown")))
        .or_else(|| first(&|it| it.starts_with("Again")))
        .unwrap_or("paid")
        .to_owned()
}

#[test]
fn every_pair_of_verdicts_comes_to_what_the_table_says() {
    for (first, outcome, back) in TABLE {
        for (second, other_outcome, other_back) in TABLE {
            for [sort, other_sort] in [[0, 0], [0, 1], [1, 0], [1, 1]] {
                let claims = [sort, other_sort].map(|sort| [fresh(), public(7)][sort]);
                let charges = [once(lasting(1), claims[0]), once(lasting(2), claims[1])];
                let attempt = once(lasting(3), fresh());
                let outcome = expected([outcome[sort], other_outcome[other_sort]]);
                let mut refunds = vec![attempt];
                if is_refusal(&outcome) {
                    let back = [back[sort], other_back[other_sort]];
                    let given_back = charges.into_iter().zip(back);
                    refunds.extend(given_back.filter_map(|(it, back)| back.then_some(it)));
                }
                let unspent =
                    || Unspent::new(VALUE, charges.to_vec()).returning(&[attempt, charges[1]]);
                let mut refunds_of_public = refunds.clone();
                if !charges[1].claim.is_public() {
                    refunds_of_public.insert(1, charges[1]);
                }
                let refunds = refunds_of_public;

                let script = Script::new(&[first, second]);
                let result = unspent().spend_local(&script, NOW);
                assert_eq!(name(&result), outcome, "{first:?} {second:?}");
                assert_eq!(script.refunded(), refunds, "{first:?} {second:?}");

                let script = InPlace(Script::new(&[first, second]));
                let result = block_on(unspent().spend(&script, NOW));
                assert_eq!(name(&result), outcome);
                assert_eq!(script.0.refunded(), refunds);
                assert_eq!(script.0.calls(), 1);
            }
        }
    }
}

/// A thing that counts on one ledger is had on no other, by none of the four ways, and nothing moves there.
#[test]
fn nothing_is_paid_elsewhere() {
    let (here, there) = (memory(), memory());
    let attempt = once(lasting(2), fresh());
    for ledger in [&here, &there] {
        assert_eq!(ledger.charge(NOW, &[attempt]), [grant(false)]);
    }
    let free = Unspent::new(VALUE, vec![once(lasting(3), fresh())]);
    let own = Unspent::new(VALUE, vec![once(lasting(1), fresh())]);
    let own = own.returning(&[attempt]).on(here.id());
    let kept = |result: Result<_, _>| match result {
        Err(Refused::Elsewhere(kept)) => kept,
        other => panic!("{}", name(&other)),
    };
    let own = kept(own.spend_local(&there, NOW));
    let own = kept(block_on(own.spend(&InPlace(&there), NOW)));
    let mut both = Unspent::spend_all_local(vec![own, free], &there, NOW);
    assert_eq!(name(&both.pop().unwrap()), "paid");
    let own = vec![kept(both.pop().unwrap())];
    let mut own = block_on(Unspent::spend_all(own, &InPlace(&there), NOW));
    let own = kept(own.pop().unwrap());
    assert_eq!((used(&there, lasting(1)), used(&there, lasting(2))), (0, 1));
    assert_eq!(own.spend_local(&here, NOW).unwrap().ledger(), here.id());
    assert_eq!((used(&here, lasting(1)), used(&here, lasting(2))), (1, 0));
}

/// The same public claim may have been granted there to somebody else.
#[test]
fn nothing_is_given_back_elsewhere() {
    let (here, there) = (memory(), memory());
    let charge = |name| once(lasting(name), public(1));
    let buy = |ledger, name| Unspent::new(VALUE, vec![charge(name)]).spend_local(ledger, NOW);
    let _theirs = [1, 2].map(|name| buy(&there, name).unwrap());
    buy(&here, 1).unwrap().give_back_local(&there);
    block_on(buy(&here, 2).unwrap().give_back(&InPlace(&there)));
    assert_eq!([1, 2].map(|name| used(&there, lasting(name))), [1, 1]);
}

#[test]
fn many_are_paid_with_one_call_and_each_for_itself() {
    let charges: Vec<Charge> = (0..7).map(|name| once(lasting(name), fresh())).collect();
    let unspent = |from: usize, to: usize| Unspent::new(VALUE, charges[from..to].to_vec());
    let verdicts = [
        grant(false),
        grant(false),
        EXHAUSTED,
        grant(false),
        grant(false),
        Verdict::Unknown,
        Verdict::Over,
    ];
    let all = || {
        let attempt = once(lasting(9), charges[0].claim);
        vec![
            unspent(0, 1),
            unspent(1, 3),
            unspent(3, 4).returning(&[attempt]),
            unspent(4, 4),
            unspent(4, 6),
            unspent(6, 7),
        ]
    };
    let names = [
        "paid",
        "Exhausted",
        "paid",
        "Uncharged",
        "Unknown(..)",
        "Over",
    ];
    let script = Script::new(&verdicts);
    let results = Unspent::spend_all_local(all(), &script, NOW);
    assert_eq!(results.iter().map(name).collect::<Vec<_>>(), names);
    let refunds = [charges[1], once(lasting(9), charges[0].claim)];
    assert_eq!(script.refunded(), refunds);

    let script = InPlace(Script::new(&verdicts));
    let results = block_on(Unspent::spend_all(all(), &script, NOW));
    assert_eq!(results.iter().map(name).collect::<Vec<_>>(), names);
    assert_eq!(script.0.refunded(), refunds);
    let charged = script.0.charged.lock().unwrap();
    assert_eq!(*charged, core::slice::from_ref(&charges));
    drop(charged);

    // A ledger that answers for fewer charges has not answered for the rest.
    let script = Script::new(&verdicts[..1]);
    let results = Unspent::spend_all_local(all(), &script, NOW);
    let unknown = "Unknown(..)";
    let names = ["paid", unknown, unknown, "Uncharged", unknown, unknown];
    assert_eq!(results.iter().map(name).collect::<Vec<_>>(), names);
}

#[test]
fn nothing_is_had_for_nothing() {
    let ledger = memory();
    let attempt = once(lasting(1), fresh());
    assert_eq!(ledger.charge(NOW, &[attempt]), [grant(false)]);
    let unspent = Unspent::new(VALUE, Vec::new()).returning(&[attempt]);
    let result = unspent.spend_local(&ledger, NOW);
    assert!(matches!(result, Err(Refused::Uncharged)));
    assert_eq!(used(&ledger, attempt.account), 0);
    let script = InPlace(Script::default());
    let result = block_on(Unspent::new(VALUE, Vec::new()).spend(&script, NOW));
    assert!(matches!(result, Err(Refused::Uncharged)));
    assert_eq!(script.0.calls(), 0);
    let none = Unspent::<&str>::spend_all_local(Vec::new(), &script.0, NOW);
    assert!(none.is_empty());
}

#[test]
fn a_lost_reply_is_asked_for_again_and_counts_once() {
    let ledger = Lossy::new(2);
    let charges = [1, 2].map(|name| once(lasting(name), fresh()));
    let mut unspent = Unspent::new(VALUE, charges.to_vec());
    for _ in 0..2 {
        unspent = match unspent.spend_local(&ledger, NOW) {
            Err(Refused::Unknown(unspent)) => unspent,
            other => panic!("{}", name(&other)),
        };
    }
    let paid = unspent.spend_local(&ledger, NOW).unwrap();
    let again = paid.charges().all(|(_, grant)| grant.again);
    assert!(again && *paid == VALUE);
    for charge in charges {
        assert_eq!(used(&ledger, charge.account), 1);
    }
    paid.give_back_local(&ledger);
    for charge in charges {
        assert_eq!(used(&ledger, charge.account), 0);
    }
}

#[test]
fn an_attempt_is_given_back_whatever_spending_says() {
    for (lost, limit, result) in [(0, 1, "paid"), (0, 0, "Exhausted"), (1, 1, "Unknown(..)")] {
        let ledger = Lossy::new(lost);
        let attempt = once(lasting(1), fresh());
        assert_eq!(ledger.ledger.charge(NOW, &[attempt]), [grant(false)]);
        let use_up = Charge {
            limit,
            ..once(lasting(2), fresh())
        };
        let unspent = Unspent::new(VALUE, vec![use_up]).returning(&[attempt]);
        let spent = unspent.spend_local(&ledger, NOW);
        assert_eq!(name(&spent), result);
        assert_eq!(used(&ledger, attempt.account), 0);
    }
}

#[test]
fn a_refusal_gives_back_what_was_granted_beside_it() {
    let ledger = memory();
    let [first, second, third] = [1, 2, 3].map(|name| once(lasting(name), fresh()));
    assert_eq!(ledger.charge(NOW, &[second]), [grant(false)]);
    let other = once(second.account, fresh());
    let unspent = Unspent::new(VALUE, vec![first, other, third]);
    let refused = unspent.spend_local(&ledger, NOW);
    assert!(matches!(refused, Err(Refused::Exhausted)));
    let accounts = [first, second, third].map(|charge| charge.account);
    let used: Vec<u64> = ledger
        .usage(&accounts)
        .unwrap()
        .iter()
        .map(|it| it.used)
        .collect();
    assert_eq!(used, [0, 1, 0]);
}

#[test]
fn who_repeats_a_public_claim_is_told_and_takes_nothing_back() {
    let ledger = memory();
    let token = once(lasting(1), public(1));
    let buy = || Unspent::new(VALUE, vec![token]).spend_local(&ledger, NOW);
    let first = buy().unwrap();
    let Err(Refused::Again(second)) = buy() else {
        panic!("the same claim is not the first twice");
    };
    // Neither of them: somebody else may have had the value.
    second.give_back_local(&ledger);
    first.give_back_local(&ledger);
    assert_eq!(used(&ledger, token.account), 1);
    // Nor by a refusal beside it.
    let locked = Charge {
        limit: 0,
        ..once(lasting(2), fresh())
    };
    let refused = Unspent::new(VALUE, vec![token, locked]).spend_local(&ledger, NOW);
    assert!(matches!(refused, Err(Refused::Exhausted)));
    assert_eq!(used(&ledger, token.account), 1);
    let Err(Refused::Again(third)) = buy() else {
        panic!("still counted");
    };
    assert_eq!(third.into_value(), VALUE);
}

#[test]
fn an_unanswered_public_claim_takes_nothing_back_from_others() {
    let ledger = memory();
    let token = once(lasting(1), public(1));
    let first = Unspent::new(VALUE, vec![token]).spend_local(&ledger, NOW);
    assert!(first.is_ok());
    // Another request for the same: its charge never arrives, and another of it is refused.
    let locked = once(lasting(2), fresh());
    let script = Script::new(&[Verdict::Unknown, EXHAUSTED]);
    let refused = Unspent::new(VALUE, vec![token, locked]).spend_local(&script, NOW);
    assert!(matches!(refused, Err(Refused::Exhausted)));
    assert_eq!(script.refunded(), []);
}

#[test]
fn a_first_that_was_for_nothing_can_be_given_back() {
    let ledger = memory();
    let token = once(lasting(1), public(1));
    let buy = || Unspent::new(VALUE, vec![token]).spend_local(&ledger, NOW);
    block_on(buy().unwrap().give_back(&InPlace(&ledger)));
    assert_eq!(used(&ledger, token.account), 0);
    assert!(buy().is_ok());
}

#[test]
fn a_call_that_is_dropped_has_counted_and_gives_no_value() {
    let ledger = Slow(memory());
    let charge = once(lasting(1), fresh());
    {
        let mut spend = pin!(Unspent::new(VALUE, vec![charge]).spend(&ledger, NOW));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(spend.as_mut().poll(&mut context), Poll::Pending));
    }
    assert_eq!(used(&ledger.0, charge.account), 1);
    let other = once(charge.account, fresh());
    let refused = block_on(Unspent::new(VALUE, vec![other]).spend(&ledger, NOW));
    assert!(matches!(refused, Err(Refused::Exhausted)));
    // Before its first poll nothing is done.
    let other = once(lasting(2), fresh());
    drop(Unspent::new(VALUE, vec![other]).spend(&InPlace(&ledger.0), NOW));
    assert_eq!(used(&ledger.0, other.account), 0);
}

#[test]
fn futures_go_to_other_threads() {
    fn sendable<T: Send>(_: T) {}
    let ledger = InPlace(memory());
    let ledger: &dyn Ledger = &ledger;
    let unspent = || Unspent::new(VALUE, vec![once(lasting(1), fresh())]);
    sendable(unspent().spend(ledger, NOW));
    sendable(Unspent::spend_all(vec![unspent()], ledger, NOW));
}

#[test]
fn nothing_of_the_value_is_shown() {
    let unspent = || Unspent::new("secret", vec![once(lasting(1), fresh())]);
    assert_eq!(format!("{:?}", unspent()), "Unspent { .. }");
    let ledger = memory();
    let paid = unspent().spend_local(&ledger, NOW).unwrap();
    assert_eq!(format!("{paid:?}"), "Paid { .. }");
    let refused = unspent().spend_local(&ledger, NOW).unwrap_err();
    assert_eq!(
        format!("{refused:?}: {refused}"),
        "Exhausted: used as often as it may be"
    );
}
