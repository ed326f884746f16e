//! Attribute keys by inversion: k = 1/(a + h), h = Hs(attributes), K = k·G.
//!
//! Everyone who knows P = a·G can check K, because a·K = G - h·K: the logarithm of P to G is that of G - h·K to K. The witness is the
//! same for every attribute list, so one proof covers any number of lists.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::attributes::Attributes;
use crate::batch::check_len;
use crate::context::{Context, Hedge};
use crate::dleq::{self, Composite, challenge, scale_all};
use crate::error::{DecodeError, Error};
use crate::key::{PublicKey, SecretKey};
use crate::output::Output;
use crate::suite::{Ristretto255, Suite, Voprf};
use crate::tags;
use crate::voprf::VerifiedKey;
use crate::wire::{Blinded, Element, Evaluated, Proof, hex};
use crate::xmd::Tag;

/// h = Hs(attributes)
pub(crate) fn exponent<S: Suite>(attributes: &Attributes) -> S::Scalar {
    let tag = Tag::new(&[tags::SDHI_ATTRIBUTES, S::IDENTIFIER.as_bytes()]);
    S::hash_to_scalar(&tag, &[attributes.as_bytes()])
}

fn context<S: Suite>() -> Context<S> {
    Context::new(&[tags::SDHI, S::IDENTIFIER.as_bytes()])
}

/// The weights of (hⱼ, Kⱼ).
fn weights<'a, S: Suite>(
    context: &Context<S>,
    primary: &Element<S>,
    exponents: &[S::Scalar],
    keys: impl Iterator<Item = &'a Element<S>>,
) -> Vec<S::Scalar> {
    let encoded: Vec<_> = exponents.iter().map(S::encode_scalar).collect();
    let pairs: Vec<_> = encoded
        .iter()
        .map(AsRef::as_ref)
        .zip(keys.map(Element::as_slice))
        .collect();
    dleq::weights(context, primary, &pairs)
}

/// M = Σ dⱼ·Kⱼ, Z = Σ dⱼ·(G - hⱼ·Kⱼ) = (Σ dⱼ)·G - Σ dⱼhⱼ·Kⱼ
fn composite<S: Suite>(
    exponents: &[S::Scalar],
    keys: &[(Attributes, PublicKey<Voprf, S>)],
    weights: &[S::Scalar],
) -> Composite<S> {
    let mut points: Vec<_> = keys.iter().map(|(_, key)| key.element.point).collect();
    let m = S::msm_vartime(weights, &points);
    let zero = S::one() - S::one();
    let sum = weights.iter().fold(zero, |sum, d| sum + *d);
    let mut scalars: Vec<_> = weights
        .iter()
        .zip(exponents)
        .map(|(d, h)| zero - *d * *h)
        .collect();
    scalars.push(sum);
    points.push(S::generator());
    Composite {
        m,
        z: S::msm_vartime(&scalars, &points),
    }
}

