//! Knowledge of a discrete logarithm, with a message: signatures, proofs of possession, and proofs that
//! one logarithm stands behind two elements (C. P. Schnorr, J. Cryptology 4, 1991; D. Chaum and T.
//! Pedersen, CRYPTO '92; against rogue keys as in C. Komlo and I. Goldberg, "FROST", SAC 2020).
//!
//! ```text
//! X = x·P, and Y = x·B where there is a pair (B, Y)
//! ρ = H(statement, x, seed);  R = ρ·P, R' = ρ·B;  c = Hs(statement, R, R');  z = ρ + c·x
//! accept iff c = Hs(statement, z·P - c·X, z·B - c·Y)         statement = (tag, group, message, X, B, Y)
//! ```

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};

use crate::sharing::group::Group;

/// A proof (c, z); 64 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof<G: Group> {
    c: G::Scalar,
    z: G::Scalar,
}

/// What is proven, for one purpose and one message: X = x·P, and Y = x·B for each pair.
#[derive(Clone)]
pub(crate) struct Statement<G: Group> {
    transcript: Transcript,
    bases: Vec<(G::Element, G::Element)>,
}

/// z and -c of a proof.
pub(crate) struct Terms<G: Group> {
    pub(crate) z: G::Scalar,
    pub(crate) minus_c: G::Scalar,
}

impl<G: Group> Statement<G> {
    /// That the prover knows x of X = x·P.
    pub(crate) fn new(tag: &'static str, message: &[u8], public: &G::Element) -> Self {
        let mut transcript = Transcript::new(tag);
        transcript.append("group", G::NAME.as_bytes());
        transcript.append("message", message);
        let bases = Vec::new();
        Self { transcript, bases }.and(&G::generator(), public)
    }

    /// And that Y = x·B.
    pub(crate) fn and(mut self, base: &G::Element, multiple: &G::Element) -> Self {
        for element in [base, multiple] {
            self.transcript
                .append("element", &G::element_to_bytes(element));
        }
        self.bases.push((*base, *multiple));
        self
    }

    /// Proves the statement; `None` if x is zero. The nonce depends on a seed of the session, on x, and on
    /// the whole statement: the same statement gets the same proof, and no other gets the same nonce.
    pub(crate) fn prove(&self, x: &G::Secret, seed: &[u8; 32]) -> Option<Proof<G>> {
        let mut hedge = self.transcript.clone();
        hedge.append("x", &*G::secret_to_bytes(x));
        hedge.append("seed", seed);
        let nonce = G::secret_from_wide(&hedge.secret_bytes::<64>("nonce"));
        let nonces = self.bases.iter().map(|(base, _)| {
            if *base == G::generator() {
                return G::commit(&nonce);
            }
            G::element_from_bytes(&G::agree(&nonce, base)?).ok()
        });
        let c = self.challenge(nonces)?;
        let z = G::secret_to_bytes(&G::secret_add_product(&nonce, x, &c));
        let z = G::scalar_from_bytes(&z).ok()?;
        Some(Proof { c, z })
    }

    /// Whether the proof is one of this statement. Variable time; everything here is public.
    pub(crate) fn holds_vartime(&self, proof: &Proof<G>) -> bool {
        let minus = G::Scalar::from(0) - proof.c;
        let nonces = self
            .bases
            .iter()
            .map(|(base, multiple)| G::combination_vartime(&[*base, *multiple], &[proof.z, minus]));
        self.challenge(nonces) == Some(proof.c)
    }

    /// As [`Self::holds_vartime`], of a statement without a pair, by whoever has computed z·P - c·X in a way of its own:
    /// see [`Proof::terms`]. `None` is no proof.
    pub(crate) fn holds_with(&self, proof: &Proof<G>, nonce: Option<G::Element>) -> bool {
        self.bases.len() == 1 && self.challenge(core::iter::once(nonce)) == Some(proof.c)
    }

    fn challenge(&self, nonces: impl Iterator<Item = Option<G::Element>>) -> Option<G::Scalar> {
        let mut transcript = self.transcript.clone();
        for nonce in nonces {
            transcript.append("R", &G::element_to_bytes(&nonce?));
        }
        Some(G::scalar_from_wide(&transcript.secret_bytes::<64>("c")))
    }
}

impl<G: Group> Proof<G> {
    /// Bytes of an encoding.
    pub(crate) const LEN: usize = 64;

    /// What the generator and the public element are multiplied by for the nonce.
    pub(crate) fn terms(&self) -> Terms<G> {
        Terms {
            z: self.z,
            minus_c: G::Scalar::from(0) - self.c,
        }
    }

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
