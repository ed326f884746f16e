//! Permits: what is accepted encodes to the same bytes; epochs at any time do not overflow.

#![no_main]

use core::num::NonZeroU64;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::names::{Epoch, EpochLength, EpochPolicy};
use milagro_mpin::permit::{Leaf, PermitLabel};
use milagro_mpin::{Identity, MasterSecret, Permit, Seconds};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    epoch: u64,
    length: NonZeroU64,
    gap: Option<(u128, u128)>,
    now: u64,
    grace: u64,
    skew: u64,
    damage: Damage,
}

fuzz_target!(|input: Input| {
    let epoch = Epoch(input.epoch);
    let length = EpochLength::new(Seconds::new(input.length.get())).expect("not zero");
    let label = match input.gap {
        None => PermitLabel::Personal { epoch },
        Some((a, b)) => PermitLabel::Cover {
            epoch,
            low: Leaf(a.min(b)),
            high: Leaf(a.max(b)),
        },
    };
    let master = MasterSecret::random(&mut Seeded(1));
    let domain = master.trust_domain("fuzz");
    let identity = Identity::raw(b"alice").expect("a name");
    let permit = master.issue_permit(&domain, label, length, &identity);
    assert_eq!(Permit::from_bytes(&permit.to_bytes()), Ok(permit));
    let bytes = input.damage.apply(&permit.to_bytes());
    if let Ok(permit) = Permit::from_bytes(&bytes) {
        assert_eq!(permit.to_bytes(), bytes);
    }

    let (grace, skew) = (Seconds::new(input.grace), Seconds::new(input.skew));
    let now = Seconds::new(input.now);
    let policy = EpochPolicy {
        length,
        grace,
        skew,
    };
    let current = Epoch::at(now, length);
    assert!(policy.accepts(current, now));
    assert!(current.start(length) <= now);
    let start = input.epoch.saturating_mul(input.length.get());
    assert_eq!(epoch.start(length), Seconds::new(start));
    if input.grace == 0 && input.skew == 0 {
        assert_eq!(policy.accepts(epoch, now), epoch == current);
    }
});
