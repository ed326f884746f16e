//! Keys of the usages with two sides: from one authority, from many, from storage, and keys that are none.

use milagro_curve::{G1Point, G2Point, SecretScalar};
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::{
    Authority, Threshold,
    issue::{Culprit, Fault, FirstKey, G1Share, G2Share, Received, SecondKey, Share as _},
};
use subtle::ConstantTimeEq as _;

use super::fixture::{rng, small_orders, today};
use super::pairings;
use crate::keys::two_sided::{first_point, second_point};
use crate::keys::{
    IdentityKey, IssueError, IssuedKey, KeyError, PairAnchor, PairMaster, ResponderKey, TwoSided,
};
use crate::names::{Identity, Principal, Role};
use milagro_base::DecodeError;
use milagro_dta::{Agreement, Psk};
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

const ROLES: [Role; 3] = [Role::Client, Role::Server, Role::Peer];

fn named(domain: TrustDomainId, role: Role, name: &str) -> Identity {
    Principal::new(domain, role, name).unwrap().at(today())
}

fn accepted<U: TwoSided>(master: &PairMaster<U>, identity: &Identity) -> IdentityKey<U> {
    let issued = master.issue(&mut rng(), identity).unwrap();
    issued.accept(&master.anchor()).unwrap()
}

pub(super) fn dealt<U: TwoSided>() -> Vec<Authority<U>> {
    let threshold = Threshold::new(2, 3).unwrap();
    let Dealt { domain, shares } = dealer::deal::<U, _>(&mut rng(), "example", threshold).unwrap();
    let accept = |share: dealer::DealtShare<U>| {
        let me = share.to();
        share.accept(me, "example", threshold, &domain)
    };
    let authorities = shares.into_iter().map(|share| accept(share).unwrap());
    authorities.collect()
}

pub(super) type First<U> = Vec<Received<G1Share<FirstKey<U>>>>;
pub(super) type Second<U> = Vec<Received<G2Share<SecondKey<U>>>>;

pub(super) fn shares<U: TwoSided>(
    authorities: &[Authority<U>],
    to: &Identity,
) -> (First<U>, Second<U>) {
    let subject = to.to_subject();
    let share = |authority: &Authority<U>| {
        let first = authority.uncounted().issue(&mut rng(), &subject).unwrap();
        let second = authority.uncounted().issue_second(&subject).unwrap();
        let from = authority.id();
        (
            Received { from, value: first },
            Received {
                from,
                value: second,
            },
        )
    };
    authorities.iter().map(share).unzip()
}

fn roles_belong_to_sides<U: TwoSided>() {
    let master = PairMaster::<U>::random(&mut rng(), "example");
    for role in ROLES {
        let identity = named(master.domain(), role, "name");
        let first = master.issue(&mut rng(), &identity).map(|_| ());
        let second = master.issue_responder(&identity).map(|_| ());
        let verdict = |good| if good { Ok(()) } else { Err(KeyError::Role) };
        assert_eq!(first, verdict(role != Role::Server));
        assert_eq!(second, verdict(role != Role::Client));
    }
    let foreign = named(TrustDomainId::from_bytes([7; 32]), Role::Peer, "name");
    let refused = master.issue(&mut rng(), &foreign).unwrap_err();
    assert_eq!(refused, KeyError::Domain);
    let refused = master.issue_responder(&foreign).unwrap_err();
    assert_eq!(refused, KeyError::Domain);
}

#[test]
fn every_role_has_keys_of_its_sides() {
    roles_belong_to_sides::<Psk>();
    roles_belong_to_sides::<Agreement>();
}

