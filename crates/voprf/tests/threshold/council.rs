//! Keys of epochs, one for each attribute list, certified by those who share them.

use milagro_base::{DecodeError, Seconds};
use milagro_dta::Threshold;
use milagro_dta::issue::{Fault, Received};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::Ristretto255;
use milagro_voprf::attributes::Attributes;
use milagro_voprf::modes::threshold::council::{
    Certificate, Council, CouncilError, CouncilKey, CouncilMember,
};
use milagro_voprf::modes::threshold::{KeyShare, Shared};
use milagro_voprf::suite::Bls12381G1;

use super::support::{authorities, evaluate, id, issuers, rng, unshared};

const NOW: Seconds = Seconds::new(1_000_000);

fn list(epoch: &str) -> Attributes {
    Attributes::new(&["weather", epoch]).unwrap()
}

struct Group {
    council: Council,
    members: Vec<CouncilMember>,
    ledgers: Vec<MemoryLedger>,
}

fn group(t: u16, n: u16) -> Group {
    let keys: Vec<_> = (0..n).map(|_| CouncilKey::generate(&mut rng())).collect();
    let public: Vec<_> = keys.iter().map(CouncilKey::public).collect();
    let council = Council::new(Threshold::new(t, n).unwrap(), &public).unwrap();
    let ledgers: Vec<_> = (0..n)
        .map(|_| MemoryLedger::init(&mut rng(), 1000, Seconds::ZERO))
        .collect();
    let members = (1..=n)
        .zip(keys)
        .zip(&ledgers)
        .map(|((number, key), ledger)| {
            let stored = CouncilKey::from_bytes(key.to_bytes());
            CouncilMember::new(council.clone(), id(number), stored, ledger.id()).unwrap()
        });
    Group {
        members: members.collect(),
        ledgers,
        council,
    }
}

impl Group {
    fn endorse<S: Shared>(
        &self,
        place: usize,
        attributes: &Attributes,
        share: &KeyShare<S>,
    ) -> Option<Received<[u8; 64]>> {
        let member = &self.members[place];
        let unspent = member.endorse(attributes, share).unwrap();
        match unspent.spend_local(&self.ledgers[place], NOW) {
            Ok(paid) | Err(Refused::Again(paid)) => Some(Received {
                from: share.id(),
                value: member.sign(paid).unwrap(),
            }),
            Err(refused) => {
                assert!(matches!(refused, Refused::Exhausted), "{refused}");
                None
            }
        }
    }

    fn certify<S: Shared>(
        &self,
        attributes: &Attributes,
        issuers: &[KeyShare<S>],
    ) -> Certificate<S> {
        let places = (0..issuers.len()).take(self.council.quorum());
        let signatures: Vec<_> = places
            .filter_map(|place| self.endorse(place, attributes, &issuers[place]))
            .collect();
        self.council
            .certificate(attributes, &issuers[0], signatures)
            .unwrap()
    }
}

fn clients_know_the_key_of_their_epoch<S: Shared>() {
    let group = group(2, 3);
    let (one, two) = (authorities::<S>(2, 3), authorities::<S>(2, 3));
    let (first, second) = (issuers::<S>(&one), issuers::<S>(&two));
    let certificates = [
        group.certify(&list("1"), &first),
        group.certify(&list("2"), &second),
    ];
    let [certificate, other] = certificates.map(|certificate| {
        let bytes = certificate.to_bytes();
        let read = Certificate::<S>::from_bytes(&bytes).unwrap();
        assert_eq!(read.to_bytes(), bytes);
        read
    });
    let verified = group.council.verify(&list("1"), &certificate).unwrap();
    // A key that is known to be the issuers' takes additive blinding.
    let (blinded, pending) = verified.blind(&mut rng(), &["input"]).unwrap();
    let evaluation = evaluate(&first, &[0, 2], &blinded);
    let output = pending.finalize_shared(&evaluation).unwrap();
    let expected = unshared::<S>(&one).evaluate(b"input").unwrap();
    assert_eq!(output[0].as_bytes().as_ref(), expected.as_bytes().as_ref());
    // The certificate of one epoch is none of another, nor of another council.
    for (attributes, certificate) in [("2", &certificate), ("1", &other)] {
        let refused = group.council.verify(&list(attributes), certificate);
        assert_eq!(refused.err(), Some(CouncilError::Uncertified));
    }
    let strangers = self::group(2, 3).council;
    let refused = strangers.verify(&list("1"), &certificate);
    assert_eq!(refused.err(), Some(CouncilError::Uncertified));
}

#[test]
fn clients_know_the_key_of_their_epoch_on_ristretto255() {
    clients_know_the_key_of_their_epoch::<Ristretto255>();
}

#[test]
fn clients_know_the_key_of_their_epoch_on_bls12381() {
    clients_know_the_key_of_their_epoch::<Bls12381G1>();
}

#[test]
fn a_list_gets_one_key_for_good() {
    let group = group(3, 5);
    assert_eq!(group.council.quorum(), 4);
    let first = issuers::<Ristretto255>(&authorities::<Ristretto255>(3, 5));
    let second = issuers::<Ristretto255>(&authorities::<Ristretto255>(3, 5));
    let certificate = group.certify(&list("1"), &first);
    // The same again is signed again, byte by byte; another key for this list by nobody who has signed.
    assert_eq!(
        group.certify(&list("1"), &first).to_bytes(),
        certificate.to_bytes()
    );
    let signatures: Vec<_> = (0..5)
        .filter_map(|place| group.endorse(place, &list("1"), &second[place]))
        .collect();
    assert_eq!(signatures.len(), 1);
    let refused = group
        .council
        .certificate(&list("1"), &second[0], signatures);
    assert!(refused.is_err());
    // Nor is this key signed for another list: its outputs would be good in both epochs.
    for (place, issuer) in first.iter().enumerate().take(group.council.quorum()) {
        assert!(group.endorse(place, &list("2"), issuer).is_none());
    }
    // What was refused has used nothing up: the list waits for a key of its own.
    assert!(group.endorse(0, &list("2"), &second[0]).is_some());
    // Another suite is another list.
    let third = issuers::<Bls12381G1>(&authorities::<Bls12381G1>(3, 5));
    assert!(group.endorse(0, &list("1"), &third[0]).is_some());
}

