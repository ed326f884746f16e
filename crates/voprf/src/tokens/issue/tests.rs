mod derived;

use alloc::sync::Arc;
use core::num::NonZeroUsize;

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::{IssueRefusal, Issuer, KeyRing, TokenKey, TokenKeyError, TokenRequest, TokenResponse};
use crate::error::Error;
use crate::modes::bounds::MAX_BATCH;
use crate::modes::key::SecretKey;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::policy::{PolicyRefusal, UserRate};
use crate::tokens::redeem::OutputSource as _;
use crate::tokens::schedule::{
    BudgetExhausted, Epoch, KeySchedule, PinnedSchedule, QueryBudget, Timetable,
};
use crate::tokens::token::{FormatError, KeyId, Token, Uses};
use milagro_base::DecodeError;

const NOW: u64 = 50;
const RATE: u32 = 20;
const BUDGET: u64 = 30;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn secret(seed: u8) -> SecretKey<Voprf> {
    SecretKey::derive(&[seed; 32], b"token test").unwrap()
}

/// Epochs 0 and 1 with the keys of seeds 0 and 1, on one budget; epoch 2 in the schedule only.
fn service() -> (KeySchedule, Arc<KeyRing>, Issuer<UserRate>) {
    let timetable = Timetable::new(0, 100)
        .unwrap()
        .with_overlap(10, 50)
        .unwrap();
    let mut schedule =
        KeySchedule::new("ristretto255-SHA512", "test", timetable, Uses::ONE).unwrap();
    let (mut ring, budget) = (KeyRing::new(), Arc::new(QueryBudget::new(BUDGET)));
    for seed in 0..3 {
        let public = secret(seed).public_key().to_bytes();
        schedule.push(Epoch::new(seed.into()), &public).unwrap();
        if seed < 2 {
            ring.insert(secret(seed), Arc::clone(&budget));
        }
    }
    let policy = UserRate::new(RATE, 1_000, NonZeroUsize::new(10).unwrap()).unwrap();
    let ring = Arc::new(ring);
    (
        schedule.clone(),
        Arc::clone(&ring),
        Issuer::new(schedule, ring, policy),
    )
}

fn pinned(schedule: &KeySchedule) -> PinnedSchedule {
    PinnedSchedule::pin(schedule.clone())
}

fn over_the_wire(request: &TokenRequest) -> TokenRequest {
    let read = TokenRequest::from_bytes(&request.to_bytes()).unwrap();
    assert_eq!(read, *request);
    read
}

#[test]
fn tokens_are_what_the_key_says() {
    let (schedule, ring, issuer) = service();
    let key = TokenKey::from_schedule(&pinned(&schedule), NOW).unwrap();
    let (request, pending) = key.draw(&mut rng(), 5).unwrap();
    let response = issuer
        .issue(&mut rng(), b"ann", &over_the_wire(&request), NOW)
        .unwrap();
    let response = TokenResponse::from_bytes(&response.to_bytes()).unwrap();
    let tokens = pending.finish(&response).unwrap();
    assert_eq!(tokens.len(), 5);
    for token in &tokens {
        assert_eq!(token.key_id(), key.id());
        let output = ring.output(token.key_id(), token.nonce()).unwrap();
        assert_eq!(output.to_bytes(), token.output.to_bytes());
    }
    let mut nonces: Vec<_> = tokens.iter().map(Token::nonce).collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 5);
}

#[test]
fn an_issuer_that_answers_under_a_key_for_one_user_is_refused() {
    let (schedule, _, _) = service();
    let key = TokenKey::<Ristretto255>::from_schedule(&pinned(&schedule), NOW).unwrap();
    let (request, pending) = key.draw(&mut rng(), 3).unwrap();
    let per_user = secret(99);
    let (evaluated, proof) = per_user
        .blind_evaluate_in(&super::context(), &mut rng(), &request.blinded)
        .unwrap();
    let response = TokenResponse { proof, evaluated };
    assert_eq!(pending.finish(&response).err(), Some(Error::ProofRejected));
}

#[test]
fn a_proof_whose_weights_do_not_hash_the_whole_batch_is_refused() {
    let (schedule, _, _) = service();
    let key = TokenKey::<Ristretto255>::from_schedule(&pinned(&schedule), NOW).unwrap();
    let (request, pending) = key.draw(&mut rng(), 3).unwrap();
    let (evaluated, proof) = secret(0)
        .blind_evaluate(&mut rng(), &request.blinded)
        .unwrap();
    let response = TokenResponse { proof, evaluated };
    assert_eq!(pending.finish(&response).err(), Some(Error::ProofRejected));
}

