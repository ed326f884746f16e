//! States under a passphrase or a key, and domain bytes that are not what they seem.

use milagro_curve::{DecodeError, G1Point, Scalar, SecretResidue};
use milagro_mpin::MasterSecret;

use super::frozen::Fixed;
use super::{alice, dealt, id, rng, sent};
use crate::dealer::{self, DealtShare};
use crate::domain::protocol::{Mpin, Psk, Signing};
use crate::domain::roster::MemberKey;
use crate::domain::trust_domain::{DomainError, Edition, TrustDomain};
use crate::issue::authority::Authority;
use crate::issue::combine::combine;
use crate::issue::error::{CombineError, Fault};
use crate::issue::purpose::ClientSecret;
use crate::issue::share::G1Share;
use crate::sharing::group::Bls12381G1;
use crate::tests::threshold;
use crate::vault::{self, Cost, Lock, VaultError};

const KEY: [u8; 32] = [7; 32];

fn sealed(authority: &Authority<Mpin>, lock: &Lock<'_>) -> (Vec<u8>, MemberKey<Bls12381G1>) {
    let key = MemberKey::random(&mut rng());
    let sealed = vault::seal(&mut rng(), authority, &key, lock).unwrap();
    (sealed, key)
}

fn open(sealed: &[u8], unlock: &Lock<'_>, expected: &Edition) -> Result<(), VaultError> {
    vault::open::<Mpin>(sealed, unlock, expected).map(|_| ())
}

#[test]
fn a_passphrase_is_the_same_on_every_keyboard() {
    let authority = dealt::<Mpin>(1, 1).remove(0);
    let edition = authority.domain().edition();
    let lock = |text| Lock::Passphrase(text, Cost::LEAST);
    let (sealed, _) = sealed(&authority, &lock("caf\u{e9} noir"));
    // Decomposed, and with another space.
    let typed = open(&sealed, &lock("cafe\u{301}\u{a0}noir"), edition);
    assert_eq!(typed, Ok(()));
    assert_eq!(
        open(&sealed, &lock("cafe noir"), edition),
        Err(VaultError::Key)
    );
    let key = MemberKey::random(&mut rng());
    for text in ["", "tab\there", "\u{1100}", "bidi\u{202e}"] {
        let refused = vault::seal(&mut rng(), &authority, &key, &lock(text));
        assert_eq!(refused, Err(VaultError::Passphrase), "{text:?}");
    }
}

#[test]
fn a_state_opens_with_its_lock_alone() {
    let authorities = dealt::<Mpin>(2, 3);
    let edition = authorities[0].domain().edition();
    let secret = "correct horse";
    for (lock, unlock, wrong) in [
        (
            Lock::Passphrase(secret, Cost::LEAST),
            Lock::Passphrase(secret, Cost::LEAST),
            Lock::Passphrase("correct horst", Cost::LEAST),
        ),
        (Lock::Key(&KEY), Lock::Key(&KEY), Lock::Key(&[8; 32])),
    ] {
        let (sealed, key) = sealed(&authorities[1], &lock);
        let (authority, again) = vault::open::<Mpin>(&sealed, &unlock, edition).unwrap();
        assert_eq!(authority.id(), id(2));
        assert_eq!(authority.domain(), authorities[1].domain());
        assert_eq!(
            authority.secret().to_bytes(),
            authorities[1].secret().to_bytes()
        );
        assert_eq!(again.to_bytes(), key.to_bytes());
        assert_eq!(open(&sealed, &wrong, edition), Err(VaultError::Key));
        let other = match unlock {
            Lock::Key(_) => Lock::Passphrase(secret, Cost::LEAST),
            Lock::Passphrase(..) => Lock::Key(&KEY),
        };
        assert_eq!(open(&sealed, &other, edition), Err(VaultError::Lock));
    }
}

#[test]
fn no_byte_of_a_state_can_be_altered() {
    let authorities = dealt::<Mpin>(2, 3);
    let edition = authorities[0].domain().edition();
    let unlock = Lock::Key(&KEY);
    let (sealed, _) = sealed(&authorities[1], &Lock::Key(&KEY));
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone();
        bytes[at] ^= 1;
        assert!(open(&bytes, &unlock, edition).is_err(), "{at}");
    }
    for cut in 0..128 {
        let error = open(&sealed[..cut], &unlock, edition);
        assert_eq!(error, Err(VaultError::Format(DecodeError::Length)), "{cut}");
    }
    for cut in 128..sealed.len() {
        assert_eq!(open(&sealed[..cut], &unlock, edition), Err(VaultError::Key));
    }
}