#[test]
fn keys_are_the_master_secret_times_the_hash() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let s = SecretScalar::from_bytes(&master.scalar_bytes()).unwrap();
    let peer = named(master.domain(), Role::Peer, "peer");
    let first = first_point::<Psk>(&peer).mul_secret(&s);
    assert!(bool::from(accepted(&master, &peer).secret().ct_eq(&first)));
    let second = second_point::<Psk>(&peer).mul_secret(&s);
    let key = master.issue_responder(&peer).unwrap();
    assert!(bool::from(key.secret().ct_eq(&second)));
    assert_eq!(*master.anchor().commitment(), &G1Point::generator() * &s);
    // The same secret for another usage is another domain with other points.
    let other = PairMaster::<Agreement>::from_scalar(&master.scalar_bytes(), "example");
    assert_ne!(other.domain(), master.domain());
    assert_ne!(first_point::<Agreement>(&peer), first_point::<Psk>(&peer));
    assert_ne!(second_point::<Agreement>(&peer), second_point::<Psk>(&peer));
}

/// Every edit of an issued key, and of whom it is checked against.
#[test]
fn issued_keys_come_with_their_proof() {
    let master = PairMaster::<Agreement>::random(&mut rng(), "example");
    let anchor = master.anchor();
    let alice = named(master.domain(), Role::Client, "alice");
    let issued = master.issue(&mut rng(), &alice).unwrap();
    let bytes = issued.to_bytes();
    assert_eq!(*issued.identity(), alice);
    let read = |bytes: &[u8]| IssuedKey::<Agreement>::from_bytes(bytes);
    assert_eq!(*read(&bytes).unwrap().to_bytes(), *bytes);
    assert!(read(&bytes).unwrap().accept(&anchor).is_ok());
    let (proof, key) = (bytes.len() - 64, bytes.len() - 112);
    // One bit of every byte of the proof, the name and the epoch.
    for position in (proof..bytes.len()).chain(key - 5..key).chain(38..46) {
        let mut edited = bytes.to_vec();
        edited[position] ^= 1;
        let verdict = read(&edited).map(|key| key.accept(&anchor).map(|_| ()));
        assert!(
            matches!(verdict, Ok(Err(KeyError::Key)) | Err(_)),
            "{position}"
        );
    }
    // Bob's key, and the generator, under Alice's name and proof.
    let bob = named(master.domain(), Role::Client, "bobby");
    let other = master.issue(&mut rng(), &bob).unwrap().to_bytes();
    for point in [&other[key..proof], &G1Point::generator().to_bytes()] {
        let mut edited = bytes.to_vec();
        edited[key..proof].copy_from_slice(point);
        let refused = read(&edited).unwrap().accept(&anchor).unwrap_err();
        assert_eq!(refused, KeyError::Key);
    }
    let stranger = PairMaster::<Agreement>::random(&mut rng(), "example").anchor();
    let refused = read(&bytes).unwrap().accept(&stranger).unwrap_err();
    assert_eq!(refused, KeyError::Domain);
    // Another's s·P under our domain's name.
    let mixed = PairAnchor::new(anchor.domain(), *stranger.commitment());
    let refused = read(&bytes).unwrap().accept(&mixed).unwrap_err();
    assert_eq!(refused, KeyError::Key);
}

