//! The groups of the suites, as `milagro-dta` shares secrets over them.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::ops::{Add, Mul, Sub};

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use milagro_base::DecodeError;
use milagro_dta::sharing;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::suite::group::{Group, Suite};
use crate::suite::ristretto::Ristretto255;

/// A suite whose keys can be shared: [`Ristretto255`], and with the feature `bls12381` its
/// [`Bls12381G1`](crate::suite::Bls12381G1).
///
/// Shares, commitments and ceremonies are those of `milagro-dta`, over this suite's own group:
///
/// ```
/// use milagro_voprf::modes::threshold::Shared;
/// use milagro_voprf::Ristretto255;
/// fn group<G: milagro_dta::sharing::Group>() {}
/// group::<<Ristretto255 as Shared>::Sharing>();
/// ```
pub trait Shared: Suite {
    /// The group as `milagro-dta` knows it, with the suite's own encodings of elements and scalars.
    type Sharing: sharing::Group;
}

impl Shared for Ristretto255 {
    type Sharing = Self;
}

#[cfg(feature = "bls12381")]
impl Shared for crate::suite::bls12381::Bls12381G1 {
    type Sharing = sharing::Bls12381G1;
}

/// A public scalar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(unnameable_types, reason = "named by the trait alone")]
pub struct PublicScalar(Scalar);

/// A secret scalar, possibly zero.
#[derive(Clone, ZeroizeOnDrop)]
#[expect(unnameable_types, reason = "named by the trait alone")]
pub struct ShareScalar(Scalar);

/// A public element, never the identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(unnameable_types, reason = "named by the trait alone")]
pub struct PublicElement(RistrettoPoint);

impl Debug for ShareScalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareScalar").finish_non_exhaustive()
    }
}

impl From<u64> for PublicScalar {
    fn from(number: u64) -> Self {
        Self(Scalar::from(number))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl $trait for PublicScalar {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self($trait::$method(self.0, other.0))
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);

impl PublicElement {
    fn new(point: RistrettoPoint) -> Option<Self> {
        (!Ristretto255::is_identity(&point)).then_some(Self(point))
    }
}

impl sharing::Group for Ristretto255 {
    const NAME: &'static str = "ristretto255";
    const ELEMENT_LEN: usize = 32;

    type Scalar = PublicScalar;
    type Secret = ShareScalar;
    type Element = PublicElement;

    fn scalar_from_wide(bytes: &[u8; 64]) -> PublicScalar {
        PublicScalar(Scalar::from_bytes_mod_order_wide(bytes))
    }

    fn scalar_from_bytes(bytes: &[u8; 32]) -> Result<PublicScalar, DecodeError> {
        Self::decode_scalar(bytes).map(PublicScalar)
    }

    fn scalar_to_bytes(scalar: &PublicScalar) -> [u8; 32] {
        scalar.0.to_bytes()
    }

    fn invert(scalar: &PublicScalar) -> Option<PublicScalar> {
        (scalar.0 != Scalar::ZERO).then(|| PublicScalar(scalar.0.invert()))
    }

    fn secret_from_wide(bytes: &[u8; 64]) -> ShareScalar {
        ShareScalar(Scalar::from_bytes_mod_order_wide(bytes))
    }

    fn secret_from_bytes(bytes: &[u8; 32]) -> Result<ShareScalar, DecodeError> {
        Self::decode_scalar(bytes).map(ShareScalar)
    }

    fn secret_to_bytes(secret: &ShareScalar) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(secret.0.to_bytes())
    }

    fn secret_add_product(a: &ShareScalar, b: &ShareScalar, k: &PublicScalar) -> ShareScalar {
        ShareScalar(a.0 + b.0 * k.0)
    }

    fn generator() -> PublicElement {
        PublicElement(RISTRETTO_BASEPOINT_POINT)
    }

    fn commit(k: &ShareScalar) -> Option<PublicElement> {
        PublicElement::new(Self::mul_base(&k.0))
    }

    fn agree(k: &ShareScalar, a: &PublicElement) -> Option<Zeroizing<Vec<u8>>> {
        let product = Zeroizing::new(a.0 * k.0);
        if Self::is_identity(&product) {
            return None;
        }
        let encoded = Zeroizing::new(Self::encode(&product));
        Some(Zeroizing::new(encoded.to_vec()))
    }

    fn combination_vartime(a: &[PublicElement], k: &[PublicScalar]) -> Option<PublicElement> {
        if a.len() != k.len() {
            return None;
        }
        let scalars = k.iter().map(|scalar| scalar.0);
        let points = a.iter().map(|element| element.0);
        PublicElement::new(RistrettoPoint::vartime_multiscalar_mul(scalars, points))
    }

    fn element_to_bytes(element: &PublicElement) -> Vec<u8> {
        Self::encode(&element.0).to_vec()
    }

    fn element_from_bytes(bytes: &[u8]) -> Result<PublicElement, DecodeError> {
        let (point, _) = Self::decode(bytes)?;
        Ok(PublicElement(point))
    }
}
