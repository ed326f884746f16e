//! One proof for the group's key, made by t issuers: what a client of RFC 9497 checks.

use milagro_base::{DecodeError, Seconds};
use milagro_dta::Threshold;
use milagro_dta::issue::Fault;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger, Refused};
use milagro_voprf::modes::threshold::joint::{
    Answer, Challenged, Commitment, Commitments, Committed, Joint, JointRefusal, ProofRequest,
};
use milagro_voprf::modes::threshold::{KeyShare, Shared};
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::{Blinded, Error, MAX_BATCH, Proof, Ristretto255};

use super::repeating_generator::Zeros;
use super::support::{LEDGER, SIZES, authorities, evaluate, id, issuers, rng, unshared};

pub(super) const NOW: Seconds = Seconds::new(1_000_000);

pub(super) fn ledger() -> MemoryLedger {
    let ledger = MemoryLedger::init(&mut Zeros, 1_000, Seconds::ZERO);
    assert_eq!(ledger.id(), LEDGER);
    ledger
}

pub(super) fn commit<S: Shared, R: CryptoRng>(
    rng: &mut R,
    issuer: &KeyShare<S>,
    request: ProofRequest<S>,
    ledger: &impl LocalLedger,
) -> Result<(Commitment<S>, Committed<S>), JointRefusal> {
    let unspent = issuer.join(request, NOW)?;
    let spent = unspent.spend_local(ledger, NOW);
    let (Ok(paid) | Err(Refused::Again(paid))) = spent else {
        return Err(JointRefusal::Repeated);
    };
    issuer.commit(rng, paid)
}

fn places<S: Shared>(joint: &Joint<S>) -> Vec<usize> {
    let signers = joint.signers().iter();
    signers.map(|id| usize::from(id.get() - 1)).collect()
}

pub(super) fn read<S: Shared>(issuer: &KeyShare<S>, bytes: &[u8]) -> ProofRequest<S> {
    ProofRequest::from_bytes(bytes, issuer.shared().threshold(), MAX_BATCH).unwrap()
}

/// Everything goes over the wire. All signers commit.
pub(super) fn committed<S: Shared>(
    issuers: &[KeyShare<S>],
    joint: &mut Joint<S>,
    ledger: &impl LocalLedger,
) -> Vec<(usize, Committed<S>)> {
    let bytes = joint.request().to_bytes();
    let mut states = Vec::new();
    for place in places(joint) {
        let issuer = &issuers[place];
        let read = read(issuer, &bytes);
        assert_eq!(read.to_bytes(), bytes);
        let (commitment, state) = commit(&mut rng(), issuer, read, ledger).unwrap();
        let read = Commitment::from_bytes(&commitment.to_bytes()).unwrap();
        joint.add(issuer.id(), read).unwrap();
        states.push((place, state));
    }
    states
}

pub(super) fn answer<S: Shared>(
    issuer: &KeyShare<S>,
    state: Committed<S>,
    challenged: &Challenged<S>,
) -> Answer<S> {
    let bytes = challenged.commitments().to_bytes();
    let all = Commitments::from_bytes(&bytes).unwrap();
    assert_eq!(all.to_bytes(), bytes);
    let answer = state.answer(issuer, &all).unwrap();
    Answer::from_bytes(&answer.to_bytes()).unwrap()
}

pub(super) fn joint<S: Shared>(
    issuers: &[KeyShare<S>],
    places: &[usize],
    blinded: &[Blinded<S>],
) -> Joint<S> {
    evaluate(issuers, places, blinded).prove_jointly(&mut rng(), NOW)
}

fn clients_cannot_tell<S: Shared>() {
    for (t, n) in SIZES {
        let authorities = authorities::<S>(t, n);
        let issuers = issuers::<S>(&authorities);
        let key = unshared::<S>(&authorities);
        let ledger = ledger();
        // The last t, in descending order: neither set nor order matters.
        let places: Vec<_> = (usize::from(n - t)..usize::from(n)).rev().collect();
        let inputs = ["one", "two", "three"];
        let (blinded, pending) = key.public_key().blind(&mut rng(), &inputs).unwrap();
        let mut joint = joint(&issuers, &places, &blinded);
        let states = committed(&issuers, &mut joint, &ledger);
        let mut challenged = joint.challenge().unwrap();
        for (place, state) in states {
            let answer = answer(&issuers[place], state, &challenged);
            challenged.add(issuers[place].id(), answer).unwrap();
        }
        let (evaluated, proof) = challenged.finish().unwrap();
        // Elements as from the unshared key, and a proof of the same form, for the same key.
        let (alone, _) = key.blind_evaluate(&mut rng(), &blinded).unwrap();
        assert_eq!(evaluated, alone);
        let proof = Proof::from_bytes(&proof.to_bytes()).unwrap();
        let outputs = pending.finalize(&evaluated, &proof).unwrap();
        for (output, input) in outputs.iter().zip(inputs) {
            let expected = key.evaluate(input.as_bytes()).unwrap();
            assert_eq!(output.as_bytes().as_ref(), expected.as_bytes().as_ref());
        }
        // It is a proof for this batch and no other.
        let (other, pending) = key.public_key().blind(&mut rng(), &inputs).unwrap();
        let (of_other, _) = key.blind_evaluate(&mut rng(), &other).unwrap();
        assert_eq!(
            pending.finalize(&of_other, &proof).unwrap_err(),
            Error::ProofRejected
        );
    }
}

