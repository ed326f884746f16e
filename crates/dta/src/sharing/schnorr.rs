//! Knowledge of a discrete logarithm, with a message: signatures, proofs of possession, and proofs that
//! one logarithm stands behind two elements (C. P. Schnorr, J. Cryptology 4, 1991; D. Chaum and T.
//! Pedersen, CRYPTO '92; against rogue keys as in C. Komlo and I. Goldberg, "FROST", SAC 2020).
//!
//! ```text
//! X = x·P, and Y = x·B where there is a pair (B, Y)
//! ρ = H(statement, x, seed);  R = ρ·P, R' = ρ·B;  c = Hs(statement, R, R');  z = ρ + c·x
//! accept iff c = Hs(statement, z·P - c·X, z·B - c·Y)         statement = (tag, group, message, X, B, Y)
//! ```

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};

use crate::sharing::group::Group;

/// A proof (c, z); 64 bytes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Proof<G: Group> {
    c: G::Scalar,
    z: G::Scalar,
}

/// What is proven, for one purpose and one message.
#[derive(Clone, Copy)]
pub(crate) struct Statement<'a, G: Group> {
    /// Domain separation.
    pub(crate) tag: &'static str,
    /// What the proof is bound to.
    pub(crate) message: &'a [u8],
    /// X = x·P.
    pub(crate) public: &'a G::Element,
    /// B and Y = x·B.
    pub(crate) pair: Option<Pair<'a, G>>,
}

/// A second base, and its multiple by the same logarithm.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a, G: Group> {
    pub(crate) base: &'a G::Element,
    pub(crate) multiple: &'a G::Element,
}

impl<G: Group> Statement<'_, G> {
    /// Proves the statement; `None` if x is zero. The nonce depends on a seed of the session, on x, and on
    /// the whole statement: the same statement gets the same proof, and no other gets the same nonce.
    pub(crate) fn prove(&self, x: &G::Secret, seed: &[u8; 32]) -> Option<Proof<G>> {
        let transcript = self.transcript();
        let mut hedge = transcript.clone();
        hedge.append("x", &*G::secret_to_bytes(x));
        hedge.append("seed", seed);
        let nonce = G::secret_from_wide(&hedge.secret_bytes::<64>("nonce"));
        let first = G::commit(&nonce)?;
        let second = match &self.pair {
            None => None,
            Some(pair) => Some(G::element_from_bytes(&G::agree(&nonce, pair.base)?).ok()?),
        };
        let c = challenge::<G>(transcript, &first, second.as_ref());
        let z = G::secret_to_bytes(&G::secret_add_product(&nonce, x, &c));
        let z = G::scalar_from_bytes(&z).ok()?;
        Some(Proof { c, z })
    }

    /// Whether the proof is one of this statement. Variable time; everything here is public.
    pub(crate) fn holds_vartime(&self, proof: &Proof<G>) -> bool {
        let minus = G::Scalar::from(0) - proof.c;
        let nonce = |base: G::Element, multiple: &G::Element| {
            G::combination_vartime(&[(base, proof.z), (*multiple, minus)])
        };
        let Some(first) = nonce(G::generator(), self.public) else {
            return false;
        };
        let second = match &self.pair {
            None => None,
            Some(pair) => match nonce(*pair.base, pair.multiple) {
                None => return false,
                second => second,
            },
        };
        challenge::<G>(self.transcript(), &first, second.as_ref()) == proof.c
    }

    fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(self.tag);
        transcript.append("group", G::NAME.as_bytes());
        transcript.append("message", self.message);
        transcript.append("X", &G::element_to_bytes(self.public));
        if let Some(pair) = &self.pair {
            transcript.append("B", &G::element_to_bytes(pair.base));
            transcript.append("Y", &G::element_to_bytes(pair.multiple));
        }
        transcript
    }
}

fn challenge<G: Group>(
    mut transcript: Transcript,
    first: &G::Element,
    second: Option<&G::Element>,
) -> G::Scalar {
    transcript.append("R", &G::element_to_bytes(first));
    if let Some(second) = second {
        transcript.append("R'", &G::element_to_bytes(second));
    }
    G::scalar_from_wide(&transcript.secret_bytes::<64>("c"))
}

impl<G: Group> Proof<G> {
    /// Bytes of an encoding.
    pub(crate) const LEN: usize = 64;

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        writer
            .bytes(&G::scalar_to_bytes(&self.c))
            .bytes(&G::scalar_to_bytes(&self.z))
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            c: G::scalar_from_bytes(reader.array()?)?,
            z: G::scalar_from_bytes(reader.array()?)?,
        })
    }
}

impl<G: Group> fmt::Debug for Proof<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof")
            .field("c", &self.c)
            .field("z", &self.z)
            .finish()
    }
}
