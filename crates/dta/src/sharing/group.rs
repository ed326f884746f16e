//! The groups that secrets are shared over.

use core::fmt::Debug;
use core::ops::{Add, Mul, Sub};

use milagro_base::Reader;
use milagro_curve::msm::msm_g1_vartime;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{DecodeError, G1Point, Scalar, SecretResidue, SecretScalar};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A group of prime order above 2^250 with hard discrete logarithms, and its scalars: all that sharing
/// a key needs. Layers above implement it for curves of their own.
///
/// Three kinds of value, three types: what everybody may know ([`Self::Scalar`]), what is wiped
/// ([`Self::Secret`]), and what is published about it ([`Self::Element`]).
pub trait Group: Copy + Debug + Eq + 'static {
    /// Goes into everything that is hashed.
    const NAME: &'static str;
    /// Bytes of an encoded element.
    const ELEMENT_LEN: usize;

    /// A public scalar.
    type Scalar: Copy
        + Debug
        + Eq
        + From<u64>
        + Add<Output = Self::Scalar>
        + Sub<Output = Self::Scalar>
        + Mul<Output = Self::Scalar>;
    /// A secret scalar, possibly zero; computed with in constant time, and wiped when dropped.
    type Secret: Clone + Debug + ZeroizeOnDrop;
    /// A public element, never the identity.
    type Element: Copy + Debug + Eq;

    /// Reduces 64 uniform bytes.
    fn scalar_from_wide(bytes: &[u8; 64]) -> Self::Scalar;

    /// Reads 32 bytes.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`] for any but the canonical encoding.
    fn scalar_from_bytes(bytes: &[u8; 32]) -> Result<Self::Scalar, DecodeError>;

    /// Writes 32 bytes.
    fn scalar_to_bytes(scalar: &Self::Scalar) -> [u8; 32];

    /// The inverse; `None` for zero.
    fn invert(scalar: &Self::Scalar) -> Option<Self::Scalar>;

    /// Reduces 64 uniform bytes, in constant time.
    fn secret_from_wide(bytes: &[u8; 64]) -> Self::Secret;

    /// Reads the form that [`Self::scalar_from_bytes`] reads.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`].
    fn secret_from_bytes(bytes: &[u8; 32]) -> Result<Self::Secret, DecodeError>;

    /// Writes 32 bytes into a buffer that is wiped.
    fn secret_to_bytes(secret: &Self::Secret) -> Zeroizing<[u8; 32]>;

    /// a + k·b.
    fn secret_add_product(a: &Self::Secret, b: &Self::Secret, k: &Self::Scalar) -> Self::Secret;

    /// The generator P.
    fn generator() -> Self::Element;

    /// k·P for publication, in constant time; `None` for zero.
    fn commit(k: &Self::Secret) -> Option<Self::Element>;

    /// The encoding of k·A, in constant time and in a buffer that is wiped; `None` for zero.
    fn agree(k: &Self::Secret, a: &Self::Element) -> Option<Zeroizing<Vec<u8>>>;

    /// Σ ki·Ai of public values; `None` for the identity, and unless there is one ki for each Ai.
    fn combination_vartime(a: &[Self::Element], k: &[Self::Scalar]) -> Option<Self::Element>;

    /// Writes [`Self::ELEMENT_LEN`] bytes.
    fn element_to_bytes(element: &Self::Element) -> Vec<u8>;

    /// Reads an element.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, what is not canonical, not of the right order, or the
    /// identity.
    fn element_from_bytes(bytes: &[u8]) -> Result<Self::Element, DecodeError>;
}

/// G1 of BLS12-381 with its scalars.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bls12381G1;

impl Group for Bls12381G1 {
    const NAME: &'static str = "BLS12381G1";
    const ELEMENT_LEN: usize = G1Point::LEN;

    type Scalar = Scalar;
    type Secret = SecretResidue;
    type Element = G1Point;

    fn scalar_from_wide(bytes: &[u8; 64]) -> Scalar {
        Scalar::from_wide_bytes(bytes)
    }

    fn scalar_from_bytes(bytes: &[u8; 32]) -> Result<Scalar, DecodeError> {
        Scalar::from_bytes(bytes)
    }

    fn scalar_to_bytes(scalar: &Scalar) -> [u8; 32] {
        scalar.to_bytes()
    }

    fn invert(scalar: &Scalar) -> Option<Scalar> {
        scalar.invert()
    }

    fn secret_from_wide(bytes: &[u8; 64]) -> SecretResidue {
        // Never zero: 2^-255 away from uniform, below what reducing 64 bytes costs anyway.
        SecretScalar::from_wide_bytes(bytes).to_residue()
    }

    fn secret_from_bytes(bytes: &[u8; 32]) -> Result<SecretResidue, DecodeError> {
        SecretResidue::from_bytes(bytes)
    }

    fn secret_to_bytes(secret: &SecretResidue) -> Zeroizing<[u8; 32]> {
        secret.to_bytes()
    }

    fn secret_add_product(a: &SecretResidue, b: &SecretResidue, k: &Scalar) -> SecretResidue {
        a.add(&b.mul_public(k))
    }

    fn generator() -> G1Point {
        G1Point::generator()
    }

    fn commit(k: &SecretResidue) -> Option<G1Point> {
        Some(&G1Point::generator() * &k.to_nonzero()?)
    }

    fn agree(k: &SecretResidue, a: &G1Point) -> Option<Zeroizing<Vec<u8>>> {
        let product = a.mul_secret(&k.to_nonzero()?);
        Some(Zeroizing::new(product.to_bytes().to_vec()))
    }

    fn combination_vartime(a: &[G1Point], k: &[Scalar]) -> Option<G1Point> {
        msm_g1_vartime(a, k).ok()?.to_point()
    }

    fn element_to_bytes(element: &G1Point) -> Vec<u8> {
        element.to_bytes().to_vec()
    }

    fn element_from_bytes(bytes: &[u8]) -> Result<G1Point, DecodeError> {
        G1Point::from_slice(bytes)
    }
}

/// A uniformly random secret.
pub(crate) fn random<G: Group, R: CryptoRng + ?Sized>(rng: &mut R) -> G::Secret {
    let mut wide = Zeroizing::new([0; 64]);
    rng.fill_bytes(&mut *wide);
    G::secret_from_wide(&wide)
}

/// Reads an element out of a longer message.
pub(crate) fn read_element<G: Group>(reader: &mut Reader<'_>) -> Result<G::Element, DecodeError> {
    G::element_from_bytes(reader.bytes(G::ELEMENT_LEN)?)
}

/// Reads a secret out of a longer message.
pub(crate) fn read_secret<G: Group>(reader: &mut Reader<'_>) -> Result<G::Secret, DecodeError> {
    G::secret_from_bytes(reader.array()?)
}
