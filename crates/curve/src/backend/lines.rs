//! Miller loops over prepared points of G2.

use blst::{
    blst_fp, blst_fp_add, blst_fp_cneg, blst_fp_mul, blst_fp6, blst_fp12, blst_fp12_conjugate,
    blst_fp12_mul_by_xy00z0, blst_fp12_sqr, blst_precompute_lines,
};
use zeroize::{DefaultIsZeroes, Zeroize, ZeroizeOnDrop};

use super::fp12::Fp12;
use super::group::{P1Affine, P2Affine};

/// Line functions of one Miller loop: 63 doublings and 5 additions, since the curve parameter
/// |x| = 0xd201000000010000 has 64 bits, six of them set.
const COUNT: usize = 68;
/// The lines that stem from an addition; every line but these and the first comes after a squaring.
const ADDITIONS: [usize; 5] = [1, 4, 8, 18, 51];

#[derive(Clone, Copy, Default)]
#[repr(transparent)]
struct Line(blst_fp6);
impl DefaultIsZeroes for Line {}

/// The lines of a Miller loop through a point of G2, computed once; 19,584 bytes, wiped on drop.
#[derive(Clone)]
pub(crate) struct Lines(Box<[Line]>);

impl Lines {
    /// The point is not the identity.
    pub(crate) fn new(point: &P2Affine) -> Self {
        let mut lines = vec![Line::default(); COUNT].into_boxed_slice();
        // SAFETY: blst writes 68 elements of Fp6, and `Line` is a transparent wrapper of one.
        unsafe { blst_precompute_lines(lines.as_mut_ptr().cast(), point.raw()) };
        Self(lines)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
impl ZeroizeOnDrop for Lines {}

/// What a line is multiplied with: (-2x, 2y) of the point of G1.
struct Scaled {
    x: blst_fp,
    y: blst_fp,
}

impl Drop for Scaled {
    /// The point may be a secret, and a list of these is on the heap.
    fn drop(&mut self) {
        self.x.l.zeroize();
        self.y.l.zeroize();
    }
}

impl Scaled {
    fn new(point: &P1Affine) -> Self {
        let point = point.raw();
        let (mut x, mut y) = (blst_fp::default(), blst_fp::default());
        // SAFETY: plain field arithmetic on initialised values; blst allows aliasing.
        unsafe {
            blst_fp_add(&raw mut x, &raw const point.x, &raw const point.x);
            blst_fp_cneg(&raw mut x, &raw const x, true);
            blst_fp_add(&raw mut y, &raw const point.y, &raw const point.y);
        }
        Self { x, y }
    }

    /// Evaluates a line at the point.
    fn evaluate(&self, line: &Line) -> blst_fp6 {
        let mut out = line.0;
        let [_, b, c] = &mut out.fp2;
        // SAFETY: plain field arithmetic on initialised values; blst allows aliasing.
        unsafe {
            for coefficient in &mut b.fp {
                blst_fp_mul(coefficient, coefficient, &raw const self.x);
            }
            for coefficient in &mut c.fp {
                blst_fp_mul(coefficient, coefficient, &raw const self.y);
            }
        }
        out
    }
}

/// Π f(Pi, Qi), not yet raised to the final power, with squarings shared between all terms.
/// Terms whose G1 point is the identity count as one. There is one Qi per Pi.
pub(crate) fn miller_loop(points: &[P1Affine], lines: &[&Lines]) -> Fp12 {
    // The points may be secret, and a vector that grows leaves copies behind.
    let mut scaled = Vec::with_capacity(points.len());
    scaled.extend(
        points
            .iter()
            .zip(lines)
            .filter(|(point, _)| !bool::from(point.is_identity()))
            .map(|(point, lines)| (Scaled::new(point), *lines)),
    );
    let mut product: blst_fp12 = Fp12::ONE.into_raw();
    for step in 0..COUNT {
        if step != 0 && !ADDITIONS.contains(&step) {
            // SAFETY: as above.
            unsafe { blst_fp12_sqr(&raw mut product, &raw const product) };
        }
        for (point, lines) in &scaled {
            let Some(line) = lines.0.get(step) else {
                continue;
            };
            let line = point.evaluate(line);
            // SAFETY: as above.
            unsafe {
                blst_fp12_mul_by_xy00z0(&raw mut product, &raw const product, &raw const line);
            }
        }
    }
    // SAFETY: as above. The curve parameter is negative.
    unsafe { blst_fp12_conjugate(&raw mut product) };
    Fp12::from_raw(&product)
}
