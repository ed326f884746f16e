//! Accounts as bytes: what is accepted encodes to the same bytes, and counts without overflow.

#![no_main]

use core::num::NonZeroU32;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::Damage;
use milagro_ledger::tally::Tally;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, Verdict};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    charges: Vec<Step>,
    damage: Damage,
    bytes: Option<Vec<u8>>,
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Step {
    now: u64,
    amount: NonZeroU32,
    limit: u64,
    claim: u8,
    refund: bool,
}

impl Step {
    fn charge(&self) -> Charge {
        Charge {
            account: Account::new(Kind::ATTEMPT, &[0; 32], Life::Lasting),
            amount: self.amount,
            limit: self.limit,
            claim: Claim::public([self.claim % 32; 32]),
        }
    }

    fn run(&self, tally: &mut Tally) {
        let (charge, before) = (self.charge(), tally.usage());
        if self.refund {
            tally.refund(&charge);
            assert!(tally.usage().used <= before.used);
            return;
        }
        let verdict = tally.charge(Seconds::new(self.now), &charge);
        let used = tally.usage().used;
        match verdict {
            Verdict::Granted(grant) if !grant.again => {
                assert!(used <= charge.limit && used == grant.used);
                assert_eq!(used, before.used + u64::from(charge.amount.get()));
            }
            _ => assert_eq!(used, before.used),
        }
    }
}

fuzz_target!(|input: Input| {
    let Some((first, rest)) = input.charges.split_first() else {
        return;
    };
    let Ok((mut tally, _)) = Tally::first(Seconds::new(first.now), &first.charge()) else {
        return;
    };
    rest.iter().for_each(|step| step.run(&mut tally));
    let valid = tally.to_bytes();
    assert_eq!(
        Tally::from_bytes(&valid).map(|it| it.to_bytes()),
        Ok(valid.clone())
    );
    let bytes = input.bytes.unwrap_or_else(|| input.damage.apply(&valid));
    if let Ok(mut tally) = Tally::from_bytes(&bytes) {
        assert_eq!(tally.to_bytes(), bytes);
        rest.iter().for_each(|step| step.run(&mut tally));
        assert!(tally.to_bytes().len() <= 737);
    }
});
