//! ACS's attribute keys by the function of Naor and Reingold.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use curve25519_dalek::scalar::Scalar;
use milagro_base::DecodeError;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::curve::Curve;
use super::dleq::{Element, PROOF_LEN, Proof, Statement, decode_secret, hedge};
use super::exchange::{DerivedKey, PublicKey, SecretKey};
use crate::error::Error;

/// The bits of SHA-256.
const BITS: usize = 256;

/// b = SHA-256(A₁ ‖ … ‖ Aₙ), bit i = bit i mod 8 of byte i/8.
fn bits(attributes: &[&[u8]]) -> Result<impl Iterator<Item = bool> + use<>, Error> {
    if attributes.is_empty() {
        return Err(Error::NoAttributes);
    }
    let mut hash = Sha256::new();
    for attribute in attributes {
        hash.update(attribute);
    }
    let digest: [u8; 32] = hash.finalize().into();
    Ok(digest
        .into_iter()
        .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)))
}

/// A random generator H, P₀ = a₀·G and Hᵢ = aᵢ·H for 256 bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NaorReingoldPublicKey<C: Curve> {
    h: Element<C>,
    p0: Element<C>,
    his: Vec<Element<C>>,
}

impl<C: Curve> NaorReingoldPublicKey<C> {
    /// Bytes of a public key.
    pub const LEN: usize = 32 * (2 + BITS);

    /// Decodes 8,256 bytes: H, P₀, H₀ to H₂₅₅.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, or anything but canonical encodings of elements of order L.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let mut elements = bytes.chunks_exact(32).map(Element::from_bytes);
        let mut next = || elements.next().unwrap_or(Err(DecodeError::Length));
        Ok(Self {
            h: next()?,
            p0: next()?,
            his: elements.collect::<Result<_, _>>()?,
        })
    }

    /// Encodes the public key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.h, &self.p0]
            .into_iter()
            .chain(&self.his)
            .flat_map(|element| element.bytes)
            .collect()
    }

    /// Checks that a key is the one for these attributes: a chain of up to 256 proofs. Not a
    /// [`VerifiedKey`](super::VerifiedKey): additive blinding is for SDHI keys.
    ///
    /// # Errors
    /// [`Error::NoAttributes`]; [`Error::ProofRejected`].
    pub fn verify(
        &self,
        attributes: &[&[u8]],
        key: &PublicKey<C>,
        proof: &NaorReingoldProof<C>,
    ) -> Result<(), Error> {
        let mut previous = &self.p0;
        for ((bit, hi), link) in bits(attributes)?.zip(&self.his).zip(&proof.0) {
            match (bit, link) {
                (true, Some(Link { proof, point })) => {
                    let statement = Statement {
                        first: [&self.h, hi],
                        second: [previous, point],
                    };
                    statement.verify(proof)?;
                    previous = point;
                }
                (false, None) => {}
                _ => return Err(Error::ProofRejected),
            }
        }
        if *previous == key.0 {
            Ok(())
        } else {
            Err(Error::ProofRejected)
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Link<C: Curve> {
    proof: Proof,
    point: Element<C>,
}

/// For each set bit the next point of the chain with its proof, 24,576 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NaorReingoldProof<C: Curve>(Vec<Option<Link<C>>>);

impl<C: Curve> NaorReingoldProof<C> {
    /// Bytes of a proof.
    pub const LEN: usize = BITS * (PROOF_LEN + 32);

    /// Decodes 256 proofs, then 256 points, both zero bytes where the bit is 0.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a scalar not below the group order, or anything but canonical
    /// elements of order L.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let (proofs, points) = bytes
            .split_at_checked(BITS * PROOF_LEN)
            .ok_or(DecodeError::Length)?;
        let link = |(proof, point): (&[u8], &[u8])| {
            if proof.iter().chain(point).all(|byte| *byte == 0) {
                return Ok(None);
            }
            let (proof, point) = (Proof::from_bytes(proof)?, Element::from_bytes(point)?);
            Ok(Some(Link { proof, point }))
        };
        let links = proofs
            .chunks_exact(PROOF_LEN)
            .zip(points.chunks_exact(32))
            .map(link);
        links.collect::<Result<_, _>>().map(Self)
    }

    /// Encodes the proof.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let proof =
            |link: &Option<Link<C>>| link.map_or([0; PROOF_LEN], |link| link.proof.to_bytes());
        let point = |link: &Option<Link<C>>| link.map_or([0; 32], |link| link.point.bytes);
        self.0
            .iter()
            .flat_map(proof)
            .chain(self.0.iter().flat_map(point))
            .collect()
    }
}

