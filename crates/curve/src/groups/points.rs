//! What the points of both groups share. G1 and G2 are mirrors; each macro is one idea.

/// A public point of order r, never the identity: decoding, encoding, equality, arithmetic.
macro_rules! public_point {
    ($point:ident, $sum:ident, $secret:ident, $affine:ident, $projective:ident, $len:literal) => {
        impl $point {
            /// Bytes of the compressed encoding.
            pub const LEN: usize = $len;
            /// Bytes of the uncompressed encoding.
            pub const UNCOMPRESSED_LEN: usize = 2 * $len;

            /// The standard generator.
            #[must_use]
            pub fn generator() -> Self {
                Self($affine::generator())
            }

            /// Reads the compressed encoding (that of ZCash and the IETF drafts on BLS signatures).
            ///
            /// # Errors
            /// [`DecodeError`]: not canonical, not on the curve, outside the subgroup, the identity.
            pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
                Self::checked($affine::from_compressed(bytes)?)
            }

            /// Reads the uncompressed encoding: x, y, no flags.
            ///
            /// # Errors
            /// As [`Self::from_bytes`].
            pub fn from_uncompressed(
                bytes: &[u8; Self::UNCOMPRESSED_LEN],
            ) -> Result<Self, DecodeError> {
                Self::checked($affine::from_uncompressed(bytes)?)
            }

            /// Reads a compressed encoding of unknown length.
            ///
            /// # Errors
            /// [`DecodeError::Length`], or as [`Self::from_bytes`].
            pub fn from_slice(bytes: &[u8]) -> Result<Self, DecodeError> {
                Self::from_bytes(bytes.try_into().map_err(|_| DecodeError::Length)?)
            }

            /// Reads compressed encodings that follow each other. A subgroup check cannot be shared among
            /// points (a random sum misses a component of order 3 every third time), so this costs what
            /// single reads cost; it names the point that is none.
            ///
            /// # Errors
            /// [`BatchDecodeError`], with [`DecodeError::Length`] for bytes that are left over.
            pub fn batch_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, BatchDecodeError> {
                let (encodings, rest) = bytes.as_chunks::<{ $len }>();
                let whole = encodings.iter().map(Self::from_bytes);
                let rest = (!rest.is_empty()).then_some(Err(DecodeError::Length));
                (0..)
                    .zip(whole.chain(rest))
                    .map(|(index, point)| point.map_err(|error| BatchDecodeError { index, error }))
                    .collect()
            }

            /// Writes the compressed encoding.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; Self::LEN] {
                self.0.to_compressed()
            }

            /// Writes the uncompressed encoding.
            #[must_use]
            pub fn to_uncompressed(&self) -> [u8; Self::UNCOMPRESSED_LEN] {
                self.0.to_uncompressed()
            }

            /// k·self as a secret, in constant time.
            #[must_use]
            pub fn mul_secret(&self, k: &SecretScalar) -> $secret {
                $secret((self * k).0)
            }

            fn checked(point: $affine) -> Result<Self, DecodeError> {
                if point.is_identity().into() {
                    Err(DecodeError::Identity)
                } else if point.in_subgroup().into() {
                    Ok(Self(point))
                } else {
                    Err(DecodeError::NotInSubgroup)
                }
            }
        }

        /// k·P for publication, in constant time; never the identity.
        impl Mul<&SecretScalar> for &$point {
            type Output = $point;
            fn mul(self, k: &SecretScalar) -> $point {
                $point($projective::from(self.0).mul(&k.0).to_affine())
            }
        }

        /// k·P, in constant time.
        impl Mul<&Scalar> for &$point {
            type Output = $sum;
            fn mul(self, k: &Scalar) -> $sum {
                $sum($projective::from(self.0).mul(&k.0))
            }
        }

        impl Add for $point {
            type Output = $sum;
            fn add(self, other: Self) -> $sum {
                $sum::from(self) + other
            }
        }

        impl Sub for $point {
            type Output = $sum;
            fn sub(self, other: Self) -> $sum {
                $sum::from(self) + -other
            }
        }

        impl Neg for $point {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.neg())
            }
        }

        impl PartialEq for $point {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }
        impl Eq for $point {}

        impl fmt::Debug for $point {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($point), "(0x"))?;
                for byte in self.to_bytes() {
                    write!(f, "{byte:02x}")?;
                }
                f.write_str(")")
            }
        }
    };
}

