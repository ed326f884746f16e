//! Names are bytes: which there are, and that no two of them meet.

use milagro_base::{DecodeError, Seconds};
use milagro_curve::G2Point;

use super::fixture::{World, alice, rng};
use crate::client::device_key::DeviceKey;
use crate::keys::MasterSecret;
use crate::names::domain::{Authorities, TrustDomainId};
use crate::names::epoch::{Epoch, EpochLength, EpochPolicy};
use crate::names::identity::{Identity, IdentityError, IdentityKind};
use crate::names::server::ServerId;
use crate::permit::{Leaf, PermitLabel};

#[test]
fn identities_have_1_to_1024_bytes() {
    assert_eq!(Identity::raw(b"").unwrap_err(), IdentityError::Empty);
    assert_eq!(
        Identity::raw(&[0; 1025]).unwrap_err(),
        IdentityError::TooLong
    );
    assert!(Identity::raw(&[0; 1024]).is_ok());
    assert!(Identity::raw(&[0xff]).is_ok());
    assert_eq!(ServerId::new(b"").unwrap_err(), IdentityError::Empty);
    assert_eq!(
        ServerId::new(&[0; 1025]).unwrap_err(),
        IdentityError::TooLong
    );
    let device = [0; 16];
    assert_eq!(
        Identity::device("", "u", &device).unwrap_err(),
        IdentityError::Empty
    );
    assert_eq!(
        Identity::device("a", "", &device).unwrap_err(),
        IdentityError::Empty
    );
    let long = "u".repeat(70_000);
    assert_eq!(
        Identity::device("a", &long, &device).unwrap_err(),
        IdentityError::TooLong
    );
    assert_eq!(
        Identity::device("a", &long[..1004], &device).unwrap_err(),
        IdentityError::TooLong
    );
    assert!(Identity::device("a", &long[..1003], &device).is_ok());
}

#[test]
fn identities_decode_strictly() {
    let pseudonym = Identity::pseudonym(&[1; 32]);
    assert_eq!(pseudonym.kind(), IdentityKind::Pseudonym);
    for identity in [alice(), pseudonym] {
        let bytes = identity.to_bytes();
        assert_eq!(Identity::from_bytes(&bytes), Ok(identity));
        assert_eq!(
            Identity::from_bytes(&bytes[..bytes.len() - 1]),
            Err(DecodeError::Length)
        );
    }
    let bad: [&[u8]; 5] = [
        &[0, 0, 0],       // empty
        &[3, 0, 1, 7],    // unknown kind
        &[1, 0, 1, 7],    // a pseudonym of one byte
        &[0, 4, 1, 0],    // cut short
        &[0, 0, 1, 7, 7], // left over
    ];
    let errors = bad.map(|bytes| Identity::from_bytes(bytes).unwrap_err());
    let (value, length) = (DecodeError::Value, DecodeError::Length);
    assert_eq!(errors, [value, value, value, length, length]);
    let mut long = vec![0, 4, 1];
    long.resize(3 + 1025, 7);
    assert_eq!(Identity::from_bytes(&long), Err(DecodeError::Value));
}

/// Everything that is made of an identity.
fn images(identity: &Identity, world: &World) -> [Vec<u8>; 4] {
    let label = PermitLabel::Personal { epoch: Epoch(7) };
    let n = label.to_point(&world.domain, EpochLength::DAY, identity);
    [
        identity.to_bytes(),
        identity.to_point().to_bytes().to_vec(),
        Leaf::of(identity, &world.domain).0.to_be_bytes().to_vec(),
        n.to_bytes().to_vec(),
    ]
}

#[test]
fn different_bytes_are_different_identities() {
    let world = World::without_permits();
    let key = DeviceKey::random(&mut rng(), &world.server);
    let bound = key.identity(&alice()).unwrap();
    let device = |application, user| Identity::device(application, user, &[7; 16]).unwrap();
    let raw = |bytes: &[u8]| Identity::raw(bytes).unwrap();
    let all = [
        raw(b"a"),
        raw(b"A"),
        raw(b"a\0"),
        raw(b"\0a"),
        raw(b"\0"),
        raw(b"\0\0"),
        raw(b"\xff"),
        raw(b"\xc3\x28"),
        raw("M\u{fc}ller".as_bytes()),
        raw("Mu\u{308}ller".as_bytes()),
        raw(&[7; 32]),
        Identity::pseudonym(&[7; 32]),
        raw(&[1; 1023]),
        raw(&[1; 1024]),
        // Moved borders.
        device("ab", "c"),
        device("a", "bc"),
        raw(b"abc"),
        // The bytes of another one under another kind.
        bound.clone(),
        raw(bound.as_bytes()),
        raw(&bound.to_bytes()),
        alice(),
        raw(&alice().to_bytes()),
    ];
    for (place, one) in all.iter().enumerate() {
        assert_eq!(Identity::from_bytes(&one.to_bytes()).as_ref(), Ok(one));
        for other in &all[..place] {
            assert_ne!(one, other);
            for (mine, theirs) in images(one, &world).iter().zip(images(other, &world)) {
                assert_ne!(*mine, theirs, "{one:?} {other:?}");
            }
        }
    }
}

