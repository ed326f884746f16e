//! Polynomials f of degree t - 1, and Cm = am·P for their coefficients.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;

use crate::{AuthorityId, DecodeError, Group, group};

/// A polynomial whose value at 0 is a secret, and whose value at i is the share of authority i. Its
/// coefficients are wiped when it is dropped.
pub struct Polynomial<G: Group>(Vec<G::Secret>);

impl<G: Group> Polynomial<G> {
    /// A random polynomial with t coefficients, of which the first is given.
    pub fn random<R: CryptoRng + ?Sized>(constant: G::Secret, t: u16, rng: &mut R) -> Self {
        let mut coefficients = Vec::with_capacity(t.max(1).into());
        coefficients.push(constant);
        coefficients.extend((1..t).map(|_| group::random::<G, _>(rng)));
        Self(coefficients)
    }

    /// f(i), by Horner's rule.
    #[must_use]
    pub fn share(&self, of: AuthorityId) -> G::Secret {
        let x = G::Scalar::from(of.get().into());
        let mut coefficients = self.0.iter().rev();
        // There is at least one coefficient.
        let mut value = coefficients
            .next()
            .map_or_else(|| G::secret_from_wide(&[0; 64]), Clone::clone);
        for coefficient in coefficients {
            value = G::secret_add_product(coefficient, &value, &x);
        }
        value
    }

    /// The commitments to all coefficients; `None` if one of them is zero.
    #[must_use]
    pub fn commit(&self) -> Option<Commitments<G>> {
        let elements = self.0.iter().map(G::commit).collect::<Option<_>>()?;
        Some(Commitments { skip: 0, elements })
    }

    /// The commitments to all coefficients but the first, which is zero; `None` if another one is.
    #[must_use]
    pub fn commit_without_constant(&self) -> Option<Commitments<G>> {
        let elements = self
            .0
            .iter()
            .skip(1)
            .map(G::commit)
            .collect::<Option<_>>()?;
        Some(Commitments { skip: 1, elements })
    }

    /// A polynomial that a test has chosen.
    #[cfg(test)]
    pub(crate) fn fixed(coefficients: &[G::Scalar]) -> Self {
        let secrets = coefficients
            .iter()
            .map(|k| G::secret_from_bytes(&G::scalar_to_bytes(k)).expect("the same encoding"));
        Self(secrets.collect())
    }

    /// f(0).
    pub(crate) fn constant(&self) -> Option<&G::Secret> {
        self.0.first()
    }
}

impl<G: Group> fmt::Debug for Polynomial<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polynomial").finish_non_exhaustive()
    }
}

impl<G: Group> zeroize::ZeroizeOnDrop for Polynomial<G> {}

/// Commitments Cm = am·P to the coefficients of a polynomial (Feldman 1987), all but the first if that
/// one is zero.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commitments<G: Group> {
    skip: u16,
    elements: Vec<G::Element>,
}

impl<G: Group> Commitments<G> {
    const VERSION: u8 = 1;

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// True for the commitments to the polynomial 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// f(0)·P; `None` if f(0) is zero.
    #[must_use]
    pub fn constant(&self) -> Option<&G::Element> {
        self.elements.first().filter(|_| self.skip == 0)
    }

    /// f(i)·P = Σ i^m·Cm; `None` for the identity.
    #[must_use]
    pub fn share(&self, of: AuthorityId) -> Option<G::Element> {
        let x = G::Scalar::from(of.get().into());
        let mut power = (0..self.skip).fold(G::Scalar::from(1), |power, _| power * x);
        let mut terms = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            terms.push((*element, power));
            power = power * x;
        }
        G::combination_vartime(&terms)
    }

    /// Whether a share is f(i).
    #[must_use]
    pub fn verify(&self, of: AuthorityId, share: &G::Secret) -> bool {
        G::commit(share) == self.share(of)
    }

    /// The commitments to Σ kj·fj; `None` if a coefficient of that is zero, or if the lists differ in
    /// shape.
    pub(crate) fn combination(terms: &[(&Self, G::Scalar)]) -> Option<Self> {
        let (first, _) = terms.first()?;
        if terms
            .iter()
            .any(|(c, _)| c.skip != first.skip || c.len() != first.len())
        {
            return None;
        }
        let mut elements = Vec::with_capacity(first.len());
        let mut columns: Vec<_> = terms.iter().map(|(c, k)| (c.elements.iter(), k)).collect();
        for _ in 0..first.len() {
            let column: Option<Vec<_>> = columns
                .iter_mut()
                .map(|(column, k)| column.next().map(|element| (*element, **k)))
                .collect();
            elements.push(G::combination_vartime(&column?)?);
        }
        Some(Self {
            skip: first.skip,
            elements,
        })
    }

    /// Version (1), whether the constant term is left out (1), number of elements (2), elements.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::new().u8(Self::VERSION)).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote: at most 255 elements.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, number of elements, an element that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let commitments = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(commitments)
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        let count = u16::try_from(self.elements.len()).unwrap_or(u16::MAX);
        let head = writer.u8(u8::from(self.skip != 0)).u16(count);
        self.elements.iter().fold(head, |writer, element| {
            writer.bytes(&G::element_to_bytes(element))
        })
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let skip = u16::from(reader.u8()?);
        let count = reader.u16()?;
        // A polynomial without any coefficient that could be other than zero is no polynomial.
        if skip > 1 || skip + count == 0 || count > 255 {
            return Err(DecodeError::Value);
        }
        if reader.remaining() < usize::from(count) * G::ELEMENT_LEN {
            return Err(DecodeError::Length);
        }
        let elements = (0..count)
            .map(|_| group::read_element::<G>(reader))
            .collect::<Result<_, _>>()?;
        Ok(Self { skip, elements })
    }
}
