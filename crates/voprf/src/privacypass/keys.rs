//! An issuer's keys, which serve nothing but Privacy Pass tokens of one type.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::key::SecretKey;
use crate::modes::output::Output;
use crate::modes::wire::{Blinded, Evaluated, Proof};
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::token::{Statement, TokenKeyId};
use crate::privacypass::window::Window;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;

/// Version byte of a stored key.
const VERSION: u8 = 1;
/// RFC 9578, section 5.5.
const INFO: &[u8] = b"PrivacyPass";

/// An issuer's secret key with its window: it evaluates requests of one token type and checks its tokens, and nothing
/// else, since RFC 9578, section 5.5, forbids to use it in other protocols.
pub struct IssuerSecretKey<S: TokenSuite = Ristretto255> {
    key: SecretKey<Voprf, S>,
    id: TokenKeyId,
    window: Window,
}

impl<S: TokenSuite> IssuerSecretKey<S> {
    /// A fresh key for that window.
    ///
    /// # Errors
    /// [`Error::DeriveKey`] with probability 2⁻⁶⁴⁰⁰⁰.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R, window: Window) -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        Self::derive(&seed, window)
    }

    /// The key of a seed and a window: DeriveKeyPair(seed, "PrivacyPass" || token type || opens || closes || ends ||
    /// leeway), so that no other window has the key (RFC 9497, section 3.2.1; RFC 9578, section 5.5, recommends the
    /// first eleven bytes of the information).
    ///
    /// # Errors
    /// [`Error::DeriveKey`] with probability 2⁻⁶⁴⁰⁰⁰.
    ///
    /// # Security
    /// The seed is the key: 32 uniform bytes, secret, used for nothing else.
    pub fn derive(seed: &[u8; 32], window: Window) -> Result<Self, Error> {
        let info = Writer::new().bytes(INFO).bytes(&S::TYPE.to_bytes());
        SecretKey::derive(seed, &window.write(info).finish()).map(|key| Self::new(key, window))
    }

    /// Takes over the key of another program: a scalar as RFC 9497 encodes it.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    ///
    /// # Security
    /// The window is the key's for ever: under another one, tokens that were spent are good once more. Where the other
    /// program has taken tokens of this key, the window opens when that program began to: then a ledger that is younger
    /// answers [`Over`](milagro_ledger::Refused::Over). In a window that opens later they are good once more, since no
    /// token says when it was drawn.
    pub fn import(scalar: &[u8], window: Window) -> Result<Self, DecodeError> {
        SecretKey::from_bytes(scalar).map(|key| Self::new(key, window))
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// [`DecodeError::Version`]; [`DecodeError::Value`] for another token type or times that are no window; else as
    /// [`Self::import`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        if reader.u16()? != S::TYPE.get() {
            return Err(DecodeError::Value);
        }
        let window = Window::read(&mut reader)?;
        let scalar = reader.bytes(S::SCALAR_LEN)?;
        reader.finish()?;
        Self::import(scalar, window)
    }

    /// The bytes to store: version, token type, window and scalar, in 67 bytes for type 0x0005 and 83 for 0x0001.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let length = 1_usize + 2 + Window::LEN;
        let head = Writer::with_capacity(length.saturating_add(S::SCALAR_LEN)).u8(VERSION);
        let head = self.window.write(head.bytes(&S::TYPE.to_bytes()));
        Zeroizing::new(head.bytes(&self.key.to_bytes()).finish())
    }

    /// The public key as directories and challenges carry it: 49 bytes for type 0x0001, 32 for 0x0005.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.key.public_key().to_bytes().as_ref().to_vec()
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &TokenKeyId {
        &self.id
    }

    /// When it issues, and how long its tokens are worth something.
    #[must_use]
    pub const fn window(&self) -> &Window {
        &self.window
    }

    pub(super) fn evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &[Blinded<S>],
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        self.key.blind_evaluate(rng, blinded)
    }

    /// The authenticators of 1 to [`MAX_BATCH`](crate::MAX_BATCH) tokens.
    pub(super) fn authenticators(&self, tokens: &[&Statement]) -> Result<Vec<Output<S>>, Error> {
        let inputs: Vec<_> = tokens.iter().map(|token| token.input::<S>()).collect();
        let inputs: Vec<&[u8]> = inputs.iter().map(|input| input.as_slice()).collect();
        self.key.evaluate_batch(&inputs)
    }

    fn new(key: SecretKey<Voprf, S>, window: Window) -> Self {
        let id = TokenKeyId::of(key.public_key());
        Self { key, id, window }
    }
}

