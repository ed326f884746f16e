//! What a token is told apart by.

use alloc::boxed::Box;
use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::tags;
use crate::tokens::frame::{digest, framed};
use crate::tokens::plan::KeyId;
use crate::tokens::signature;

/// What a token is told apart by: 32 bytes that its client chose, unknown to the issuer until it is spent.
/// Random, or the hash of a verification key. It is not printed: until the last use of its token, whoever may
/// draw tokens can draw that one again.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Nonce([u8; Self::LEN]);

milagro_base::opaque_debug!(Nonce);

impl Nonce {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads a nonce; every value of 32 bytes is one.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0
    }

    /// SHA-256(⟨label⟩ ‖ ⟨verification key⟩)
    pub(super) fn of_key(key: &[u8; signature::KEY_LEN]) -> Self {
        Self(digest(&[tags::TOKEN_NONCE_KEY, key]))
    }

    pub(super) const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl Zeroize for Nonce {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Where nonces come from. It enters whatever a nonce enters, so a token of one form is none of the other:
/// whoever sees a nonce that is a key's hash cannot draw it as a random one and go without the key.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Form {
    /// Random.
    Plain,
    /// The hash of a verification key that signs redemptions.
    Keyed,
}

impl Form {
    pub(super) const fn to_byte(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Keyed => 1,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Plain),
            1 => Ok(Self::Keyed),
            _ => Err(DecodeError::Value),
        }
    }
}

/// A nonce with its form: what a token of a given key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tokens) struct Name {
    pub(in crate::tokens) form: Form,
    pub(in crate::tokens) nonce: Nonce,
}

impl Name {
    /// The input of the pseudorandom function that stands for this token: x = ⟨label⟩ ‖ ⟨key id⟩ ‖ ⟨form⟩ ‖
    /// ⟨nonce⟩.
    pub(in crate::tokens) fn input(&self, key_id: &KeyId) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(framed(&[
            tags::TOKEN_INPUT,
            key_id.as_bytes(),
            &[self.form.to_byte()],
            self.nonce.as_bytes(),
        ]))
    }
}

/// What a client keeps to have its nonce: the nonce, or the seed of the signing key that it is the hash of.
/// On the heap, so that moving it leaves no copy behind.
pub(super) struct Origin {
    form: Form,
    seed: Box<Zeroizing<[u8; Self::LEN]>>,
}

impl Origin {
    pub(super) const LEN: usize = 32;

    pub(super) fn draw<R: CryptoRng + ?Sized>(rng: &mut R, form: Form) -> Self {
        let mut origin = Self::new(form, &[0; Self::LEN]);
        rng.fill_bytes(&mut **origin.seed);
        origin
    }

    pub(super) fn new(form: Form, seed: &[u8; Self::LEN]) -> Self {
        Self {
            form,
            seed: Box::new(Zeroizing::new(*seed)),
        }
    }

    pub(super) const fn form(&self) -> Form {
        self.form
    }

    pub(super) fn seed(&self) -> &[u8; Self::LEN] {
        &self.seed
    }

    pub(super) fn name(&self) -> Name {
        let nonce = match self.form {
            Form::Plain => Nonce(**self.seed),
            Form::Keyed => Nonce::of_key(&signature::public(&self.seed)),
        };
        Name {
            form: self.form,
            nonce,
        }
    }
}

impl ZeroizeOnDrop for Origin {}
