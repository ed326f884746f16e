//! The steps of the protocol with the caller's blinds and nonces, for test vectors and research. **Outside
//! SemVer.**
//!
//! # Security
//! Whoever knows a blind links the output to its issuance, and whoever knows a nonce of a proof computes the
//! secret key from it.

#[cfg(feature = "acs-compat")]
pub mod acs;
#[cfg(feature = "privacypass")]
pub mod privacypass;

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::DecodeError;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::attributes::list::Attributes;
use crate::attributes::role::ATTRIBUTES;
use crate::attributes::sdhi;
use crate::error::Error;
use crate::modes::batch::Scalars;
use crate::modes::bounds::check_len;
use crate::modes::context::Context;
use crate::modes::key::{PublicKey, SecretKey};
use crate::modes::oprf::Unverified;
use crate::modes::poprf;
use crate::modes::poprf::{PendingTagged, TaggedKey, TaggedSecretKey};
use crate::modes::voprf::{Pending, VerifiedKey};
use crate::modes::wire::{Blinded, Element, Evaluated, Proof};
use crate::suite::group::Group;
use crate::suite::group::Suite;
use crate::suite::mode::{Poprf, Voprf};
use crate::suite::ristretto::Ristretto255;
use crate::suite::xmd::Tag;

/// A blind or a nonce: never zero.
pub struct Scalar<S: Suite = Ristretto255>(Zeroizing<S::Scalar>);

impl<S: Suite> Scalar<S> {
    /// Decodes a scalar in the suite's byte order.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let scalar = Zeroizing::new(S::decode_scalar(bytes)?);
        if S::is_zero(&scalar) {
            Err(DecodeError::ZeroScalar)
        } else {
            Ok(Self(scalar))
        }
    }
}

impl<S: Suite> Debug for Scalar<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for Scalar<S> {}

fn collect<S: Suite>(inputs: usize, blinds: &[Scalar<S>]) -> Result<Scalars<S>, Error> {
    check_len(inputs)?;
    if inputs != blinds.len() {
        return Err(Error::LengthMismatch);
    }
    Ok(Zeroizing::new(
        blinds.iter().map(|blind| *blind.0).collect(),
    ))
}

/// [`Unverified::blind`] with the caller's blinds.
///
/// # Errors
/// As there, and [`Error::LengthMismatch`].
pub fn blind_oprf<S: Suite, I: AsRef<[u8]>>(
    inputs: &[I],
    blinds: &[Scalar<S>],
) -> Result<(Vec<Blinded<S>>, Unverified<S>), Error> {
    Unverified::blind_with(inputs, collect(inputs.len(), blinds)?)
}

/// [`PublicKey::blind`] with the caller's blinds.
///
/// # Errors
/// As there, and [`Error::LengthMismatch`].
pub fn blind_voprf<S: Suite, I: AsRef<[u8]>>(
    key: &PublicKey<Voprf, S>,
    inputs: &[I],
    blinds: &[Scalar<S>],
) -> Result<(Vec<Blinded<S>>, Pending<S>), Error> {
    key.blind_with(inputs, collect(inputs.len(), blinds)?)
}

/// [`VerifiedKey::blind`] with the caller's blinds.
///
/// # Errors
/// As there, and [`Error::LengthMismatch`].
pub fn blind_additive<S: Suite, I: AsRef<[u8]>>(
    key: &VerifiedKey<S>,
    inputs: &[I],
    blinds: &[Scalar<S>],
) -> Result<(Vec<Blinded<S>>, Pending<S>), Error> {
    key.blind_with(inputs, collect(inputs.len(), blinds)?)
}

/// [`TaggedKey::blind`] with the caller's blinds.
///
/// # Errors
/// As there, and [`Error::LengthMismatch`].
pub fn blind_poprf<S: Suite, I: AsRef<[u8]>>(
    key: &TaggedKey<S>,
    inputs: &[I],
    blinds: &[Scalar<S>],
) -> Result<(Vec<Blinded<S>>, PendingTagged<S>), Error> {
    key.blind_with(inputs, collect(inputs.len(), blinds)?)
}

/// [`SecretKey::blind_evaluate`] with the caller's nonce.
///
/// # Errors
/// As there.
///
/// # Security
/// Two evaluations with one nonce reveal the key.
pub fn evaluate_voprf<S: Suite>(
    key: &SecretKey<Voprf, S>,
    blinded: &[Blinded<S>],
    nonce: &Scalar<S>,
) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
    key.blind_evaluate_with(&key.public.context, blinded, |_| *nonce.0)
}

/// [`TaggedSecretKey::blind_evaluate`] with the caller's nonce.
///
/// # Errors
/// As there.
///
/// # Security
/// Two evaluations with one nonce reveal the key.
pub fn evaluate_poprf<S: Suite>(
    key: &TaggedSecretKey<S>,
    blinded: &[Blinded<S>],
    nonce: &Scalar<S>,
) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
    key.blind_evaluate_with(blinded, |_| *nonce.0)
}

/// The one-way map of ristretto255 (RFC 9496, section 4.3.4), encoded.
#[must_use]
pub fn ristretto255_map(uniform: &[u8; 64]) -> [u8; 32] {
    Ristretto255::encode(&Ristretto255::map(uniform))
}

/// `hash_to_curve` of the suite's group under any tag (RFC 9380, section 3), as an element of the wire.
///
/// # Errors
/// [`Error::InvalidInput`] if the message hashes to the identity.
pub fn hash_to_group<S: Suite>(message: &[u8], tag: &[u8]) -> Result<Blinded<S>, Error> {
    let point = S::hash_to_point(&Tag::new(&[tag]), &[message]);
    if S::is_identity(&point) {
        Err(Error::InvalidInput)
    } else {
        Ok(Blinded(Element::from_point(point)))
    }
}

/// h = Hs(attributes) of the SDHI derivation, encoded: the primary key -h is the one that these attributes
/// expose.
#[must_use]
pub fn sdhi_exponent<S: Suite>(attributes: &Attributes) -> Vec<u8> {
    S::encode_scalar(&sdhi::exponent::<S>(&ATTRIBUTES, attributes.as_bytes()))
        .as_ref()
        .to_vec()
}

/// m = HashToScalar("Info" || len(info) || info) of the mode POPRF, encoded: the key -m is the one that this
/// tag exposes.
///
/// # Errors
/// [`Error::TooLong`].
pub fn poprf_tweak<S: Suite>(info: &[u8]) -> Result<Vec<u8>, Error> {
    let m = poprf::tweak::<S>(&Context::rfc::<Poprf>(), info)?;
    Ok(S::encode_scalar(&m).as_ref().to_vec())
}
