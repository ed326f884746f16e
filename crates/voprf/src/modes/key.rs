//! Keys of the three modes, and how they are derived (RFC 9497, section 3.2).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::marker::PhantomData;

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::context::{Context, Hedge, checked_len2};
use crate::modes::wire::{Element, hex};
use crate::suite::group::Suite;
use crate::suite::mode::Mode;
use crate::suite::ristretto::Ristretto255;
use crate::suite::xmd::Tag;
use crate::tags;

/// The public key of one mode: K = k·G.
#[derive(Clone)]
pub struct PublicKey<M: Mode, S: Suite = Ristretto255> {
    pub(crate) element: Element<S>,
    pub(crate) context: Arc<Context<S>>,
    mode: PhantomData<M>,
}

impl<M: Mode, S: Suite> PublicKey<M, S> {
    /// Decodes a public key: 32 bytes for ristretto255, 33, 49 or 67 for the NIST curves.
    ///
    /// # Errors
    /// [`DecodeError`] for anything but the canonical encoding of an element other than the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Element::from_bytes(bytes).map(Self::new)
    }

    /// The encoding: an array, `[u8; 32]` for ristretto255.
    #[must_use]
    pub const fn to_bytes(&self) -> S::ElementBytes {
        self.element.bytes
    }

    pub(crate) fn new(element: Element<S>) -> Self {
        Self {
            element,
            context: Arc::new(Context::rfc::<M>()),
            mode: PhantomData,
        }
    }
}

impl<M: Mode, S: Suite> Eq for PublicKey<M, S> {}

impl<M: Mode, S: Suite> PartialEq for PublicKey<M, S> {
    fn eq(&self, other: &Self) -> bool {
        self.element == other.element
    }
}

impl<M: Mode, S: Suite> Debug for PublicKey<M, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        hex(f, "PublicKey", self.element.as_slice())
    }
}

/// A secret key k of exactly one mode, with its public key.
pub struct SecretKey<M: Mode, S: Suite = Ristretto255> {
    /// Where it stays when this is moved: a move leaves the bytes behind.
    pub(crate) k: Box<Zeroizing<S::Scalar>>,
    pub(crate) public: PublicKey<M, S>,
}

impl<M: Mode, S: Suite> SecretKey<M, S> {
    /// A fresh key, uniform and not zero.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::new(Hedge::<S>::new(rng, tags::KEY).scalar(&[]))
    }

    /// `DeriveKeyPair` (RFC 9497, section 3.2.1): the same seed and information give the same key.
    ///
    /// # Errors
    /// [`Error::TooLong`] if `info` is longer than 65,535 bytes; [`Error::DeriveKey`] with probability
    /// 2⁻⁶⁴⁰⁰⁰.
    ///
    /// # Security
    /// The seed is the key: 32 uniform bytes, secret, used for nothing else.
    pub fn derive(seed: &[u8; 32], info: &[u8]) -> Result<Self, Error> {
        let len = checked_len2(info)?;
        let context = Context::<S>::rfc::<M>();
        let tag = Tag::new(&[tags::DERIVE_KEY_PAIR, &context.string]);
        (0..=u8::MAX)
            .map(|counter| Zeroizing::new(S::hash_to_scalar(&tag, &[seed, &len, info, &[counter]])))
            .find(|k| !S::is_zero(k))
            .map(Self::new)
            .ok_or(Error::DeriveKey)
    }

    /// Decodes a secret key: 32 bytes little-endian for ristretto255; 32, 48 or 66 bytes big-endian for the
    /// NIST curves.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let k = Zeroizing::new(S::decode_scalar(bytes)?);
        if S::is_zero(&k) {
            Err(DecodeError::ZeroScalar)
        } else {
            Ok(Self::new(k))
        }
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(Zeroizing::new(S::encode_scalar(&self.k)).as_ref().to_vec())
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<M, S> {
        &self.public
    }

    pub(crate) fn new(k: Zeroizing<S::Scalar>) -> Self {
        let public = PublicKey::new(Element::from_point(S::mul_base(&k)));
        let k = Box::new(k);
        Self { k, public }
    }
}

impl<M: Mode, S: Suite> Debug for SecretKey<M, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").finish_non_exhaustive()
    }
}

impl<M: Mode, S: Suite> ZeroizeOnDrop for SecretKey<M, S> {}