/// A sum of public points, which may be the identity and so is no point yet.
macro_rules! public_sum {
    ($sum:ident, $point:ident, $projective:ident) => {
        impl $sum {
            /// The empty sum.
            #[must_use]
            pub fn zero() -> Self {
                Self($projective::default())
            }

            /// The sum as a point; `None` for the identity.
            #[must_use]
            pub fn to_point(&self) -> Option<$point> {
                let point = self.0.to_affine();
                (!bool::from(point.is_identity())).then_some($point(point))
            }

            /// Many sums as points with one inversion; `None` if any is the identity.
            #[must_use]
            pub fn batch_to_points(sums: &[Self]) -> Option<Vec<$point>> {
                let sums: Vec<_> = sums.iter().map(|sum| sum.0).collect();
                $projective::batch_to_affine(&sums)
                    .into_iter()
                    .map(|point| (!bool::from(point.is_identity())).then_some($point(point)))
                    .collect()
            }

            /// Whether the sum is the identity.
            #[must_use]
            pub fn is_identity(&self) -> bool {
                self.0.to_affine().is_identity().into()
            }
        }

        impl From<$point> for $sum {
            fn from(point: $point) -> Self {
                Self(point.0.into())
            }
        }

        impl Add for $sum {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.add(&other.0))
            }
        }

        impl Add<$point> for $sum {
            type Output = Self;
            fn add(self, other: $point) -> Self {
                Self(self.0.add_affine(&other.0))
            }
        }

        impl Sub for $sum {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                self + -other
            }
        }

        impl Neg for $sum {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.neg())
            }
        }

        impl PartialEq for $sum {
            fn eq(&self, other: &Self) -> bool {
                self.0.to_affine().ct_eq(&other.0.to_affine()).into()
            }
        }
        impl Eq for $sum {}

        impl fmt::Debug for $sum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.to_point() {
                    Some(point) => point.fmt(f),
                    None => f.write_str("identity"),
                }
            }
        }
    };
}

/// A secret point of order r, never the identity, and a sum of such points.
macro_rules! secret_point {
    ($secret:ident, $sum:ident, $point:ident, $affine:ident, $projective:ident) => {
        impl $secret {
            /// Bytes of the compressed encoding.
            pub const LEN: usize = $point::LEN;

            /// Reads the compressed encoding.
            ///
            /// # Errors
            /// As for the public point.
            pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
                $point::from_bytes(bytes).map(|point| Self(point.0))
            }

            /// Writes the compressed encoding into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
                Zeroizing::new(self.0.to_compressed())
            }

            /// Reads the uncompressed encoding: x, y, no flags.
            ///
            /// # Errors
            /// As for the public point.
            pub fn from_uncompressed(
                bytes: &[u8; $point::UNCOMPRESSED_LEN],
            ) -> Result<Self, DecodeError> {
                $point::from_uncompressed(bytes).map(|point| Self(point.0))
            }

            /// Writes the uncompressed encoding into a buffer that is wiped.
            #[must_use]
            pub fn to_uncompressed(&self) -> Zeroizing<[u8; $point::UNCOMPRESSED_LEN]> {
                Zeroizing::new(self.0.to_uncompressed())
            }

            /// k·self, in constant time.
            #[must_use]
            pub fn mul(&self, k: &SecretScalar) -> Self {
                Self($projective::from(self.0).mul(&k.0).to_affine())
            }

            /// Makes the point public. The name is there to be looked for in reviews.
            #[must_use]
            pub fn declassify(self) -> $point {
                $point(self.0)
            }
        }

        impl From<$point> for $secret {
            fn from(point: $point) -> Self {
                Self(point.0)
            }
        }

        impl ConstantTimeEq for $secret {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.0.ct_eq(&other.0)
            }
        }

        impl $sum {
            /// The empty sum.
            #[must_use]
            pub fn zero() -> Self {
                Self($projective::default())
            }

            /// The sum with a secret point.
            #[must_use]
            pub fn add(&self, other: &$secret) -> Self {
                Self(self.0.add_affine(&other.0))
            }

            /// The sum with k·P, in constant time.
            #[must_use]
            pub fn add_product(&self, point: &$point, k: &SecretResidue) -> Self {
                Self(self.0.add(&$projective::from(point.0).mul(&k.0)))
            }

            /// The sum with k·P for a secret point and a public scalar, in constant time.
            #[must_use]
            pub fn add_multiple(&self, secret: &$secret, k: &Scalar) -> Self {
                Self(self.0.add(&$projective::from(secret.0).mul(&k.0)))
            }

            /// The sum as a secret point; `None` for the identity.
            #[must_use]
            pub fn to_secret(&self) -> Option<$secret> {
                let point = self.0.to_affine();
                (!bool::from(point.is_identity())).then_some($secret(point))
            }
        }
        wiped!($secret, $sum);
    };
}

pub(crate) use {public_point, public_sum, secret_point};
