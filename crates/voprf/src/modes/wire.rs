//! What crosses the wire. Each value carries its point and its bytes, so that nothing is encoded twice.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::DecodeError;

use crate::modes::bounds::MAX_BATCH;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;

/// A group element, never the identity, with its encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Element<S: Suite> {
    pub(crate) point: S::Point,
    pub(crate) bytes: S::ElementBytes,
}

impl<S: Suite> Element<S> {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (point, bytes) = S::decode(bytes)?;
        Ok(Self { point, bytes })
    }

    pub(crate) fn from_point(point: S::Point) -> Self {
        Self {
            point,
            bytes: S::encode(&point),
        }
    }

    /// From the products of scaled scalars, which are what [`Suite`]'s encodings share their work on.
    pub(crate) fn from_scaled(points: &[S::Point]) -> impl Iterator<Item = Self> {
        let encoded = S::encode_scaled(points);
        points.iter().zip(encoded).map(|(point, bytes)| Self {
            point: S::unscale(point),
            bytes,
        })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

macro_rules! element {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, PartialEq)]
        pub struct $name<S: Suite = Ristretto255>(pub(crate) Element<S>);

        impl<S: Suite> $name<S> {
            /// Decodes one element: 32 bytes for ristretto255, 33, 49 or 67 for the NIST curves.
            ///
            /// # Errors
            /// [`DecodeError`] for anything but the canonical encoding of an element other than the identity.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                Element::from_bytes(bytes).map(Self)
            }

            /// Decodes a list: encodings one after another, 1 to [`MAX_BATCH`] of them.
            ///
            /// # Errors
            /// [`DecodeError`] as [`Self::from_bytes`], and for lists of another length.
            ///
            /// # Security
            /// Each element takes microseconds. Whoever expects fewer than [`MAX_BATCH`] compares the length
            /// first.
            pub fn list_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, DecodeError> {
                list(bytes, S::ELEMENT_LEN)?.map(Self::from_bytes).collect()
            }

            /// The encoding: an array, `[u8; 32]` for ristretto255.
            #[must_use]
            pub const fn to_bytes(&self) -> S::ElementBytes {
                self.0.bytes
            }
        }

        impl<S: Suite> Debug for $name<S> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                hex(f, stringify!($name), self.0.as_slice())
            }
        }
    };
}

element!(
    /// Client to issuer: an input under a blind.
    Blinded
);
element!(
    /// Issuer to client: a blinded input under the key.
    Evaluated
);

fn list(bytes: &[u8], len: usize) -> Result<core::slice::ChunksExact<'_, u8>, DecodeError> {
    let chunks = bytes.chunks_exact(len);
    if !chunks.remainder().is_empty() {
        return Err(DecodeError::Length);
    }
    if chunks.len() == 0 || chunks.len() > MAX_BATCH {
        return Err(DecodeError::Length);
    }
    Ok(chunks)
}

pub(crate) fn hex(f: &mut Formatter<'_>, name: &str, bytes: &[u8]) -> fmt::Result {
    write!(f, "{name}(")?;
    for byte in bytes {
        write!(f, "{byte:02x}")?;
    }
    f.write_str(")")
}

/// Issuer to client: one proof for a whole batch, that one key evaluated it (RFC 9497, section 2.2).
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Proof<S: Suite = Ristretto255> {
    pub(crate) c: S::Scalar,
    pub(crate) s: S::Scalar,
}

impl<S: Suite> Proof<S> {
    /// Bytes of a proof: two scalars.
    pub const LEN: usize = 2 * S::SCALAR_LEN;

    /// Decodes `c || s`: 64 bytes for ristretto255 and P-256, 96 for P-384, 132 for P-521.
    ///
    /// # Errors
    /// [`DecodeError::Length`]; [`DecodeError::ScalarOutOfRange`] for a scalar that is not below the group
    /// order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (c, s) = bytes
            .split_at_checked(S::SCALAR_LEN)
            .ok_or(DecodeError::Length)?;
        if s.len() != S::SCALAR_LEN {
            return Err(DecodeError::Length);
        }
        Ok(Self {
            c: S::decode_scalar(c)?,
            s: S::decode_scalar(s)?,
        })
    }

    /// Encodes `c || s`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            S::encode_scalar(&self.c).as_ref(),
            S::encode_scalar(&self.s).as_ref(),
        ]
        .concat()
    }
}

impl<S: Suite> Debug for Proof<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        hex(f, "Proof", &self.to_bytes())
    }
}
