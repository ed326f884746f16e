//! States under a passphrase, and domains of parts.

use milagro_mpin::MasterSecret;
use subtle::ConstantTimeEq as _;

use super::{alice, dealt, id, rng};
use milagro_curve::DecodeError;

use crate::Form;
use crate::additive::{AdditiveError, Contribution, Part};
use crate::ceremony::MemberKey;
use crate::domain::protocol::{Mpin, Psk, Signing};
use crate::domain::trust_domain::DomainError;
use crate::issue::authority::Authority;
use crate::issue::combine::combine;
use crate::issue::error::CombineError;
use crate::issue::purpose::ClientSecret;
use crate::issue::share::G1Share;
use crate::sharing::group::Bls12381G1;
use crate::vault::{Cost, VaultError, self};

/// Costs for tests.
fn cheap() -> Cost {
    Cost::new(8, 1, 1).unwrap()
}

#[test]
fn a_state_opens_with_its_passphrase_alone() {
    let authorities = dealt::<Mpin>(2, 3);
    let key = MemberKey::random(&mut rng());
    let secret = b"correct horse";
    let sealed = vault::seal(&authorities[1], &key, secret, cheap(), &mut rng()).unwrap();
    let (authority, again) = vault::open::<Mpin>(&sealed, secret).unwrap();
    assert_eq!(authority.id(), id(2));
    assert_eq!(authority.domain(), authorities[1].domain());
    assert_eq!(
        authority.secret().to_bytes(),
        authorities[1].secret().to_bytes()
    );
    assert_eq!(again.to_bytes(), key.to_bytes());

    let open = |bytes: &[u8]| vault::open::<Mpin>(bytes, secret).map(|_| ()).unwrap_err();
    let wrong = vault::open::<Mpin>(&sealed, b"correct horst").map(|_| ());
    assert_eq!(wrong, Err(VaultError::Passphrase));
    // Another protocol is found out after decryption.
    let psk = vault::open::<Psk>(&sealed, secret).map(|_| ());
    assert_eq!(psk, Err(VaultError::Format(DecodeError::Value)));
    // No byte can be altered: neither costs, salt, nonce nor ciphertext.
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone();
        bytes[at] ^= 1;
        let error = open(&bytes);
        assert!(
            matches!(
                error,
                VaultError::Passphrase | VaultError::Cost | VaultError::Format(_)
            ),
            "{at}"
        );
    }
    for cut in 0..53 {
        assert_eq!(
            open(&sealed[..cut]),
            VaultError::Format(DecodeError::Length)
        );
    }
    assert_eq!(open(&sealed[..60]), VaultError::Passphrase);
}

#[test]
fn costs_are_bounded() {
    for (memory, passes, lanes) in [
        (7, 1, 1),
        (16, 1, 3),
        (8, 0, 1),
        (8, 1, 0),
        (8, 65, 1),
        ((1 << 20) + 1, 1, 1),
        (1 << 20, 1, 17),
    ] {
        assert_eq!(Cost::new(memory, passes, lanes), Err(VaultError::Cost));
    }
    let authorities = dealt::<Signing>(1, 1);
    let key = MemberKey::<Bls12381G1>::random(&mut rng());
    let mut sealed = vault::seal(&authorities[0], &key, b"x", cheap(), &mut rng()).unwrap();
    sealed[1..5].copy_from_slice(&[0xff; 4]);
    let error = vault::open::<Signing>(&sealed, b"x").map(|_| ());
    assert_eq!(error, Err(VaultError::Cost));
}

fn parts(masters: &[MasterSecret]) -> (Vec<Part<Mpin>>, Vec<Contribution<Bls12381G1>>) {
    let count = u16::try_from(masters.len()).unwrap();
    let parts: Vec<_> = (1..)
        .zip(masters)
        .map(|(n, master)| Part::of_master("example", id(n), count, master).unwrap())
        .collect();
    let contributions = parts.iter().map(|part| {
        let bytes = part.contribute(&mut rng()).unwrap().to_bytes();
        Contribution::from_bytes(&bytes).unwrap()
    });
    let contributions = contributions.collect();
    (parts, contributions)
}

fn found(masters: &[MasterSecret]) -> Vec<Authority<Mpin>> {
    let (parts, contributions) = parts(masters);
    parts
        .into_iter()
        .map(|part| part.found(&contributions).unwrap())
        .collect()
}

#[test]
fn parts_add_up() {
    let masters = [0; 3].map(|_| MasterSecret::random(&mut rng()));
    let authorities = found(&masters);
    let domain = authorities[0].domain();
    assert_eq!(domain.form(), Form::Additive);
    assert_eq!(
        crate::TrustDomain::from_bytes(&domain.to_bytes()).as_ref(),
        Ok(domain)
    );
    let sum = masters
        .iter()
        .fold(milagro_curve::SecretResidue::zero(), |sum, master| {
            sum.add(&milagro_curve::SecretResidue::from_bytes(&master.to_bytes()).unwrap())
        });
    let whole = MasterSecret::from_bytes(&sum.to_bytes()).unwrap();
    assert_eq!(*domain.commitment(), whole.commitment());
    let shares = || {
        authorities.iter().map(|authority| {
            let share: G1Share<ClientSecret> = authority.issue(&alice(), &mut rng()).unwrap();
            (authority.id(), share)
        })
    };
    let key = combine(domain, alice(), shares()).unwrap().key;
    assert!(bool::from(key.ct_eq(&whole.issue_client(&alice()))));
    let error = combine(domain, alice(), shares().skip(1)).unwrap_err();
    assert!(matches!(
        error,
        CombineError::TooFew {
            good: 2,
            needed: 3,
            ..
        }
    ));
}

#[test]
fn a_part_that_is_not_proven_founds_nothing() {
    let masters = [0; 2].map(|_| MasterSecret::random(&mut rng()));
    let found = |contributions: &[Contribution<Bls12381G1>]| {
        let (mut parts, _) = parts(&masters);
        parts
            .remove(0)
            .found(contributions)
            .map(|_| ())
            .unwrap_err()
    };
    let (_, good) = parts(&masters);
    assert_eq!(found(&good[..1]), AdditiveError::Contribution(id(2)));
    let twice = [good[0].clone(), good[1].clone(), good[1].clone()];
    assert_eq!(found(&twice), AdditiveError::Duplicate(id(2)));
    // A rogue key with the other's proof, and another name's proof.
    let mut bytes = good[1].to_bytes();
    let key = |contribution: &Contribution<_>| {
        let bytes = contribution.to_bytes();
        milagro_curve::G1Point::from_slice(&bytes[3..51]).unwrap()
    };
    let [first, own] = [key(&good[0]), key(&good[1])];
    bytes[3..51].copy_from_slice(&(own - first).to_point().unwrap().to_bytes());
    let rogue = Contribution::from_bytes(&bytes).unwrap();
    assert_eq!(
        found(&[good[0].clone(), rogue]),
        AdditiveError::Contribution(id(2))
    );
    let other = Part::of_master("other", id(2), 2, &masters[1]).unwrap();
    let other = other.contribute(&mut rng()).unwrap();
    assert_eq!(
        found(&[good[0].clone(), other]),
        AdditiveError::Contribution(id(2))
    );
    for (me, count) in [(3, 2), (1, 0), (1, 256)] {
        let part = Part::<Mpin>::random("example", id(me), count, &mut rng()).map(|_| ());
        assert_eq!(part, Err(AdditiveError::Domain(DomainError::Member)));
    }
}
