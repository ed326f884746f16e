//! Every proof of the crate, made twice by one key about two statements, with a generator that gives the same
//! bytes each time: nobody who sees both learns a secret.
//!
//! An answer is s = r - c·w. Were the nonce r the same in both, w = (s₁ - s₂)/(c₂ - c₁).

mod acs;
mod attributes;
mod modes;

use curve25519_dalek::Scalar;

/// A challenge with an answer to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) c: Scalar,
    pub(super) s: Scalar,
}

impl Answer {
    /// From `c || s`.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let (c, s) = bytes.split_at(32);
        Self {
            c: scalar(c),
            s: scalar(s),
        }
    }

    /// What the witness would be if both had one nonce.
    pub(super) fn witness(&self, other: &Self) -> Scalar {
        assert_ne!(self.c, other.c, "two statements, two challenges");
        (self.s - other.s) * (other.c - self.c).invert()
    }
}

pub(super) fn scalar(bytes: &[u8]) -> Scalar {
    let bytes = bytes.try_into().unwrap();
    Scalar::from_canonical_bytes(bytes).into_option().unwrap()
}

/// Neither proof gives the secret away, alone or together.
pub(super) fn keeps(secret: &Scalar, first: &[u8], second: &[u8]) {
    let (first, second) = (Answer::from_bytes(first), Answer::from_bytes(second));
    assert_ne!(first.witness(&second), *secret);
}

/// The check would notice: with one nonce it finds the secret.
#[test]
fn one_nonce_is_found_out() {
    let (secret, nonce) = (Scalar::from(77_u64), Scalar::from(1_234_567_u64));
    let answer = |c: u64| Answer {
        c: Scalar::from(c),
        s: nonce - Scalar::from(c) * secret,
    };
    assert_eq!(answer(5).witness(&answer(9)), secret);
}
