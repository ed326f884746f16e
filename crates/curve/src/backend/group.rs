//! The two source groups of the pairing, as mirrors of each other.

use blst::{
    BLST_ERROR, blst_fp_cneg, blst_p1, blst_p1_add_affine, blst_p1_deserialize, blst_p1_mult,
    blst_p1_uncompress, blst_p1s_to_affine, blst_p2, blst_p2_deserialize, blst_p2_uncompress,
    blst_p2s_to_affine,
};
use group::Group as _;
use group::prime::PrimeCurveAffine as _;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

use super::fr::Fr;
use milagro_base::DecodeError;

/// Top three bits of an encoding: compressed, infinity, sign.
const FLAGS: u8 = 0xe0;

/// One group: affine and projective points with the operations that the layers above need.
/// A macro because blst names every function twice, once per group, and has no trait over them.
macro_rules! group {
    ($affine:ident, $point:ident, $raw:ty, $raw_affine:ty, $blstrs_affine:ty, $blstrs_point:ty,
     $len:literal, $uncompress:ident, $deserialize:ident, $batch:ident) => {
        /// A point in affine coordinates, on the curve, of any order, possibly the identity.
        #[derive(Clone, Copy, Default)]
        #[repr(transparent)]
        pub(crate) struct $affine($blstrs_affine);

        /// A point in projective coordinates.
        #[derive(Clone, Copy)]
        pub(crate) struct $point($blstrs_point);

        impl Default for $point {
            fn default() -> Self {
                Self(<$blstrs_point>::identity())
            }
        }

        // The identity is all zeros in both coordinate systems.
        impl DefaultIsZeroes for $affine {}
        impl DefaultIsZeroes for $point {}

        impl $affine {
            pub(crate) fn generator() -> Self {
                Self(<$blstrs_affine>::generator())
            }

            /// Reads the compressed form; the subgroup is not checked.
            pub(crate) fn from_compressed(bytes: &[u8; $len]) -> Result<Self, DecodeError> {
                let mut point = <$blstrs_affine>::default();
                // SAFETY: blst reads at most as many bytes as the array has, and the output is ours.
                let code = unsafe { $uncompress(point.as_mut(), bytes.as_ptr()) };
                check(code).map(|()| Self(point))
            }

            /// Reads the uncompressed form; the subgroup is not checked.
            pub(crate) fn from_uncompressed(bytes: &[u8; 2 * $len]) -> Result<Self, DecodeError> {
                // blst would take a set compression flag as leave to ignore the second half.
                if bytes.first().is_none_or(|first| first & FLAGS != 0) {
                    return Err(DecodeError::Encoding);
                }
                let mut point = <$blstrs_affine>::default();
                // SAFETY: without flags blst reads as many bytes as the array has.
                let code = unsafe { $deserialize(point.as_mut(), bytes.as_ptr()) };
                check(code).map(|()| Self(point))
            }

            pub(crate) fn to_compressed(self) -> [u8; $len] {
                self.0.to_compressed()
            }

            pub(crate) fn to_uncompressed(self) -> [u8; 2 * $len] {
                self.0.to_uncompressed()
            }

            pub(crate) fn is_identity(&self) -> Choice {
                self.0.is_identity()
            }

            pub(crate) fn in_subgroup(&self) -> Choice {
                self.0.is_torsion_free()
            }

            pub(super) fn raw(&self) -> &$raw_affine {
                self.0.as_ref()
            }

            pub(crate) fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl $point {
            pub(crate) fn add(&self, other: &Self) -> Self {
                Self(self.0 + other.0)
            }

            pub(crate) fn add_affine(&self, other: &$affine) -> Self {
                Self(self.0 + other.0)
            }

            pub(crate) fn neg(self) -> Self {
                Self(-self.0)
            }

            /// Constant time; exact for points of order r only.
            pub(crate) fn mul(&self, k: &Fr) -> Self {
                Self(self.0 * k.inner())
            }

            pub(crate) fn to_affine(self) -> $affine {
                $affine(self.0.into())
            }

            /// Normalises many points with one inversion. They may be secret: the caller wipes what comes back,
            /// and nothing else is on the heap.
            pub(crate) fn batch_to_affine(points: &[Self]) -> Vec<$affine> {
                let pointers: Vec<*const $raw> = points
                    .iter()
                    .map(|p| core::ptr::from_ref(p.0.as_ref()))
                    .collect();
                let mut out = vec![$affine::default(); points.len()];
                if !points.is_empty() {
                    let to: *mut $raw_affine = out.as_mut_ptr().cast();
                    // SAFETY: one valid pointer per point, and room for as many outputs, since both wrappers
                    // are transparent.
                    unsafe { $batch(to, pointers.as_ptr(), points.len()) };
                }
                out
            }

            pub(super) fn raw_mut(&mut self) -> &mut $raw {
                self.0.as_mut()
            }

            pub(super) fn from_blstrs(point: $blstrs_point) -> Self {
                Self(point)
            }
        }

        impl From<$affine> for $point {
            fn from(point: $affine) -> Self {
                Self(point.0.into())
            }
        }

        impl ConditionallySelectable for $affine {
            fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
                Self(<$blstrs_affine>::conditional_select(&a.0, &b.0, choice))
            }
        }

        impl ConstantTimeEq for $affine {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.to_uncompressed().ct_eq(&other.to_uncompressed())
            }
        }
    };
}

