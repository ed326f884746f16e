//! Who decides which keys are kept: whoever has good tokens.

use milagro_base::Seconds;
use milagro_curve::G1Point;
use milagro_ledger::LedgerId;
use rand_core::UnwrapErr;

use crate::suite::bls12381::Bls12381G1;
use crate::tokens::plan::Plan;
use crate::tokens::public::check::{Redemption, Verifier};
use crate::tokens::public::epoch::EpochKey;
use crate::tokens::public::kept::KeptKeys;
use crate::tokens::public::name::Name;
use crate::tokens::public::secret::SeriesKey;
use crate::tokens::public::series::Series;
use crate::tokens::public::token::RedemptionRequest;
use crate::tokens::redeem::binding::{Binding, RedeemerId};
use crate::tokens::redeem::refusal::Refusal;
use crate::tokens::timetable::{Epoch, Timetable};
use crate::tokens::uses::Uses;

const HOUR: Seconds = Seconds::hours(1);
/// In the midst of epoch 99.
const NOW: Seconds = Seconds::new(99 * 3_600 + 1_800);

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Epochs of an hour, whose tokens are good for 100 more.
fn key() -> SeriesKey {
    let hours = Timetable::new(Seconds::ZERO, HOUR).unwrap();
    let hours = hours.with_overlap(Seconds::ZERO, Seconds::hours(100));
    let plan = Plan::new::<Bls12381G1>("kept", hours.unwrap(), Uses::ONE);
    SeriesKey::generate(&mut rng(), plan.unwrap()).unwrap()
}

fn verifier(series: &Series) -> Verifier {
    let id = RedeemerId::new(b"station").unwrap();
    Verifier::new(id, series.clone(), LedgerId::from_bytes([0; 32]))
}

/// A request of that epoch that is right in all but N, which is made of H(x).
fn request(verifier: &Verifier, epoch: u64, n: impl Fn(G1Point) -> G1Point) -> RedemptionRequest {
    let (epoch, nonce) = (Epoch::new(epoch), [7; 32]);
    let key_id = verifier.series().key_id(epoch).unwrap();
    let binding = Binding {
        redeemer: verifier.id(),
        context: b"",
        payload: b"",
    };
    let n = n(Name::committing(&nonce, &binding).point(&key_id));
    let head = [&[1, 0][..], &epoch.number().to_be_bytes()].concat();
    let bytes = [&head[..], key_id.as_bytes(), &nonce, &n.to_bytes()].concat();
    RedemptionRequest::from_bytes(&bytes).unwrap()
}

fn check(verifier: &Verifier, request: &RedemptionRequest) -> Option<Refusal> {
    let redemption = Redemption {
        request,
        context: b"",
        payload: b"",
    };
    let one = verifier.check(&redemption, NOW).err();
    let many = verifier.check_all(&mut rng(), &[redemption; 2], NOW);
    assert!(many.iter().all(|each| each.as_ref().err() == one.as_ref()));
    one
}

#[test]
fn what_is_not_proven_keeps_nothing_and_drives_nothing_out() {
    let key = key();
    let verifier = verifier(key.series());
    let kept = || verifier.kept_epochs();
    // Another series has other ids: no key is prepared for them.
    let other = self::verifier(self::key().series());
    let foreign = request(&other, 50, |_| G1Point::generator());
    assert_eq!(check(&verifier, &foreign), Some(Refusal::UnknownKey));
    assert_eq!(kept(), [0; 0]);

    let slot = verifier.series().plan().slot(Epoch::new(50)).unwrap();
    let secret = key.at(&slot).unwrap();
    let good = request(&verifier, 50, |h| secret.evaluate(&h));
    assert_eq!(check(&verifier, &good), None);
    assert_eq!(kept(), [50]);
    let wrong = |epoch| request(&verifier, epoch, |_| G1Point::generator());
    for epoch in (0..100).step_by(7) {
        assert_eq!(check(&verifier, &wrong(epoch)), Some(Refusal::Unproven));
    }
    assert_eq!(kept(), [50]);
}

#[test]
fn the_key_that_was_needed_longest_ago_goes() {
    let key = key();
    let epoch_key = |epoch| EpochKey::of(key.series(), Epoch::new(epoch)).unwrap();
    let kept = KeptKeys::default();
    let most = u64::try_from(KeptKeys::MAX).unwrap();
    for epoch in 0..most {
        kept.used(&epoch_key(epoch));
    }
    // The first is in use, the second was only asked for.
    kept.used(&epoch_key(0));
    assert!(kept.get(Epoch::new(1)).is_some());
    kept.used(&epoch_key(most));
    assert!(kept.get(Epoch::new(1)).is_none());
    let expected: Vec<_> = core::iter::once(0).chain(2..=most).collect();
    assert_eq!(kept.epochs(), expected);
}