fn edits(bytes: &[u8], read: impl Fn(&[u8]) -> Result<(), DecodeError>) {
    assert_eq!(read(bytes), Ok(()));
    for length in 0..bytes.len() {
        assert_eq!(read(&bytes[..length]), Err(DecodeError::Length));
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert_eq!(read(&longer), Err(DecodeError::Length));
    let codes = (0..=255).flat_map(|code| [(1, code), (2, code)]);
    for (position, code) in codes.filter(|(position, code)| bytes[*position] != *code) {
        let mut edited = bytes.to_vec();
        edited[position] = code;
        assert_eq!(read(&edited), Err(DecodeError::Value), "{position} {code}");
    }
    for version in [0, 2, 0xff] {
        let mut edited = bytes.to_vec();
        edited[0] = version;
        assert_eq!(read(&edited), Err(DecodeError::Version));
    }
}

/// Truncated, extended, of another version, usage or side.
fn stored_bytes<U: TwoSided, V: TwoSided>() {
    let master = PairMaster::<U>::random(&mut rng(), "example");
    let anchor = master.anchor();
    let peer = named(master.domain(), Role::Peer, "peer");
    let issued = master.issue(&mut rng(), &peer).unwrap().to_bytes();
    let first = accepted(&master, &peer).to_bytes();
    let second = master.issue_responder(&peer).unwrap().to_bytes();
    edits(&issued, |bytes| {
        IssuedKey::<U>::from_bytes(bytes).map(|_| ())
    });
    edits(&first, |bytes| {
        IdentityKey::<U>::from_bytes(bytes, &anchor).map(|_| ())
    });
    edits(&second, |bytes| {
        ResponderKey::<U>::from_bytes(bytes, &anchor).map(|_| ())
    });
    assert!(ResponderKey::<U>::from_bytes(&first, &anchor).is_err());
    assert!(IdentityKey::<U>::from_bytes(&second, &anchor).is_err());
    assert!(IdentityKey::<U>::from_bytes(&issued, &anchor).is_err());
    // The other usage reads none of it, whatever its anchor.
    let other = PairMaster::<V>::from_scalar(&master.scalar_bytes(), "example");
    let other = PairAnchor::new(master.domain(), *other.anchor().commitment());
    assert!(IssuedKey::<V>::from_bytes(&issued).is_err());
    assert!(IdentityKey::<V>::from_bytes(&first, &other).is_err());
    assert!(ResponderKey::<V>::from_bytes(&second, &other).is_err());
}

#[test]
fn stored_keys_are_read_by_one_type_only() {
    stored_bytes::<Psk, Agreement>();
    stored_bytes::<Agreement, Psk>();
}

#[test]
fn what_is_read_belongs_to_domain_role_and_identity() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let anchor = master.anchor();
    let peer = named(master.domain(), Role::Peer, "peer");
    let first = accepted(&master, &peer).to_bytes();
    let second = master.issue_responder(&peer).unwrap().to_bytes();
    let with_role = |bytes: &[u8], role| {
        let mut edited = bytes.to_vec();
        edited[5 + 33] = role;
        edited
    };
    let read_first = |bytes: &[u8]| IdentityKey::<Psk>::from_bytes(bytes, &anchor).map(|_| ());
    let read_second = |bytes: &[u8]| ResponderKey::<Psk>::from_bytes(bytes, &anchor).map(|_| ());
    assert_eq!(read_first(&with_role(&first, 2)), Err(DecodeError::Value));
    assert_eq!(read_second(&with_role(&second, 1)), Err(DecodeError::Value));
    // A server of the name is another identity: the pairing says so.
    assert_eq!(read_second(&with_role(&second, 2)), Err(DecodeError::Value));
    let key = second.len() - 96;
    let mut edited = second.to_vec();
    edited[key..].copy_from_slice(&G2Point::generator().to_bytes());
    assert_eq!(read_second(&edited), Err(DecodeError::Value));
    let stranger = PairMaster::<Psk>::random(&mut rng(), "example").anchor();
    let refused = IdentityKey::<Psk>::from_bytes(&first, &stranger).unwrap_err();
    assert_eq!(refused, DecodeError::Value);
    let refused = ResponderKey::<Psk>::from_bytes(&second, &stranger).unwrap_err();
    assert_eq!(refused, DecodeError::Value);
    // Points that are none.
    for small in small_orders() {
        let mut edited = first.to_vec();
        let key = edited.len() - 48;
        edited[key..].copy_from_slice(&small.to_bytes());
        assert_eq!(read_first(&edited), Err(DecodeError::NotInSubgroup));
    }
    // Everything but the key is checked before a pairing is computed.
    let before = pairings();
    assert!(read_second(&with_role(&second, 1)).is_err());
    assert_eq!(pairings(), before);
}

