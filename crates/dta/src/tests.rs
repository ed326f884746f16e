//! Whole stories: keys are made, issued, combined; lies are told and named.

mod batch;
pub(crate) mod frozen;
mod issue;
mod leaks;
mod lists;
mod numbers;
mod permits;
mod public_key;
mod storage;
mod versions;

use milagro_base::Seconds;
use milagro_mpin::Identity;
use milagro_mpin::names::{Epoch, EpochLength};

use crate::dealer::{self, Dealt};
use crate::domain::member::{AuthorityId, Threshold};
use crate::domain::protocol::{Mpin, Protocol};
use crate::domain::registrar::RegistrarKey;
use crate::issue::authority::Authority;
use crate::issue::period::Period;
use crate::issue::received::Received;
use crate::permits::desk::{Desk, Window};
use crate::permits::mark::ListMark;
use crate::permits::revocation::RevocationList;
use crate::permits::signed::SignedList;
use crate::rand_core::UnwrapErr;
use crate::sharing::group::Bls12381G1;
use crate::sharing::lagrange::Coefficients;

/// The pairs (t, n) that everything is tried with.
pub(crate) const SIZES: [(u16, u16); 6] = [(1, 1), (2, 2), (2, 3), (3, 5), (5, 9), (11, 16)];

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(crate) fn id(number: u16) -> AuthorityId {
    AuthorityId::new(number).unwrap()
}

pub(crate) fn threshold(t: u16, n: u16) -> Threshold {
    Threshold::new(t, n).unwrap()
}

/// The day of these tests.
pub(crate) const TODAY: Period = Period {
    epoch: Epoch(20_000),
    length: EpochLength::DAY,
};

/// Noon of that day.
pub(crate) const NOON: Seconds = Seconds::new(20_000 * 86_400 + 43_200);

/// What an authority sent.
pub(crate) fn sent<T>(from: AuthorityId, value: T) -> Received<T> {
    Received { from, value }
}

/// A list as the first of a registrar.
pub(crate) fn signed(list: &RevocationList) -> SignedList {
    let key = RegistrarKey::random(&mut rng());
    let signed = list.clone().sign(&mut rng(), &key, &ListMark::NONE);
    signed.unwrap()
}

/// An authority at noon.
pub(crate) fn desk<'a>(authority: &'a Authority<Mpin>, list: &'a SignedList) -> Desk<'a> {
    authority.permits(list, Window::DAILY, NOON).unwrap()
}

pub(crate) fn alice() -> Identity {
    Identity::raw(b"alice@example.com").unwrap()
}

pub(crate) fn bob() -> Identity {
    Identity::raw(b"bob@example.com").unwrap()
}

/// A domain from a dealer, and all its authorities.
pub(crate) fn dealt<P: Protocol>(t: u16, n: u16) -> Vec<Authority<P>> {
    let threshold = threshold(t, n);
    let Dealt { domain, shares } = dealer::deal::<P, _>(&mut rng(), "example", threshold).unwrap();
    shares
        .into_iter()
        .map(|share| {
            let me = share.to();
            share.accept(me, "example", threshold, &domain).unwrap()
        })
        .collect()
}

/// The master key that nobody should ever hold.
pub(crate) fn master<P: Protocol<Group = Bls12381G1>>(
    authorities: &[Authority<P>],
) -> milagro_curve::SecretScalar {
    let threshold = authorities[0].domain().threshold();
    let some = &authorities[..threshold.needed().into()];
    let ids: Vec<AuthorityId> = some.iter().map(Authority::id).collect();
    let coefficients = Coefficients::at_zero(&ids).unwrap();
    some.iter()
        .zip(coefficients.scalars::<Bls12381G1>())
        .fold(
            milagro_curve::SecretResidue::zero(),
            |sum, (authority, k)| sum.add(&authority.secret().mul_public(&k)),
        )
        .to_nonzero()
        .unwrap()
}

/// Every way to take `k` of `items`, up to n = 9; some ways above.
pub(crate) fn subsets(k: usize, n: usize) -> Vec<Vec<usize>> {
    let rotated = || {
        (0..n)
            .map(|start| (0..k).map(|i| (start + i) % n).collect())
            .collect()
    };
    if n > 9 {
        return rotated();
    }
    (0_u32..1 << n)
        .filter(|set| usize::try_from(set.count_ones()) == Ok(k))
        .map(|set| (0..n).filter(|i| set >> i & 1 == 1).collect())
        .collect()
}
