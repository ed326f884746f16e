//! G1 of BLS12-381: no suite of RFC 9497, but one built as its section 4 builds the others, for keys that
//! pairings can check.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::ops::{Add, Mul, Sub};
use std::sync::OnceLock;

use milagro_base::DecodeError;
use milagro_curve::{
    Dst, G1Point, G1Sum, Scalar, SecretG1Sum, SecretResidue, hash::hash_to_g1, msm::msm_g1_vartime,
    table::G1Table,
};
use sha2::{Digest, Sha256};
use zeroize::{DefaultIsZeroes, Zeroize};

use crate::suite::group::Group;
use crate::suite::xmd::Tag;

/// BLS12381G1-SHA256: elements of 48 bytes compressed (the ZCash encoding), scalars of 32 bytes big-endian,
/// outputs of 32. `HashToGroup` is the suite BLS12381G1_XMD:SHA-256_SSWU_RO_ of RFC 9380, section 8.8.1,
/// `HashToScalar` its hash_to_field with L = 48.
///
/// # Security
/// The loss of security to a static Diffie-Hellman oracle is worst on this curve: about 111 bits are left
/// after 2³² evaluations.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Bls12381G1;

/// A scalar that can be wiped, secret or not.
#[derive(Clone, Copy, Eq, PartialEq)]
#[expect(unnameable_types, reason = "sealed")]
pub struct Residue(Scalar);

impl Default for Residue {
    fn default() -> Self {
        Self(Scalar::ZERO)
    }
}

impl DefaultIsZeroes for Residue {}

impl Debug for Residue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Residue").finish_non_exhaustive()
    }
}

macro_rules! operator {
    ($type:ident, $trait:ident, $method:ident) => {
        impl $trait for $type {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self($trait::$method(self.0, other.0))
            }
        }
    };
}

operator!(Residue, Add, add);
operator!(Residue, Sub, sub);
operator!(Residue, Mul, mul);

/// A point that can be wiped; it may be the identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(unnameable_types, reason = "sealed")]
pub struct Point(G1Sum);

impl Default for Point {
    fn default() -> Self {
        Self(G1Sum::zero())
    }
}

impl DefaultIsZeroes for Point {}

operator!(Point, Add, add);
operator!(Point, Sub, sub);

/// The multiples of the generator.
static GENERATOR: OnceLock<G1Table> = OnceLock::new();

/// The compressed identity, which never leaves a proof's transcript.
const IDENTITY: [u8; 48] = {
    let mut bytes = [0; 48];
    bytes[0] = 0xc0;
    bytes
};

impl Group for Bls12381G1 {
    const IDENTIFIER: &'static str = "BLS12381G1-SHA256";
    const ELEMENT_LEN: usize = 48;
    const SCALAR_LEN: usize = 32;

    type Hash = Sha256;
    type Scalar = Residue;
    type Point = Point;
    type ElementBytes = [u8; 48];
    type ScalarBytes = [u8; 32];
    type OutputBytes = [u8; 32];
    type Table = G1Table;

    fn hash_to_point(tag: &Tag<Sha256>, message: &[&[u8]]) -> Point {
        let mut message = message.concat();
        // A tag of this crate is never empty; if it were, the identity is refused by every caller.
        let point = Dst::new(tag.dst()).map(|dst| hash_to_g1(&message, dst).into());
        message.zeroize();
        point.map_or_else(|_| Point::default(), Point)
    }

    fn hash_to_scalar(tag: &Tag<Sha256>, message: &[&[u8]]) -> Residue {
        let mut uniform = tag.expand::<48>(message);
        let scalar = Scalar::from_wide_bytes(&uniform);
        uniform.zeroize();
        Residue(scalar)
    }

    fn output(hash: Sha256) -> [u8; 32] {
        hash.finalize().into()
    }

    fn decode(bytes: &[u8]) -> Result<(Point, [u8; 48]), DecodeError> {
        let bytes = bytes.try_into().map_err(|_| DecodeError::Length)?;
        let point = G1Point::from_bytes(&bytes)?;
        Ok((Point(point.into()), bytes))
    }

    fn encode(point: &Point) -> [u8; 48] {
        point
            .0
            .to_point()
            .map_or(IDENTITY, |point| point.to_bytes())
    }

    fn decode_scalar(bytes: &[u8]) -> Result<Residue, DecodeError> {
        let bytes = bytes.try_into().map_err(|_| DecodeError::Length)?;
        Scalar::from_bytes(&bytes).map(Residue)
    }

    fn encode_scalar(scalar: &Residue) -> [u8; 32] {
        scalar.0.to_bytes()
    }

    fn scale(scalar: &Residue) -> Residue {
        *scalar
    }

    fn unscale(point: &Point) -> Point {
        *point
    }

    fn encode_scaled(points: &[Point]) -> Vec<[u8; 48]> {
        let sums: Vec<_> = points.iter().map(|point| point.0).collect();
        match G1Sum::batch_to_points(&sums) {
            Some(points) => points.iter().map(G1Point::to_bytes).collect(),
            None => points.iter().map(Self::encode).collect(),
        }
    }

    fn generator() -> Point {
        Point(G1Point::generator().into())
    }

    fn is_identity(point: &Point) -> bool {
        point.0.is_identity()
    }

    fn is_zero(scalar: &Residue) -> bool {
        scalar.0.is_zero()
    }

    fn one() -> Residue {
        Residue(Scalar::ONE)
    }

    fn invert_all(scalars: &mut [Residue]) {
        for scalar in scalars {
            scalar.0 = scalar.0.invert().unwrap_or(Scalar::ZERO);
        }
    }

    fn mul(point: &Point, scalar: &Residue) -> Point {
        let Some(point) = point.0.to_point() else {
            return Point::default();
        };
        let mut bytes = scalar.0.to_bytes();
        let product = SecretResidue::from_bytes(&bytes)
            .ok()
            .and_then(|scalar| SecretG1Sum::zero().add_product(&point, &scalar).to_secret());
        bytes.zeroize();
        product.map_or_else(Point::default, |product| Point(product.declassify().into()))
    }

    fn mul_base(scalar: &Residue) -> Point {
        let table = GENERATOR.get_or_init(|| G1Table::new(&G1Point::generator()));
        Point(table.mul_scalar(&scalar.0))
    }

    fn table(base: &Point) -> G1Table {
        // The base is a decoded public key, which is not the identity.
        G1Table::new(&base.0.to_point().unwrap_or_else(G1Point::generator))
    }

    fn mul_table(table: &G1Table, scalar: &Residue) -> Point {
        Point(table.mul_scalar(&scalar.0))
    }

    fn msm_vartime(scalars: &[Residue], points: &[Point]) -> Point {
        let terms = scalars
            .iter()
            .zip(points)
            .filter(|(_, point)| !point.0.is_identity());
        let (scalars, sums): (Vec<_>, Vec<_>) =
            terms.map(|(scalar, point)| (scalar.0, point.0)).unzip();
        let points = G1Sum::batch_to_points(&sums).unwrap_or_default();
        msm_g1_vartime(&points, &scalars).map_or_else(|_| Point::default(), Point)
    }

    fn double_mul_base_vartime(a: &Residue, point: &Point, b: &Residue) -> Point {
        Self::msm_vartime(&[*a, *b], &[*point, Self::generator()])
    }
}
