//! Products of a point of G1 that is multiplied more than once, in constant time.
//!
//! On G1 the map φ(x, y) = (β²·x, y) multiplies by -x². A scalar is written in base |x| with four digits of
//! 64 bits; the first two belong to P and the others to -φ(P) = x²·P (R. P. Gallant, R. J. Lambert, S. A.
//! Vanstone, CRYPTO 2001). Each pair of digits is worked through by a comb with the teeth 1, 2^32, |x| and
//! 2^32·|x| (C. H. Lim and P. J. Lee, CRYPTO '94) whose bits mean +1 and -1, so that every step adds one of
//! eight table entries or its negative (M. Hamburg, "Fast and compact elliptic-curve cryptography", 2012).

use blst::{blst_fp, blst_fp_inverse, blst_fp_mul, blst_fp_sqr, blst_fp_sub, blst_p1_affine};
use subtle::Choice;
use zeroize::{Zeroize as _, Zeroizing};

use super::base_x::{X, base_x_digits};
use super::endomorphism::times_x_squared;
use super::fr::Fr;
use super::group::{P1, P1Affine};

/// Columns of the comb, and bits between its teeth.
const COLUMNS: usize = 32;
/// Doublings from B to |x|·B.
const X_BITS: usize = 64;

/// One, in blst's Montgomery form.
const ONE: blst_fp = blst_fp {
    l: [
        0x7609_0000_0002_fffd,
        0xebf4_000b_c40c_0002,
        0x5f48_9857_53c7_58ba,
        0x77ce_5853_7052_5745,
        0x5c07_1a97_a256_ec6d,
        0x15f6_5ec3_fa80_e493,
    ],
};

/// ±1 ± 2^32 ± |x| + 2^32·|x| times P, then the same times x². The bits of the index say what is added, from
/// the lowest for 1 on. 1.5 kB.
#[derive(Clone)]
pub(crate) struct Comb([[P1Affine; 8]; 2]);

impl Comb {
    /// The point has order r.
    pub(crate) fn new(point: &P1Affine) -> Self {
        let first = Chain::new(&P1::from(*point), X_BITS);
        let second = Chain::new(&first.times_x, COLUMNS + 2);
        Self::of(&first, &second)
    }

    /// Checks first that the point has order r, by x²·P = -φ(P) (M. Scott, "A note on group membership
    /// tests", eprint 2021/1130), which the teeth are a by-product of. `None` if it has not.
    pub(crate) fn checked(point: &P1Affine) -> Option<Self> {
        let first = Chain::new(&P1::from(*point), X_BITS);
        let second = Chain::new(&first.times_x, X_BITS);
        second
            .times_x
            .equals(&times_x_squared(point).into())
            .then(|| Self::of(&first, &second))
    }

    fn of(first: &Chain, second: &Chain) -> Self {
        let [one, middle] = &first.teeth;
        let [x, top] = &second.teeth;
        let least = [one, middle, x]
            .into_iter()
            .fold(*top, |sum, tooth| sum.add(&tooth.neg()));
        let mut entries = vec![least];
        let [two, twice_middle] = &first.doubled;
        let [twice_x, _] = &second.doubled;
        for double in [two, twice_middle, twice_x] {
            let with: Vec<P1> = entries.iter().map(|entry| entry.add(double)).collect();
            entries.extend(with);
        }
        let entries = P1::batch_to_affine(&entries);
        let images = entries.iter().map(times_x_squared);
        let mut table = [[P1Affine::default(); 8]; 2];
        let all = entries.iter().copied().chain(images);
        table
            .iter_mut()
            .flatten()
            .zip(all)
            .for_each(|(to, from)| *to = from);
        Self(table)
    }

    /// k·P with a public scalar: as [`products`], but entries are looked up where they lie, and a scalar below
    /// 2^127 takes half of them.
    pub(crate) fn product_vartime(&self, point: &P1Affine, k: &Fr) -> P1 {
        let [high, low] = halves(k);
        if high == 0 && low >> 127 == 0 {
            let product = self.odd_product_vartime(low | 1);
            let even = low & 1 == 0;
            return if even {
                product.add_affine(&point.neg())
            } else {
                product
            };
        }
        let mut summands = Vec::with_capacity(2 * COLUMNS);
        self.summands(k, look_up_vartime, &mut summands);
        let columns = add_pairs(&summands);
        let (columns, _) = columns.as_chunks::<COLUMNS>();
        columns.first().map(add_columns).unwrap_or_default()
    }