#[test]
fn bad_signatures_are_named_and_too_few_certify_nothing() {
    let group = group(2, 3);
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let signed = |place| group.endorse(place, &list("1"), &issuers[place]).unwrap();
    let (first, second) = (signed(0), signed(1));
    let mut altered = second;
    altered.value[0] ^= 1;
    let mut stranger = first;
    stranger.from = id(4);
    let lists = [
        vec![first, altered],
        vec![first, first],
        vec![first, stranger],
        vec![first],
    ];
    let faults = [
        Some((2, Fault::Proof)),
        Some((1, Fault::Duplicate)),
        Some((4, Fault::Unknown)),
        None,
    ];
    for (signatures, expected) in lists.into_iter().zip(faults) {
        let result = group
            .council
            .certificate(&list("1"), &issuers[0], signatures);
        let error = result.unwrap_err();
        let named = error
            .culprits()
            .first()
            .map(|one| (one.authority.get(), one.fault));
        assert_eq!(named, expected);
    }
    // Of 2 of 3, q = 3.
    let all = [second, signed(2), first];
    let certificate = group
        .council
        .certificate(&list("1"), &issuers[0], all)
        .unwrap();
    let bytes = certificate.to_bytes();
    assert!(group.council.verify(&list("1"), &certificate).is_ok());
    for place in 1..bytes.len() {
        let mut altered = bytes.clone();
        altered[place] ^= 1;
        if let Ok(read) = Certificate::<Ristretto255>::from_bytes(&altered) {
            let refused = group.council.verify(&list("1"), &read);
            assert_eq!(
                refused.err(),
                Some(CouncilError::Uncertified),
                "byte {place}"
            );
        }
    }
    for cut in 0..bytes.len() {
        let read = Certificate::<Ristretto255>::from_bytes(&bytes[..cut]);
        assert_eq!(read.err(), Some(DecodeError::Length));
    }
    // One signature fewer, and one twice.
    let mut fewer = bytes[..bytes.len() - 66].to_vec();
    fewer[66] = 2;
    let read = Certificate::<Ristretto255>::from_bytes(&fewer).unwrap();
    assert!(group.council.verify(&list("1"), &read).is_err());
    let mut twice = bytes.clone();
    twice.copy_within(67..133, 133);
    let read = Certificate::<Ristretto255>::from_bytes(&twice);
    assert_eq!(read.err(), Some(DecodeError::Value));
}

#[test]
fn councils_and_members_are_what_they_say() {
    let threshold = Threshold::new(2, 3).unwrap();
    let keys: Vec<_> = (0..3).map(|_| CouncilKey::generate(&mut rng())).collect();
    let public: Vec<_> = keys.iter().map(CouncilKey::public).collect();
    let twice = [public[0], public[1], public[0]];
    // The identity, a key of small order.
    let mut weak = [0; 32];
    weak[0] = 1;
    for keys in [&public[..2], &twice, &[public[0], public[1], weak]] {
        assert_eq!(Council::new(threshold, keys), Err(CouncilError::Keys));
    }
    let council = Council::new(threshold, &public).unwrap();
    let turned = Council::new(threshold, &[public[1], public[0], public[2]]).unwrap();
    assert_ne!(council.id(), turned.id());
    let key = || CouncilKey::from_bytes(keys[0].to_bytes());
    let ledger = MemoryLedger::init(&mut rng(), 1000, Seconds::ZERO);
    for number in [2, 4] {
        let refused = CouncilMember::new(council.clone(), id(number), key(), ledger.id());
        assert_eq!(refused.err(), Some(CouncilError::Member));
    }
    let member = CouncilMember::new(council.clone(), id(1), key(), ledger.id()).unwrap();
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let other = MemoryLedger::init(&mut rng(), 1000, Seconds::ZERO);
    let elsewhere = member.endorse(&list("1"), &issuers[0]).unwrap();
    assert!(matches!(
        elsewhere.spend_local(&other, NOW),
        Err(Refused::Elsewhere(_))
    ));
    // What one member has paid for is signed by no other, and by itself on no other ledger.
    let second = CouncilKey::from_bytes(keys[1].to_bytes());
    let second = CouncilMember::new(council.clone(), id(2), second, ledger.id()).unwrap();
    let moved = CouncilMember::new(council, id(1), key(), other.id()).unwrap();
    for stranger in [&second, &moved] {
        let unspent = member.endorse(&list("1"), &issuers[0]).unwrap();
        let (Ok(paid) | Err(Refused::Again(paid))) = unspent.spend_local(&ledger, NOW) else {
            panic!("the same again is paid for");
        };
        assert_eq!(stranger.sign(paid), Err(CouncilError::Member));
    }
    let refused = member.endorse(&list("1"), &issuers[1]);
    assert_eq!(refused.err(), Some(CouncilError::Share));
    let others = super::support::issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 4));
    let refused = member.endorse(&list("1"), &others[0]);
    assert_eq!(refused.err(), Some(CouncilError::Share));
    assert_eq!(
        format!("{:?} {member:?}", keys[0]),
        "CouncilKey { .. } CouncilMember { .. }"
    );
}
