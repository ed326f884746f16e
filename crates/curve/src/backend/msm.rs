//! Sums Σ ki·Pi. The scalars steer the memory accesses and so are public.

use blst::{
    blst_p1_affine, blst_p1s_mult_pippenger, blst_p1s_mult_pippenger_scratch_sizeof,
    blst_p2_affine, blst_p2s_mult_pippenger, blst_p2s_mult_pippenger_scratch_sizeof, limb_t,
};

use zeroize::Zeroizing;

use super::group::{P1, P1Affine, P2, P2Affine};

/// Pippenger's method in one group. The points may be secret: they are read where they lie, and blst's
/// buckets are wiped. A macro because blst names every function twice, once per group.
macro_rules! msm {
    ($name:ident, $affine:ident, $point:ident, $raw_affine:ty, $sizeof:ident, $pippenger:ident) => {
        /// Σ ki·Pi over points of order above 8; scalars are `N` little-endian bytes.
        pub(crate) fn $name<'a, const N: usize>(
            points: impl IntoIterator<Item = &'a $affine>,
            scalars: &[[u8; N]],
        ) -> $point {
            let mut out = $point::default();
            let pairs = points.into_iter().zip(scalars);
            let points: Vec<*const $raw_affine> = pairs
                .map(|(point, _)| core::ptr::from_ref(point.raw()))
                .collect();
            let count = points.len();
            if count == 0 {
                return out;
            }
            // SAFETY: there are `count` valid pointers to points, which outlive the call, and at least as
            // many scalars of N bytes that follow each other in memory (a null pointer ends their pointer
            // list early, as blst documents); the scratch has the size blst asks for.
            unsafe {
                let mut scratch = scratch($sizeof(count));
                let scalars: [*const u8; 2] = [scalars.as_ptr().cast(), core::ptr::null()];
                $pippenger(
                    out.raw_mut(),
                    points.as_ptr(),
                    count,
                    scalars.as_ptr(),
                    8 * N,
                    scratch.as_mut_ptr(),
                );
            }
            out
        }
    };
}

msm!(
    msm_g1,
    P1Affine,
    P1,
    blst_p1_affine,
    blst_p1s_mult_pippenger_scratch_sizeof,
    blst_p1s_mult_pippenger
);
msm!(
    msm_g2,
    P2Affine,
    P2,
    blst_p2_affine,
    blst_p2s_mult_pippenger_scratch_sizeof,
    blst_p2s_mult_pippenger
);

/// Σ ki·Pi over points of any order on the first curve, none of them the identity.
///
/// blst tabulates the multiples of short lists up to 8·P with one shared inversion, so a single point of
/// order 8 or less would turn *every* table of that list into zeros. The order of the curve is
/// 3·11²·10177²·859267²·52437899²·r, so these are the points of order 3, which are (0, 2) and (0, -2):
/// they are multiplied apart. Everything else in blst's sums is complete.
pub(crate) fn msm_e1<'a, const N: usize>(
    points: impl IntoIterator<Item = &'a P1Affine>,
    scalars: &[[u8; N]],
) -> P1 {
    let pairs = points.into_iter().zip(scalars);
    let (order_3, others): (Vec<_>, Vec<_>) = pairs.partition(|(point, _)| point.has_order_3());
    let apart = |sum: P1, (point, scalar): (&P1Affine, &[u8; N])| {
        sum.add(&double_and_add(&P1::from(*point), scalar))
    };
    let sum = order_3.into_iter().fold(P1::default(), apart);
    if let [(point, scalar)] = others.as_slice() {
        return apart(sum, (*point, *scalar));
    }
    let (points, scalars): (Vec<&P1Affine>, Vec<[u8; N]>) = others.into_iter().unzip();
    sum.add(&msm_g1(points, &scalars))
}

fn double_and_add(point: &P1, scalar: &[u8]) -> P1 {
    let mut out = P1::default();
    for byte in scalar.iter().rev() {
        for bit in (0..8).rev() {
            out = out.double();
            if (byte >> bit) & 1 == 1 {
                out = out.add(point);
            }
        }
    }
    out
}

fn scratch(bytes: usize) -> Zeroizing<Vec<limb_t>> {
    Zeroizing::new(vec![0; bytes.div_ceil(size_of::<limb_t>())])
}
