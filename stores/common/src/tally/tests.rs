//! Accounts and their bytes.

use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Claim, Grant, Kind, Life, Verdict};
use proptest::prelude::*;

use crate::tally::Tally;

const NOW: Seconds = Seconds::new(1_800_000_000);

fn charge(claim: Claim, amount: u32, limit: u64) -> Charge {
    Charge {
        account: Account::new(Kind::SHARE, &[7; 32], Life::Lasting),
        amount: NonZeroU32::new(amount).unwrap(),
        limit,
        claim,
    }
}

fn public(name: u8) -> Claim {
    Claim::public([name; 32])
}

#[test]
fn bytes_are_frozen() {
    let tally = Tally::first(NOW, &charge(public(0xab), 3, 10)).unwrap();
    let mut expected = vec![0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expected.extend([0xab; 32]);
    expected.extend([1, 0, 0, 0, 3, 0, 0, 0, 0, 0x6b, 0x49, 0xd2, 0]);
    assert_eq!(tally.to_bytes(), expected);
    assert_eq!(Tally::from_bytes(&expected), Ok(tally));
}

#[test]
fn other_bytes_are_refused() {
    let bytes = Tally::first(NOW, &charge(public(1), 3, 10))
        .unwrap()
        .to_bytes();
    for length in (0..bytes.len()).filter(|length| *length != 17) {
        assert!(Tally::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    let mut flags = bytes.clone();
    for wrong in (0..=255).filter(|flags| ![0, 1, 3].contains(flags)) {
        flags[49] = wrong;
        assert!(Tally::from_bytes(&flags).is_err(), "{wrong}");
    }
    let mut nothing = bytes.clone();
    nothing[53] = 0;
    assert!(Tally::from_bytes(&nothing).is_err());
    let claim = &bytes[17..];
    let sixteen = [&bytes[..17], &claim.repeat(16)].concat();
    assert!(Tally::from_bytes(&sixteen).is_ok());
    assert!(Tally::from_bytes(&[sixteen, claim.to_vec()].concat()).is_err());
}

#[test]
fn what_was_answered_again_is_not_taken_back() {
    for (claim, taken) in [(public(1), false), (Claim::fresh(&mut rng()), true)] {
        let charge = charge(claim, 2, 2);
        let mut account = None;
        assert!(matches!(
            Tally::charge(&mut account, NOW, &charge),
            Verdict::Granted(_)
        ));
        let again = Grant {
            used: 2,
            previous: None,
            again: true,
        };
        assert_eq!(
            Tally::charge(&mut account, NOW, &charge),
            Verdict::Granted(again)
        );
        let mut tally = Tally::from_bytes(&account.unwrap().to_bytes()).unwrap();
        assert_eq!(tally.refund(&charge), taken);
        assert_eq!(tally.is_zero(), taken);
    }
}

#[test]
fn another_amount_is_a_conflict_and_gives_nothing_back() {
    let mut account = None;
    let verdict = Tally::charge(&mut account, NOW, &charge(public(1), 2, 9));
    assert!(matches!(verdict, Verdict::Granted(_)));
    let other = charge(public(1), 3, 9);
    assert_eq!(Tally::charge(&mut account, NOW, &other), Verdict::Conflict);
    assert!(!account.unwrap().refund(&other));
}

#[test]
fn the_seventeenth_claim_forgets_the_first() {
    let mut account = None;
    for name in 0..17 {
        let verdict = Tally::charge(&mut account, NOW, &charge(public(name), 1, 17));
        assert!(matches!(verdict, Verdict::Granted(_)));
    }
    assert_eq!(
        account.as_ref().unwrap().claims().len(),
        16 * Tally::CLAIM_LENGTH
    );
    assert_eq!(account.as_ref().unwrap().before(), Some(NOW));
    let first = charge(public(0), 1, 17);
    let exhausted = Verdict::Exhausted {
        used: 17,
        last: Some(NOW),
    };
    assert_eq!(Tally::charge(&mut account, NOW, &first), exhausted);
}

#[test]
fn counts_do_not_wrap() {
    let mut account = Some(Tally::from_parts(u64::MAX, None, &[]).unwrap());
    let verdict = Tally::charge(&mut account, NOW, &charge(public(1), u32::MAX, u64::MAX));
    assert!(matches!(verdict, Verdict::Exhausted { .. }));
}

proptest! {
    #[test]
    fn bytes_come_back(steps in prop::collection::vec((0_u8..20, 1_u32..5, any::<bool>()), 0..40)) {
        let mut account = None;
        for (name, amount, back) in steps {
            let charge = charge(public(name), amount, 60);
            if back {
                if let Some(tally) = &mut account {
                    Tally::refund(tally, &charge);
                }
            } else {
                let _verdict = Tally::charge(&mut account, NOW, &charge);
            }
            if let Some(tally) = &account {
                prop_assert!(tally.used() <= 60);
                prop_assert_eq!(&Tally::from_bytes(&tally.to_bytes()).unwrap(), tally);
            }
        }
    }
}

fn rng() -> impl milagro_ledger::rand_core::CryptoRng {
    getrandom::rand_core::UnwrapErr(getrandom::SysRng)
}
