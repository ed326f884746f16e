//! Sums Σ ki·Pi. The scalars steer the memory accesses and so are public.

use blst::{
    blst_p1_affine, blst_p1s_mult_pippenger, blst_p1s_mult_pippenger_scratch_sizeof,
    blst_p1s_tile_pippenger, blst_p2_affine, blst_p2s_mult_pippenger,
    blst_p2s_mult_pippenger_scratch_sizeof, limb_t,
};

use super::{P1, P1Affine, P2, P2Affine};

/// Bytes of a bucket on the first curve: four coordinates.
const BUCKET: usize = 4 * 48;

/// Σ ki·Pi over points of order r, none of them the identity; scalars are `N` little-endian bytes.
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
/// blst's own entry point tabulates small multiples of short lists with one shared inversion, and a
/// point of order 3 or 5 in the list would turn *every* table of that list into zeros. Here only
/// bucket additions are used, which are complete.
pub(crate) fn msm_e1<const N: usize>(points: &[P1Affine], scalars: &[[u8; N]]) -> P1 {
    let mut out = P1::default();
    let (raw, count) = gather(points, scalars, |point| *point.raw());
    if count < 2 {
        // A tile reads ahead by one point.
        if let (Some(point), Some(scalar)) = (points.first(), scalars.first()) {
            out = double_and_add(&P1::from(*point), scalar);
        }
        return out;
    }
    let window = window(count);
    let raw: [*const blst_p1_affine; 2] = [raw.as_ptr(), core::ptr::null()];
    let scalars: [*const u8; 2] = [scalars.as_ptr().cast(), core::ptr::null()];
    let mut scratch = scratch(BUCKET << (window - 1));
    // The signed digits of the highest window may carry into one more.
    for bit in (0..=8 * N / window).rev().map(|index| index * window) {
        for _ in 0..window {
            out = out.double();
        }
        let mut tile = P1::default();
        // SAFETY: at least two points and scalars of N bytes follow each other in memory, and the
        // scratch, zero before each call, holds 2^(window - 1) buckets.
        unsafe {
            blst_p1s_tile_pippenger(
                tile.raw_mut(),
                raw.as_ptr(),
                count,
                scalars.as_ptr(),
                8 * N,
                scratch.as_mut_ptr(),
                bit,
                window,
            );
        }
        out = out.add(&tile);
    }
    out
}

/// Bits per window that make `count` points cheapest.
fn window(count: usize) -> usize {
    let bits = usize::try_from(count.ilog2()).unwrap_or(1);
    match bits {
        13.. => bits - 3,
        9.. => bits - 2,
        5.. => bits - 1,
        _ => bits.max(2),
    }
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
