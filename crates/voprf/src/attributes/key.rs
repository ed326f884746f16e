//! Attribute keys: what a client is told, and what the issuer has.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::attributes::list::Attributes;
use crate::error::Error;
use crate::modes::key::{PublicKey, SecretKey};
use crate::modes::output::Output;
use crate::modes::wire::{Blinded, Element, Evaluated, Proof};
use crate::suite::group::Suite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;

/// A public key beside the attributes that it is said to belong to. Anybody can say so; verifying it against
/// the primary key tells.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a claim has these two parts")]
pub struct ClaimedKey<S: Suite = Ristretto255> {
    /// What it is said to be derived for.
    pub attributes: Attributes,
    /// The key.
    pub key: PublicKey<Voprf, S>,
}

/// The same, of any role.
#[derive(Clone, Copy)]
pub(crate) struct Claimed<'a, S: Suite> {
    pub(crate) list: &'a [u8],
    pub(crate) key: &'a Element<S>,
}

impl<'a, S: Suite> From<&'a ClaimedKey<S>> for Claimed<'a, S> {
    fn from(claimed: &'a ClaimedKey<S>) -> Self {
        Self {
            list: claimed.attributes.as_bytes(),
            key: &claimed.key.element,
        }
    }
}

/// A key for one attribute list: what [`SecretKey`] can do in the mode VOPRF, and no way to take the scalar
/// out.
///
/// # Security
/// One leaked key k that was derived by inversion gives the primary key away, a = 1/k - h. Hence no
/// `to_bytes`: keep the primary key, and derive.
///
/// ```compile_fail,E0599
/// # fn demo(key: &milagro_voprf::attributes::DerivedKey) {
/// key.to_bytes();
/// # }
/// ```
pub struct DerivedKey<S: Suite = Ristretto255> {
    pub(crate) key: SecretKey<Voprf, S>,
    pub(crate) attributes: Attributes,
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

    /// The public key with its attributes, for clients to verify.
    #[must_use]
    pub fn claim(&self) -> ClaimedKey<S> {
        ClaimedKey {
            attributes: self.attributes.clone(),
            key: self.public_key().clone(),
        }
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
