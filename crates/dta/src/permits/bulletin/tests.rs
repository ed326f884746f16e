//! Bulletins are made, read, looked up, and falsified.

mod slices;

use milagro_mpin::{
    Identity, MasterSecret,
    names::{Epoch, EpochLength},
};

use super::{
    Bulletin, BulletinRejected, CoverBatch, Draft, DraftRejected, Head, ProofShare, Scanner,
    UncheckedBulletin,
};
use milagro_curve::DecodeError;

use crate::domain::protocol::Mpin;
use crate::domain::trust_domain::TrustDomain;
use crate::issue::authority::Authority;
use crate::issue::error::{CombineError, Culprit, Fault, IssueError};
use crate::issue::received::Received;
use crate::permits::desk::Window;
use crate::permits::revocation::RevocationList;
use crate::permits::signed::SignedList;
use crate::tests::{NOON, TODAY, alice, dealt, desk, id, master, rng, sent, signed};

fn user(number: u32) -> Identity {
    Identity::raw(&number.to_be_bytes()).unwrap()
}

/// Revokes the users below `count`.
fn list(authorities: &[Authority<Mpin>], count: u32) -> SignedList {
    let mut list = RevocationList::new(*authorities[0].domain().id());
    for number in 0..count {
        list.revoke(&user(number));
    }
    signed(&list)
}

fn draft(authorities: &[Authority<Mpin>], list: &SignedList) -> Draft {
    let batches = authorities.iter().map(|authority| {
        let batch = desk(authority, list)
            .covers(&mut rng(), TODAY.epoch)
            .unwrap();
        sent(
            authority.id(),
            CoverBatch::from_bytes(&batch.to_bytes()).unwrap(),
        )
    });
    let combined = Draft::combine(authorities[0].domain(), list, TODAY, batches).unwrap();
    assert_eq!(combined.culprits, []);
    combined.key
}

fn shares(
    authorities: &[Authority<Mpin>],
    list: &SignedList,
    draft: &Draft,
) -> Vec<Received<ProofShare>> {
    let draft = Draft::from_bytes(&draft.to_bytes()).unwrap();
    let share = |authority: &Authority<Mpin>| {
        let share = desk(authority, list).prove(&mut rng(), &draft).unwrap();
        sent(
            authority.id(),
            ProofShare::from_bytes(&share.to_bytes()).unwrap(),
        )
    };
    authorities.iter().map(share).collect()
}

fn bulletin(authorities: &[Authority<Mpin>], list: &SignedList) -> Bulletin {
    let draft = draft(authorities, list);
    let shares = shares(authorities, list, &draft);
    draft.prove(authorities[0].domain(), shares).unwrap().key
}

#[test]
fn everybody_but_the_revoked_finds_the_permit_of_the_direct_key() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let direct = MasterSecret::from_bytes(&master(&authorities).to_bytes()).unwrap();
    for revoked in [0, 1, 20] {
        let list = list(&authorities, revoked);
        let bulletin = bulletin(&authorities[1..], &list);
        assert!(bulletin.is_of(&list));
        let bytes = bulletin.to_bytes();
        assert_eq!(
            bytes.len(),
            133 + 80 * (usize::try_from(revoked).unwrap() + 1) + 2 + 2 * 114
        );
        let again = UncheckedBulletin::from_bytes(&bytes)
            .unwrap()
            .verify(domain)
            .unwrap();
        assert_eq!(again, bulletin);
        for number in 0..40 {
            let permit = bulletin.permit(&user(number));
            assert_eq!(permit.is_none(), number < revoked);
            if let Some(permit) = permit {
                let expected =
                    direct.issue_permit(domain.id(), *permit.label(), TODAY.length, &user(number));
                assert_eq!(permit, expected);
                assert!(permit.label().covers(&user(number), domain.id()));
            }
        }
    }
}

