//! A redeemer with the public key alone: what it takes, and what it refuses.

use milagro_base::Seconds;
use milagro_curve::{G1Point, Scalar};
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::tokens::public::{EpochKey, RedemptionRequest, Verifier};
use milagro_voprf::tokens::redeemer::{RedeemerId, RedemptionRefused, Refusal};
use milagro_voprf::tokens::schedule::Epoch;
use milagro_voprf::{SecretKey, Voprf};

use super::support::{CONTEXT, NOW, World, binding, redemption, rng, spend, station};

/// Where the parts of a request lie.
const EPOCH: core::ops::Range<usize> = 2..10;
const KEY_ID: core::ops::Range<usize> = 10..42;
const NAME: core::ops::Range<usize> = 42..74;
const N: core::ops::Range<usize> = 74..122;

fn with(
    request: &RedemptionRequest,
    part: core::ops::Range<usize>,
    value: &[u8],
) -> RedemptionRequest {
    let mut bytes = request.to_bytes();
    bytes[part].copy_from_slice(value);
    RedemptionRequest::from_bytes(&bytes).unwrap()
}

fn point(request: &RedemptionRequest) -> G1Point {
    G1Point::from_bytes(request.to_bytes()[N].try_into().unwrap()).unwrap()
}

#[test]
fn a_valid_token_buys_once() {
    let world = World::new();
    let tokens = [
        (world.token(), RedemptionRequest::SIGNED_LEN),
        (world.committed(&mut rng(), b"hail"), RedemptionRequest::LEN),
    ];
    for (token, length) in tokens {
        let key_id = *token.key_id();
        let request = spend(token, b"hail");
        assert_eq!(request.to_bytes().len(), length);
        let check = || {
            world
                .verifier
                .check(&redemption(&request, b"hail"), NOW)
                .unwrap()
        };
        let redeemed = check().spend_local(&world.ledger, NOW).unwrap();
        assert_eq!(redeemed.key_id(), &key_id);
        assert!(matches!(
            check().spend_local(&world.ledger, NOW),
            Err(Refused::Again(_))
        ));
    }
}

#[test]
fn a_key_signs_one_payload_only_once() {
    let world = World::new();
    let token = world.token();
    let copy = milagro_voprf::tokens::public::Token::from_bytes(&token.to_bytes()).unwrap();
    let (first, second) = (spend(token, b"hail"), spend(copy, b"snow"));
    let check = |request, payload| {
        world
            .verifier
            .check(&redemption(request, payload), NOW)
            .unwrap()
    };
    let paid = check(&first, b"hail").spend_local(&world.ledger, NOW);
    assert!(paid.is_ok());
    assert!(matches!(
        check(&second, b"snow").spend_local(&world.ledger, NOW),
        Err(Refused::Exhausted)
    ));
}

#[test]
fn every_altered_bit_of_a_request_is_refused() {
    let world = World::new();
    for token in [world.token(), world.committed(&mut rng(), b"hail")] {
        let honest = spend(token, b"hail").to_bytes();
        for place in 2..honest.len() {
            let mut bytes = honest.clone();
            bytes[place] ^= 1 << (place % 8);
            let request = RedemptionRequest::from_bytes(&bytes).unwrap();
            let refused = world.verifier.check(&redemption(&request, b"hail"), NOW);
            let refusal = refused.err();
            match place {
                // An epoch far away; next to it, another key id.
                2..10 => assert!(
                    matches!(
                        refusal,
                        Some(Refusal::TooEarly | Refusal::Expired | Refusal::UnknownKey)
                    ),
                    "byte {place}: {refusal:?}"
                ),
                10..42 => assert_eq!(refusal, Some(Refusal::UnknownKey), "byte {place}"),
                _ => assert_eq!(refusal, Some(Refusal::Unproven), "byte {place}"),
            }
            assert_eq!(
                RedemptionRefused::from(refusal.unwrap()).to_string(),
                "redemption refused"
            );
        }
    }
}

#[test]
fn another_payload_context_or_redeemer_is_refused() {
    let world = World::new();
    let tokens = [world.token(), world.committed(&mut rng(), b"hail")];
    for token in tokens {
        let request = spend(token, b"hail");
        let mut moved = redemption(&request, b"snow");
        assert_eq!(
            world.verifier.check(&moved, NOW).err(),
            Some(Refusal::Unproven)
        );
        moved = redemption(&request, b"hail");
        moved.context = b"report/v2";
        assert_eq!(
            world.verifier.check(&moved, NOW).err(),
            Some(Refusal::Unproven)
        );
        moved.context = CONTEXT;
        let other = RedeemerId::new(b"other.example").unwrap();
        let other = Verifier::new(other, world.issuer.series().clone(), world.ledger.id());
        assert_eq!(other.check(&moved, NOW).err(), Some(Refusal::Unproven));
        assert!(world.verifier.check(&moved, NOW).is_ok());
    }
}

#[test]
fn a_token_commits_for_good() {
    let world = World::new();
    let token = world.committed(&mut rng(), b"hail");
    let station = station();
    let token = token.redeem(&binding(&station, b"snow")).unwrap_err();
    assert!(token.redeem(&binding(&station, b"hail")).is_ok());
}