impl<S: TokenSuite> fmt::Debug for IssuerSecretKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerSecretKey")
            .field("id", &self.id)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl<S: TokenSuite> ZeroizeOnDrop for IssuerSecretKey<S> {}

/// The keys of an issuer: what an [`Issuer`](super::Issuer) answers with and an [`Origin`](super::Origin) checks with.
pub struct IssuerKeys<S: TokenSuite = Ristretto255> {
    keys: BTreeMap<u8, Arc<IssuerSecretKey<S>>>,
}

/// Another key has the same last byte of its id, which is all that a request says of it: draw another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyIdTaken(());

impl<S: TokenSuite> IssuerKeys<S> {
    /// No keys.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            keys: BTreeMap::new(),
        }
    }

    /// Adds a key, and gives its id.
    ///
    /// # Errors
    /// [`KeyIdTaken`], also for a key that is there already: it keeps its window.
    pub fn insert(&mut self, key: IssuerSecretKey<S>) -> Result<TokenKeyId, KeyIdTaken> {
        let id = *key.id();
        if self.keys.contains_key(&id.truncated()) {
            return Err(KeyIdTaken(()));
        }
        self.keys.insert(id.truncated(), Arc::new(key));
        Ok(id)
    }

    /// Takes a key out: its tokens are worth nothing from now on.
    pub fn remove(&mut self, id: &TokenKeyId) {
        if self.key(id).is_some() {
            self.keys.remove(&id.truncated());
        }
    }

    /// The keys in the order in which clients shall prefer them: the one that opens last comes first, and counts from
    /// its `not-before` on (RFC 9578, section 4).
    #[must_use]
    pub fn preferred(&self) -> Vec<&IssuerSecretKey<S>> {
        let mut keys: Vec<_> = self.keys.values().map(|key| &**key).collect();
        keys.sort_by_key(|key| core::cmp::Reverse(key.window.opens()));
        keys
    }

    /// The key that an [`Offer`](super::http::Offer) names at time `now`: of those that issue, the one that opened last.
    /// [`Directory::key`](super::Directory::key) gives the same one to clients; the first of [`Self::preferred`] may not
    /// have opened.
    #[must_use]
    pub fn current(&self, now: Seconds) -> Option<&IssuerSecretKey<S>> {
        let issues = |window: &Window| window.opens() <= now && now < window.closes();
        let mut keys = self.preferred().into_iter();
        keys.find(|key| issues(&key.window))
    }

    pub(super) fn by_truncated(&self, truncated: u8) -> Option<&Arc<IssuerSecretKey<S>>> {
        self.keys.get(&truncated)
    }

    pub(super) fn key(&self, id: &TokenKeyId) -> Option<&Arc<IssuerSecretKey<S>>> {
        let key = self.keys.get(&id.truncated());
        key.filter(|key| key.id() == id)
    }
}

impl<S: TokenSuite> Default for IssuerKeys<S> {
    fn default() -> Self {
        Self::new()
    }
}

milagro_base::opaque_debug!(IssuerKeys<S: TokenSuite>);

impl fmt::Display for KeyIdTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another key has the same truncated id")
    }
}

impl core::error::Error for KeyIdTaken {}