fn scan(
    domain: &TrustDomain<Mpin>,
    identity: &Identity,
    bytes: &[u8],
    size: usize,
) -> Result<Option<milagro_mpin::Permit>, BulletinRejected> {
    let mut scanner = Scanner::new(identity.clone());
    for piece in bytes.chunks(size) {
        scanner.push(piece).map_err(|_| BulletinRejected)?;
    }
    let scanned = scanner.finish().map_err(|_| BulletinRejected)?;
    let mut checker = scanned.check(domain)?;
    for piece in bytes.chunks(size + 1) {
        checker.push(piece).map_err(|_| BulletinRejected)?;
    }
    checker.finish()
}

#[test]
fn streams_give_the_same_permits() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let list = list(&authorities, 10);
    let bulletin = bulletin(&authorities, &list);
    let bytes = bulletin.to_bytes();
    let mut pieces = Vec::new();
    bulletin.encode(|piece| pieces.extend_from_slice(piece));
    assert_eq!(pieces, bytes);
    for (size, number) in [(1, 11), (7, 0), (80, 12), (133, 13), (bytes.len(), 14)] {
        let found = scan(domain, &user(number), &bytes, size).unwrap();
        assert_eq!(found, bulletin.permit(&user(number)));
    }
    // Cut short, extended, or another document in the second pass.
    for cut in [0, 50, 133, 200, bytes.len() - 1] {
        assert!(scan(domain, &alice(), &bytes[..cut], 64).is_err());
    }
    assert!(scan(domain, &alice(), &[&bytes[..], &[0]].concat(), 64).is_err());
    let mut scanner = Scanner::new(alice());
    scanner.push(&bytes).unwrap();
    let mut checker = scanner.finish().unwrap().check(domain).unwrap();
    checker
        .push(&self::bulletin(&authorities, &self::list(&authorities, 0)).to_bytes())
        .unwrap();
    assert_eq!(checker.finish(), Err(BulletinRejected));
}

/// A name, and what is done to the bytes.
type Change<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));

#[test]
fn altered_bulletins_are_rejected() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let list = list(&authorities, 5);
    let bytes = bulletin(&authorities, &list).to_bytes();
    let record = |index: usize| 133 + 80 * index;
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        bytes
    };
    let swap = |bytes: &mut Vec<u8>| {
        let (a, b) = (record(0) + 32, record(1) + 32);
        for at in 0..48 {
            bytes.swap(a + at, b + at);
        }
    };
    let drop_one = |bytes: &mut Vec<u8>| {
        bytes.drain(record(2)..record(3));
        bytes[132] -= 1;
    };
    let add = |bytes: &mut Vec<u8>| {
        // The fourth gap split in two, with its point twice.
        let mut first = bytes[record(3)..record(4)].to_vec();
        let mut second = first.clone();
        let low = u128::from_be_bytes(first[..16].try_into().unwrap());
        first[16..32].copy_from_slice(&low.to_be_bytes());
        second[..16].copy_from_slice(&(low + 2).to_be_bytes());
        bytes.splice(record(3)..record(4), [first, second].concat());
        bytes[132] += 1;
    };
    let alter = |bytes: &mut Vec<u8>| {
        bytes[record(1) + 32..record(2)].copy_from_slice(&alice().to_point().to_bytes());
    };
    let narrow = |bytes: &mut Vec<u8>| {
        let at = record(1)..record(1) + 16;
        let low = u128::from_be_bytes(bytes[at.clone()].try_into().unwrap());
        bytes[at].copy_from_slice(&(low + 1).to_be_bytes());
    };
    let epoch = |bytes: &mut Vec<u8>| bytes[80] ^= 1;
    let generation = |bytes: &mut Vec<u8>| bytes[40] ^= 1;
    let one_share = |bytes: &mut Vec<u8>| {
        let end = bytes.len();
        bytes.truncate(end - 114);
        bytes[end - 229] -= 1;
    };
    let share_twice = |bytes: &mut Vec<u8>| {
        let end = bytes.len();
        bytes.copy_within(end - 228..end - 114, end - 114);
    };
    let keys = |bytes: &mut Vec<u8>| bytes[41] ^= 1;
    let number = |bytes: &mut Vec<u8>| bytes[96] ^= 1;
    let other_list = |bytes: &mut Vec<u8>| bytes[100] ^= 1;
    let no_point = |bytes: &mut Vec<u8>| bytes[record(1) + 32..record(2)].fill(0xff);
    let changes: [Change<'_>; 13] = [
        ("no point", &no_point),
        ("swapped", &swap),
        ("dropped", &drop_one),
        ("added", &add),
        ("altered", &alter),
        ("gap moved", &narrow),
        ("epoch", &epoch),
        ("generation", &generation),
        ("keys", &keys),
        ("number of the list", &number),
        ("one share", &one_share),
        ("share twice", &share_twice),
        ("list", &other_list),
    ];
    for (name, change) in changes {
        let bytes = with(change);
        let unchecked = UncheckedBulletin::from_bytes(&bytes);
        let unchecked = unchecked.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(unchecked.verify(domain), Err(BulletinRejected), "{name}");
        assert_eq!(
            scan(domain, &alice(), &bytes, 1000),
            Err(BulletinRejected),
            "{name}"
        );
    }
    let stranger = dealt::<Mpin>(2, 3);
    let unchecked = UncheckedBulletin::from_bytes(&bytes).unwrap();
    assert_eq!(
        unchecked.verify(stranger[0].domain()),
        Err(BulletinRejected)
    );
}

