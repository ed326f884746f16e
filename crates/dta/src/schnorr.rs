//! Knowledge of a discrete logarithm, with a message: signatures of ceremony messages, and proofs of
//! possession (C. P. Schnorr, "Efficient signature generation by smart cards", J. Cryptology 4, 1991;
//! as proof against rogue keys in C. Komlo and I. Goldberg, "FROST", SAC 2020, figure 1).
//!
//! ```text
//! ρ <- hedged;  R = ρ·P;  c = Hs(tag, group, X, message, R);  z = ρ + c·x
//! accept iff c = Hs(tag, group, X, message, z·P - c·X)
//! ```

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{DecodeError, Group};

/// A proof (c, z); 64 bytes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Signature<G: Group> {
    c: G::Scalar,
    z: G::Scalar,
}

impl<G: Group> Signature<G> {
    /// Signs a message with x, whose X = x·P must be given; `None` if x is zero.
    pub(crate) fn new<R: CryptoRng + ?Sized>(
        tag: &'static str,
        message: &[u8],
        (x, public): (&G::Secret, &G::Element),
        rng: &mut R,
    ) -> Option<Self> {
        let mut transcript = statement::<G>(tag, message, public);
        let mut hedge = transcript.clone();
        let mut fresh = Zeroizing::new([0_u8; 32]);
        rng.fill_bytes(&mut *fresh);
        hedge.append("x", &*G::secret_to_bytes(x));
        hedge.append("fresh randomness", &*fresh);
        let nonce = G::secret_from_wide(&hedge.secret_bytes::<64>("hedged nonce"));
        transcript.append("R", &G::element_to_bytes(&G::commit(&nonce)?));
        let c = challenge::<G>(&transcript);
        let z = G::secret_to_bytes(&G::secret_add_product(&nonce, x, &c));
        Some(Self {
            c,
            z: G::scalar_from_bytes(&z).ok()?,
        })
    }

    /// Whether the signature is one of this message under X. Variable time; everything here is public.
    pub(crate) fn verify_vartime(
        &self,
        tag: &'static str,
        message: &[u8],
        public: &G::Element,
    ) -> bool {
        let zero = G::Scalar::from(0);
        let terms = [(G::generator(), self.z), (*public, zero - self.c)];
        let Some(r) = G::combination_vartime(&terms) else {
            return false;
        };
        let mut transcript = statement::<G>(tag, message, public);
        transcript.append("R", &G::element_to_bytes(&r));
        challenge::<G>(&transcript) == self.c
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

impl<G: Group> fmt::Debug for Signature<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("c", &self.c)
            .field("z", &self.z)
            .finish()
    }
}

fn statement<G: Group>(tag: &'static str, message: &[u8], public: &G::Element) -> Transcript {
    let mut transcript = Transcript::new(tag);
    transcript.append("group", G::NAME.as_bytes());
    transcript.append("X", &G::element_to_bytes(public));
    transcript.append("message", message);
    transcript
}

fn challenge<G: Group>(transcript: &Transcript) -> G::Scalar {
    G::scalar_from_wide(&transcript.secret_bytes::<64>("c"))
}