#[test]
fn servers_are_their_bytes() {
    let names: [&[u8]; 6] = [b"a", b"A", b"a\0", b"\xff", b"ab", &[1; 1024]];
    let points = names.map(|name| ServerId::new(name).unwrap().to_point().to_bytes());
    for (place, point) in points.iter().enumerate() {
        assert!(!points[..place].contains(point));
    }
}

#[test]
fn a_domain_hashes_all_it_was_founded_with() {
    let (s, other) = (
        MasterSecret::random(&mut rng()).commitment(),
        MasterSecret::random(&mut rng()).commitment(),
    );
    let of = |threshold, total| Authorities { threshold, total };
    let ids = [
        TrustDomainId::new("ab", "mpin", of(2, 3), &s),
        TrustDomainId::new("a", "bmpin", of(2, 3), &s),
        TrustDomainId::new("abm", "pin", of(2, 3), &s),
        TrustDomainId::new("ab", "mpin", of(3, 2), &s),
        TrustDomainId::new("ab", "mpin", of(2, 4), &s),
        TrustDomainId::new("ab", "mpin", of(0x203, 0), &s),
        TrustDomainId::new("ab", "mpin", of(2, 3), &other),
    ];
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id));
    }
    let again = TrustDomainId::in_group("ab", "mpin", of(2, 3), &s.to_bytes());
    assert_eq!(ids[0], again);
    assert_eq!(TrustDomainId::from_bytes(again.to_bytes()), again);
}

#[test]
fn the_parts_of_an_identity_with_a_device_key_can_be_read() {
    let world = World::without_permits();
    let key = DeviceKey::random(&mut rng(), &world.server);
    for inner in [alice(), Identity::pseudonym(&[3; 32])] {
        assert_eq!((inner.device_key(), inner.inner()), (None, None));
        let identity = key.identity(&inner).unwrap();
        assert_eq!(identity.kind(), IdentityKind::DeviceKey);
        for identity in [
            Identity::from_bytes(&identity.to_bytes()).unwrap(),
            identity,
        ] {
            assert_eq!(identity.device_key(), Some(*key.public()));
            assert_eq!(identity.inner(), Some(&inner));
        }
    }
}

#[test]
fn a_device_key_is_a_point_of_order_r() {
    let whole = alice()
        .with_device_key(&G2Point::generator())
        .unwrap()
        .to_bytes();
    let start = whole.len() - 96;
    let with = |pa: &[u8]| {
        let mut bytes = whole.clone();
        bytes[start..].copy_from_slice(pa);
        Identity::from_bytes(&bytes)
    };
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    assert_eq!(with(&infinity), Err(DecodeError::Identity));
    // On the curve and outside the subgroup; x = 2 + 0·i and so on until there is a point.
    let mut outside = 0;
    for x in 0..20 {
        let mut pa = [0; 96];
        (pa[0], pa[95]) = (0x80, x);
        match with(&pa) {
            Err(DecodeError::NotInSubgroup) => outside += 1,
            other => assert_eq!(other, Err(DecodeError::NotOnCurve)),
        }
    }
    assert!(outside > 0);
    for length in 0..96 {
        let mut bytes = whole.clone();
        bytes.truncate(start + length);
        assert_eq!(Identity::from_bytes(&bytes), Err(DecodeError::Length));
    }
}

#[test]
fn the_edges_of_an_epoch() {
    let policy = EpochPolicy {
        length: EpochLength::DAY,
        grace: Seconds::minutes(10),
        skew: Seconds::minutes(1),
    };
    assert_eq!(policy, EpochPolicy::DAILY);
    let start = 20_000 * 86_400;
    let end = start + 86_400;
    let table = [
        (start - 61, false),
        (start - 60, true),
        (start - 1, true),
        (start, true),
        (end - 1, true),
        (end, true),
        (end + 599, true),
        (end + 600, false),
        (0, false),
        (u64::MAX, false),
    ];
    for (now, verdict) in table {
        let accepted = policy.accepts(Epoch(20_000), Seconds::new(now));
        assert_eq!(accepted, verdict, "{now}");
    }
    let (zero, max) = (Seconds::ZERO, Seconds::MAX);
    assert!(policy.accepts(Epoch(0), zero));
    assert!(!policy.accepts(Epoch(u64::MAX), zero));
    assert!(!policy.accepts(Epoch(u64::MAX), max));
    let seconds = EpochPolicy {
        length: EpochLength::new(Seconds::new(1)).unwrap(),
        grace: max,
        skew: max,
    };
    assert!(seconds.accepts(Epoch(u64::MAX), max));
    assert_eq!(EpochLength::new(zero), None);
    let length = EpochLength::DAY;
    assert_eq!(length.seconds(), Seconds::days(1));
    assert_eq!(Epoch::at(Seconds::new(start), length), Epoch(20_000));
    assert_eq!(Epoch::at(Seconds::new(end - 1), length), Epoch(20_000));
    assert_eq!(Epoch(20_000).start(length), Seconds::new(start));
    assert_eq!(Epoch(u64::MAX).start(length), max);
    assert_eq!(Epoch(u64::MAX).next(), Epoch(u64::MAX));
}
