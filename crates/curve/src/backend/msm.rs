//! Sums Σ ki·Pi. The scalars steer the memory accesses and so are public.

use blst::{
    blst_p1_affine, blst_p1s_mult_pippenger, blst_p1s_mult_pippenger_scratch_sizeof,
    blst_p2_affine, blst_p2s_mult_pippenger, blst_p2s_mult_pippenger_scratch_sizeof, limb_t,
};

use milagro_base::parallel;
use zeroize::Zeroizing;

use super::endomorphism::{base_x_squared_digits, times_x_squared};
use super::fr::Fr;
use super::group::{P1, P1Affine, P2, P2Affine};
use super::interleaved::interleaved;

/// From so many terms on Pippenger's method is the faster one.
const FEW: usize = 32;

/// Fewest terms for each core: with fewer, more is lost to buckets than won by cores.
const PART: usize = 128;

/// Fewest bytes of a slice of the scalars, for the same reason.
const SLICE: usize = 4;

/// Pippenger's method in one group. The points may be secret: they are read where they lie, and blst's
/// buckets are wiped. A macro because blst names every function twice, once per group.
macro_rules! msm {
    ($name:ident, $one:ident, $affine:ident, $point:ident, $raw_affine:ty, $sizeof:ident, $pippenger:ident) => {
        /// Σ ki·Pi over points of order above 8; scalars are `N` little-endian bytes.
        ///
        /// Where feature `parallel` is on, large sums are split over the cores of the caller. The scalars are split
        /// first, into slices of w bytes, ki = Σj 256^(w·j)·kij: cores that take some of the terms would each
        /// fill buckets of their own.
        pub(crate) fn $name<'a, const N: usize>(
            points: impl IntoIterator<Item = &'a $affine>,
            scalars: &[[u8; N]],
        ) -> $point {
            let pairs = points.into_iter().zip(scalars);
            let points: Vec<&$affine> = pairs.map(|(point, _)| point).collect();
            let scalars = scalars.get(..points.len()).unwrap_or_default();
            let cores = parallel::parts(points.len(), PART);
            if cores == 1 {
                return $one(&points, scalars.as_flattened());
            }
            let width = N.div_ceil(cores.min(N / SLICE).max(1));
            let terms = points.len().div_ceil(cores / N.div_ceil(width));
            let mut jobs = Vec::with_capacity(cores);
            for from in (0..N).step_by(width).rev() {
                for (points, scalars) in points.chunks(terms).zip(scalars.chunks(terms)) {
                    jobs.push((from, points, scalars));
                }
            }
            let groups = points.len().div_ceil(terms);
            let sums = parallel::map(jobs, |(from, points, scalars)| {
                let slices = scalars.iter().flat_map(|k| k.iter().skip(from).take(width));
                $one(points, &slices.copied().collect::<Vec<u8>>())
            });
            let sums = Zeroizing::new(sums);
            // The highest slice stands first.
            sums.chunks(groups).fold($point::default(), |sum, slice| {
                let sum = (0..8 * width).fold(sum, |sum, _| sum.add(&sum));
                slice.iter().fold(sum, |sum, part| sum.add(part))
            })
        }

        /// On one core; the scalars follow each other, all of one length.
        fn $one(points: &[&$affine], scalars: &[u8]) -> $point {
            let mut out = $point::default();
            let points: Vec<*const $raw_affine> = points
                .iter()
                .map(|point| core::ptr::from_ref(point.raw()))
                .collect();
            let count = points.len();
            let Some(width) = scalars.len().checked_div(count) else {
                return out;
            };
            // SAFETY: there are `count` valid pointers to points, which outlive the call, and as many scalars of
            // `width` bytes that follow each other in memory (a null pointer ends their pointer list early, as
            // blst documents); the scratch has the size blst asks for.
            unsafe {
                let mut scratch = scratch($sizeof(count));
                let scalars: [*const u8; 2] = [scalars.as_ptr(), core::ptr::null()];
                $pippenger(
                    out.raw_mut(),
                    points.as_ptr(),
                    count,
                    scalars.as_ptr(),
                    8 * width,
                    scratch.as_mut_ptr(),
                );
            }
            out
        }
    };
}

msm!(
    msm_g1,
    one_g1,
    P1Affine,
    P1,
    blst_p1_affine,
    blst_p1s_mult_pippenger_scratch_sizeof,
    blst_p1s_mult_pippenger
);
msm!(
    msm_g2,
    one_g2,
    P2Affine,
    P2,
    blst_p2_affine,
    blst_p2s_mult_pippenger_scratch_sizeof,
    blst_p2s_mult_pippenger
);

/// A sum Σ ki·Pi over points of any order on the first curve, of which the order-r part is wanted: what the
/// sum holds besides is whatever the method leaves.
///
/// Scalars of 255 bits are halved by the endomorphism, so that all terms share their doublings.
///
/// Few terms are tabulated with one shared inversion, by blst up to 8·P and here up to 7·P, so a single point
/// of order 8 or less would turn *every* table of that list into zeros. The order of the curve is
/// 3·11²·10177²·859267²·52437899²·r, so these are the points of order 3, which are (0, 2) and (0, -2): they
/// are left out, as they have no order-r part. Everything else in the sums is complete.
///
/// Points that may be secret are wiped on drop; they need their capacity from the start.
#[derive(Clone, Default)]
pub(crate) struct Combination {
    points: Zeroizing<Vec<P1Affine>>,
    scalars: Vec<u128>,
}

impl Combination {
    pub(crate) fn with_capacity(terms: usize) -> Self {
        Self {
            points: Zeroizing::new(Vec::with_capacity(terms)),
            scalars: Vec::with_capacity(terms),
        }
    }

    /// Adds k·P; the point is not the identity.
    pub(crate) fn add_short(&mut self, point: P1Affine, k: u128) {
        if !point.has_order_3() {
            self.points.push(point);
            self.scalars.push(k);
        }
    }

    /// Adds k·P; the point is not the identity.
    pub(crate) fn add(&mut self, point: P1Affine, k: &Fr) {
        let [low, high] = base_x_squared_digits(k);
        self.add_short(point, low);
        if high != 0 {
            self.add_short(times_x_squared(&point), high);
        }
    }

    pub(crate) fn sum(&self) -> P1 {
        if self.points.len() < FEW {
            return interleaved(&self.points, &self.scalars);
        }
        let scalars: Vec<[u8; 16]> = self.scalars.iter().map(|k| k.to_le_bytes()).collect();
        msm_g1(self.points.iter(), &scalars)
    }
}

fn scratch(bytes: usize) -> Zeroizing<Vec<limb_t>> {
    Zeroizing::new(vec![0; bytes.div_ceil(size_of::<limb_t>())])
}