#[test]
fn a_schedule_made_for_one_user_is_not_the_pinned_one() {
    let (schedule, _, _) = service();
    let mut per_user = KeySchedule::new(
        "ristretto255-SHA512",
        "test",
        *schedule.timetable(),
        Uses::ONE,
    )
    .unwrap();
    per_user
        .push(Epoch::new(0), &secret(99).public_key().to_bytes())
        .unwrap();
    assert!(KeySchedule::pinned(&per_user.to_bytes(), &schedule.digest()).is_err());
}

#[test]
fn altered_answers_are_refused() {
    type Tweak = fn(&mut TokenResponse);
    let cases: [(&str, Tweak, Error); 5] = [
        (
            "swapped",
            |response| response.evaluated.swap(0, 1),
            Error::ProofRejected,
        ),
        (
            "repeated",
            |response| response.evaluated[0] = response.evaluated[1],
            Error::ProofRejected,
        ),
        (
            "one missing",
            |response| response.evaluated.truncate(2),
            Error::LengthMismatch,
        ),
        (
            "one more",
            |response| response.evaluated.push(response.evaluated[0]),
            Error::LengthMismatch,
        ),
        (
            "proof of another answer",
            |response| {
                let (schedule, _, issuer) = service();
                let key = TokenKey::from_schedule(&pinned(&schedule), NOW).unwrap();
                let (request, _) = key.draw(&mut rng(), 3).unwrap();
                response.proof = issuer
                    .issue(&mut rng(), b"bob", &request, NOW)
                    .unwrap()
                    .proof;
            },
            Error::ProofRejected,
        ),
    ];
    for (name, tweak, error) in cases {
        let (schedule, _, issuer) = service();
        let key = TokenKey::from_schedule(&pinned(&schedule), NOW).unwrap();
        let (request, pending) = key.draw(&mut rng(), 3).unwrap();
        let mut response = issuer.issue(&mut rng(), b"ann", &request, NOW).unwrap();
        tweak(&mut response);
        assert_eq!(pending.finish(&response).err(), Some(error), "{name}");
    }
}

#[test]
fn keys_issue_inside_their_windows() {
    let (schedule, _, issuer) = service();
    let key = TokenKey::from_schedule(&pinned(&schedule), 0).unwrap();
    let (request, _) = key.draw(&mut rng(), 1).unwrap();
    for (now, expected) in [
        (0, None),
        (109, None),
        (110, Some(IssueRefusal::Closed)),
        (u64::MAX, Some(IssueRefusal::Closed)),
    ] {
        assert_eq!(
            issuer.issue(&mut rng(), b"ann", &request, now).err(),
            expected,
            "{now}"
        );
    }
    let late = TokenKey::from_schedule(&pinned(&schedule), 250).unwrap();
    let (request, _) = late.draw(&mut rng(), 1).unwrap();
    assert_eq!(
        issuer.issue(&mut rng(), b"ann", &request, 250).err(),
        Some(IssueRefusal::KeyMissing)
    );
    let unknown = TokenRequest {
        key_id: KeyId::from_bytes(&[9; 32]),
        ..request
    };
    assert_eq!(
        issuer.issue(&mut rng(), b"ann", &unknown, 250).err(),
        Some(IssueRefusal::UnknownKey)
    );
}

#[test]
fn rate_and_budget_are_charged_per_token_and_the_budget_over_all_keys() {
    let (schedule, ring, issuer) = service();
    let draw = |user: &[u8], count, now| {
        let key = TokenKey::from_schedule(&pinned(&schedule), now).unwrap();
        let (request, _) = key.draw(&mut rng(), count).unwrap();
        issuer.issue(&mut rng(), user, &request, now).err()
    };
    assert_eq!(
        draw(b"ann", 21, NOW),
        Some(IssueRefusal::Policy(PolicyRefusal::NeverAllowed))
    );
    assert_eq!(draw(b"ann", 20, NOW), None);
    let refusal = IssueRefusal::Policy(PolicyRefusal::RateExceeded { retry_at: 1_000 });
    assert_eq!(draw(b"ann", 1, NOW), Some(refusal));
    assert_eq!(
        draw(b"bob", 11, 150),
        Some(IssueRefusal::Budget(BudgetExhausted)),
        "another key, the same budget"
    );
    assert_eq!(draw(b"cid", 10, 150), None);
    let left = schedule
        .keys()
        .iter()
        .map(|key| ring.budget(key.id()).map(QueryBudget::left));
    assert_eq!(left.collect::<Vec<_>>(), [Some(0), Some(0), None]);
}

