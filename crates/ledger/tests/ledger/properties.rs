//! The ledger in memory beside the plain model: whatever is asked, both say the same.

use core::num::NonZeroU32;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::rand_core::{TryCryptoRng, TryRng, UnwrapErr};
use milagro_ledger::{Account, Charge, Claim, Kind, Life, LocalLedger, Verdict, rules};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy};
use proptest::sample::select;
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::model::Model;

const NOW: Seconds = Seconds::new(1_800_000_000);

#[derive(Clone, Debug)]
enum Step {
    Charge(Seconds, Vec<Charge>),
    Refund(Vec<Charge>),
    Clear(Vec<Account>),
    Forget,
    Restore(Seconds),
}

fn hours() -> impl Strategy<Value = Seconds> {
    // Around now, around 48 hours later, and the ends of time.
    prop_oneof![
        8 => (0_u64..4).prop_map(|hours| NOW.plus(Seconds::hours(hours))),
        2 => (47_u64..53).prop_map(|hours| NOW.plus(Seconds::hours(hours))),
        1 => select(vec![Seconds::ZERO, NOW.minus(Seconds::days(9)), NOW.plus(Seconds::days(9))]),
    ]
}

fn seconds() -> impl Strategy<Value = Seconds> {
    (hours(), 0_u64..3).prop_map(|(hour, second)| hour.plus(Seconds::new(second)))
}

fn life() -> impl Strategy<Value = Life> {
    let from = proptest::option::weighted(0.5, seconds());
    prop_oneof![
        Just(Life::Lasting),
        (from, seconds()).prop_map(|(from, until)| Life::Span { from, until }),
    ]
}

/// One of few, so that they meet.
fn account() -> impl Strategy<Value = Account> {
    (select(vec![Kind::ATTEMPT, Kind::new(128)]), 0_u8..2, life())
        .prop_map(|(kind, name, life)| Account::new(kind, &[name; 32], life))
}

fn charge(accounts: Vec<Account>) -> impl Strategy<Value = Charge> {
    let claim = (0_u8..24).prop_map(|name| {
        let bytes = [name; 32];
        if name % 2 == 0 {
            return Claim::public(bytes);
        }
        Claim::fresh(&mut Constant(name))
    });
    (select(accounts), 1_u32..4, 0_u64..40, claim).prop_map(|(account, amount, limit, claim)| {
        Charge {
            account,
            amount: NonZeroU32::new(amount).unwrap(),
            limit,
            claim,
        }
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(account(), 1..6).prop_flat_map(|accounts| {
        let charges = || vec(charge(accounts.clone()), 1..6);
        let step = prop_oneof![
            12 => (seconds(), charges()).prop_map(|(now, charges)| Step::Charge(now, charges)),
            4 => charges().prop_map(Step::Refund),
            1 => vec(select(accounts.clone()), 1..3).prop_map(Step::Clear),
            1 => Just(Step::Forget),
            1 => seconds().prop_map(Step::Restore),
        ];
        vec(step, 1..60)
    })
}

proptest! {
    #![proptest_config(Config::with_cases(256))]

    #[test]
    fn memory_says_what_the_model_says(steps in steps()) {
        let mut memory = MemoryLedger::init(&mut UnwrapErr(SysRng), 100, NOW);
        let mut model = Model::init(NOW, None);
        for step in steps {
            match step {
                Step::Charge(now, charges) => {
                    let verdicts = memory.charge(now, &charges);
                    prop_assert_eq!(&verdicts, &model.charge(now, &charges));
                    let known = charges.iter().zip(&verdicts);
                    let known: Vec<Account> = known
                        .filter(|(_, verdict)| **verdict != Verdict::Over)
                        .map(|(charge, _)| charge.account)
                        .collect();
                    prop_assert_eq!(memory.usage(&known), model.usage(&known));
                }
                Step::Refund(charges) => {
                    prop_assert_eq!(memory.refund(&charges), model.refund(&charges));
                }
                Step::Clear(accounts) => {
                    prop_assert_eq!(memory.clear(&accounts), model.clear(&accounts));
                }
                Step::Forget => memory.forget(),
                Step::Restore(now) => {
                    memory = MemoryLedger::restore(&mut UnwrapErr(SysRng), memory.snapshot(), now);
                    model = model.restored(now);
                }
            }
            // Nothing that the model knows is forgotten, and what is worthless is forgotten within the hour.
            prop_assert!(memory.len() >= model.len());
            memory.forget();
            prop_assert!(memory.len() <= model.len_within(Seconds::hours(1)));
        }
    }

    #[test]
    fn a_full_ledger_refuses_new_accounts_and_nothing_else(
        steps in steps(),
        capacity in 1_u64..4,
    ) {
        let memory = MemoryLedger::init(&mut UnwrapErr(SysRng), capacity, NOW);
        let model = Model::init(NOW, None);
        for step in steps {
            let Step::Charge(now, charges) = step else {
                continue;
            };
            for charge in charges {
                match memory.charge(now, &[charge])[..] {
                    [Verdict::Full] => {
                        prop_assert_eq!(model.usage(&[charge.account]).unwrap()[0].used, 0);
                        model.see(charge.account.kind(), now);
                        prop_assert!(model.len_within(Seconds::hours(1)) >= capacity);
                    }
                    [verdict] => prop_assert_eq!([verdict].to_vec(), model.charge(now, &[charge])),
                    _ => prop_assert!(false, "one verdict"),
                }
                prop_assert!(memory.len() <= capacity);
            }
        }
    }

    #[test]
    fn nothing_comes_back_whatever_the_clock_does(
        clocks in vec(seconds(), 1..40),
        until in seconds(),
    ) {
        let memory = MemoryLedger::init(&mut UnwrapErr(SysRng), 4, NOW.minus(Seconds::hours(2)));
        let from = Some(NOW);
        let account = Account::new(Kind::ONE_PASS, &[1; 32], Life::Span { from, until });
        let mut grants = 0;
        let mut latest = Seconds::ZERO;
        for now in clocks {
            let mut rng = UnwrapErr(SysRng);
            let claim = Claim::fresh(&mut rng);
            let charge = Charge { account, amount: NonZeroU32::MIN, limit: 1, claim };
            let verdict = memory.charge(now, &[charge])[0];
            latest = latest.max(now);
            grants += u8::from(matches!(verdict, Verdict::Granted(_)));
            let over = until <= rules::floor(latest);
            prop_assert_eq!(verdict == Verdict::Over, over);
            memory.forget();
        }
        prop_assert!(grants <= 1);
    }
}

/// A generator that repeats one byte, so that two claims can be the same.
struct Constant(u8);

impl TryRng for Constant {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Constant {}
