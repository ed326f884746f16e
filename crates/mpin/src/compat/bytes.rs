//! What types of the same kind have in common: how they are read and written.

/// How secret scalars are made, read and written.
macro_rules! secret_scalar {
    ($name:ident) => {
        impl $name {
            /// A new one, uniformly random.
            pub fn random<R: ::milagro_curve::rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
                Self(::milagro_curve::SecretScalar::random(rng))
            }

            /// Reads 16 zero bytes and a scalar.
            ///
            /// # Errors
            /// As for [`encoding::secret_scalar_from_bytes`](crate::compat::encoding::secret_scalar_from_bytes).
            pub fn from_bytes(bytes: &[u8; 48]) -> Result<Self, ::milagro_base::DecodeError> {
                $crate::compat::encoding::secret_scalar_from_bytes(bytes).map(Self)
            }

            /// Writes 16 zero bytes and the scalar into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> ::zeroize::Zeroizing<[u8; 48]> {
                $crate::compat::encoding::secret_scalar_to_bytes(&self.0)
            }
        }
        impl ::zeroize::ZeroizeOnDrop for $name {}
    };
}
pub(super) use secret_scalar;

/// The one encoding of the secrets in G1.
macro_rules! secret_g1 {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads `04 || x || y`.
            ///
            /// # Errors
            /// As for [`encoding::g1_from_bytes`](crate::compat::encoding::g1_from_bytes).
            pub fn from_bytes(bytes: &[u8; 97]) -> Result<Self, ::milagro_base::DecodeError> {
                $crate::compat::encoding::secret_g1_from_bytes(bytes).map(Self)
            }

            /// Writes `04 || x || y` into a buffer that is wiped.
            #[must_use]
            pub fn to_bytes(&self) -> ::zeroize::Zeroizing<[u8; 97]> {
                $crate::compat::encoding::secret_g1_to_bytes(&self.0)
            }
        }
        impl ::zeroize::ZeroizeOnDrop for $name {}
    )*};
}
pub(super) use secret_g1;

/// The three encodings of the secrets in G2.
macro_rules! secret_g2 {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads Milagro's `x.c0 || x.c1 || y.c0 || y.c1`.
            ///
            /// # Errors
            /// As for [`encoding::g2_from_milagro`](crate::compat::encoding::g2_from_milagro).
            pub fn from_milagro(bytes: &[u8; 192]) -> Result<Self, ::milagro_base::DecodeError> {
                $crate::compat::encoding::secret_g2_from_milagro(bytes).map(Self)
            }

            /// Reads MIRACL Core's `04 || x.c1 || x.c0 || y.c1 || y.c0`.
            ///
            /// # Errors
            /// As for [`encoding::g2_from_miracl`](crate::compat::encoding::g2_from_miracl).
            pub fn from_miracl(bytes: &[u8; 193]) -> Result<Self, ::milagro_base::DecodeError> {
                $crate::compat::encoding::g2_from_miracl(bytes).map(|point| Self(point.into()))
            }

            /// Reads MIRACL Core's short form.
            ///
            /// # Errors
            /// As for [`encoding::g2_from_compressed`](crate::compat::encoding::g2_from_compressed).
            pub fn from_compressed(bytes: &[u8; 97]) -> Result<Self, ::milagro_base::DecodeError> {
                $crate::compat::encoding::g2_from_compressed(bytes).map(|point| Self(point.into()))
            }

            /// Writes what [`Self::from_milagro`] reads, into a buffer that is wiped.
            #[must_use]
            pub fn to_milagro(&self) -> ::zeroize::Zeroizing<[u8; 192]> {
                $crate::compat::encoding::secret_g2_to_milagro(&self.0)
            }

            /// Writes what [`Self::from_miracl`] reads, into a buffer that is wiped.
            #[must_use]
            pub fn to_miracl(&self) -> ::zeroize::Zeroizing<[u8; 193]> {
                $crate::compat::encoding::secret_g2_to_miracl(&self.0)
            }
        }
        impl ::zeroize::ZeroizeOnDrop for $name {}
    )*};
}
pub(super) use secret_g2;

/// A message that is one point of G1.
macro_rules! point_message {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads `04 || x || y`.
            ///
            /// # Errors
            /// As for [`encoding::g1_from_bytes`](crate::compat::encoding::g1_from_bytes).
            pub fn from_bytes(bytes: &[u8; 97]) -> Result<Self, ::milagro_base::DecodeError> {
                $crate::compat::encoding::g1_from_bytes(bytes).map(Self)
            }

            /// Writes `04 || x || y`.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; 97] {
                $crate::compat::encoding::g1_to_bytes(&self.0)
            }
        }
    )*};
}
pub(super) use point_message;

/// A message of a time, U and V.
macro_rules! timed_message {
    ($name:ident) => {
        impl $name {
            /// As received.
            #[must_use]
            pub const fn new(time: u32, u: Commitment, v: Response) -> Self {
                Self(Timed { time, u, v })
            }

            /// When the client says that it made this.
            #[must_use]
            pub const fn time(&self) -> u32 {
                self.0.time
            }

            /// U.
            #[must_use]
            pub const fn commitment(&self) -> &Commitment {
                &self.0.u
            }

            /// V.
            #[must_use]
            pub const fn response(&self) -> &Response {
                &self.0.v
            }
        }
    };
}
pub(super) use timed_message;
