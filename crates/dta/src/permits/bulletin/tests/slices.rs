//! Slices hold what the bulletin holds, and nothing that somebody has changed.

use sha2::{Digest as _, Sha256};

use super::{bulletin, list, user};
use crate::domain::protocol::Mpin;
use crate::permits::bulletin::document::Head;
use crate::permits::bulletin::slices::{SliceIndex, SliceRejected};
use crate::tests::dealt;

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[test]
fn hold_the_permits_of_the_bulletin() {
    let authorities = dealt::<Mpin>(1, 1);
    for (revoked, slices) in [(0, 1), (1_030, 2)] {
        let bulletin = bulletin(&authorities, &list(&authorities, revoked));
        let sliced = bulletin.slices();
        assert_eq!(sliced.slices.len(), slices);
        let index = SliceIndex::from_bytes(&sliced.index, &hash(&sliced.index)).unwrap();
        assert_eq!(index.head(), bulletin.head());
        let names: Vec<_> = sliced.slices.iter().map(|slice| hash(slice)).collect();
        assert_eq!(index.slices().collect::<Vec<_>>(), names);
        let bytes = bulletin.to_bytes();
        assert_eq!(Head::of_beginning(&bytes).as_ref(), Ok(bulletin.head()));
        assert!(Head::of_beginning(&bytes[..Head::LEN - 1]).is_err());
        // Some that are revoked, some that are not, and somebody of each slice: the last one has few.
        let of = |name: &[u8; 32]| {
            let mut others = revoked + 40..;
            others.find(|number| index.slice_of(&user(*number)).as_ref() == Some(name))
        };
        let numbers = revoked.saturating_sub(10)..revoked + 40;
        let numbers = numbers.chain(names.iter().filter_map(of));
        let mut permits = 0;
        for number in numbers {
            let identity = user(number);
            let name = index.slice_of(&identity);
            let place = names.iter().position(|known| Some(*known) == name);
            let permit =
                place.and_then(|place| index.permit(&identity, &sliced.slices[place]).unwrap());
            assert_eq!(permit, bulletin.permit(&identity), "{number} of {revoked}");
            permits += usize::from(permit.is_some());
        }
        assert_eq!(permits, 40 + slices);
    }
}

#[test]
fn are_those_that_were_named() {
    let authorities = dealt::<Mpin>(1, 1);
    let bulletin = bulletin(&authorities, &list(&authorities, 3));
    let sliced = bulletin.slices();
    let name = hash(&sliced.index);
    let index = SliceIndex::from_bytes(&sliced.index, &name).unwrap();
    let (slice, alice) = (&sliced.slices[0], user(7));
    for place in 0..sliced.index.len() {
        let mut altered = sliced.index.clone();
        altered[place] ^= 1;
        assert_eq!(SliceIndex::from_bytes(&altered, &name), Err(SliceRejected));
    }
    for place in 0..slice.len() {
        let mut altered = slice.clone();
        altered[place] ^= 1;
        assert_eq!(index.permit(&alice, &altered), Err(SliceRejected));
    }
    assert_eq!(index.permit(&alice, &slice[1..]), Err(SliceRejected));
    assert_eq!(index.permit(&alice, &[]), Err(SliceRejected));

    // Under its own hash, what is no index is none all the same.
    let longer = [&sliced.index[..], &[0]].concat();
    for wrong in [&sliced.index[1..], &sliced.index[..40], &longer, &[]] {
        assert_eq!(
            SliceIndex::from_bytes(wrong, &hash(wrong)),
            Err(SliceRejected)
        );
    }
    // A slice too many, and one too few.
    let entry = &sliced.index[sliced.index.len() - 48..];
    for count in [0_u8, 2] {
        let mut wrong = [&sliced.index[..], entry].concat();
        wrong[134 + 3] = count;
        assert_eq!(
            SliceIndex::from_bytes(&wrong, &hash(&wrong)),
            Err(SliceRejected)
        );
    }
}