#[test]
fn a_state_of_another_edition_does_not_open() {
    let authorities = dealt::<Mpin>(2, 3);
    let edition = *authorities[0].domain().edition();
    let (sealed, _) = sealed(&authorities[0], &Lock::Key(&KEY));
    let others = [
        Edition {
            generation: 1,
            ..edition
        },
        Edition {
            digest: [0; 32],
            ..edition
        },
        *dealt::<Mpin>(2, 3)[0].domain().edition(),
    ];
    for expected in others {
        // Before anything is decrypted: the wrong key is not found out.
        let error = open(&sealed, &Lock::Key(&[8; 32]), &expected);
        assert_eq!(error, Err(VaultError::Edition(edition)));
    }
    // Another protocol is found out after decryption.
    let psk = vault::open::<Psk>(&sealed, &Lock::Key(&KEY), &edition).map(|_| ());
    assert_eq!(psk, Err(VaultError::Format(DecodeError::Value)));
}

#[test]
fn costs_are_bounded() {
    for (memory, passes, lanes) in [
        ((19 << 10) - 1, 2, 1),
        (19 << 10, 1, 1),
        (19 << 10, 2, 0),
        (19 << 10, 65, 1),
        ((1 << 20) + 1, 2, 1),
        (1 << 20, 2, 17),
    ] {
        assert_eq!(Cost::new(memory, passes, lanes), Err(VaultError::Cost));
    }
    let authorities = dealt::<Mpin>(1, 1);
    let edition = authorities[0].domain().edition();
    let (sealed, _) = sealed(&authorities[0], &Lock::Passphrase("x", Cost::LEAST));
    // Less than whoever opens it expects.
    let error = open(&sealed, &Lock::Passphrase("x", Cost::RECOMMENDED), edition);
    assert_eq!(error, Err(VaultError::Cost));
    for memory in [8_u32, u32::MAX] {
        let mut bytes = sealed.clone();
        bytes[2..6].copy_from_slice(&memory.to_be_bytes());
        let error = open(&bytes, &Lock::Passphrase("x", Cost::LEAST), edition);
        assert_eq!(error, Err(VaultError::Cost));
    }
}

#[test]
fn a_dealt_share_says_what_it_is() {
    let dealt = dealer::deal::<Mpin, _>(&mut rng(), "example", threshold(2, 3)).unwrap();
    let other = dealer::deal::<Mpin, _>(&mut rng(), "example", threshold(2, 3)).unwrap();
    let bytes = dealt.shares[1].to_bytes();
    let accept = |me: u16, name: &str, t: u16, domain: &TrustDomain<Mpin>| {
        let share = DealtShare::<Mpin>::from_bytes(&bytes).unwrap();
        share
            .accept(id(me), name, threshold(t, 3), domain)
            .map(|_| ())
    };
    assert_eq!(accept(2, "example", 2, &dealt.domain), Ok(()));
    assert_eq!(
        accept(1, "example", 2, &dealt.domain),
        Err(DomainError::Member)
    );
    assert_eq!(accept(2, "other", 2, &dealt.domain), Err(DomainError::Name));
    assert_eq!(
        accept(2, "example", 3, &dealt.domain),
        Err(DomainError::Threshold)
    );
    assert_eq!(
        accept(2, "example", 2, &other.domain),
        Err(DomainError::Edition)
    );
    let as_psk = DealtShare::<Psk>::from_bytes(&bytes).map(|_| ());
    let as_signing = DealtShare::<Signing>::from_bytes(&bytes).map(|_| ());
    assert_eq!(
        (as_psk, as_signing),
        (Err(DecodeError::Value), Err(DecodeError::Value))
    );
    // Another value than the one behind the verification key.
    let mut wrong = bytes.to_vec();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    let share = DealtShare::<Mpin>::from_bytes(&wrong).unwrap();
    let error = share
        .accept(id(2), "example", threshold(2, 3), &dealt.domain)
        .map(|_| ());
    assert_eq!(error, Err(DomainError::Share));
}

