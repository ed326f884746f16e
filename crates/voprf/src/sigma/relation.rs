//! Statements: equations between points.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::modes::wire::Element;
use crate::sigma::proof::{Proof, Rejected};
use crate::sigma::transcript::{Codec, challenge};

/// A secret scalar of a statement, by its place in the witness.
#[derive(Clone, Copy)]
pub(crate) struct Secret(u32);

/// A public point of a statement.
#[derive(Clone, Copy)]
pub(crate) struct Public<S: Codec> {
    index: u32,
    point: S::Point,
}

/// image = Σ secret·base.
struct Equation<S: Codec> {
    image: Public<S>,
    terms: Vec<(Secret, Public<S>)>,
}

/// A statement.
pub(crate) struct Relation<S: Codec> {
    secrets: u32,
    elements: Vec<Element<S>>,
    equations: Vec<Equation<S>>,
}

/// A secret scalar with the nonce that hides it.
///
/// # Security
/// Nonces are uniform, secret, and belong to one statement: two proofs with one nonce give the secret away.
#[derive(Clone, Copy)]
pub(crate) struct Known<S: Codec> {
    pub(crate) secret: S::Scalar,
    pub(crate) nonce: S::Scalar,
}

impl<S: Codec> Known<S> {
    /// A secret and its nonce.
    pub(crate) const fn of((secret, nonce): (&S::Scalar, &S::Scalar)) -> Self {
        Self {
            secret: *secret,
            nonce: *nonce,
        }
    }
}

impl<S: Codec> zeroize::Zeroize for Known<S> {
    fn zeroize(&mut self) {
        self.secret.zeroize();
        self.nonce.zeroize();
    }
}

impl<S: Codec> Relation<S> {
    pub(crate) const fn new() -> Self {
        Self {
            secrets: 0,
            elements: Vec::new(),
            equations: Vec::new(),
        }
    }

    /// The next secret of the witness.
    pub(crate) fn secret(&mut self) -> Secret {
        let secret = Secret(self.secrets);
        self.secrets = self.secrets.saturating_add(1);
        secret
    }

    /// The next secrets.
    pub(crate) fn secrets<const N: usize>(&mut self) -> [Secret; N] {
        core::array::from_fn(|_| self.secret())
    }

    /// So many more.
    pub(crate) fn secrets_of(&mut self, count: usize) -> Vec<Secret> {
        (0..count).map(|_| self.secret()).collect()
    }

    /// The next point.
    pub(crate) fn public(&mut self, element: &Element<S>) -> Public<S> {
        let index = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.elements.push(*element);
        Public {
            index,
            point: element.point,
        }
    }

    /// The next points.
    pub(crate) fn publics<const N: usize>(&mut self, elements: [&Element<S>; N]) -> [Public<S>; N] {
        elements.map(|element| self.public(element))
    }

    /// So many more.
    pub(crate) fn publics_of(&mut self, elements: &[Element<S>]) -> Vec<Public<S>> {
        elements
            .iter()
            .map(|element| self.public(element))
            .collect()
    }

    /// Adds the equation image = Σ secret·base.
    pub(crate) fn equation(&mut self, image: Public<S>, terms: &[(Secret, Public<S>)]) {
        self.equations.push(Equation {
            image,
            terms: terms.to_vec(),
        });
    }

    /// How many secrets it has.
    pub(crate) fn witness_len(&self) -> usize {
        usize::try_from(self.secrets).unwrap_or(usize::MAX)
    }

    /// Proves it. A witness of another length, or of another statement, gives a proof that nobody accepts.
    pub(crate) fn prove(&self, session: &[u8], witness: &[Known<S>]) -> Proof<S> {
        let scaled = witness.iter().map(|known| S::scale(&known.nonce)).collect();
        let scaled: Zeroizing<Vec<S::Scalar>> = Zeroizing::new(scaled);
        let commitment = |equation: &Equation<S>| {
            let products = equation.terms.iter().filter_map(|(secret, base)| {
                let nonce = scaled.get(usize::try_from(secret.0).ok()?)?;
                Some(S::mul(&base.point, nonce))
            });
            products.reduce(|sum, product| sum + product)
        };
        let commitments: Vec<_> = self.equations.iter().filter_map(commitment).collect();
        let c = challenge::<S>(session, &self.label(), &S::encode_scaled(&commitments));
        let response = |known: &Known<S>| known.nonce + c * known.secret;
        Proof {
            challenge: c,
            responses: witness.iter().map(response).collect(),
        }
    }

    /// Checks a proof of it.
    ///
    /// # Errors
    /// [`Rejected`] unless it is one: also where a point is the identity or stands in it twice, which no honest
    /// statement has, and where a commitment would be the identity.
    pub(crate) fn verify(&self, session: &[u8], proof: &Proof<S>) -> Result<(), Rejected> {
        if proof.responses.len() != self.witness_len() || !self.is_proper() {
            return Err(Rejected);
        }
        let minus_c = S::one() - S::one() - proof.challenge;
        let commitment = |equation: &Equation<S>| {
            let mut scalars = Vec::with_capacity(equation.terms.len() + 1);
            let mut points = Vec::with_capacity(equation.terms.len() + 1);
            for (secret, base) in &equation.terms {
                let response = proof.responses.get(usize::try_from(secret.0).ok()?)?;
                scalars.push(S::scale(response));
                points.push(base.point);
            }
            scalars.push(S::scale(&minus_c));
            points.push(equation.image.point);
            let commitment = S::msm_vartime(&scalars, &points);
            (!S::is_identity(&commitment)).then_some(commitment)
        };
        let commitments: Option<Vec<_>> = self.equations.iter().map(commitment).collect();
        let commitments = S::encode_scaled(&commitments.ok_or(Rejected)?);
        if challenge::<S>(session, &self.label(), &commitments) == proof.challenge {
            Ok(())
        } else {
            Err(Rejected)
        }
    }

    /// Whether no point is the identity, and none stands there twice.
    fn is_proper(&self) -> bool {
        let mut encodings: Vec<_> = self.elements.iter().map(Element::as_slice).collect();
        encodings.sort_unstable();
        let twice = encodings.windows(2).any(|pair| pair.first() == pair.last());
        let identity = |element: &Element<S>| S::is_identity(&element.point);
        !twice && !self.elements.iter().any(identity)
    }

    /// The statement in bytes: the number of equations; of each the place of its image, the number of its terms,
    /// and of each term the places of its secret and its point; then all points. Numbers have four bytes,
    /// little-endian.
    pub(crate) fn label(&self) -> Vec<u8> {
        let mut label = Vec::new();
        let mut number = |value: u32| label.extend_from_slice(&value.to_le_bytes());
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        number(count(self.equations.len()));
        for equation in &self.equations {
            number(equation.image.index);
            number(count(equation.terms.len()));
            for (secret, base) in &equation.terms {
                number(secret.0);
                number(base.index);
            }
        }
        for element in &self.elements {
            label.extend_from_slice(element.as_slice());
        }
        label
    }
}