/// The primary public key of an issuer of attribute keys: P = a·G.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct PrimaryPublicKey<S: Suite = Ristretto255>(Element<S>);

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

    /// Checks that every key of the list is the one this issuer must have for its attributes: two multi-scalar multiplications for
    /// the whole list.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`]; [`Error::InvalidInput`] for attributes that cancel the primary key;
    /// [`Error::ProofRejected`] if any key is wrong, or the proof was made for another list or in another order.
    ///
    /// # Security
    /// This key must be authenticated, since all the others inherit their authenticity from it.
    pub fn verify(
        &self,
        keys: &[(Attributes, PublicKey<Voprf, S>)],
        proof: &DerivationProof<S>,
    ) -> Result<Vec<VerifiedKey<S>>, Error> {
        check_len(keys.len())?;
        let exponents: Vec<_> = keys
            .iter()
            .map(|(attributes, _)| exponent::<S>(attributes))
            .collect();
        let context = context::<S>();
        let elements = keys.iter().map(|(_, key)| &key.element);
        let weights = weights(&context, &self.0, &exponents, elements);
        composite(&exponents, keys, &scale_all::<S>(&weights))
            .check(&context, &self.0, &proof.0)
            .map_err(|rejected| self.reason(&exponents).unwrap_or(rejected))?;
        Ok(keys
            .iter()
            .map(|(_, key)| VerifiedKey::pin(key.clone()))
            .collect())
    }

    /// Whether the proof had to fail: with a + h = 0 there is no K such that (a + h)·K = G, so only a failure is looked into.
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
    /// [`DecodeError::Length`]; [`DecodeError::Scalar`] for a scalar that is not below the group order.
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
    a: Zeroizing<S::Scalar>,
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
            Err(DecodeError::Zero)
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
        let mut k = Zeroizing::new([*self.a + exponent::<S>(attributes)]);
        if k.iter().any(S::is_zero) {
            return Err(Error::KeyExposed);
        }
        S::invert_all(&mut *k);
        let [k] = *k;
        Ok(DerivedKey {
            key: SecretKey::new(Zeroizing::new(k)),
            attributes: attributes.clone(),
            primary: self.public.to_bytes(),
        })
    }

    /// Proves that these derived keys, 1 to [`MAX_BATCH`](crate::MAX_BATCH) of them, belong to their attributes.
    ///
    /// The issuer knows every logarithm, so this costs three fixed-base multiplications, whatever the number of keys.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`]; [`Error::InvalidInput`] for a key of another issuer.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        keys: &[&DerivedKey<S>],
    ) -> Result<DerivationProof<S>, Error> {
        check_len(keys.len())?;
        let exponents: Vec<_> = keys
            .iter()
            .map(|key| exponent::<S>(&key.attributes))
            .collect();
        let ours =
            |(key, h): (&&DerivedKey<S>, &S::Scalar)| *key.key.k * (*self.a + *h) == S::one();
        if !keys.iter().zip(&exponents).all(ours) {
            return Err(Error::InvalidInput);
        }
        let context = context::<S>();
        let elements = keys.iter().map(|key| &key.key.public.element);
        let weights = weights(&context, &self.public.0, &exponents, elements);
        let a = Zeroizing::new(S::encode_scalar(&self.a));
        let hedge = Hedge::<S>::new(rng, tags::NONCE);
        let r = hedge.scalar(&[tags::SDHI, a.as_ref(), &dleq::transcript::<S>(&weights)]);
        Ok(DerivationProof(self.respond(&context, keys, &weights, &r)))
    }

    /// M = m·G with m = Σ dⱼ·kⱼ, Z = a·M, t2 = r·G, t3 = r·M.
    fn respond(
        &self,
        context: &Context<S>,
        keys: &[&DerivedKey<S>],
        weights: &[S::Scalar],
        r: &S::Scalar,
    ) -> Proof<S> {
        let zero = S::one() - S::one();
        let terms = keys.iter().zip(weights).map(|(key, d)| *d * *key.key.k);
        let m = Zeroizing::new(S::scale(&terms.fold(zero, |sum, term| sum + term)));
        let mut logarithms = [*m, *self.a * *m, S::scale(r), *r * *m];
        let points = logarithms.map(|logarithm| S::mul_base(&logarithm));
        logarithms.zeroize();
        let c = challenge(context, &self.public.0, &points);
        Proof {
            c,
            s: *r - c * *self.a,
        }
    }
}

impl<S: Suite> Debug for PrimarySecretKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrimarySecretKey").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for PrimarySecretKey<S> {}

/// A key for one attribute list: what [`SecretKey`] can do in the mode VOPRF, and no way to take the scalar out.
///
/// # Security
/// One leaked derived key k gives the primary key away, a = 1/k - h. Hence no `to_bytes`: keep the primary key, and derive.
///
/// ```compile_fail,E0599
/// # fn demo(key: &milagro_voprf::DerivedKey) {
/// key.to_bytes();
/// # }
/// ```
pub struct DerivedKey<S: Suite = Ristretto255> {
    pub(crate) key: SecretKey<Voprf, S>,
    pub(crate) attributes: Attributes,
    /// Names the primary key: its public key, or the first point of it.
    pub(crate) primary: S::ElementBytes,
}

impl<S: Suite> DerivedKey<S> {
    /// What the key was derived for.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// K = k·G.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<Voprf, S> {
        self.key.public_key()
    }

    /// As [`SecretKey::blind_evaluate`].
    ///
    /// # Errors
    /// As there.
    pub fn blind_evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &[Blinded<S>],
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        self.key.blind_evaluate(rng, blinded)
    }

    /// As [`SecretKey::evaluate`].
    ///
    /// # Errors
    /// As there.
    pub fn evaluate(&self, input: &[u8]) -> Result<Output<S>, Error> {
        self.key.evaluate(input)
    }

    /// As [`SecretKey::evaluate_batch`].
    ///
    /// # Errors
    /// As there.
    pub fn evaluate_batch<I: AsRef<[u8]>>(&self, inputs: &[I]) -> Result<Vec<Output<S>>, Error> {
        self.key.evaluate_batch(inputs)
    }
}

impl<S: Suite> Debug for DerivedKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey")
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for DerivedKey<S> {}
