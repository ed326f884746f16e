//! Numbers of the curve as they lie in memory.

use num_bigint::BigUint;

/// Bytes of a number modulo p.
pub(crate) const FP: usize = 48;
/// Bytes of a number modulo r.
pub(crate) const FR: usize = 32;

/// p of BLS12-381, big-endian (draft-irtf-cfrg-pairing-friendly-curves-11, section 4.2.1).
const P: [u8; FP] = *b"\x1a\x01\x11\xea\x39\x7f\xe6\x9a\x4b\x1b\xa7\xb6\x43\x4b\xac\xd7\
\x64\x77\x4b\x84\xf3\x85\x12\xbf\x67\x30\xd2\xa0\xf6\xb0\xf6\x24\
\x1e\xab\xff\xfe\xb1\x53\xff\xff\xb9\xfe\xff\xff\xff\xff\xaa\xab";
/// r of BLS12-381, big-endian.
const R: [u8; FR] = *b"\x73\xed\xa7\x53\x29\x9d\x7d\x48\x33\x39\xd8\x08\x09\xa1\xd8\x05\
\x53\xbd\xa4\x02\xff\xfe\x5b\xfe\xff\xff\xff\xff\x00\x00\x00\x01";

/// p.
pub(crate) fn p() -> BigUint {
    BigUint::from_bytes_be(&P)
}

/// The limbs of a number modulo p in Montgomery form, little-endian, as blst keeps them.
pub(crate) fn montgomery_p(value: &BigUint) -> Vec<u8> {
    montgomery(value, &p(), FP)
}

/// The same modulo r.
pub(crate) fn montgomery_r(value: &BigUint) -> Vec<u8> {
    montgomery(value, &BigUint::from_bytes_be(&R), FR)
}

fn montgomery(value: &BigUint, modulus: &BigUint, width: usize) -> Vec<u8> {
    let mut limbs = ((value << (8 * width)) % modulus).to_bytes_le();
    limbs.resize(width, 0);
    limbs
}

/// An element of Fp or of Fp2, real part first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Element(pub(crate) Vec<BigUint>);

impl Element {
    /// The limbs of reduced numbers; `None` if one is p or above.
    pub(crate) fn from_limbs(bytes: &[u8]) -> Option<Self> {
        let (parts, _) = bytes.as_chunks::<FP>();
        let below = |part: &[u8; FP]| part.iter().rev().lt(P.iter());
        parts.iter().all(below).then(|| {
            Self(
                parts
                    .iter()
                    .map(|part| BigUint::from_bytes_le(part))
                    .collect(),
            )
        })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|part| part.bits() == 0)
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        let p = p();
        match (self.0.as_slice(), other.0.as_slice()) {
            ([a, b], [c, d]) => {
                // (a + b·i)·(c + d·i) with i² = -1; b·d is below p².
                let real = a * c + &p * &p - b * d;
                Self(vec![real % &p, (a * d + b * c) % &p])
            }
            (one, two) => Self(one.iter().zip(two).map(|(a, b)| a * b % &p).collect()),
        }
    }

    /// The number whose Montgomery form has this value.
    pub(crate) fn shifted(&self) -> Self {
        let p = p();
        Self(self.0.iter().map(|part| (part << (8 * FP)) % &p).collect())
    }
}
