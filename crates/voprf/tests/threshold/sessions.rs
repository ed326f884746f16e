//! A session of a joint proof is about one thing, is counted once, and keeps the shares.

use curve25519_dalek::Scalar;
use milagro_base::{DecodeError, Seconds};
use milagro_dta::sharing::Group as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::Ristretto255;
use milagro_voprf::modes::threshold::KeyShare;
use milagro_voprf::modes::threshold::joint::{Commitments, JointRefusal};

use super::joint::{NOW, answer, commit, committed, joint, ledger, read};
use super::repeating_generator::{Zeros, scalar};
use super::support::{LEDGER, authorities, issuers, rng};

#[test]
fn a_session_is_answered_once() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let (blinded, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["a"])
        .unwrap();
    let ledger = ledger();
    let first = joint(&issuers, &[0, 1], &blinded).request();
    assert!(commit(&mut rng(), &issuers[0], first.clone(), &ledger).is_ok());
    // Even to somebody who takes `Again` for a yes.
    let again = commit(&mut rng(), &issuers[0], first.clone(), &ledger);
    assert_eq!(again.err(), Some(JointRefusal::Repeated));
    // The same session about something else is refused by the ledger.
    let (fresh, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["b"])
        .unwrap();
    let mut bytes = joint(&issuers, &[0, 1], &fresh).request().to_bytes();
    bytes[73..113].copy_from_slice(&first.to_bytes()[73..113]);
    let unspent = issuers[0].join(read(&issuers[0], &bytes), NOW).unwrap();
    assert!(matches!(
        unspent.spend_local(&ledger, NOW),
        Err(Refused::Exhausted)
    ));
    // What one issuer has paid for, another does not answer: its own account was not charged.
    let third = joint(&issuers, &[0, 1], &blinded).request();
    let unspent = issuers[0].join(third, NOW).unwrap();
    let paid = unspent.spend_local(&ledger, NOW).unwrap();
    let refused = issuers[1].commit(&mut rng(), paid);
    assert_eq!(refused.err(), Some(JointRefusal::Signers));
    // To the other signer it is new.
    assert!(commit(&mut rng(), &issuers[1], first, &ledger).is_ok());
}

/// Another ledger does not count for the one that the share names, not even for another copy of the share that
/// names it.
#[test]
fn a_share_is_counted_on_its_own_ledger() {
    let authorities = authorities::<Ristretto255>(2, 3);
    let issuers = issuers::<Ristretto255>(&authorities);
    let public = issuers[0].shared().public_key();
    let (blinded, _) = public.blind(&mut rng(), &["a"]).unwrap();
    let request = joint(&issuers, &[0, 1], &blinded).request();
    let own = ledger();
    let other = MemoryLedger::init(&mut rng(), 1_000, Seconds::ZERO);
    let copy = KeyShare::<Ristretto255>::new(&authorities[0], other.id()).unwrap();
    assert_eq!((issuers[0].ledger(), copy.ledger()), (LEDGER, other.id()));

    let unspent = issuers[0].join(request.clone(), NOW).unwrap();
    assert!(matches!(
        unspent.spend_local(&other, NOW),
        Err(Refused::Elsewhere(_))
    ));
    for (share, ledger, committing) in [(&issuers[0], &own, &copy), (&copy, &other, &issuers[0])] {
        let unspent = share.join(request.clone(), NOW).unwrap();
        let paid = unspent.spend_local(ledger, NOW).unwrap();
        let refused = committing.commit(&mut rng(), paid);
        assert_eq!(refused.err(), Some(JointRefusal::OtherLedger));
    }
}

#[test]
fn answers_are_for_the_commitments_of_the_signers() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let (blinded, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["a"])
        .unwrap();
    let ledger = ledger();
    let run = || {
        let mut joint = joint(&issuers, &[0, 1], &blinded);
        let states = committed(&issuers, &mut joint, &ledger);
        (joint.challenge().unwrap(), states)
    };
    let ((one, states), (other, _)) = (run(), run());
    for (place, state) in states {
        let refused = state.answer(&issuers[place], other.commitments());
        assert_eq!(refused.err(), Some(JointRefusal::Commitments));
    }
    let (challenged, mut states) = run();
    let (_, second) = states.pop().unwrap();
    let refused = second.answer(&issuers[0], challenged.commitments());
    assert_eq!(refused.err(), Some(JointRefusal::Signers));
    let (_, first) = states.pop().unwrap();
    let bytes = challenged.commitments().to_bytes();
    let mut fewer = bytes[..3 + 66].to_vec();
    fewer[2] = 1;
    let fewer = Commitments::from_bytes(&fewer).unwrap();
    let refused = first.answer(&issuers[0], &fewer);
    assert_eq!(refused.err(), Some(JointRefusal::Commitments));
    let mut turned = bytes.clone();
    turned[3..].rotate_left(66);
    assert_eq!(
        Commitments::<Ristretto255>::from_bytes(&turned).err(),
        Some(DecodeError::Value)
    );
    drop(one);
}

/// An issuer whose generator died signs two sessions about the same evaluation. Were the nonce the same in both, k =
/// (s₁ - s₂)/(λ·(c₂ - c₁)).
#[test]
fn sessions_keep_the_share_of_a_dead_generator() {
    let authorities = authorities::<Ristretto255>(2, 3);
    let issuers = issuers::<Ristretto255>(&authorities);
    let secret = scalar(&*Ristretto255::secret_to_bytes(authorities[0].key_share()));
    let (blinded, _) = issuers[0]
        .shared()
        .public_key()
        .blind(&mut rng(), &["a"])
        .unwrap();
    let ledger = ledger();
    let run = || {
        let mut joint = joint(&issuers, &[0, 1], &blinded);
        let mut states = Vec::new();
        for issuer in &issuers[..2] {
            let own = match issuer.id().get() {
                1 => commit(&mut Zeros, issuer, joint.request(), &ledger),
                _ => commit(&mut rng(), issuer, joint.request(), &ledger),
            };
            let (commitment, state) = own.unwrap();
            joint.add(issuer.id(), commitment).unwrap();
            states.push(state);
        }
        let mut challenged = joint.challenge().unwrap();
        let mut answers = Vec::new();
        for (place, state) in states.into_iter().enumerate() {
            let answer = answer(&issuers[place], state, &challenged);
            challenged.add(issuers[place].id(), answer).unwrap();
            answers.push(scalar(&answer.to_bytes()[1..]));
        }
        let (_, proof) = challenged.finish().unwrap();
        (scalar(&proof.to_bytes()[..32]), answers[0])
    };
    let ((c1, s1), (c2, s2)) = (run(), run());
    assert_ne!(c1, c2);
    // λ of 1 beside 2.
    let weight = Scalar::from(2_u64);
    assert_ne!((s1 - s2) * (weight * (c2 - c1)).invert(), secret);
}