#[test]
fn clients_of_rfc_9497_cannot_tell_on_ristretto255() {
    clients_cannot_tell::<Ristretto255>();
}

#[test]
fn clients_of_rfc_9497_cannot_tell_on_bls12381() {
    clients_cannot_tell::<Bls12381G1>();
}

/// Lies in both rounds, told by issuer 2 of 1 to 3.
#[test]
fn a_lying_signer_is_named() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(3, 5));
    let (blinded, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["a"])
        .unwrap();
    let ledger = ledger();
    for lie in 0..4 {
        let mut joint = joint(&issuers, &[0, 1, 2], &blinded);
        let mut states = Vec::new();
        for place in places(&joint) {
            let own = commit(&mut rng(), &issuers[place], joint.request(), &ledger);
            let (commitment, state) = own.unwrap();
            let mut bytes = commitment.to_bytes();
            if place == 1 && lie < 2 {
                // R of a nonce that it does not know, on G or on M.
                let range = 1 + 32 * lie..33 + 32 * lie;
                bytes[range].copy_from_slice(&blinded[0].to_bytes());
            }
            joint
                .add(issuers[place].id(), Commitment::from_bytes(&bytes).unwrap())
                .unwrap();
            states.push((place, state));
        }
        let mut challenged = joint.challenge().unwrap();
        for (place, state) in states {
            let result = state.answer(&issuers[place], challenged.commitments());
            let answer = match result {
                // Its own commitment is not the one it sent; a liar answers all the same.
                Err(refusal) => {
                    assert_eq!((place, refusal), (1, JointRefusal::Commitments));
                    Answer::from_bytes(&[&[1], &[7; 31][..], &[0]].concat()).unwrap()
                }
                Ok(answer) => answer,
            };
            let mut bytes = answer.to_bytes();
            if place == 1 && lie >= 2 {
                bytes[1] ^= 1;
            }
            let added = challenged.add(
                id(u16::try_from(place + 1).unwrap()),
                Answer::from_bytes(&bytes).unwrap(),
            );
            let fault = added
                .err()
                .map(|culprit| (culprit.authority, culprit.fault));
            assert_eq!(
                fault,
                (place == 1).then_some((id(2), Fault::Proof)),
                "lie {lie}"
            );
        }
        // Each signer has three tries, and is named for each.
        let wrong = || Answer::from_bytes(&[&[1], &[7; 31][..], &[0]].concat()).unwrap();
        for fault in [Fault::Proof, Fault::Proof, Fault::Duplicate] {
            let refused = challenged.add(id(2), wrong()).unwrap_err();
            assert_eq!((refused.authority, refused.fault), (id(2), fault));
        }
        let error = challenged.finish().unwrap_err();
        assert_eq!(error.culprits().len(), 3);
    }
}

#[test]
fn strangers_and_repetitions_are_named() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let (blinded, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["a"])
        .unwrap();
    let ledger = ledger();
    let mut joint = joint(&issuers, &[0, 1], &blinded);
    let (first, _) = commit(&mut rng(), &issuers[0], joint.request(), &ledger).unwrap();
    let fault = |culprit: milagro_dta::issue::Culprit| (culprit.authority, culprit.fault);
    assert_eq!(
        joint.add(id(3), first).map_err(fault),
        Err((id(3), Fault::Unknown))
    );
    joint.add(id(1), first).unwrap();
    assert_eq!(
        joint.add(id(1), first).map_err(fault),
        Err((id(1), Fault::Duplicate))
    );
    assert!(joint.challenge().is_err(), "one commitment is missing");
}

fn refusal<S: Shared>(issuer: &KeyShare<S>, request: &[u8], now: Seconds) -> Option<JointRefusal> {
    issuer.join(read(issuer, request), now).err()
}

