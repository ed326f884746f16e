//! Multiples in windows, for a base that is multiplied by secrets.

use subtle::Choice;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::backend::fr::Fr;
use crate::backend::group::{P1, P1Affine};
use crate::groups::g1::{G1Point, G1Sum, SecretG1};
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;

/// Bits of a window.
const BITS: usize = 5;
/// Windows of a scalar: 51 of five bits, and the carry out of them.
const WINDOWS: usize = 52;
/// Multiples in a window. Digits have a sign.
const MULTIPLES: usize = 16;

/// The multiples j·32^i·P for 1 <= j <= 16 and 0 <= i < 52: 80 kB, which make a multiplication of P a
/// sum of 52 points, in constant time.
#[derive(Clone)]
pub struct G1Table(Vec<[P1Affine; MULTIPLES]>);

impl G1Table {
    /// Precomputes the multiples of a public base.
    #[must_use]
    pub fn new(base: &G1Point) -> Self {
        Self::of(base.0)
    }

    /// The base may be secret: nothing is left behind on the heap.
    fn of(base: P1Affine) -> Self {
        let mut multiples = Zeroizing::new(Vec::with_capacity(MULTIPLES * WINDOWS));
        let mut base = P1::from(base);
        for _ in 0..WINDOWS {
            let mut multiple = base;
            for _ in 1..MULTIPLES {
                multiples.push(multiple);
                multiple = multiple.add(&base);
            }
            multiples.push(multiple);
            base = multiple.double();
        }
        let multiples = Zeroizing::new(P1::batch_to_affine(&multiples));
        Self(multiples.as_chunks::<MULTIPLES>().0.to_vec())
    }

    /// k·P for publication, in constant time; never the identity.
    #[must_use]
    pub fn mul(&self, k: &SecretScalar) -> G1Point {
        G1Point(self.product(&k.0).to_affine())
    }

    /// k·P for a scalar that may be zero, in constant time.
    #[must_use]
    pub fn mul_scalar(&self, k: &Scalar) -> G1Sum {
        G1Sum(self.product(&k.0))
    }

    /// k·P; the formula for unequal points serves. The sum before window i is s·P with |s| < 32^i, and its term is
    /// t·P with t = 0 or |t| >= 32^i. So s = t in integers only where both are zero. Below the last window
    /// |s - t| < r, so that nothing else is equal modulo r; in the last one t = 2^255 and s = k - 2^255, which takes
    /// a k above 2^253, and equal would mean k = 2^256 modulo r, which is less.
    fn product(&self, k: &Fr) -> P1 {
        let mut digits = Digits::new(k);
        let mut sum = P1::default();
        for (window, row) in self.0.iter().enumerate() {
            let (size, negative) = digits.of(window);
            // Zero is before the first multiple, and so none of them.
            let term = P1Affine::select(row, size.wrapping_sub(1), negative);
            sum = sum.add_unequal(&term);
        }
        digits.0.zeroize();
        sum
    }
}

milagro_base::opaque_debug!(G1Table);

/// A scalar in base 32 with digits from -16 to 15: its own digits after 16 was added to each.
struct Digits([u64; 4]);

impl Digits {
    /// Σ 16·32^i for i < 51, the lowest word first.
    const OFFSET: [u64; 4] = offset();

    fn new(k: &Fr) -> Self {
        let mut bytes = k.to_le_bytes();
        let mut words = [0; 4];
        let mut carry = false;
        let pairs = bytes.as_chunks::<8>().0.iter().zip(Self::OFFSET);
        for (word, (chunk, offset)) in words.iter_mut().zip(pairs) {
            let (sum, first) = u64::from_le_bytes(*chunk).overflowing_add(offset);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, first | second);
        }
        bytes.zeroize();
        Self(words)
    }

    /// The size of a digit, and whether it is negative.
    fn of(&self, window: usize) -> (u64, Choice) {
        let (word, shift) = (window * BITS / 64, window * BITS % 64);
        let word_at = |at: usize| self.0.get(at).copied().unwrap_or_default();
        let low = word_at(word) >> shift;
        let high = if shift > 64 - BITS {
            word_at(word + 1) << (64 - shift)
        } else {
            0
        };
        let shifted = (low | high) & 31;
        if window == WINDOWS - 1 {
            return (shifted, Choice::from(0));
        }
        // The sign is the highest bit, inverted; -d is !d + 1.
        let negative = (shifted >> 4) ^ 1;
        let digit = shifted.wrapping_sub(16);
        let size = (digit ^ negative.wrapping_neg()).wrapping_add(negative);
        (size, Choice::from(u8::from(negative == 1)))
    }
}

const fn offset() -> [u64; 4] {
    let mut words = [0; 4];
    let mut bit = 4;
    while bit < 255 {
        let [a, b, c, d] = &mut words;
        let word = match bit / 64 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        *word |= 1 << (bit % 64);
        bit += 5;
    }
    words
}

/// As [`G1Table`], of a secret base. Wiped when dropped.
pub struct SecretG1Table(G1Table);

impl SecretG1Table {
    /// Precomputes the multiples of a secret base.
    #[must_use]
    pub fn new(base: &SecretG1) -> Self {
        Self(G1Table::of(base.0))
    }

    /// k·P, in constant time; never the identity.
    #[must_use]
    pub fn mul(&self, k: &SecretScalar) -> SecretG1 {
        SecretG1(self.0.product(&k.0).to_affine())
    }
}

milagro_base::opaque_debug!(SecretG1Table);

impl Drop for SecretG1Table {
    fn drop(&mut self) {
        for row in &mut self.0.0 {
            row.zeroize();
        }
    }
}

impl ZeroizeOnDrop for SecretG1Table {}
