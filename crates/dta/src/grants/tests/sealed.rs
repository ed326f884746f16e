//! Who can read a sealed share.

use milagro_mpin::Identity;

use super::{World, client};
use crate::grants::{ClientKey, ClientPublicKey, Enrolment, Grant, GrantError};
use crate::issue::error::{CombineError, Culprit, Fault};
use crate::issue::purpose::ClientSecret;
use crate::tests::frozen::Fixed;
use crate::tests::{alice, id, rng};

#[test]
fn a_share_opens_with_its_key_and_for_its_grant_alone() {
    let (key, other) = (client(), client());
    let sealed = key.public().unwrap();
    let sealed = sealed.seal(&mut rng(), &[1; 32], b"a share").unwrap();
    let opened = key.open(&[1; 32], &sealed).unwrap();
    assert_eq!(opened.as_slice(), b"a share");
    assert!(key.open(&[2; 32], &sealed).is_none());
    assert!(other.open(&[1; 32], &sealed).is_none());
    let again = ClientKey::from_bytes(key.as_bytes());
    assert!(again.open(&[1; 32], &sealed).is_some());
    for cut in 0..sealed.len() {
        assert!(key.open(&[1; 32], &sealed[..cut]).is_none());
    }
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut bad = sealed.clone();
            bad[at] ^= 1 << bit;
            // X25519 ignores the top bit of a coordinate (RFC 7748, section 5), and HPKE hashes it.
            assert!(key.open(&[1; 32], &bad).is_none(), "{at} {bit}");
        }
    }
    let long = [sealed.as_slice(), &[0]].concat();
    assert!(key.open(&[1; 32], &long).is_none());
}

#[test]
fn nothing_is_sealed_to_keys_of_small_order() {
    // RFC 7748, section 6.1: the shared secret would be zero.
    let mut one = [0; 32];
    one[0] = 1;
    for bytes in [[0; 32], one] {
        let key = ClientPublicKey::from_bytes(&bytes);
        assert!(key.seal(&mut rng(), &[1; 32], b"a share").is_none());
    }
}

#[test]
fn a_generator_that_repeats_seals_nothing_twice() {
    let key = client().public().unwrap();
    let seal = |info: u8, message: &[u8]| {
        let sealed = key.seal(&mut Fixed(7), &[info; 32], message);
        sealed.unwrap()[1..33].to_vec()
    };
    assert_eq!(seal(1, b"a share"), seal(1, b"a share"));
    assert_ne!(seal(1, b"a share"), seal(1, b"b share"));
    assert_ne!(seal(1, b"a share"), seal(2, b"a share"));
}

#[test]
fn answers_that_are_wrong_name_who_sent_them() {
    let mut world = World::new(2, 4);
    let key = client();
    let grant = world.grant(alice(), &key);
    let registrar = world.registrar.public();
    let answers: Vec<_> = world
        .offices
        .iter_mut()
        .map(|office| office.answer(&registrar, &grant).unwrap())
        .collect();
    let domain = world.domain();
    let mut enrolment = Enrolment::<ClientSecret>::new(&domain, &key, &grant).unwrap();
    let culprit = |number, fault| Culprit {
        authority: id(number),
        fault,
    };
    let cases = [
        (1, vec![], Fault::Sealed),
        (1, vec![1; 300], Fault::Sealed),
        (2, answers[0].clone(), Fault::Index),
    ];
    for (from, bytes, fault) in cases {
        let refused = enrolment.add(id(from), &bytes);
        assert_eq!(refused, Err(culprit(from, fault)));
    }
    let short = grant.grant().client.seal(&mut rng(), &grant.info(), b"no");
    let refused = enrolment.add(id(3), &short.unwrap());
    let length = Fault::Bytes(crate::DecodeError::Version);
    assert_eq!(refused, Err(culprit(3, length)));
    enrolment.add(id(1), &answers[0]).unwrap();
    enrolment.add(id(2), &answers[1]).unwrap();
    let twice = enrolment.add(id(2), &answers[1]);
    assert_eq!(twice, Err(culprit(2, Fault::Duplicate)));
    assert!(!enrolment.is_enough());
    assert_eq!(enrolment.needed(), 3);
    let CombineError::TooFew { good, needed, .. } = enrolment.finish().unwrap_err() else {
        panic!("two of three that have to book");
    };
    assert_eq!((good, needed), (2, 3));
    assert_eq!(
        GrantError::Issued.to_string(),
        "issued before, to another client key"
    );
}

#[test]
fn a_letter_opens_for_its_grant_and_client_alone() {
    let world = World::new(2, 3);
    let (key, other) = (client(), client());
    let grant = world.grant(alice(), &key);
    let bob = Identity::raw(b"bob").unwrap();
    let sealed = grant.seal_letter(&mut rng(), b"a letter").unwrap();
    let opened = key.open_letter(&grant, &sealed).unwrap();
    assert_eq!(opened.as_slice(), b"a letter");
    assert!(other.open_letter(&grant, &sealed).is_none());
    assert!(key.open_letter(&world.grant(bob, &key), &sealed).is_none());
    // No share is a letter, and no letter a share.
    assert!(key.open(&grant.info(), &sealed).is_none());
    let share = grant
        .grant()
        .client
        .seal(&mut rng(), &grant.info(), b"a share");
    assert!(key.open_letter(&grant, &share.unwrap()).is_none());
    let small = Grant {
        client: ClientPublicKey::from_bytes(&[0; 32]),
        ..grant.grant().clone()
    };
    let small = small.sign(&mut rng(), &world.registrar).unwrap();
    let refused = small.seal_letter(&mut rng(), b"a letter");
    assert_eq!(refused, Err(GrantError::Client));
}
