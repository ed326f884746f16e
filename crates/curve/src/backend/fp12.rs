//! The target field, and exponentiation in its subgroup GT of order r.

use blst::{
    blst_bendian_from_fp, blst_bendian_from_fp12, blst_final_exp, blst_fp, blst_fp_from_bendian,
    blst_fp_mul_by_3, blst_fp6, blst_fp12, blst_fp12_conjugate, blst_fp12_cyclotomic_sqr,
    blst_fp12_frobenius_map, blst_fp12_in_group, blst_fp12_mul,
};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{DefaultIsZeroes, Zeroize as _};

use super::base_x::base_x_digits;
use super::fr::Fr;

/// Bytes of the field modulus p, big-endian.
const P: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];
/// Digits of an aligned recoding of 64-bit scalars.
const DIGITS: usize = 65;

/// An element of Fp12.
#[derive(Clone, Copy)]
pub(crate) struct Fp12(blst_fp12);

impl Default for Fp12 {
    fn default() -> Self {
        Self(blst_fp12 {
            fp6: [blst_fp6::default(); 2],
        })
    }
}
impl DefaultIsZeroes for Fp12 {}

impl Fp12 {
    pub(crate) const ONE: Self = Self(one());

    pub(super) const fn into_raw(self) -> blst_fp12 {
        self.0
    }

    pub(super) const fn from_raw(raw: &blst_fp12) -> Self {
        Self(*raw)
    }

    /// Raises a Miller loop's product to (p^12 - 1)/r, times 3 as blst does.
    pub(crate) fn final_exponentiation(&self) -> Self {
        let mut out = *self;
        // SAFETY: field arithmetic on initialised values, here and in the functions below; blst
        // allows the output to be an input.
        unsafe { blst_final_exp(&raw mut out.0, &raw const self.0) };
        out
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        let mut out = *self;
        // SAFETY: as above.
        unsafe { blst_fp12_mul(&raw mut out.0, &raw const self.0, &raw const other.0) };
        out
    }

    /// The inverse of an element of GT.
    pub(crate) fn conjugate(&self) -> Self {
        let mut out = *self;
        // SAFETY: as above.
        unsafe { blst_fp12_conjugate(&raw mut out.0) };
        out
    }

    fn cyclotomic_square(&self) -> Self {
        let mut out = *self;
        // SAFETY: as above.
        unsafe { blst_fp12_cyclotomic_sqr(&raw mut out.0, &raw const self.0) };
        out
    }

    /// f^p.
    fn frobenius(&self) -> Self {
        let mut out = *self;
        // SAFETY: as above; 1 is an allowed power.
        unsafe { blst_fp12_frobenius_map(&raw mut out.0, &raw const self.0, 1) };
        out
    }

    /// Whether the element lies in GT.
    pub(crate) fn in_group(&self) -> bool {
        // SAFETY: as above.
        unsafe { blst_fp12_in_group(&raw const self.0) }
    }

