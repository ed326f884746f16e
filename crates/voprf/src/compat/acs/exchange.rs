//! Blinding, evaluating and finalising as ACS does.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use curve25519_dalek::scalar::Scalar;
use milagro_base::DecodeError;
use rand_core::CryptoRng;
use sha2::{Digest, Sha512};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::curve::Curve;
use super::dleq::{Element, Proof, Statement, decode_secret, hedge};
use crate::error::Error;
use crate::modes::output::Output;
use crate::modes::wire::hex;
use crate::suite;

macro_rules! element {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, PartialEq)]
        pub struct $name<C: Curve>(pub(super) Element<C>);

        impl<C: Curve> $name<C> {
            /// Decodes 32 bytes.
            ///
            /// # Errors
            /// [`DecodeError`] for anything but the canonical encoding of an element of order L.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                Element::from_bytes(bytes).map(Self)
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn to_bytes(&self) -> [u8; 32] {
                self.0.bytes
            }
        }

        impl<C: Curve> Debug for $name<C> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                hex(f, stringify!($name), &self.0.bytes)
            }
        }
    };
}

element!(
    /// Client to issuer: an input under a blind.
    Blinded
);
element!(
    /// Issuer to client: a blinded input under the key.
    Evaluated
);
element!(
    /// K = k·G.
    PublicKey
);

/// What is left to do when the evaluation comes.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// N = r⁻¹·D
    Divide,
    /// N = D - r·K
    Subtract,
}

impl<C: Curve> PublicKey<C> {
    /// Blinds an input of any length exponentially.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an input that hashes to the identity (nobody knows one).
    pub fn blind<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        input: &[u8],
    ) -> Result<(Blinded<C>, Pending<C>), Error> {
        let blind = Zeroizing::new(hedge(rng, b"BLIND")(&[&self.0.bytes, input]));
        self.blind_with(input, blind, Step::Divide)
    }

    pub(crate) fn blind_with(
        &self,
        input: &[u8],
        r: Zeroizing<Scalar>,
        step: Step,
    ) -> Result<(Blinded<C>, Pending<C>), Error> {
        let hashed = C::hash(input).ok_or(Error::InvalidInput)?;
        let point = match step {
            Step::Divide => C::mul(&hashed, &r),
            Step::Subtract => hashed + C::mul_base(&r),
        };
        if C::is_identity(&point) {
            return Err(Error::InvalidInput);
        }
        let blinded = Blinded(Element::new(point));
        let input = Zeroizing::new(input.to_vec());
        Ok((
            blinded,
            Pending {
                key: *self,
                blinded,
                input,
                r,
                step,
            },
        ))
    }
}

/// A public key that the caller knows to be the issuer's: built in, or checked against an attribute key. Only
/// such a key blinds additively.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VerifiedKey<C: Curve>(pub(super) PublicKey<C>);

impl<C: Curve> VerifiedKey<C> {
    /// States that this key is the issuer's.
    ///
    /// # Security
    /// A key that arrived together with the answer it is meant to check is not authenticated.
    #[must_use]
    pub const fn pin(key: PublicKey<C>) -> Self {
        Self(key)
    }

    /// The key itself.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<C> {
        &self.0
    }

    /// Blinds an input of any length additively.
    ///
    /// # Errors
    /// As [`PublicKey::blind`].
    pub fn blind<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        input: &[u8],
    ) -> Result<(Blinded<C>, Pending<C>), Error> {
        let blind = Zeroizing::new(hedge(rng, b"BLIND")(&[&self.0.0.bytes, input]));
        self.0.blind_with(input, blind, Step::Subtract)
    }
}

/// A client's input that waits for its evaluation. It holds the blind, so it can be used once only.
pub struct Pending<C: Curve> {
    key: PublicKey<C>,
    blinded: Blinded<C>,
    input: Zeroizing<Vec<u8>>,
    r: Zeroizing<Scalar>,
    step: Step,
}

impl<C: Curve> Pending<C> {
    /// Checks the proof, unblinds and hashes.
    ///
    /// # Errors
    /// [`Error::ProofRejected`] if the key that was blinded for did not evaluate this very element.
    pub fn finalize(self, evaluated: &Evaluated<C>, proof: &Proof) -> Result<Output, Error> {
        let unblinded = self.unblind(evaluated, proof)?;
        Ok(output(&self.input, &unblinded))
    }