use blst::{blst_p1_affine, blst_p2_affine};

group!(
    P1Affine,
    P1,
    blst_p1,
    blst_p1_affine,
    blstrs::G1Affine,
    blstrs::G1Projective,
    48,
    blst_p1_uncompress,
    blst_p1_deserialize,
    blst_p1s_to_affine
);
group!(
    P2Affine,
    P2,
    blst_p2,
    blst_p2_affine,
    blstrs::G2Affine,
    blstrs::G2Projective,
    96,
    blst_p2_uncompress,
    blst_p2_deserialize,
    blst_p2s_to_affine
);

impl P1Affine {
    pub(super) fn from_raw(raw: blst_p1_affine) -> Self {
        let mut point = blstrs::G1Affine::default();
        *point.as_mut() = raw;
        Self(point)
    }

    /// The entry of this number, or zeros, which are the identity, where there is none of it; then its negative if
    /// so wanted. Reads every entry in full.
    pub(crate) fn select(row: &[Self], index: u64, negative: Choice) -> Self {
        let mut out = blst_p1_affine::default();
        for (candidate, entry) in (0_u64..).zip(row) {
            let mask = u64::conditional_select(&0, &u64::MAX, candidate.ct_eq(&index));
            let (x, y) = (&entry.raw().x.l, &entry.raw().y.l);
            let coordinates = [(&mut out.x.l, x), (&mut out.y.l, y)];
            for (to, from) in coordinates {
                to.iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to |= from & mask);
            }
        }
        // SAFETY: field arithmetic on an initialised value; blst allows the output to be the input.
        unsafe { blst_fp_cneg(&raw mut out.y, &raw const out.y, negative.into()) };
        Self::from_raw(out)
    }

    /// Whether this is (0, 2) or (0, -2), the points of order 3. Variable time.
    pub(super) fn has_order_3(&self) -> bool {
        self.raw().x == blst::blst_fp::default() && !bool::from(self.is_identity())
    }
}

impl P2Affine {
    /// Whether the real part of y is a square modulo p. Variable time.
    pub(crate) fn y_real_is_square_vartime(&self) -> bool {
        let [real, _] = &self.raw().y.fp;
        // SAFETY: blst reads one field element.
        unsafe { blst::blst_fp_is_square(real) }
    }
}

impl P1 {
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    pub(crate) fn double(&self) -> Self {
        Self(self.0.double())
    }

    /// The sum, in constant time, by a formula that is faster than the complete one and wrong for equal points; two
    /// identities may be equal.
    pub(crate) fn add_unequal(&self, other: &P1Affine) -> Self {
        let mut out = Self::default();
        // SAFETY: blst reads two points that are initialised and writes a third.
        unsafe { blst_p1_add_affine(out.0.as_mut(), self.0.as_ref(), other.raw()) };
        out
    }

    /// The sum, by a formula that is faster than the complete one; that one is asked where the points are equal
    /// or opposite, which takes longer.
    pub(crate) fn add_affine_vartime(&self, other: &P1Affine) -> Self {
        let out = self.add_unequal(other);
        if out.0.as_ref().z == blst::blst_fp::default() {
            return self.add_affine(other);
        }
        out
    }

    /// Multiplies by the low `bits` (at most 128) bits of a little-endian scalar, in constant time;
    /// exact for points of order r only.
    pub(crate) fn mul_short(&self, k: &[u8; 16], bits: usize) -> Self {
        let mut out = Self::default();
        // SAFETY: blst reads (bits + 7) / 8 <= 16 bytes of the scalar.
        unsafe { blst_p1_mult(out.0.as_mut(), self.0.as_ref(), k.as_ptr(), bits.min(128)) };
        out
    }
}

fn check(code: BLST_ERROR) -> Result<(), DecodeError> {
    match code {
        // blst knows of one point, x = 0, that it is of order 3 and says so; the point is read all the
        // same, and the subgroup is checked by those who need it.
        BLST_ERROR::BLST_SUCCESS | BLST_ERROR::BLST_POINT_NOT_IN_GROUP => Ok(()),
        BLST_ERROR::BLST_POINT_NOT_ON_CURVE => Err(DecodeError::NotOnCurve),
        _ => Err(DecodeError::Encoding),
    }
}