    /// Twelve coefficients of 48 bytes, those of w^0 to w^5 in order, real part first.
    pub(crate) fn to_bytes(self) -> [u8; 576] {
        let mut out = [0; 576];
        // SAFETY: blst writes 12 times 48 bytes.
        unsafe { blst_bendian_from_fp12(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    /// The trace to Fp2(w^3), which kills w and w^2: 3·(c0, c3), real parts first.
    pub(crate) fn trace_bytes(&self) -> [u8; 192] {
        let mut out = [0; 192];
        let [even, odd] = &self.0.fp6;
        // w^3 is the second of the odd powers w, w^3, w^5.
        let ([c0, ..], [_, c3, _]) = (even.fp2, odd.fp2);
        let mut parts = [c0, c3].map(|c| c.fp);
        let chunks = out.as_chunks_mut::<48>().0;
        for (part, chunk) in parts.as_flattened_mut().iter_mut().zip(chunks) {
            // SAFETY: field arithmetic on initialised values, and 48 bytes to write to.
            unsafe {
                blst_fp_mul_by_3(part, part);
                blst_bendian_from_fp(chunk.as_mut_ptr(), part);
            }
            part.l.zeroize();
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` if a coefficient is not below p.
    pub(crate) fn from_bytes(bytes: &[u8; 576]) -> Option<Self> {
        let mut out = Self::default();
        let (coefficients, _) = bytes.as_chunks::<48>();
        let mut coefficients = coefficients.iter();
        for power in 0..3 {
            for half in &mut out.0.fp6 {
                for part in &mut half.fp2.get_mut(power)?.fp {
                    *part = read(coefficients.next()?)?;
                }
            }
        }
        Some(out)
    }

    /// Raises an element of GT to a power, in constant time.
    ///
    /// In GT the Frobenius map raises to the power p ≡ x (mod r), so f^(|x|^i) costs a Frobenius map
    /// and a conjugation. The exponent is written in base |x| with four digits of 64 bits, which run
    /// through one ladder of 64 cyclotomic squarings, their signs aligned so that each step multiplies
    /// by one of eight table entries or its conjugate (Faz-Hernández, Longa, Sánchez, "Efficient and
    /// secure algorithms for GLV-based scalar multiplication", algorithm 1).
    pub(crate) fn pow(&self, exponent: &Fr) -> Self {
        let mut digits = base_x_digits(exponent);
        let [first, ..] = &mut digits;
        let even = Choice::from(u8::from(*first & 1 == 0));
        *first |= 1;
        let table = self.table().map(|entry| entry.limbs());
        let mut steps = align(&digits);
        let mut power = Self::ONE;
        for step in steps.iter().rev() {
            power = power.cyclotomic_square();
            power = power.mul(&step.select(&table));
        }
        let corrected = power.mul(&self.conjugate());
        digits.zeroize();
        steps.zeroize();
        Self::conditional_select(&power, &corrected, even)
    }

    /// Π fi^(bit i of the index), with f0 = f always in and f(i+1) = fi^|x|.
    fn table(&self) -> [Self; 8] {
        let f1 = self.frobenius().conjugate();
        let f2 = f1.frobenius().conjugate();
        let f3 = f2.frobenius().conjugate();
        let f01 = self.mul(&f1);
        let f02 = self.mul(&f2);
        let f012 = f01.mul(&f2);
        [
            *self,
            f01,
            f02,
            f012,
            self.mul(&f3),
            f01.mul(&f3),
            f02.mul(&f3),
            f012.mul(&f3),
        ]
    }

    /// The 72 machine words, in the order of the tower.
    fn limbs(&self) -> Limbs {
        let mut out = [[[[0; 6]; 2]; 3]; 2];
        for (out, half) in out.iter_mut().zip(&self.0.fp6) {
            for (out, pair) in out.iter_mut().zip(&half.fp2) {
                for (out, part) in out.iter_mut().zip(&pair.fp) {
                    *out = part.l;
                }
            }
        }
        Limbs(out)
    }
}

/// The words of an element, laid out so that the compiler can work on many at once.
#[derive(Clone, Copy, Default)]
struct Limbs([[[[u64; 6]; 2]; 3]; 2]);

impl Limbs {
    fn words(&self) -> &[u64] {
        self.0.as_flattened().as_flattened().as_flattened()
    }

    fn words_mut(&mut self) -> &mut [u64] {
        self.0
            .as_flattened_mut()
            .as_flattened_mut()
            .as_flattened_mut()
    }

    fn element(&self) -> Fp12 {
        let mut out = Fp12::default();
        for (half, from) in out.0.fp6.iter_mut().zip(&self.0) {
            for (pair, from) in half.fp2.iter_mut().zip(from) {
                for (part, from) in pair.fp.iter_mut().zip(from) {
                    part.l = *from;
                }
            }
        }
        out
    }
}

impl ConditionallySelectable for Fp12 {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let mask = mask(choice);
        let (mut out, b) = (a.limbs(), b.limbs());
        for (limb, other) in out.words_mut().iter_mut().zip(b.words()) {
            *limb ^= (*limb ^ other) & mask;
        }
        out.element()
    }
}

impl ConstantTimeEq for Fp12 {
    fn ct_eq(&self, other: &Self) -> Choice {
        // blst keeps every coefficient below p, so equal elements have equal limbs.
        self.limbs().words().ct_eq(other.limbs().words())
    }
}

/// All ones or all zeros.
fn mask(choice: Choice) -> u64 {
    u64::conditional_select(&0, &u64::MAX, choice)
}

/// One step of the ladder: a table index and whether its entry is inverted.
#[derive(Clone, Copy, Default)]
struct Step {
    index: u8,
    negative: u8,
}
impl DefaultIsZeroes for Step {}

impl Step {
    /// The table entry of this step; every entry is read in full.
    fn select(self, table: &[Limbs; 8]) -> Fp12 {
        let mut entry = Limbs::default();
        for (index, candidate) in (0_u8..).zip(table) {
            let mask = mask(index.ct_eq(&self.index));
            for (limb, other) in entry.words_mut().iter_mut().zip(candidate.words()) {
                *limb |= other & mask;
            }
        }
        let entry = entry.element();
        Fp12::conditional_select(&entry, &entry.conjugate(), Choice::from(self.negative))
    }
}

/// Writes an odd first scalar with digits ±1 only, and the others with digits that are zero or have
/// the first one's sign. Least significant digit first.
fn align(scalars: &[u64; 4]) -> [Step; DIGITS] {
    let [first, rest @ ..] = scalars;
    let (mut first, mut rest) = (*first, *rest);
    let mut steps = [Step::default(); DIGITS];
    for (position, step) in steps.iter_mut().enumerate() {
        first >>= 1;
        // The digit is +1 where the next bit of the first scalar is set, and at the top.
        let negative = u64::from(position + 1 != DIGITS) & !first & 1;
        step.negative = u8::from(negative == 1);
        for (weight, scalar) in [1_u8, 2, 4].into_iter().zip(&mut rest) {
            let digit = *scalar & 1;
            step.index |= weight * u8::from(digit == 1);
            *scalar = (*scalar >> 1) + (digit & negative);
        }
    }
    first.zeroize();
    rest.zeroize();
    steps
}

fn read(bytes: &[u8; 48]) -> Option<blst_fp> {
    if *bytes >= P {
        return None;
    }
    let mut out = blst_fp::default();
    // SAFETY: blst reads 48 bytes.
    unsafe { blst_fp_from_bendian(&raw mut out, bytes.as_ptr()) };
    Some(out)
}

/// One, in blst's Montgomery form (2^384 mod p).
const fn one() -> blst_fp12 {
    use blst::blst_fp2;
    let zero2 = blst_fp2 {
        fp: [blst_fp { l: [0; 6] }; 2],
    };
    let one2 = blst_fp2 {
        fp: [
            blst_fp {
                l: [
                    0x7609_0000_0002_fffd,
                    0xebf4_000b_c40c_0002,
                    0x5f48_9857_53c7_58ba,
                    0x77ce_5853_7052_5745,
                    0x5c07_1a97_a256_ec6d,
                    0x15f6_5ec3_fa80_e493,
                ],
            },
            blst_fp { l: [0; 6] },
        ],
    };
    blst_fp12 {
        fp6: [
            blst_fp6 {
                fp2: [one2, zero2, zero2],
            },
            blst_fp6 {
                fp2: [zero2, zero2, zero2],
            },
        ],
    }
}