#[test]
fn bytes_that_are_no_bulletin_say_why() {
    let authorities = dealt::<Mpin>(1, 1);
    let bytes = bulletin(&authorities, &list(&authorities, 3)).to_bytes();
    for cut in 0..bytes.len() {
        let error = UncheckedBulletin::from_bytes(&bytes[..cut]).unwrap_err();
        assert_eq!(error, DecodeError::Length);
    }
    let with = |at: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        UncheckedBulletin::from_bytes(&bytes).unwrap_err()
    };
    let (second, third) = (133 + 80, 133 + 160);
    assert_eq!(with(0, &[2]), DecodeError::Version);
    assert_eq!(with(81, &[0; 8]), DecodeError::Value);
    assert_eq!(with(129, &[0xff; 4]), DecodeError::Value);
    assert_eq!(with(129, &[0; 4]), DecodeError::Value);
    assert_eq!(with(129, &[0, 0x10, 0, 0]), DecodeError::Length);
    // Records swapped, adjoining, ending before they begin.
    assert_eq!(with(second, &bytes[third..third + 80]), DecodeError::Value);
    let mut low: [u8; 16] = bytes[133 + 16..133 + 32].try_into().unwrap();
    low = (u128::from_be_bytes(low) + 1).to_be_bytes();
    assert_eq!(with(second, &low), DecodeError::Value);
    assert_eq!(with(second + 16, &[0; 16]), DecodeError::Value);
    assert_eq!(Head::MAX, 1 << 20);
    // The longest list has a bulletin.
    assert_eq!(u32::try_from(RevocationList::MAX + 1), Ok(Head::MAX));
}

#[test]
fn different_lists_make_no_bulletin() {
    let authorities = dealt::<Mpin>(2, 2);
    let domain = authorities[0].domain();
    let (new, old) = (list(&authorities, 2), list(&authorities, 1));
    let batches = [(&authorities[0], &new), (&authorities[1], &old)].map(|(authority, list)| {
        let batch = desk(authority, list).covers(&mut rng(), TODAY.epoch);
        sent(authority.id(), batch.unwrap())
    });
    let error = Draft::combine(domain, &new, TODAY, batches).unwrap_err();
    let lists = vec![sent(id(1), *new.mark()), sent(id(2), *old.mark())];
    let culprits = Vec::new();
    assert_eq!(error, CombineError::DifferentLists { lists, culprits });

    // Nor does an authority prove what is not its list.
    let draft = draft(&authorities, &new);
    let prove = |authority: &Authority<Mpin>, list| {
        let desk = authority.permits(list, Window::DAILY, NOON).unwrap();
        desk.prove(&mut rng(), &draft).map(|_| ())
    };
    assert_eq!(prove(&authorities[1], &old), Err(DraftRejected::List));
    assert_eq!(prove(&authorities[1], &new), Ok(()));
    let stranger = dealt::<Mpin>(2, 2);
    let theirs = list(&stranger, 2);
    assert_eq!(prove(&stranger[0], &theirs), Err(DraftRejected::Domain));
    let foreign = stranger[0].permits(&new, Window::DAILY, NOON);
    assert_eq!(foreign.unwrap_err(), IssueError::WrongList);
}