#[test]
fn schedules_that_give_no_key_are_refused() {
    let (schedule, _, _) = service();
    assert_eq!(
        TokenKey::<Ristretto255>::from_schedule(&pinned(&schedule), 310).err(),
        Some(TokenKeyError::Closed)
    );
    let empty = |suite| KeySchedule::new(suite, "test", *schedule.timetable(), Uses::ONE).unwrap();
    let other = empty("P256-SHA256");
    assert_eq!(
        TokenKey::<Ristretto255>::from_schedule(&pinned(&other), NOW).err(),
        Some(TokenKeyError::OtherSuite)
    );
    for (key, reason) in [
        (&[0; 32][..], DecodeError::Identity),
        (&[255; 32], DecodeError::Encoding),
        (&[1; 31], DecodeError::Length),
    ] {
        let mut bad = empty("ristretto255-SHA512");
        bad.push(Epoch::new(0), key).unwrap();
        let refused = TokenKey::<Ristretto255>::from_schedule(&pinned(&bad), NOW).err();
        assert_eq!(refused, Some(TokenKeyError::Key(reason)));
    }
}

#[test]
fn batches_have_their_bounds() {
    let (schedule, _, _) = service();
    let key = TokenKey::<Ristretto255>::from_schedule(&pinned(&schedule), NOW).unwrap();
    assert_eq!(key.draw(&mut rng(), 0).err(), Some(Error::EmptyBatch));
    assert_eq!(
        key.draw(&mut rng(), MAX_BATCH + 1).err(),
        Some(Error::BatchTooLarge)
    );
    assert_eq!(
        key.draw(&mut rng(), usize::MAX).err(),
        Some(Error::BatchTooLarge)
    );
}

/// The bytes of a request for two tokens and of the answer to it.
fn messages() -> (Vec<u8>, Vec<u8>) {
    let (schedule, _, issuer) = service();
    let key = TokenKey::from_schedule(&pinned(&schedule), NOW).unwrap();
    let (request, _) = key.draw(&mut rng(), 2).unwrap();
    let response = issuer.issue(&mut rng(), b"ann", &request, NOW).unwrap();
    (request.to_bytes(), response.to_bytes())
}

#[test]
fn cut_messages_are_refused() {
    let (request, response) = messages();
    let list = |length: usize, fixed: usize| match length.checked_sub(fixed) {
        None => FormatError::Truncated,
        Some(0) => FormatError::Element(DecodeError::Length),
        Some(_) => FormatError::Element(DecodeError::Length),
    };
    assert_eq!(request.len(), 33 + 2 * 32);
    for end in (0..request.len()).filter(|end| *end != 33 + 32) {
        assert_eq!(
            TokenRequest::<Ristretto255>::from_bytes(&request[..end]),
            Err(list(end, 33)),
            "{end}"
        );
    }
    assert_eq!(response.len(), 65 + 2 * 32);
    for end in (0..response.len()).filter(|end| *end != 65 + 32) {
        assert_eq!(
            TokenResponse::<Ristretto255>::from_bytes(&response[..end]),
            Err(list(end, 65)),
            "{end}"
        );
    }
}

#[test]
fn message_bytes_are_strict() {
    let (request, response) = messages();
    for (name, tail, reason) in [
        ("identity", &[0; 32][..], DecodeError::Identity),
        ("not canonical", &[255; 32], DecodeError::Encoding),
        ("half an element", &[0; 16], DecodeError::Length),
        (
            "beyond the limit",
            &request[33..65].repeat(MAX_BATCH),
            DecodeError::Length,
        ),
    ] {
        let bytes = [&request, tail].concat();
        assert_eq!(
            TokenRequest::<Ristretto255>::from_bytes(&bytes),
            Err(FormatError::Element(reason)),
            "{name}"
        );
        let bytes = [&response, tail].concat();
        assert_eq!(
            TokenResponse::<Ristretto255>::from_bytes(&bytes),
            Err(FormatError::Element(reason)),
            "{name}"
        );
    }
    let mut bytes = request.clone();
    bytes[0] = 2;
    assert_eq!(
        TokenRequest::<Ristretto255>::from_bytes(&bytes),
        Err(FormatError::UnknownVersion(2))
    );
    let mut bytes = response.clone();
    bytes[1..65].fill(255);
    let scalar = Err(FormatError::Element(DecodeError::ScalarOutOfRange));
    assert_eq!(TokenResponse::<Ristretto255>::from_bytes(&bytes), scalar);
}
