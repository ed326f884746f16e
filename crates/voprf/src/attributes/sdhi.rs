//! Attribute keys by inversion: k = 1/(a + h), h = Hs(attributes), K = k·G.
//!
//! Everyone who knows P = a·G can check K, because a·K = G - h·K: the logarithm of P to G is that of G - h·K
//! to K. The witness is the same for every attribute list, so one proof covers any number of lists.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::attributes::key::{Claimed, ClaimedKey, DerivedKey};
use crate::attributes::list::Attributes;
use crate::attributes::role::{ATTRIBUTES, Role};
use crate::error::Error;
use crate::modes::bounds::check_len;
use crate::modes::context::{Context, Hedge};
use crate::modes::dleq::{self, Composite, challenge, scale_all};
use crate::modes::key::SecretKey;
use crate::modes::voprf::VerifiedKey;
use crate::modes::wire::{Element, Proof, hex};
use crate::suite::group::Suite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::suite::xmd::Tag;
use crate::tags;

/// h = Hs(list)
pub(crate) fn exponent<S: Suite>(role: &Role, list: &[u8]) -> S::Scalar {
    let tag = Tag::new(&[role.sdhi_list, S::IDENTIFIER.as_bytes()]);
    S::hash_to_scalar(&tag, &[list])
}

/// What is proven of a list of keys: their exponents, and the weights of (hⱼ, Kⱼ).
struct Statement<'a, S: Suite> {
    context: Context<S>,
    keys: &'a [Claimed<'a, S>],
    exponents: Vec<S::Scalar>,
    weights: Vec<S::Scalar>,
}

impl<'a, S: Suite> Statement<'a, S> {
    fn new(role: &Role, primary: &Element<S>, keys: &'a [Claimed<'a, S>]) -> Result<Self, Error> {
        check_len(keys.len())?;
        let context = Context::new(&[role.sdhi, S::IDENTIFIER.as_bytes()]);
        let exponent = |key: &Claimed<'_, S>| exponent::<S>(role, key.list);
        let exponents: Vec<_> = keys.iter().map(exponent).collect();
        let encoded: Vec<_> = exponents.iter().map(S::encode_scalar).collect();
        let pairs: Vec<_> = encoded
            .iter()
            .map(AsRef::as_ref)
            .zip(keys.iter().map(|key| key.key.as_slice()))
            .collect();
        let weights = dleq::weights(&context, primary, &pairs);
        Ok(Self {
            context,
            keys,
            exponents,
            weights,
        })
    }

    /// M = Σ dⱼ·Kⱼ, Z = Σ dⱼ·(G - hⱼ·Kⱼ) = (Σ dⱼ)·G - Σ dⱼhⱼ·Kⱼ
    fn composite(&self) -> Composite<S> {
        let weights = scale_all::<S>(&self.weights);
        let mut points: Vec<_> = self.keys.iter().map(|key| key.key.point).collect();
        let m = S::msm_vartime(&weights, &points);
        let zero = S::one() - S::one();
        let sum = weights.iter().fold(zero, |sum, d| sum + *d);
        let mut scalars: Vec<_> = weights
            .iter()
            .zip(&self.exponents)
            .map(|(d, h)| zero - *d * *h)
            .collect();
        scalars.push(sum);
        points.push(S::generator());
        Composite {
            m,
            z: S::msm_vartime(&scalars, &points),
        }
    }
}

/// The primary public key of an issuer of attribute keys: P = a·G.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct PrimaryPublicKey<S: Suite = Ristretto255>(pub(crate) Element<S>);

impl<S: Suite> PrimaryPublicKey<S> {
    /// Decodes a public key: one element.
    ///
    /// # Errors
    /// [`DecodeError`] for anything but the canonical encoding of an element other than the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Element::from_bytes(bytes).map(Self)
    }

    /// The encoding: an array, `[u8; 32]` for ristretto255.
    #[must_use]
    pub const fn to_bytes(&self) -> S::ElementBytes {
        self.0.bytes
    }

    /// Checks that every key of the list is the one this issuer must have for its attributes: two
    /// multi-scalar multiplications for the whole list.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`]; [`Error::InvalidInput`] for attributes that cancel
    /// the primary key; [`Error::ProofRejected`] if any key is wrong, or the proof was made for another list
    /// or in another order.
    ///
    /// # Security
    /// This key must be authenticated, since all the others inherit their authenticity from it.
    pub fn verify(
        &self,
        keys: &[ClaimedKey<S>],
        proof: &DerivationProof<S>,
    ) -> Result<Vec<VerifiedKey<S>>, Error> {
        let claimed: Vec<_> = keys.iter().map(Claimed::from).collect();
        self.check(&ATTRIBUTES, &claimed, proof)?;
        let verified = keys.iter().map(|claimed| claimed.key.clone());
        Ok(verified.map(VerifiedKey::pin).collect())
    }

    pub(crate) fn check(
        &self,
        role: &Role,
        keys: &[Claimed<'_, S>],
        proof: &DerivationProof<S>,
    ) -> Result<(), Error> {
        let statement = Statement::new(role, &self.0, keys)?;
        statement
            .composite()
            .check(&statement.context, &self.0, &proof.0)
            .map_err(|rejected| self.reason(&statement.exponents).unwrap_or(rejected))
    }

    /// Whether the proof had to fail: with a + h = 0 there is no K such that (a + h)·K = G, so only a failure
    /// is looked into.
    fn reason(&self, exponents: &[S::Scalar]) -> Option<Error> {
        let cancels = |h| S::is_identity(&(self.0.point + S::mul_base(h)));
        exponents.iter().any(cancels).then_some(Error::InvalidInput)
    }
}