fn combined<U: TwoSided>() {
    let authorities = dealt::<U>();
    let domain = authorities[0].domain();
    let anchor = PairAnchor::of(domain);
    let peer = named(*domain.id(), Role::Peer, "peer");
    let (first, second) = shares(&authorities, &peer);
    let key = IdentityKey::combine(domain, &peer, first).unwrap().key;
    assert_eq!(*key.identity(), peer);
    assert!(IdentityKey::<U>::from_bytes(&key.to_bytes(), &anchor).is_ok());
    let key = ResponderKey::combine(domain, &peer, second).unwrap().key;
    assert!(ResponderKey::<U>::from_bytes(&key.to_bytes(), &anchor).is_ok());

    // A role without this side, and an identity of another domain: refused before a share is read.
    let (none_first, none_second): (First<U>, Second<U>) = (Vec::new(), Vec::new());
    let server = named(*domain.id(), Role::Server, "peer");
    let refused = IdentityKey::combine(domain, &server, none_first).unwrap_err();
    assert_eq!(refused, IssueError::Key(KeyError::Role));
    let foreign = named(TrustDomainId::from_bytes([7; 32]), Role::Peer, "peer");
    let refused = ResponderKey::combine(domain, &foreign, none_second).unwrap_err();
    assert_eq!(refused, IssueError::Key(KeyError::Domain));
}

#[test]
fn shares_combine_to_keys_of_both_sides() {
    combined::<Psk>();
    combined::<Agreement>();
}

/// One authority gives shares for Bob as Alice's: it is named, and the others make the key.
#[test]
fn who_gives_a_wrong_share_is_named() {
    let authorities = dealt::<Psk>();
    let domain = authorities[0].domain();
    let alice = named(*domain.id(), Role::Peer, "alice");
    let bob = named(*domain.id(), Role::Peer, "bob");
    let (mut first, mut second) = shares(&authorities, &alice);
    let (wrong_first, wrong_second) = shares(&authorities, &bob);
    let liar = authorities[1].id();
    first[1].value = G1Share::from_bytes(&wrong_first[1].value.to_bytes()).unwrap();
    second[1].value = G2Share::from_bytes(&wrong_second[1].value.to_bytes()).unwrap();
    let culprit = Culprit {
        authority: liar,
        fault: Fault::Proof,
    };
    let made = IdentityKey::combine(domain, &alice, first).unwrap();
    assert_eq!(made.culprits, [culprit]);
    let made = ResponderKey::combine(domain, &alice, second).unwrap();
    assert_eq!(made.culprits, [culprit]);
    let (first, _) = shares(&authorities[..1], &alice);
    let refused = IdentityKey::combine(domain, &alice, first).unwrap_err();
    assert!(matches!(refused, IssueError::Shares(_)));
}

#[test]
fn anchors_and_masters_survive_storage() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let stored = PairMaster::<Psk>::from_bytes(&master.to_bytes(), "example").unwrap();
    assert_eq!(stored.anchor(), master.anchor());
    let bytes = master.anchor().to_bytes();
    assert_eq!(bytes.len(), PairAnchor::<Psk>::LEN);
    assert_eq!(PairAnchor::from_bytes(&bytes), Ok(master.anchor()));
    let refused = PairAnchor::<Agreement>::from_bytes(&bytes);
    assert_eq!(refused, Err(DecodeError::Value));
    for length in 0..bytes.len() {
        let refused = PairAnchor::<Psk>::from_bytes(&bytes[..length]);
        assert_eq!(refused, Err(DecodeError::Length));
    }
    let edited = |position: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[position] = value;
        PairAnchor::<Psk>::from_bytes(&bytes)
    };
    assert_eq!(edited(0, 2), Err(DecodeError::Version));
    assert_eq!(edited(34, 0), Err(DecodeError::Encoding));
    let stored = master.to_bytes();
    assert_eq!(stored.len(), PairMaster::<Psk>::LEN);
    let read = |bytes: &[u8], name| PairMaster::<Psk>::from_bytes(bytes, name).map(|_| ());
    assert_eq!(read(&stored, "other"), Err(DecodeError::Value));
    let zero = [&stored[..34], &[0; 32]].concat();
    assert_eq!(read(&zero, "example"), Err(DecodeError::ZeroScalar));
    for length in 0..stored.len() {
        assert_eq!(read(&stored[..length], "example"), Err(DecodeError::Length));
    }
    assert_eq!(
        read(&[&stored[..], &[0]].concat(), "example"),
        Err(DecodeError::Length)
    );
    // Any other bit is another version, usage, domain or secret.
    for bit in 0..8 * stored.len() {
        let mut bytes = stored.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&bytes, "example").is_err(), "{bit}");
    }
    let other = PairMaster::<Agreement>::from_bytes(&stored, "example").map(|_| ());
    assert_eq!(other, Err(DecodeError::Value));
    let signing = crate::signing::SigningMaster::from_bytes(&stored, "example").map(|_| ());
    assert_eq!(signing, Err(DecodeError::Value));
}