    pub(crate) fn unblind(
        &self,
        evaluated: &Evaluated<C>,
        proof: &Proof,
    ) -> Result<[u8; 32], Error> {
        statement(&Element::generator(), &self.key, &self.blinded, evaluated).verify(proof)?;
        let point = match self.step {
            Step::Divide => {
                let inverse = Zeroizing::new(self.r.invert());
                C::mul(&evaluated.0.point, &inverse)
            }
            Step::Subtract => evaluated.0.point - C::mul(&self.key.0.point, &self.r),
        };
        Ok(C::encode(&point))
    }
}

impl<C: Curve> Debug for Pending<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl<C: Curve> ZeroizeOnDrop for Pending<C> {}

/// SHA-512(x ‖ N)
pub(super) fn output(input: &[u8], unblinded: &[u8; 32]) -> Output {
    Output::<suite::Ristretto255>::new(
        Sha512::new()
            .chain_update(input)
            .chain_update(unblinded)
            .finalize()
            .into(),
    )
}

fn statement<'a, C: Curve>(
    generator: &'a Element<C>,
    key: &'a PublicKey<C>,
    blinded: &'a Blinded<C>,
    evaluated: &'a Evaluated<C>,
) -> Statement<'a, C> {
    Statement {
        first: [generator, &key.0],
        second: [&blinded.0, &evaluated.0],
    }
}

/// A secret key k of this protocol and no other.
pub struct SecretKey<C: Curve> {
    pub(super) k: Zeroizing<Scalar>,
    public: PublicKey<C>,
}

impl<C: Curve> SecretKey<C> {
    /// A fresh key, uniform and not zero.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::new(Zeroizing::new(hedge(rng, b"KEY")(&[])))
    }

    /// Decodes 32 bytes, little-endian.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_secret(bytes).map(Self::new)
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.k.to_bytes())
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<C> {
        &self.public
    }

    /// Evaluates a client's element, with a proof.
    pub fn blind_evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &Blinded<C>,
    ) -> (Evaluated<C>, Proof) {
        let mut hedge = hedge(rng, b"NONCE");
        self.blind_evaluate_with(blinded, |transcript| {
            hedge(&[&*self.to_bytes(), transcript])
        })
    }

    pub(crate) fn blind_evaluate_with(
        &self,
        blinded: &Blinded<C>,
        nonce: impl FnOnce(&[u8]) -> Scalar,
    ) -> (Evaluated<C>, Proof) {
        let evaluated = Evaluated(Element::new(C::mul(&blinded.0.point, &self.k)));
        let generator = Element::generator();
        let statement = statement(&generator, &self.public, blinded, &evaluated);
        let nonce = Zeroizing::new(nonce(&statement.transcript()));
        let proof = statement.prove(&self.k, &nonce);
        (evaluated, proof)
    }

    /// The output at an input of any length.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for one that hashes to the identity.
    pub fn evaluate(&self, input: &[u8]) -> Result<Output, Error> {
        let hashed = C::hash(input).ok_or(Error::InvalidInput)?;
        Ok(output(input, &C::encode(&C::mul(&hashed, &self.k))))
    }

    pub(super) fn new(k: Zeroizing<Scalar>) -> Self {
        let public = PublicKey(Element::new(C::mul_base(&k)));
        Self { k, public }
    }
}

impl<C: Curve> Debug for SecretKey<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").finish_non_exhaustive()
    }
}

impl<C: Curve> ZeroizeOnDrop for SecretKey<C> {}

/// A key for one attribute list: what [`SecretKey`] can do, and no way to take the scalar out, since it would
/// give the primary key away.
pub struct DerivedKey<C: Curve>(pub(crate) SecretKey<C>);

impl<C: Curve> DerivedKey<C> {
    /// K = k·G.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<C> {
        self.0.public_key()
    }

    /// As [`SecretKey::blind_evaluate`].
    pub fn blind_evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &Blinded<C>,
    ) -> (Evaluated<C>, Proof) {
        self.0.blind_evaluate(rng, blinded)
    }

    /// As [`SecretKey::evaluate`].
    ///
    /// # Errors
    /// As there.
    pub fn evaluate(&self, input: &[u8]) -> Result<Output, Error> {
        self.0.evaluate(input)
    }
}

impl<C: Curve> Debug for DerivedKey<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey").finish_non_exhaustive()
    }
}

impl<C: Curve> ZeroizeOnDrop for DerivedKey<C> {}