#[test]
fn issuers_prove_what_they_have_evaluated_and_nothing_else() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let strangers = super::support::issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let public = issuers[0].shared().public_key();
    let (blinded, _) = public.blind(&mut rng(), &["a"]).unwrap();
    let first = joint(&issuers, &[0, 1], &blinded).request().to_bytes();
    assert_eq!(refusal(&issuers[0], &first, NOW), None);
    assert_eq!(refusal(&issuers[1], &first, NOW), None);
    // A stranger's, and one of which this issuer is no signer.
    let refused = refusal(&strangers[0], &first, NOW);
    assert_eq!(refused, Some(JointRefusal::Edition));
    let refused = refusal(&issuers[2], &first, NOW);
    assert_eq!(refused, Some(JointRefusal::Signers));
    // Other elements than the evaluated ones: the multiplication that the answer would give away.
    let (fresh, _) = public.blind(&mut rng(), &["b"]).unwrap();
    let (elements, parts) = (115, 149);
    let mut other = first.clone();
    other[elements..elements + 32].copy_from_slice(&fresh[0].to_bytes());
    assert_eq!(refusal(&issuers[0], &other, NOW), Some(JointRefusal::Part));
    // Another's part that is wrong: no issuer takes part in a proof of something else than k·C.
    let mut other = first.clone();
    let last = first.len() - 32;
    other[last..].copy_from_slice(&fresh[0].to_bytes());
    assert_eq!(refusal(&issuers[0], &other, NOW), Some(JointRefusal::Part));
    // Parts under exchanged numbers, and of one that is no member.
    let mut exchanged = first.clone();
    exchanged[parts..].rotate_left(98);
    exchanged[parts + 1] = 1;
    exchanged[parts + 99] = 2;
    assert_eq!(exchanged[..parts + 2], first[..parts + 2]);
    assert_eq!(
        refusal(&issuers[0], &exchanged, NOW),
        Some(JointRefusal::Part)
    );
    let mut member = first.clone();
    member[parts + 99] = 9;
    assert_eq!(
        refusal(&issuers[0], &member, NOW),
        Some(JointRefusal::Signers)
    );
    // A session of another time.
    let (minute, life) = (Seconds::minutes(1), Seconds::minutes(5));
    let second = Seconds::new(1);
    let times = [
        (NOW.minus(minute), None),
        (NOW.minus(minute).minus(second), Some(JointRefusal::Time)),
        (NOW.plus(life).minus(second), None),
        (NOW.plus(life), Some(JointRefusal::Time)),
    ];
    for (now, expected) in times {
        assert_eq!(refusal(&issuers[0], &first, now), expected);
    }
}

#[test]
fn messages_of_other_lengths_are_refused() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let (blinded, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["a", "b"])
        .unwrap();
    let mut joint = joint(&issuers, &[0, 1], &blinded);
    let request = joint.request().to_bytes();
    let length = |read: Option<DecodeError>| assert_eq!(read, Some(DecodeError::Length));
    let threshold = |t| Threshold::new(t, 3).unwrap();
    let read = |bytes: &[u8], t, maximum| {
        ProofRequest::<Ristretto255>::from_bytes(bytes, threshold(t), maximum).err()
    };
    assert_eq!(read(&request, 2, 2), None);
    for cut in 0..request.len() {
        length(read(&request[..cut], 2, 2));
    }
    assert_eq!(read(&request, 2, 1), Some(DecodeError::Value));
    length(read(&[request.as_slice(), &[0]].concat(), 2, 2));
    length(read(&request, 3, 2));
    // One part fewer than t, and the bytes of it left over.
    let mut fewer = request.clone();
    fewer[115 + 64 + 1] = 1;
    length(read(&fewer, 2, 2));
    let states = committed(&issuers, &mut joint, &ledger());
    let challenged = joint.challenge().unwrap();
    let all = challenged.commitments().to_bytes();
    for cut in 0..all.len() {
        length(Commitments::<Ristretto255>::from_bytes(&all[..cut]).err());
    }
    let one = [&[1], &all[5..69]].concat();
    assert!(Commitment::<Ristretto255>::from_bytes(&one).is_ok());
    for cut in 0..one.len() {
        length(Commitment::<Ristretto255>::from_bytes(&one[..cut]).err());
    }
    for (place, state) in states {
        let answer = answer(&issuers[place], state, &challenged).to_bytes();
        for cut in 0..answer.len() {
            length(Answer::<Ristretto255>::from_bytes(&answer[..cut]).err());
        }
        let mut large = answer;
        large[1..].fill(0xff);
        let read = Answer::<Ristretto255>::from_bytes(&large).err();
        assert_eq!(read, Some(DecodeError::ScalarOutOfRange));
    }
}
