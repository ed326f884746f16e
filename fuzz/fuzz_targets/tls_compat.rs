//! Apache Milagro's key agreement: encodings are canonical, any name gives a valid point, and both ends have one key if and
//! only if names and messages are right.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_curve::G2Point;
use milagro_fuzz::{Edits, Seeded, edited};
use milagro_tls::compat::{
    ChowChooError, InitiatorName, LegacyAnswer, LegacyInitiatorKey, LegacyOffer,
    LegacyResponderKey, MasterShare, ResponderName,
};

static MASTER: LazyLock<MasterShare> = LazyLock::new(|| MasterShare::random(&mut Seeded(1)));

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    alice: Vec<u8>,
    bob: Vec<u8>,
    /// Whom each takes the other for, if not for whom it is.
    other_alice: Option<Vec<u8>>,
    other_bob: Option<Vec<u8>>,
    keys: Edits,
    pa: Edits,
    pg: Edits,
    pb: Edits,
    mirrored: bool,
}

fuzz_target!(|input: Input| {
    let bob = ResponderName::new(&input.bob);
    assert_eq!(
        G2Point::from_bytes(&bob.point().to_bytes()),
        Ok(*bob.point())
    );
    let Ok(alice) = InitiatorName::new(&input.alice) else {
        return;
    };
    let a_key = LegacyInitiatorKey::from_shares(&alice, &[MASTER.initiator_share(&alice)]);
    let b_key = LegacyResponderKey::from_shares(&bob, &[MASTER.responder_share(&bob)]);
    let (a_key, b_key) = (a_key.expect("a share"), b_key.expect("a share"));
    let bytes = edited(*a_key.to_bytes(), &input.keys);
    if let Ok(key) = LegacyInitiatorKey::from_bytes(&alice, &bytes) {
        assert_eq!(*key.to_bytes(), bytes);
    }
    let bytes = edited(*b_key.to_bytes(), &input.keys);
    if let Ok(key) = LegacyResponderKey::from_bytes(&bob, &bytes) {
        assert_eq!(*key.to_bytes(), bytes);
    }

    let rng = &mut Seeded(input.seed);
    let to = ResponderName::new(input.other_bob.as_ref().unwrap_or(&input.bob));
    let Ok(from) = InitiatorName::new(input.other_alice.as_ref().unwrap_or(&input.alice)) else {
        return;
    };
    let started = a_key.start(rng, &to);
    let same = to.as_bytes() == alice.as_bytes();
    assert_eq!(started.is_err(), same);
    let Ok((sent, waiting)) = started else { return };
    let Ok(offer) = LegacyOffer::from_bytes(&edited(sent.to_bytes(), &input.pa)) else {
        return;
    };
    let answered = b_key.answer(rng, &from, &offer);
    let same = from.as_bytes() == bob.as_bytes();
    assert_eq!(answered.is_err(), same);
    let Ok((answer, bobs)) = answered else { return };
    let (pg, pb) = answer.to_bytes();
    let pg = if input.mirrored { sent.to_bytes() } else { pg };
    let Ok(arrived) = LegacyAnswer::from_bytes(&edited(pg, &input.pg), &edited(pb, &input.pb))
    else {
        return;
    };
    match waiting.finish(&arrived) {
        Ok(alices) => {
            let names = from == alice && to == bob;
            let good = names && offer == sent && arrived == answer;
            assert_eq!(alices.as_bytes() == bobs.as_bytes(), good);
        }
        Err(error) => {
            assert_eq!(error, ChowChooError::Reflected);
            assert!(input.mirrored);
        }
    }
});