impl<S: Suite> Debug for PrimaryPublicKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        hex(f, "PrimaryPublicKey", self.0.as_slice())
    }
}

/// Issuer to client: one proof for any number of derived keys.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct DerivationProof<S: Suite = Ristretto255>(Proof<S>);

impl<S: Suite> DerivationProof<S> {
    /// Bytes of a proof: two scalars.
    pub const LEN: usize = Proof::<S>::LEN;

    /// Decodes `c || s`.
    ///
    /// # Errors
    /// [`DecodeError::Length`]; [`DecodeError::ScalarOutOfRange`] for a scalar that is not below the group
    /// order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Proof::from_bytes(bytes).map(Self)
    }

    /// Encodes `c || s`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }
}

impl<S: Suite> Debug for DerivationProof<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        hex(f, "DerivationProof", &self.to_bytes())
    }
}

/// The primary secret key a of an issuer of attribute keys.
pub struct PrimarySecretKey<S: Suite = Ristretto255> {
    /// Where it stays when this is moved: a move leaves the bytes behind.
    a: Box<Zeroizing<S::Scalar>>,
    public: PrimaryPublicKey<S>,
}

impl<S: Suite> PrimarySecretKey<S> {
    /// A fresh key, uniform and not zero.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::new(Hedge::<S>::new(rng, tags::KEY).scalar(&[tags::SDHI]))
    }

    /// Decodes a secret key: one scalar.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let a = Zeroizing::new(S::decode_scalar(bytes)?);
        if S::is_zero(&a) {
            Err(DecodeError::ZeroScalar)
        } else {
            Ok(Self::new(a))
        }
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(Zeroizing::new(S::encode_scalar(&self.a)).as_ref().to_vec())
    }

    fn new(a: Zeroizing<S::Scalar>) -> Self {
        let public = PrimaryPublicKey(Element::from_point(S::mul_base(&a)));
        let a = Box::new(a);
        Self { a, public }
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &PrimaryPublicKey<S> {
        &self.public
    }

    /// The key for an attribute list.
    ///
    /// # Errors
    /// [`Error::KeyExposed`] if a + h = 0: the attributes name the primary key, which must be retired.
    pub fn derive(&self, attributes: &Attributes) -> Result<DerivedKey<S>, Error> {
        Ok(DerivedKey {
            key: self.derive_for(&ATTRIBUTES, attributes.as_bytes())?,
            attributes: attributes.clone(),
        })
    }

    pub(crate) fn derive_for(
        &self,
        role: &Role,
        list: &[u8],
    ) -> Result<SecretKey<Voprf, S>, Error> {
        let mut k = Zeroizing::new([**self.a + exponent::<S>(role, list)]);
        if k.iter().any(S::is_zero) {
            return Err(Error::KeyExposed);
        }
        S::invert_all(&mut *k);
        let [k] = &*k;
        Ok(SecretKey::new(Zeroizing::new(*k)))
    }

    /// Proves that these derived keys, 1 to [`MAX_BATCH`](crate::MAX_BATCH) of them, belong to their
    /// attributes.
    ///
    /// The issuer knows every logarithm, so this costs three fixed-base multiplications, whatever the number
    /// of keys.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`]; [`Error::InvalidInput`] for a key of another issuer.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        keys: &[&DerivedKey<S>],
    ) -> Result<DerivationProof<S>, Error> {
        let lists: Vec<_> = keys.iter().map(|key| key.attributes.as_bytes()).collect();
        let keys: Vec<_> = keys.iter().map(|key| &key.key).collect();
        self.prove_for(rng, &ATTRIBUTES, &lists, &keys)
    }

    pub(crate) fn prove_for<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        role: &Role,
        lists: &[&[u8]],
        keys: &[&SecretKey<Voprf, S>],
    ) -> Result<DerivationProof<S>, Error> {
        let claims = lists.iter().zip(keys);
        let claims: Vec<_> = claims
            .map(|(list, key)| Claimed {
                list,
                key: &key.public.element,
            })
            .collect();
        let statement = Statement::new(role, &self.public.0, &claims)?;
        let ours =
            |(key, h): (&&SecretKey<Voprf, S>, &S::Scalar)| **key.k * (**self.a + *h) == S::one();
        if !keys.iter().zip(&statement.exponents).all(ours) {
            return Err(Error::InvalidInput);
        }
        let a = Zeroizing::new(S::encode_scalar(&self.a));
        let hedge = Hedge::<S>::new(rng, tags::NONCE);
        let whole = dleq::transcript::<S>(&statement.weights);
        let r = hedge.scalar(&[role.sdhi, a.as_ref(), &whole]);
        Ok(DerivationProof(self.respond(&statement, keys, &r)))
    }

    /// M = m·G with m = Σ dⱼ·kⱼ, Z = a·M, t2 = r·G, t3 = r·M.
    fn respond(
        &self,
        statement: &Statement<'_, S>,
        keys: &[&SecretKey<Voprf, S>],
        r: &S::Scalar,
    ) -> Proof<S> {
        let zero = S::one() - S::one();
        let terms = keys
            .iter()
            .zip(&statement.weights)
            .map(|(key, d)| *d * **key.k);
        let m = Zeroizing::new(S::scale(&terms.fold(zero, |sum, term| sum + term)));
        let mut logarithms = [*m, **self.a * *m, S::scale(r), *r * *m];
        let points = logarithms.map(|logarithm| S::mul_base(&logarithm));
        logarithms.zeroize();
        let c = challenge(&statement.context, &self.public.0, &points);
        Proof {
            c,
            s: *r - c * **self.a,
        }
    }
}

milagro_base::opaque_debug!(PrimarySecretKey<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for PrimarySecretKey<S> {}