    /// k·P for an odd k below 2^127: a sum of ±1 and ±|x| times powers of two below 2^64.
    fn odd_product_vartime(&self, k: u128) -> P1 {
        let [row, _] = &self.0;
        // (k + (2^64 - 1)·(1 + |x|))/2, which is below 2^64·|x|.
        let shifted = k / 2 + (u128::from(u64::MAX) * (u128::from(X) + 1)).div_ceil(2);
        let digits = [shifted % u128::from(X), shifted / u128::from(X)];
        let [low, high] = digits.map(|digit| u64::try_from(digit).unwrap_or_default());
        let mut product = P1::default();
        for column in (0..COLUMNS).rev() {
            let entry = look_up_vartime(row, column_bits(low, high, column));
            product = product.double().add_affine(&entry);
        }
        product
    }

    /// The summands of k·P, two for each column from the first to the last.
    fn summands(&self, k: &Fr, select: Select, out: &mut Vec<P1Affine>) {
        let mut digits = signs(k);
        for column in 0..COLUMNS {
            for (row, [low, high]) in self.0.iter().zip(digits.as_chunks::<2>().0) {
                out.push(select(row, column_bits(*low, *high, column)));
            }
        }
        digits.zeroize();
    }
}

/// What two digits say about a column.
const fn column_bits(low: u64, high: u64, column: usize) -> u64 {
    ((low >> column) & 1)
        | (((low >> (column + COLUMNS)) & 1) << 1)
        | (((high >> column) & 1) << 2)
        | (((high >> (column + COLUMNS)) & 1) << 3)
}

/// A public scalar as two numbers, the high one first.
fn halves(k: &Fr) -> [u128; 2] {
    let bytes = k.to_be_bytes();
    let (halves, _) = bytes.as_chunks::<16>();
    let mut out = [0; 2];
    out.iter_mut()
        .zip(halves)
        .for_each(|(to, half)| *to = u128::from_be_bytes(*half));
    out
}

/// Takes four bits of a column to an entry of the row, or to its negative where the highest bit is not set.
type Select = fn(&[P1Affine; 8], u64) -> P1Affine;

/// Reads every entry in full.
fn select(row: &[P1Affine; 8], bits: u64) -> P1Affine {
    let negative = (bits >> 3) ^ 1;
    let index = (bits ^ (negative * 7)) & 7;
    P1Affine::select(row, index, Choice::from(u8::from(negative == 1)))
}

/// Reads one entry.
fn look_up_vartime(row: &[P1Affine; 8], bits: u64) -> P1Affine {
    let negative = bits >> 3 == 0;
    let index = if negative { bits ^ 7 } else { bits & 7 };
    let entry = usize::try_from(index)
        .ok()
        .and_then(|index| row.get(index))
        .copied()
        .unwrap_or_default();
    if negative { entry.neg() } else { entry }
}

/// b with Σ (2·b_j - (2^64 - 1))·|x|^j = k: the bits of b_j, read as +1 and -1, add up to k.
fn signs(k: &Fr) -> [u64; 4] {
    /// 1/2 and (2^64 - 1)·(1 + |x| + x² + |x|³)/2 modulo r.
    const HALF: [u64; 4] = [
        0x39f6_d3a9_94ce_bea4,
        0x199c_ec04_04d0_ec02,
        0xa9de_d201_7fff_2dff,
        0x7fff_ffff_8000_0001,
    ];
    const OFFSET: [u64; 4] = [
        0x0cb2_12bd_a632_c3c4,
        0x6bde_7f96_7b2f_e395,
        0xf2fd_dbfd_44fe_ffff,
        0x96fe_ffff_ffff_7fff,
    ];
    let [half, offset] = [HALF, OFFSET].map(|words| {
        let bytes = words.map(u64::to_be_bytes);
        Fr::from_wide_be_bytes(bytes.as_flattened())
    });
    let mut shifted = k.mul(half).add(offset);
    let digits = base_x_digits(&shifted);
    shifted.zeroize();
    digits
}