/// Two keys dealt with a generator that repeats, one of which an authority knows: the difference of its shares
/// would be that of the keys.
#[test]
fn a_generator_that_repeats_hides_no_two_keys_alike() {
    let masters = [(); 2].map(|()| MasterSecret::random(&mut rng()));
    let residue = |bytes: &[u8]| SecretResidue::from_bytes(bytes.try_into().unwrap()).unwrap();
    let minus = Scalar::from(0_u64) - Scalar::from(1_u64);
    let difference = |one: &SecretResidue, two: &SecretResidue| {
        let difference = one.add(&two.mul_public(&minus));
        *difference.to_bytes()
    };
    let shares = |master: &MasterSecret, name: &str, t: u16| {
        let rng = &mut Fixed(7);
        let dealt = dealer::deal_master(rng, master, name, threshold(t, 3)).unwrap();
        dealt
            .shares
            .iter()
            .map(|share| {
                let bytes = share.to_bytes();
                residue(&bytes[bytes.len() - 32..])
            })
            .collect::<Vec<_>>()
    };
    let one = shares(&masters[0], "example", 2);
    let keys = masters
        .each_ref()
        .map(|master| residue(&*master.to_bytes()));
    // Another key; the same key, named differently; and with another threshold, where the coefficient that is left
    // over would show.
    let other = shares(&masters[1], "example", 2);
    let renamed = shares(&masters[0], "other", 2);
    let wider = shares(&masters[0], "example", 3);
    for place in 0..3 {
        assert_ne!(
            difference(&one[place], &other[place]),
            difference(&keys[0], &keys[1])
        );
        assert_ne!(difference(&one[place], &renamed[place]), [0; 32]);
    }
    // With a1 kept, what is left of share i is a2·i².
    let left = [0, 1].map(|place| residue(&difference(&wider[place], &one[place])));
    let fourfold = left[0].mul_public(&Scalar::from(4_u64));
    assert_ne!(*fourfold.to_bytes(), *left[1].to_bytes());
    assert_eq!(
        shares(&masters[0], "example", 2)[0].to_bytes(),
        one[0].to_bytes(),
        "the generator does repeat"
    );
}

#[test]
fn altered_domains_do_not_keep_the_digest() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let bytes = domain.to_bytes();
    // Other keys on another line through s·P: key i plus 9·i·P.
    let keys = bytes.len() - 3 * 48;
    let mut altered = bytes[..keys].to_vec();
    for (i, key) in (1_u64..).zip(bytes[keys..].chunks(48)) {
        let key = G1Point::from_slice(key).unwrap();
        let step = (&G1Point::generator() * &Scalar::from(9 * i))
            .to_point()
            .unwrap();
        altered.extend((key + step).to_point().unwrap().to_bytes());
    }
    let false_domain = TrustDomain::<Mpin>::from_bytes(&altered).unwrap();
    assert_eq!(false_domain.id(), domain.id());
    assert_ne!(false_domain.edition(), domain.edition());
    // Nobody honest is blamed for a lie: the shares are of another edition.
    let share = |authority: &Authority<Mpin>| {
        let share: G1Share<ClientSecret> =
            authority.uncounted().issue(&mut rng(), &alice()).unwrap();
        sent(authority.id(), share)
    };
    let error = combine(&false_domain, alice(), authorities.iter().map(share)).unwrap_err();
    assert!(
        matches!(error, CombineError::MixedGenerations { .. }),
        "{error}"
    );
    assert!(
        error
            .culprits()
            .iter()
            .all(|culprit| culprit.fault == Fault::Keys)
    );
    // Another threshold, generation, name: each has another digest or another id.
    for (at, value) in [(keys - 48 - 8 - 3, 3), (keys - 48 - 1, 9)] {
        let mut altered = bytes.clone();
        altered[at] = value;
        let altered = TrustDomain::<Mpin>::from_bytes(&altered).unwrap();
        assert_eq!(altered.id(), domain.id());
        assert_ne!(altered.edition().digest, domain.edition().digest, "{at}");
    }
}
