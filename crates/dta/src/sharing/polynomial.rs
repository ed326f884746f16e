//! Polynomials f of degree t - 1, and Cm = am·P for their coefficients.

use milagro_base::{Reader, Writer, opaque_debug};
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::domain::member::AuthorityId;
use crate::sharing::group::{self, Group};

/// A polynomial whose value at 0 is a secret, and whose value at i is the share of authority i. Its
/// coefficients are wiped when it is dropped.
pub struct Polynomial<G: Group>(Vec<G::Secret>);

impl<G: Group> Polynomial<G> {
    /// A random polynomial with t coefficients, of which the first is given.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R, constant: G::Secret, t: u16) -> Self {
        Self::drawn(constant, t, |_| group::random::<G, R>(rng))
    }

    /// A polynomial with t coefficients, of which the first is given and the others come from `draw`.
    pub(crate) fn drawn(constant: G::Secret, t: u16, draw: impl FnMut(u16) -> G::Secret) -> Self {
        // A vector that grew would leave copies behind.
        let mut coefficients = Vec::with_capacity(t.max(1).into());
        coefficients.push(constant);
        coefficients.extend((1..t).map(draw));
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
        self.commit_from(0)
    }

    /// The commitments to all coefficients but the first, which is zero; `None` if another one is.
    #[must_use]
    pub fn commit_without_constant(&self) -> Option<Commitments<G>> {
        self.commit_from(1)
    }

    /// f(0).
    pub(crate) fn constant(&self) -> Option<&G::Secret> {
        self.0.first()
    }

    fn commit_from(&self, skip: u16) -> Option<Commitments<G>> {
        let coefficients = self.0.iter().skip(skip.into());
        let elements = coefficients.map(G::commit).collect::<Option<_>>()?;
        Some(Commitments { skip, elements })
    }
}

opaque_debug!(Polynomial<G: Group>);
impl<G: Group> ZeroizeOnDrop for Polynomial<G> {}

/// Commitments Cm = am·P to the coefficients of a polynomial (Feldman 1987), all but the first if that
/// one is zero.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commitments<G: Group> {
    skip: u16,
    elements: Vec<G::Element>,
}

impl<G: Group> Commitments<G> {
    /// f(0)·P; `None` if f(0) is zero.
    #[must_use]
    pub fn constant(&self) -> Option<&G::Element> {
        self.elements.first().filter(|_| self.skip == 0)
    }

    /// f(i)·P = Σ i^m·Cm; `None` for the identity.
    #[must_use]
    pub fn share(&self, of: AuthorityId) -> Option<G::Element> {
        let mut powers = Vec::with_capacity(self.elements.len());
        self.powers(of, G::Scalar::from(1), &mut powers);
        G::combination_vartime(&self.elements, &powers)
    }

    /// Whether a share is f(i).
    #[must_use]
    pub fn verify(&self, of: AuthorityId, share: &G::Secret) -> bool {
        G::commit(share) == self.share(of)
    }

    /// The elements, and what they are multiplied by to give weight·f(i)·P, for many checks in one sum.
    pub(crate) fn terms(
        &self,
        of: AuthorityId,
        weight: G::Scalar,
        (elements, factors): (&mut Vec<G::Element>, &mut Vec<G::Scalar>),
    ) {
        elements.extend_from_slice(&self.elements);
        self.powers(of, weight, factors);
    }

    fn powers(&self, of: AuthorityId, weight: G::Scalar, powers: &mut Vec<G::Scalar>) {
        let x = G::Scalar::from(of.get().into());
        let mut power = (0..self.skip).fold(weight, |power, _| power * x);
        for _ in &self.elements {
            powers.push(power);
            power = power * x;
        }
    }

    /// The commitments to Σ kj·fj, in one shape; `None` if a coefficient of that is zero.
    pub(crate) fn combination(of: &[&Self], factors: &[G::Scalar]) -> Option<Self> {
        let first = of.first()?;
        let mut columns: Vec<_> = of.iter().map(|one| one.elements.iter().copied()).collect();
        let elements = first.elements.iter().map(|_| {
            let column: Option<Vec<_>> = columns.iter_mut().map(Iterator::next).collect();
            G::combination_vartime(&column?, factors)
        });
        Some(Self {
            skip: first.skip,
            elements: elements.collect::<Option<_>>()?,
        })
    }

    /// All elements behind one another: their number is known from elsewhere.
    pub(crate) fn write(&self, writer: Writer) -> Writer {
        self.elements.iter().fold(writer, |writer, element| {
            writer.bytes(&G::element_to_bytes(element))
        })
    }

    /// Reads the commitments to a polynomial with t coefficients, without the first if that is zero.
    pub(crate) fn read(reader: &mut Reader<'_>, t: u16, zero: bool) -> Result<Self, DecodeError> {
        let skip = u16::from(zero);
        let elements = (skip..t).map(|_| group::read_element::<G>(reader));
        let elements = elements.collect::<Result<_, _>>()?;
        Ok(Self { skip, elements })
    }
}