/// B and 2^32·B, twice these, and |x|·B.
struct Chain {
    teeth: [P1; 2],
    doubled: [P1; 2],
    times_x: P1,
}

impl Chain {
    /// Doubles B again and again, and adds up the low `bits` of |x|·B on the way: 64 are all of them, 34 reach
    /// the last tooth. Exact for points of any order.
    fn new(base: &P1, bits: usize) -> Self {
        let mut out = Self {
            teeth: [P1::default(); 2],
            doubled: [P1::default(); 2],
            times_x: P1::default(),
        };
        let mut power = *base;
        for bit in 0..bits {
            if (X >> bit) & 1 == 1 {
                out.times_x = out.times_x.add(&power);
            }
            let kept = match bit % COLUMNS {
                0 => out.teeth.get_mut(bit / COLUMNS),
                1 => out.doubled.get_mut(bit / COLUMNS),
                _ => None,
            };
            if let Some(kept) = kept {
                *kept = power;
            }
            power = power.double();
        }
        out
    }
}

/// All k·P. What each column adds is summed in affine coordinates, with one inversion for all.
pub(crate) fn products(terms: &[(&Comb, &Fr)]) -> Vec<P1> {
    let mut summands = Zeroizing::new(Vec::with_capacity(2 * COLUMNS * terms.len()));
    for (comb, k) in terms {
        comb.summands(k, select, &mut summands);
    }
    let columns = Zeroizing::new(add_pairs(&summands));
    let (columns, _) = columns.as_chunks::<COLUMNS>();
    columns.iter().map(add_columns).collect()
}

/// Σ 2^i·Ci.
fn add_columns(columns: &[P1Affine; COLUMNS]) -> P1 {
    let add = |sum: P1, column: &P1Affine| sum.double().add_affine(column);
    columns.iter().rev().fold(P1::default(), add)
}

/// Adds the points two by two, with one inversion. No two of a pair have the same x: they are a·P and b·x²·P
/// for a point of order r, |a| and |b| below 2^97 and b not zero, so |a| < |b|·x² < r/2.
fn add_pairs(points: &[P1Affine]) -> Vec<P1Affine> {
    let (pairs, _) = points.as_chunks::<2>();
    // Before each pair, the product of all differences so far.
    let mut before = Zeroizing::new(Vec::with_capacity(pairs.len()));
    let mut product = ONE;
    for [a, b] in pairs {
        before.push(product.l);
        product = mul(&product, &sub(&b.raw().x, &a.raw().x));
    }
    let mut inverse = product;
    // SAFETY: field arithmetic on initialised values, here and in the functions below; blst allows the output to be
    // an input.
    unsafe { blst_fp_inverse(&raw mut inverse, &raw const product) };
    let mut sums = vec![P1Affine::default(); pairs.len()];
    for (([a, b], sum), before) in pairs.iter().zip(&mut sums).zip(before.iter()).rev() {
        let (a, b) = (a.raw(), b.raw());
        let slope = mul(&mul(&inverse, &blst_fp { l: *before }), &sub(&b.y, &a.y));
        inverse = mul(&inverse, &sub(&b.x, &a.x));
        let x = sub(&sub(&square(&slope), &a.x), &b.x);
        let y = sub(&mul(&slope, &sub(&a.x, &x)), &a.y);
        *sum = P1Affine::from_raw(blst_p1_affine { x, y });
    }
    sums
}

fn mul(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut out = *a;
    // SAFETY: as above.
    unsafe { blst_fp_mul(&raw mut out, a, b) };
    out
}

fn square(a: &blst_fp) -> blst_fp {
    let mut out = *a;
    // SAFETY: as above.
    unsafe { blst_fp_sqr(&raw mut out, a) };
    out
}

fn sub(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut out = *a;
    // SAFETY: as above.
    unsafe { blst_fp_sub(&raw mut out, a, b) };
    out
}