#[test]
fn a_publisher_gets_no_permit_of_an_epoch_to_come() {
    // From ρ·s·N of t authorities, a publisher who knows ρ would have the permit.
    let authorities = dealt::<Mpin>(2, 2);
    let list = list(&authorities, 0);
    let honest = draft(&authorities, &list);
    let hour = EpochLength::new(3600.into()).unwrap();
    for (epoch, length) in [
        (Epoch(19_999), TODAY.length),
        (Epoch(20_002), TODAY.length),
        (Epoch(20_365), TODAY.length),
        (TODAY.epoch, hour),
    ] {
        let mut draft = honest.clone();
        draft.head.period.epoch = epoch;
        draft.head.period.length = length;
        for authority in &authorities {
            assert_eq!(
                desk(authority, &list).prove(&mut rng(), &draft),
                Err(DraftRejected::Epoch)
            );
        }
    }
}

/// Points cost a thousand times as much to decode as heads to compare: nobody decodes those of a stranger's bulletin
/// before its head and the number of its proofs fit, and an authority none at all.
#[test]
fn no_point_is_decoded_before_it_is_added_up() {
    let authorities = dealt::<Mpin>(2, 2);
    let list = list(&authorities, 3);
    let junk = |mut bytes: Vec<u8>, count: usize| {
        for gap in 0..count {
            bytes[133 + 80 * gap + 32..133 + 80 * (gap + 1)].fill(0xff);
        }
        bytes
    };
    let honest = draft(&authorities, &list);
    let drafted = Draft::from_bytes(&junk(honest.to_bytes(), 4)).unwrap();
    assert_eq!(drafted.records.len(), 4);
    let share = desk(&authorities[0], &list).prove(&mut rng(), &drafted);
    assert_eq!(share.unwrap().from, id(1));
    // Its proof is for nothing that verifies.
    let parts = shares(&authorities, &list, &drafted);
    assert!(matches!(
        drafted.prove(authorities[0].domain(), parts),
        Err(CombineError::Degenerate)
    ));
    let bytes = junk(bulletin(&authorities, &list).to_bytes(), 4);
    let unchecked = UncheckedBulletin::from_bytes(&bytes).unwrap();
    let stranger = dealt::<Mpin>(2, 2);
    for domain in [stranger[0].domain(), authorities[0].domain()] {
        assert_eq!(unchecked.clone().verify(domain), Err(BulletinRejected));
    }
}

#[test]
fn bad_parts_are_named_and_left_out() {
    let authorities = dealt::<Mpin>(2, 4);
    let domain = authorities[0].domain();
    let list = list(&authorities, 2);
    let (today, tomorrow) = (TODAY.epoch, TODAY.epoch.next());
    let batches = authorities.iter().zip([today, tomorrow, today, today]);
    let batches = batches.map(|(authority, epoch)| {
        let batch = desk(authority, &list).covers(&mut rng(), epoch).unwrap();
        sent(authority.id(), batch)
    });
    let combined = Draft::combine(domain, &list, TODAY, batches).unwrap();
    let culprit = |number, fault| Culprit {
        authority: id(number),
        fault,
    };
    assert_eq!(combined.culprits, [culprit(2, Fault::Proof)]);
    let draft = combined.key;
    let mut parts = shares(&authorities, &list, &draft);
    parts[0].value.z = alice().to_point();
    parts[1].value = parts[2].value;
    let proven = draft.clone().prove(domain, parts).unwrap();
    assert_eq!(
        proven.culprits,
        [culprit(1, Fault::Proof), culprit(2, Fault::Index)]
    );
    let few = shares(&authorities[..1], &list, &draft);
    let error = draft.prove(domain, few).unwrap_err();
    assert!(matches!(
        error,
        CombineError::TooFew {
            good: 1,
            needed: 2,
            ..
        }
    ));
}
