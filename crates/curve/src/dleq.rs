//! Proofs that two discrete logarithms are equal.
//!
//! The prover shows log_P(K) = log_A(B) without showing the logarithm k (Chaum and Pedersen, "Wallet
//! databases with observers", CRYPTO '92, made non-interactive). Many pairs (Ai, Bi) share one proof:
//! they are folded into M = Σ wi·Ai and Z = Σ wi·Bi with 128-bit weights that hash the whole statement
//! (compare RFC 9497, section 2.2.1).
//!
//! ```text
//! t = transcript of (context, P, K, A1, B1, ..., An, Bn)
//! wi = 128 bits of t each; n = 1: w1 = 1
//! ρ <- hedged;  R = ρ·P;  R' = ρ·M;  c = Hs(t, M, Z, R, R');  s = ρ + c·k
//! accept iff c = Hs(t, M, Z, s·P - c·K, s·M - c·Z)
//! ```

use core::fmt;

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::backend::group::P1Affine;
use crate::backend::msm::msm_g1;
use crate::groups::g1::{G1Point, G1Sum, SecretG1};
use crate::msm::msm_g1_vartime;
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;
use crate::transcript::Transcript;

/// What is proven: K = k·P and Bi = k·Ai for all i, in a context.
///
/// The Bi may be secrets (shares of identity keys): they stay where they are, and nothing of them is left
/// behind on the heap. Checking is variable time in the weights and in the proof, never in the points.
#[derive(Debug)]
pub struct Statement<'a> {
    transcript: Transcript,
    base: G1Point,
    key: G1Point,
    first: Vec<G1Point>,
    second: Vec<Image<'a>>,
}

/// What is claimed to be k·A: a public or a secret point.
#[derive(Clone, Copy)]
pub struct Image<'a>(&'a P1Affine);

impl<'a> From<&'a G1Point> for Image<'a> {
    fn from(point: &'a G1Point) -> Self {
        Self(&point.0)
    }
}

impl<'a> From<&'a SecretG1> for Image<'a> {
    fn from(point: &'a SecretG1) -> Self {
        Self(&point.0)
    }
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").finish_non_exhaustive()
    }
}

/// A proof (c, s); 64 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Proof {
    c: Scalar,
    s: Scalar,
}

/// The proof is not one of this statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProofRejected;

impl fmt::Display for ProofRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proof of equal discrete logarithms rejected")
    }
}

impl core::error::Error for ProofRejected {}

impl<'a> Statement<'a> {
    /// A statement about K = k·P for the standard generator P.
    #[must_use]
    pub fn new(context: &[u8], key: G1Point) -> Self {
        Self::with_base(context, G1Point::generator(), key)
    }

    /// A statement about K = k·P for another base P.
    #[must_use]
    pub fn with_base(context: &[u8], base: G1Point, key: G1Point) -> Self {
        let mut transcript = Transcript::new("MILAGRO-V1-DLEQ-BLS12381G1-SHAKE256");
        transcript.append("context", context);
        transcript.append("P", &base.to_bytes());
        transcript.append("K", &key.to_bytes());
        Self {
            transcript,
            base,
            key,
            first: Vec::new(),
            second: Vec::new(),
        }
    }

    /// Adds that B = k·A.
    #[must_use]
    pub fn and(mut self, a: G1Point, b: impl Into<Image<'a>>) -> Self {
        let b = b.into();
        self.transcript.append("A", &a.to_bytes());
        let bytes = Zeroizing::new(b.0.to_compressed());
        self.transcript.append("B", &*bytes);
        self.first.push(a);
        self.second.push(b);
        self
    }

    /// Proves the statement; `None` if it has no pair, or if the pairs cancel each other under weights
    /// that nobody can choose.
    ///
    /// # Security
    /// Nothing checks here that the statement is true: a proof of a false one is rejected. The nonce
    /// is hedged over the secret and the statement.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        secret: &SecretScalar,
    ) -> Option<Proof> {
        let m = self.fold(self.first.iter().map(|a| &a.0))?;
        let z = &m * secret;
        let mut nonce = self.transcript.clone();
        nonce.append("k", &*secret.to_bytes());
        let nonce = SecretScalar::hedged(rng, nonce);
        let r = [G1Sum::from(&self.base * &nonce), G1Sum::from(&m * &nonce)];
        let c = self.challenge(&m, &z, &r);
        Some(Proof {
            c,
            s: nonce.respond(&c, secret),
        })
    }

    /// Checks a proof of the statement. Variable time in the proof and the weights.
    ///
    /// # Errors
    /// [`ProofRejected`], also for a statement without pairs.
    pub fn verify_vartime(&self, proof: &Proof) -> Result<(), ProofRejected> {
        let m = self.fold(self.first.iter().map(|a| &a.0));
        let z = self.fold(self.second.iter().map(|b| b.0));
        let (m, z) = m.zip(z).ok_or(ProofRejected)?;
        let scalars = [proof.s, -proof.c];
        let r = [
            msm_g1_vartime(&[self.base, self.key], &scalars).map_err(|_| ProofRejected)?,
            msm_g1_vartime(&[m, z], &scalars).map_err(|_| ProofRejected)?,
        ];
        if self.challenge(&m, &z, &r) == proof.c {
            Ok(())
        } else {
            Err(ProofRejected)
        }
    }

    /// Σ wi·Pi over one side of the pairs, which are read where they lie; for a single pair w1 = 1.
    fn fold<'p>(&self, mut points: impl Iterator<Item = &'p P1Affine>) -> Option<G1Point> {
        let count = self.first.len();
        if count == 1 {
            return points.next().copied().map(G1Point);
        }
        let weights = self.transcript.weights("weights", count);
        let weights: Vec<[u8; 16]> = weights.into_iter().map(u128::to_le_bytes).collect();
        G1Sum(msm_g1(points, &weights)).to_point()
    }

    fn challenge(&self, m: &G1Point, z: &G1Point, r: &[G1Sum; 2]) -> Scalar {
        let mut transcript = self.transcript.clone();
        transcript.append("M", &m.to_bytes());
        transcript.append("Z", &z.to_bytes());
        for r in r {
            // The identity is a possible value, and has an encoding of its own: no bytes.
            match r.to_point() {
                Some(r) => transcript.append("R", &r.to_bytes()),
                None => transcript.append("R", &[]),
            }
        }
        transcript.challenge("c")
    }
}

impl Proof {
    /// Bytes of an encoding.
    pub const LEN: usize = 64;

    /// Reads c and s, 32 bytes big-endian each.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`] if either is r or above.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        let (halves, _) = bytes.as_chunks::<32>();
        match halves {
            [c, s] => Ok(Self {
                c: Scalar::from_bytes(c)?,
                s: Scalar::from_bytes(s)?,
            }),
            _ => Err(DecodeError::Length),
        }
    }

    /// Writes c and s.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let (c, s) = out.split_at_mut(32);
        c.copy_from_slice(&self.c.to_bytes());
        s.copy_from_slice(&self.s.to_bytes());
        out
    }
}
