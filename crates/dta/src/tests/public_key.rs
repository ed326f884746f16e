//! The one protocol with a key in public, and identity keys of the others.

use milagro_curve::{G2Point, SecretG1, SecretG2};
use subtle::ConstantTimeEq as _;

use super::{alice, dealt, id, master, rng, sent};
use milagro_curve::DecodeError;

use crate::domain::protocol::{Agreement, Psk, Signing};
use crate::issue::combine::combine;
use crate::issue::error::{Culprit, Fault};
use crate::issue::public_key::MasterPublicKey;
use crate::issue::purpose::{FirstKey, HashToFirst as _, HashToSecond as _, SecondKey};
use crate::issue::share::{G1Share, G2Share, Share as _};

#[test]
fn the_signing_domain_publishes_its_key() {
    let authorities = dealt::<Signing>(2, 3);
    let strangers = dealt::<Signing>(2, 3);
    let domain = authorities[0].domain();
    let mut shares: Vec<_> = authorities
        .iter()
        .map(|authority| sent(authority.id(), authority.public_key_share().unwrap()))
        .collect();
    let mut foreign = strangers[0].public_key_share().unwrap().to_bytes().to_vec();
    foreign[2..74].copy_from_slice(&shares[0].value.to_bytes()[2..74]);
    shares[0].value = G2Share::from_bytes(&foreign).unwrap();
    let combined = MasterPublicKey::combine(domain, shares).unwrap();
    let culprit = Culprit {
        authority: id(1),
        fault: Fault::Proof,
    };
    assert_eq!(combined.culprits, [culprit]);
    let key = combined.key;
    assert_eq!(
        *key.as_point(),
        &G2Point::generator() * &master(&authorities)
    );
    assert_eq!(
        MasterPublicKey::from_bytes(domain, &key.to_bytes()),
        Ok(key)
    );
    let foreign = MasterPublicKey::from_bytes(strangers[0].domain(), &key.to_bytes());
    assert_eq!(foreign, Err(DecodeError::Value));
}

#[test]
fn identity_keys_are_those_of_the_direct_key() {
    let authorities = dealt::<Signing>(2, 3);
    let shares = authorities.iter().map(|authority| {
        let share: G1Share<FirstKey<Signing>> =
            authority.uncounted().issue(&mut rng(), &alice()).unwrap();
        sent(authority.id(), share)
    });
    let key = combine(authorities[0].domain(), alice(), shares)
        .unwrap()
        .key;
    let expected: SecretG1 = Signing::first_point(&alice()).mul_secret(&master(&authorities));
    assert!(bool::from(key.as_point().ct_eq(&expected)));

    let authorities = dealt::<Psk>(2, 3);
    let shares = authorities.iter().map(|authority| {
        let share: G2Share<SecondKey<Psk>> = authority.uncounted().issue_second(&alice()).unwrap();
        sent(
            authority.id(),
            G2Share::from_bytes(&share.to_bytes()).unwrap(),
        )
    });
    let key = combine::<G2Share<SecondKey<Psk>>>(authorities[0].domain(), alice(), shares);
    let expected: SecretG2 = Psk::second_point(&alice()).mul_secret(&master(&authorities));
    assert!(bool::from(key.unwrap().key.as_point().ct_eq(&expected)));
}

#[test]
fn every_protocol_has_points_of_its_own() {
    let first = [
        alice().to_point(),
        Signing::first_point(&alice()),
        Psk::first_point(&alice()),
        Agreement::first_point(&alice()),
    ];
    for (index, point) in first.iter().enumerate() {
        assert!(!first[..index].contains(point));
    }
    assert_ne!(
        Psk::second_point(&alice()),
        Agreement::second_point(&alice())
    );
}