/// a₀, and aᵢ for 256 bits.
pub struct NaorReingoldSecretKey<C: Curve> {
    a0: Zeroizing<Scalar>,
    ais: Zeroizing<Vec<Scalar>>,
    public: NaorReingoldPublicKey<C>,
}

impl<C: Curve> NaorReingoldSecretKey<C> {
    /// Bytes of a secret key.
    pub const LEN: usize = 32 * (1 + BITS) + NaorReingoldPublicKey::<C>::LEN;

    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut hedge = hedge(rng, b"NR-KEY");
        Self::generate_with(|| hedge(&[]))
    }

    /// The scalars in the order log H, a₀, a_0, ....
    pub(crate) fn generate_with(mut scalar: impl FnMut() -> Scalar) -> Self {
        let h = Element::new(C::mul_base(&Zeroizing::new(scalar())));
        let a0 = Zeroizing::new(scalar());
        let ais = Zeroizing::new((0..BITS).map(|_| scalar()).collect());
        Self::new(h, a0, ais)
    }

    fn new(h: Element<C>, a0: Zeroizing<Scalar>, ais: Zeroizing<Vec<Scalar>>) -> Self {
        let p0 = Element::new(C::mul_base(&a0));
        let his = ais
            .iter()
            .map(|a| Element::new(C::mul(&h.point, a)))
            .collect();
        Self {
            a0,
            ais,
            public: NaorReingoldPublicKey { h, p0, his },
        }
    }

    /// Decodes 16,480 bytes: a₀, a_0 to a_255, then the public key.
    ///
    /// # Errors
    /// [`DecodeError`]; [`DecodeError::Encoding`] if the public key is not that of the secret scalars.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let (scalars, public) = bytes
            .split_at_checked(32 * (1 + BITS))
            .ok_or(DecodeError::Length)?;
        let public = NaorReingoldPublicKey::from_bytes(public)?;
        let (a0, ais) = scalars.split_at_checked(32).ok_or(DecodeError::Length)?;
        // Room for all of them at once: a list that grew would leave unwiped copies behind.
        let mut scalars = Zeroizing::new(Vec::with_capacity(BITS));
        for a in ais.chunks_exact(32) {
            scalars.push(*decode_secret(a)?);
        }
        let key = Self::new(public.h, decode_secret(a0)?, scalars);
        if key.public == public {
            Ok(key)
        } else {
            Err(DecodeError::Encoding)
        }
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::LEN));
        for a in core::iter::once(&*self.a0).chain(self.ais.iter()) {
            bytes.extend_from_slice(&*Zeroizing::new(a.to_bytes()));
        }
        bytes.extend_from_slice(&self.public.to_bytes());
        bytes
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &NaorReingoldPublicKey<C> {
        &self.public
    }

    /// The key for an attribute list, with its proof.
    ///
    /// # Errors
    /// [`Error::NoAttributes`].
    pub fn derive<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        attributes: &[&[u8]],
    ) -> Result<(DerivedKey<C>, NaorReingoldProof<C>), Error> {
        let mut hedge = hedge(rng, b"NONCE");
        let a0 = Zeroizing::new(self.a0.to_bytes());
        self.derive_with(attributes, |transcript| hedge(&[&*a0, transcript]))
    }

    pub(crate) fn derive_with(
        &self,
        attributes: &[&[u8]],
        mut nonce: impl FnMut(&[u8]) -> Scalar,
    ) -> Result<(DerivedKey<C>, NaorReingoldProof<C>), Error> {
        let mut k = self.a0.clone();
        let mut point = self.public.p0;
        let mut links = Vec::with_capacity(BITS);
        for ((bit, a), hi) in bits(attributes)?.zip(self.ais.iter()).zip(&self.public.his) {
            if !bit {
                links.push(None);
                continue;
            }
            *k *= a;
            let next = Element::new(C::mul_base(&k));
            let statement = Statement {
                first: [&self.public.h, hi],
                second: [&point, &next],
            };
            let nonce = Zeroizing::new(nonce(&statement.transcript()));
            let proof = statement.prove(a, &nonce);
            links.push(Some(Link { proof, point: next }));
            point = next;
        }
        Ok((DerivedKey(SecretKey::new(k)), NaorReingoldProof(links)))
    }
}

impl<C: Curve> Debug for NaorReingoldSecretKey<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NaorReingoldSecretKey")
            .finish_non_exhaustive()
    }
}

impl<C: Curve> ZeroizeOnDrop for NaorReingoldSecretKey<C> {}
