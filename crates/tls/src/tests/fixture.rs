//! An authority and those it issues for.

use milagro_base::Seconds;
use milagro_curve::loose::E1Point;
use milagro_curve::rand_core::UnwrapErr;
use milagro_mpin::names::EpochPolicy;

use crate::names::{Identity, Principal, Role};
use crate::signing::{Signer, SigningMaster};
use milagro_mpin::names::Epoch;

pub(super) const NOW: Seconds = Seconds::new(1_800_000_000);

/// A point of order 11 on the curve.
const ORDER_11: [u8; 48] = [
    0x93, 0xff, 0x2b, 0xad, 0x6b, 0x1e, 0x5b, 0xbd, 0x94, 0x8d, 0x63, 0x1c, 0x88, 0x5b, 0xc5, 0x32,
    0x81, 0x49, 0x0f, 0x9b, 0x01, 0xb6, 0x4c, 0x08, 0xba, 0xe5, 0x2b, 0x7a, 0x30, 0x94, 0x63, 0x9c,
    0xbe, 0x90, 0xaa, 0x1c, 0xb2, 0xd2, 0x13, 0xd5, 0x0f, 0x25, 0xec, 0xe7, 0x5f, 0xd6, 0x8d, 0xd7,
];

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(super) fn master() -> SigningMaster {
    SigningMaster::random(&mut rng(), "example")
}

/// The epoch of [`NOW`].
pub(super) fn today() -> Epoch {
    Epoch::at(NOW, EpochPolicy::DAILY.length)
}

pub(super) fn identity(master: &SigningMaster, role: Role, name: &str) -> Identity {
    Principal::new(master.domain(), role, name)
        .unwrap()
        .at(today())
}

pub(super) fn signer(master: &SigningMaster, identity: &Identity) -> Signer {
    Signer::new(master.issue(identity).unwrap())
}

/// Points of order 3 and 11.
pub(super) fn small_orders() -> [E1Point; 2] {
    let mut bytes = [0; 96];
    bytes[95] = 2;
    [
        E1Point::from_uncompressed(&bytes).unwrap(),
        E1Point::from_bytes(&ORDER_11).unwrap(),
    ]
}
