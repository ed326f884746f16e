//! What is looked for.

use core::fmt;

use num_bigint::BigUint;

use crate::field::{self, Element, FP, FR};

/// A secret with all the forms in which it may lie in memory.
pub struct Secret {
    name: &'static str,
    forms: Vec<Form>,
    /// x of a point.
    x: Option<Element>,
}

/// Bytes that give the secret away.
struct Form {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Secret {
    /// Bytes that are looked for as they are: a key, a seed, a typed passphrase.
    ///
    /// # Panics
    /// When there are fewer than eight, which may stand anywhere by chance.
    #[must_use]
    pub fn bytes(name: &'static str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 8, "{name} is too short to be looked for");
        let forms = vec![Form::new("bytes", bytes.to_vec())];
        let x = None;
        Self { name, forms, x }
    }

    /// A scalar, given by its encoding: big-endian, little-endian, and in Montgomery form.
    #[must_use]
    pub fn scalar(name: &'static str, encoding: &[u8; FR]) -> Self {
        let value = BigUint::from_bytes_be(encoding);
        let reversed = encoding.iter().rev().copied().collect();
        let forms = vec![
            Form::new("big-endian scalar", encoding.to_vec()),
            Form::new("little-endian scalar", reversed),
            Form::new("scalar in Montgomery form", field::montgomery_r(&value)),
        ];
        let x = None;
        Self { name, forms, x }
    }

    /// A point of G1, given by its uncompressed encoding: either coordinate, encoded or in Montgomery
    /// form; the multiples of them that Miller loops take; and Jacobian coordinates of any scale.
    #[must_use]
    pub fn g1(name: &'static str, uncompressed: &[u8; 2 * FP]) -> Self {
        Self::point(name, uncompressed)
    }

    /// The same of a point of G2.
    #[must_use]
    pub fn g2(name: &'static str, uncompressed: &[u8; 4 * FP]) -> Self {
        Self::point(name, uncompressed)
    }

    /// An element of GT, given by its encoding: every coefficient, encoded or in Montgomery form.
    #[must_use]
    pub fn gt(name: &'static str, encoding: &[u8; 12 * FP]) -> Self {
        let (coefficients, _) = encoding.as_chunks::<FP>();
        let forms = coefficients.iter().flat_map(|bytes| {
            let value = BigUint::from_bytes_be(bytes);
            [
                Form::new("encoded coefficient", bytes.to_vec()),
                Form::new(
                    "coefficient in Montgomery form",
                    field::montgomery_p(&value),
                ),
            ]
        });
        let forms = forms.collect();
        let x = None;
        Self { name, forms, x }
    }

    /// x before y; in G2 the imaginary part of each first.
    fn point(name: &'static str, uncompressed: &[u8]) -> Self {
        let p = field::p();
        let (parts, _) = uncompressed.as_chunks::<FP>();
        let mut forms = Vec::new();
        for part in parts {
            let value = BigUint::from_bytes_be(part);
            // Flags may change the first byte.
            let (_, rest) = part.split_at(1);
            forms.push(Form::new("encoded coordinate", rest.to_vec()));
            for (name, multiple) in [
                ("coordinate in Montgomery form", value.clone()),
                ("double of a coordinate", &value + &value),
                ("double of a coordinate, negated", &p + &p - &value - &value),
            ] {
                forms.push(Form::new(name, field::montgomery_p(&multiple)));
            }
        }
        let (x, _) = parts.split_at(parts.len() / 2);
        let x = x.iter().rev().map(|part| BigUint::from_bytes_be(part));
        let x = Some(Element(x.collect()));
        Self { name, forms, x }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// The first place of the secret in a block, and the form that lies there.
    pub(crate) fn find(&self, block: &[u8]) -> Option<(&'static str, usize)> {
        let literal = self.forms.iter().find_map(|form| {
            let at = position(block, &form.bytes)?;
            Some((form.name, at))
        });
        literal.or_else(|| {
            self.find_jacobian(block)
                .map(|at| ("Jacobian coordinates", at))
        })
    }

    /// (X, Y, Z) with X = x·Z². Numbers lie at multiples of eight bytes.
    fn find_jacobian(&self, block: &[u8]) -> Option<usize> {
        let x = self.x.as_ref()?;
        let width = FP * x.0.len();
        (0..block.len()).step_by(8).find(|at| {
            let numbers = block.get(*at..at + 3 * width);
            numbers.is_some_and(|numbers| is_jacobian(numbers, width, x))
        })
    }
}

/// In Montgomery form, where a number n lies as n·R: X·R = x·Z²·R.
fn is_jacobian(numbers: &[u8], width: usize, x: &Element) -> bool {
    let (first, rest) = numbers.split_at(width);
    let (_, last) = rest.split_at(width);
    let numbers = Element::from_limbs(last).zip(Element::from_limbs(first));
    numbers.is_some_and(|(z, first)| !z.is_zero() && x.mul(&z.mul(&z)) == first.shifted())
}

/// Where `bytes` first stand in `block`.
fn position(block: &[u8], bytes: &[u8]) -> Option<usize> {
    let (first, rest) = bytes.split_first()?;
    let last = block.len().checked_sub(rest.len())?;
    let starts = block.iter().take(last).enumerate();
    starts
        .filter(|(_, byte)| *byte == first)
        .map(|(at, _)| at)
        .find(|at| {
            block
                .get(at + 1..)
                .is_some_and(|block| block.starts_with(rest))
        })
}

impl Form {
    const fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        Self { name, bytes }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