/// What was stored stays readable: the bytes of this master secret's keys.
#[test]
fn stored_bytes_are_frozen() {
    let mut secret = [0x42; 32];
    secret[0] = 0x12;
    let master = PairMaster::<Agreement>::from_scalar(&secret, "example");
    let anchor = master.anchor();
    let peer = Principal::new(master.domain(), Role::Peer, "peer").unwrap();
    let peer = peer.at(Epoch(20_833));
    assert_eq!(hex::encode(anchor.to_bytes()), ANCHOR.concat());
    let first = accepted(&master, &peer).to_bytes();
    assert_eq!(hex::encode(&*first), [FIRST_HEAD, IDENTITY, FIRST].concat());
    let second = master.issue_responder(&peer).unwrap().to_bytes();
    let expected = [SECOND_HEAD, IDENTITY, SECOND[0], SECOND[1]].concat();
    assert_eq!(hex::encode(&*second), expected);
    // Proofs are randomised: this one is of the first release.
    let issued = hex::decode([ISSUED_HEAD, IDENTITY, FIRST, PROOF[0], PROOF[1]].concat()).unwrap();
    let issued = IssuedKey::<Agreement>::from_bytes(&issued).unwrap();
    assert_eq!(*issued.accept(&anchor).unwrap().to_bytes(), *first);
}

const FIRST_HEAD: &str = "010301";
const SECOND_HEAD: &str = "010302";
const ISSUED_HEAD: &str = "010303";
/// Length, version, trust domain, role, epoch, name.
const IDENTITY: &str = concat!(
    "003001",
    "e275d19130bf6f033a06431638541fee9ab547d7d2332578095df9faa9ad1aed",
    "030000000000005161000470656572",
);
const ANCHOR: [&str; 2] = [
    "0103e275d19130bf6f033a06431638541fee9ab547d7d2332578095df9faa9ad1aed",
    "88918d1bc1b010a27e792f12f1f4010f0dea03ae2e7866cf208cf3d5b598347e622a3bd8cbd72196cfbd6b1a78636771",
];
const FIRST: &str = "8cc2e9be5fe374a5521c9e3fc1e580de452e10a6140a88cf51f192476a3d23a812f81da292ca7b66a0e2ae79decbc923";
const SECOND: [&str; 2] = [
    "a4baa00863682bf01ffd3812edcc8cd91ceb6d38ebdb1093a2ce6e9cf5504f068ed49eb5d5dc73c32183c9e51f61eb8f",
    "0626a33f0ddedc5250188e95585363ed17f26e8da37e1b050ccb4148a0ceed8199c6f80e0f7a54f069d0392680836e93",
];
const PROOF: [&str; 2] = [
    "4f7e14cf90aeb8ce6cddf32df25e32362dba28e83bb5c037097ce17f94d587a4",
    "5008f86be241c0124923d77e866fd14658d4edf5efd31f0aebe8d6abd995972f",
];
