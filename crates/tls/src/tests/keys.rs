//! Keys from one authority and from many, and keys that are none.

use milagro_dta::dealer::{self, Dealt};
use milagro_dta::{
    Authority, Threshold,
    issue::{FirstIdentityKey, FirstKey, G1Share, HashToFirst, MasterPublicKey, Received, combine},
};

use super::fixture::{identity, master, rng, today};
use crate::keys::{IdentityKey, KeyError};
use crate::names::{Principal, Role};
use crate::signing::{Context, Signer, SigningMaster, TrustAnchor};
use milagro_base::DecodeError;
use milagro_dta::Signing;

fn dealt<P: HashToFirst>(t: u16, n: u16) -> Vec<Authority<P>> {
    let threshold = Threshold::new(t, n).unwrap();
    let Dealt { domain, shares } = dealer::deal::<P, _>(&mut rng(), "example", threshold).unwrap();
    let accept = |share: dealer::DealtShare<P>| {
        let me = share.to();
        share.accept(me, "example", threshold, &domain)
    };
    shares
        .into_iter()
        .map(|share| accept(share).unwrap())
        .collect()
}

fn anchor(authorities: &[Authority<Signing>]) -> TrustAnchor {
    let shares = authorities.iter().map(|authority| Received {
        from: authority.id(),
        value: authority.public_key_share().unwrap(),
    });
    let key = MasterPublicKey::combine(authorities[0].domain(), shares).unwrap();
    TrustAnchor::of(&key.key)
}

fn issued<P: HashToFirst>(
    authorities: &[Authority<P>],
    subject: &milagro_mpin::Identity,
) -> FirstIdentityKey<P> {
    let shares = authorities.iter().map(|authority| {
        let share: G1Share<FirstKey<P>> = authority.uncounted().issue(&mut rng(), subject).unwrap();
        Received {
            from: authority.id(),
            value: share,
        }
    });
    let combined = combine(authorities[0].domain(), subject.clone(), shares);
    combined.unwrap().key
}

#[test]
fn shares_of_any_two_of_three_authorities_make_the_key() {
    let authorities = dealt::<Signing>(2, 3);
    let anchor = anchor(&authorities);
    let domain = *authorities[0].domain().id();
    assert_eq!(anchor.domain(), domain);
    let alice = Principal::new(domain, Role::Client, "alice")
        .unwrap()
        .at(today());
    for pair in [[0, 1], [0, 2], [1, 2]] {
        let shares = pair.map(|index| {
            let share: G1Share<FirstKey<Signing>> = authorities[index]
                .uncounted()
                .issue(&mut rng(), &alice.to_subject())
                .unwrap();
            Received {
                from: authorities[index].id(),
                value: share,
            }
        });
        let combined = combine(authorities[0].domain(), alice.to_subject(), shares).unwrap();
        let key = IdentityKey::combined(&combined.key, &anchor).unwrap();
        assert_eq!(key.identity(), &alice);
        let signer = Signer::new(key);
        let signature = signer.sign(&mut rng(), Context::ChannelBinding, b"message");
        let verdict = anchor.verify(&alice, Context::ChannelBinding, b"message", &signature);
        assert!(verdict.is_ok());
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    let authorities = dealt::<Signing>(2, 3);
    let strangers = dealt::<Signing>(2, 3);
    let anchor = anchor(&authorities);
    let domain = *authorities[0].domain().id();
    let alice = Principal::new(domain, Role::Client, "alice")
        .unwrap()
        .at(today());
    let refused =
        |key: &FirstIdentityKey<Signing>| IdentityKey::combined(key, &anchor).unwrap_err();
    let odd = milagro_mpin::Identity::raw(b"alice").unwrap();
    assert_eq!(refused(&issued(&authorities, &odd)), KeyError::Subject);
    // Issued by strangers, for an identity that names us.
    assert_eq!(
        refused(&issued(&strangers, &alice.to_subject())),
        KeyError::Key
    );
    let foreign = Principal::new(*strangers[0].domain().id(), Role::Client, "alice")
        .unwrap()
        .at(today());
    assert_eq!(
        refused(&issued(&strangers, &foreign.to_subject())),
        KeyError::Domain
    );
}

#[test]
fn stored_keys_are_checked_when_read() {
    let master = master();
    let anchor = master.anchor();
    let alice = identity(&master, Role::Client, "alice");
    let bob = identity(&master, Role::Client, "bobby");
    let good = master.issue(&alice).unwrap().to_bytes();
    let read = IdentityKey::<Signing>::from_bytes(&good, &anchor).unwrap();
    assert_eq!(*read.to_bytes(), *good);
    let refused = |bytes: &[u8]| IdentityKey::<Signing>::from_bytes(bytes, &anchor).unwrap_err();
    for length in 0..good.len() {
        assert_eq!(refused(&good[..length]), DecodeError::Length);
    }
    let mut longer = good.to_vec();
    longer.push(0);
    assert_eq!(refused(&longer), DecodeError::Length);
    for (position, value, error) in [(0, 2, DecodeError::Version), (1, 2, DecodeError::Value)] {
        let mut edited = good.to_vec();
        edited[position] = value;
        assert_eq!(refused(&edited), error);
    }
    // Bob's point under Alice's name.
    let mut mixed = good.to_vec();
    let point = mixed.len() - 48;
    mixed[point..].copy_from_slice(&master.issue(&bob).unwrap().to_bytes()[point..]);
    assert_eq!(refused(&mixed), DecodeError::Value);
    let other = SigningMaster::random(&mut rng(), "example");
    assert!(other.issue(&alice).is_none());
    let foreign = identity(&other, Role::Client, "alice");
    let foreign = other.issue(&foreign).unwrap().to_bytes();
    assert_eq!(refused(&foreign), DecodeError::Value);
}

#[test]
fn anchors_and_masters_survive_storage() {
    let master = master();
    let alice = identity(&master, Role::Client, "alice");
    let stored = SigningMaster::from_bytes(&master.to_bytes(), "example").unwrap();
    assert_eq!(stored.domain(), master.domain());
    assert_eq!(master.to_bytes().len(), SigningMaster::LEN);
    let renamed = SigningMaster::from_bytes(&master.to_bytes(), "other").unwrap_err();
    assert_eq!(renamed, DecodeError::Value);
    for bit in 0..8 * SigningMaster::LEN {
        let mut bytes = master.to_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(
            SigningMaster::from_bytes(&bytes, "example").is_err(),
            "{bit}"
        );
    }
    let bytes = master.anchor().to_bytes();
    assert_eq!(bytes.len(), TrustAnchor::LEN);
    let anchor = TrustAnchor::from_bytes(&bytes).unwrap();
    assert_eq!(anchor.to_bytes(), bytes);
    let key = stored.issue(&alice).unwrap();
    assert!(IdentityKey::<Signing>::from_bytes(&key.to_bytes(), &anchor).is_ok());
    for length in 0..bytes.len() {
        let refused = TrustAnchor::from_bytes(&bytes[..length]);
        assert_eq!(refused.unwrap_err(), DecodeError::Length);
    }
    let mut edited = bytes.clone();
    edited[0] = 2;
    let refused = TrustAnchor::from_bytes(&edited).unwrap_err();
    assert_eq!(refused, DecodeError::Version);
    edited = bytes;
    edited.push(0);
    let refused = TrustAnchor::from_bytes(&edited).unwrap_err();
    assert_eq!(refused, DecodeError::Length);
}
