//! The ledger in memory agrees with the plain model, whatever is charged, given back, cleared, forgotten and
//! restored, under any clock.

#![no_main]

extern crate alloc;

#[path = "../../crates/ledger/tests/ledger/faults.rs"]
#[allow(dead_code, reason = "the tests of the ledger plant them")]
mod faults;
#[path = "../../crates/ledger/tests/ledger/model.rs"]
#[allow(dead_code, reason = "the tests of the ledger plant faults in it too")]
mod model;

use core::num::NonZeroU32;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::Seeded;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, LocalLedger, Verdict};
use model::Model;

const NOW: Seconds = Seconds::new(1_800_000_000);

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    Charge(Time, Vec<One>),
    Refund(Vec<One>),
    Clear(One),
    Forget,
    Restore(Time),
}

#[derive(Clone, Copy, Debug, arbitrary::Arbitrary)]
enum Time {
    /// Around now, by quarters of an hour.
    Near(i8),
    Any(u64),
}

#[derive(Clone, Copy, Debug, arbitrary::Arbitrary)]
struct One {
    kind: bool,
    name: bool,
    life: Option<(Option<Time>, Time)>,
    amount: NonZeroU32,
    limit: u64,
    claim: u8,
    public: bool,
}

impl Time {
    fn seconds(self) -> Seconds {
        match self {
            Self::Near(quarters) if quarters < 0 => NOW.minus(quarter(quarters)),
            Self::Near(quarters) => NOW.plus(quarter(quarters)),
            Self::Any(time) => Seconds::new(time),
        }
    }
}

fn quarter(quarters: i8) -> Seconds {
    Seconds::minutes(u64::from(quarters.unsigned_abs()) * 15)
}

impl One {
    fn account(self) -> Account {
        let kind = if self.kind {
            Kind::ATTEMPT
        } else {
            Kind::new(128)
        };
        let life = self.life.map_or(Life::Lasting, |(from, until)| Life::Span {
            from: from.map(Time::seconds),
            until: until.seconds(),
        });
        Account::new(kind, &[u8::from(self.name); 32], life)
    }

    fn charge(self) -> Charge {
        let claim = self.claim % 32;
        Charge {
            account: self.account(),
            amount: self.amount,
            limit: self.limit,
            claim: if self.public {
                Claim::public([claim; 32])
            } else {
                Claim::fresh(&mut Seeded(claim.into()))
            },
        }
    }
}

fn charges(ones: &[One]) -> Vec<Charge> {
    ones.iter().map(|one| one.charge()).collect()
}

fuzz_target!(|steps: Vec<Step>| {
    let mut memory = MemoryLedger::init(&mut Seeded(1), u64::MAX, NOW);
    let mut model = Model::init(NOW, None);
    for step in steps {
        match step {
            Step::Charge(now, ones) => {
                let (now, charges) = (now.seconds(), charges(&ones));
                let verdicts = memory.charge(now, &charges);
                assert_eq!(verdicts, model.charge(now, &charges));
                let known = charges.iter().zip(&verdicts);
                let known: Vec<Account> = known
                    .filter(|(_, verdict)| **verdict != Verdict::Over)
                    .map(|(charge, _)| charge.account)
                    .collect();
                assert_eq!(memory.usage(&known), model.usage(&known));
            }
            Step::Refund(ones) => {
                let charges = charges(&ones);
                assert_eq!(memory.refund(&charges), model.refund(&charges));
            }
            Step::Clear(one) => {
                let account = [one.account()];
                assert_eq!(memory.clear(&account), model.clear(&account));
            }
            Step::Forget => memory.forget(),
            Step::Restore(now) => {
                let now = now.seconds();
                memory = MemoryLedger::restore(&mut Seeded(2), memory.snapshot(), now);
                model = model.restored(now);
            }
        }
    }
});