#[test]
fn identity_tokens_and_points_of_other_orders_are_refused() {
    let world = World::new();
    let request = spend(world.token(), b"hail");
    let mut identity = [0; 48];
    identity[0] = 0xc0;
    // (0, 2) is on the curve, and of order 3.
    let mut small = [0; 48];
    small[0] = 0x80;
    for bytes in [identity, small, [0; 48], [0xff; 48]] {
        let forged = with(&request, N, &bytes);
        let refused = world.verifier.check(&redemption(&forged, b"hail"), NOW);
        assert_eq!(refused.err(), Some(Refusal::Unproven));
        let all = [redemption(&forged, b"hail"), redemption(&request, b"hail")];
        let checked = world.verifier.check_all(&mut rng(), &all, NOW);
        let verdicts: Vec<_> = checked.iter().map(Result::is_ok).collect();
        assert_eq!(verdicts, [false, true]);
    }
}

#[test]
fn multiples_of_a_token_are_none() {
    let world = World::new();
    let request = spend(world.token(), b"hail");
    let n = point(&request);
    for factor in [Scalar::from(2_u64), -Scalar::ONE] {
        let multiple = (&n * &factor).to_point().unwrap();
        let forged = with(&request, N, &multiple.to_bytes());
        let refused = world.verifier.check(&redemption(&forged, b"hail"), NOW);
        assert_eq!(refused.err(), Some(Refusal::Unproven));
    }
    // Neither do the multiples of two tokens mix.
    let other = spend(world.token(), b"hail");
    let swapped = with(&request, N, &point(&other).to_bytes());
    let refused = world.verifier.check(&redemption(&swapped, b"hail"), NOW);
    assert_eq!(refused.err(), Some(Refusal::Unproven));
}

#[test]
fn a_token_of_one_epoch_is_none_of_another() {
    let world = World::new();
    let series = world.issuer.series();
    let request = spend(world.token(), b"hail");
    // The epoch before is still redeemable at NOW: two days are open.
    let yesterday = EpochKey::of(series, Epoch::new(1)).unwrap();
    assert_eq!(yesterday.epoch(), Epoch::new(1));
    let epoch = 1_u64.to_be_bytes();
    let moved = with(&request, EPOCH, &epoch);
    let refused = world.verifier.check(&redemption(&moved, b"hail"), NOW);
    assert_eq!(refused.err(), Some(Refusal::UnknownKey));
    let moved = with(&moved, KEY_ID, &yesterday.id().to_bytes());
    let refused = world.verifier.check(&redemption(&moved, b"hail"), NOW);
    assert_eq!(refused.err(), Some(Refusal::Unproven));
    // A commitment instead of a signature is no better.
    let request = spend(world.committed(&mut rng(), b"hail"), b"hail");
    let moved = with(&request, EPOCH, &epoch);
    let moved = with(&moved, KEY_ID, &yesterday.id().to_bytes());
    let refused = world.verifier.check(&redemption(&moved, b"hail"), NOW);
    assert_eq!(refused.err(), Some(Refusal::Unproven));
}

#[test]
fn tokens_are_good_in_their_window_and_not_outside() {
    let world = World::new();
    let request = spend(world.token(), b"hail");
    let verdict = |now| {
        world
            .verifier
            .check(&redemption(&request, b"hail"), now)
            .err()
    };
    let (minute, opens, ends) = (Seconds::minutes(1), Seconds::days(2), Seconds::days(4));
    let second = Seconds::new(1);
    assert_eq!(
        verdict(opens.minus(minute).minus(second)),
        Some(Refusal::TooEarly)
    );
    assert_eq!(verdict(opens.minus(minute)), None);
    assert_eq!(verdict(ends.plus(minute).minus(second)), None);
    assert_eq!(verdict(ends.plus(minute)), Some(Refusal::Expired));
    assert_eq!(verdict(Seconds::ZERO), Some(Refusal::TooEarly));
}

#[test]
fn a_token_of_another_key_is_refused() {
    let (world, other) = (World::new(), World::new());
    assert_ne!(world.issuer.series().id(), other.issuer.series().id());
    let request = spend(other.token(), b"hail");
    let refused = world.verifier.check(&redemption(&request, b"hail"), NOW);
    assert_eq!(refused.err(), Some(Refusal::UnknownKey));
    let ours = world.key(NOW).id().to_bytes();
    let refused = world
        .verifier
        .check(&redemption(&with(&request, KEY_ID, &ours), b"hail"), NOW);
    assert_eq!(refused.err(), Some(Refusal::Unproven));
}

/// The scalar of a series, used as a key of the mode VOPRF by somebody who ought to know better, signs nothing
/// that passes for a token, whichever input the token's owner sends: the two hash to other points.
#[test]
fn evaluations_of_other_protocols_are_no_tokens() {
    let world = World::new();
    let request = spend(world.token(), b"hail");
    let key = SecretKey::<Voprf, Bls12381G1>::from_bytes(world.secret()).unwrap();
    let bytes = request.to_bytes();
    for input in [&bytes[NAME], &bytes[N], &bytes] {
        let (blinded, _) = key.public_key().blind(&mut rng(), &[input]).unwrap();
        let (evaluated, _) = key.blind_evaluate(&mut rng(), &blinded).unwrap();
        let forged = with(&request, N, &evaluated[0].to_bytes());
        let refused = world.verifier.check(&redemption(&forged, b"hail"), NOW);
        assert_eq!(refused.err(), Some(Refusal::Unproven));
    }
}
