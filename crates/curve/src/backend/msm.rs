//! Sums Σ ki·Pi. The scalars steer the memory accesses and so are public.

use blst::{
    blst_p1_affine, blst_p1s_mult_pippenger, blst_p1s_mult_pippenger_scratch_sizeof,
    blst_p2_affine, blst_p2s_mult_pippenger, blst_p2s_mult_pippenger_scratch_sizeof, limb_t,
};

use super::{P1, P1Affine, P2, P2Affine};

/// Σ ki·Pi over points of order above 8, none of them the identity; scalars are `N` little-endian bytes.
pub(crate) fn msm_g1<const N: usize>(points: &[P1Affine], scalars: &[[u8; N]]) -> P1 {
    let mut out = P1::default();
    let (points, count) = gather(points, scalars, |point| *point.raw());
    if count == 0 {
        return out;
    }
    // SAFETY: `count` points and scalars of N bytes follow each other in memory (a null pointer ends
    // the two pointer lists early, as blst documents), and the scratch has the size blst asks for.
    unsafe {
        let mut scratch = scratch(blst_p1s_mult_pippenger_scratch_sizeof(count));
        let points: [*const blst_p1_affine; 2] = [points.as_ptr(), core::ptr::null()];
        let scalars: [*const u8; 2] = [scalars.as_ptr().cast(), core::ptr::null()];
        blst_p1s_mult_pippenger(
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

/// As [`msm_g1`], in the second group.
pub(crate) fn msm_g2<const N: usize>(points: &[P2Affine], scalars: &[[u8; N]]) -> P2 {
    let mut out = P2::default();
    let (points, count) = gather(points, scalars, |point| *point.raw());
    if count == 0 {
        return out;
    }
    // SAFETY: as in `msm_g1`.
    unsafe {
        let mut scratch = scratch(blst_p2s_mult_pippenger_scratch_sizeof(count));
        let points: [*const blst_p2_affine; 2] = [points.as_ptr(), core::ptr::null()];
        let scalars: [*const u8; 2] = [scalars.as_ptr().cast(), core::ptr::null()];
        blst_p2s_mult_pippenger(
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

/// Σ ki·Pi over points of any order on the first curve, none of them the identity.
///
/// blst tabulates the multiples of short lists up to 8·P with one shared inversion, so a single point of
/// order 8 or less would turn *every* table of that list into zeros. The order of the curve is
/// 3·11²·10177²·859267²·52437899²·r, so these are the points of order 3, which are (0, 2) and (0, -2):
/// they are multiplied apart. Everything else in blst's sums is complete.
pub(crate) fn msm_e1<const N: usize>(points: &[P1Affine], scalars: &[[u8; N]]) -> P1 {
    let pairs = points.iter().zip(scalars);
    let (order_3, others): (Vec<_>, Vec<_>) = pairs.partition(|(point, _)| point.has_order_3());
    let apart = |sum: P1, (point, scalar): (&P1Affine, &[u8; N])| {
        sum.add(&double_and_add(&P1::from(*point), scalar))
    };
    let sum = order_3.into_iter().fold(P1::default(), apart);
    if let [(point, scalar)] = others.as_slice() {
        return apart(sum, (*point, *scalar));
    }
    let (points, scalars): (Vec<P1Affine>, Vec<[u8; N]>) = others.into_iter().unzip();
    sum.add(&msm_g1(&points, &scalars))
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

/// The points one after another as blst lays them out, and how many pairs there are.
fn gather<P, R, const N: usize>(
    points: &[P],
    scalars: &[[u8; N]],
    raw: impl Fn(&P) -> R,
) -> (Vec<R>, usize) {
    let raw: Vec<R> = points
        .iter()
        .zip(scalars)
        .map(|(point, _)| raw(point))
        .collect();
    let count = raw.len();
    (raw, count)
}

fn scratch(bytes: usize) -> Vec<limb_t> {
    vec![0; bytes.div_ceil(size_of::<limb_t>())]
}
