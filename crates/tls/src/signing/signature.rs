//! Signatures by identities.

use core::fmt;

use milagro_base::Reader;
use milagro_curve::G1Point;

use crate::tags;
use milagro_base::DecodeError;

/// What a signature is for. A signature for one is none for the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Context {
    /// The message is what TLS 1.3 signs in CertificateVerify (RFC 8446, section 4.4.3).
    CertificateVerify,
    /// The message binds an identity to a channel that exists.
    ChannelBinding,
}

impl Context {
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::CertificateVerify => tags::CERTIFICATE_VERIFY,
            Self::ChannelBinding => tags::CHANNEL_BINDING,
        }
    }
}

/// A signature: U (48 bytes), V (48), both in the subgroup of order r and not the identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signature {
    u: G1Point,
    v: G1Point,
}

impl Signature {
    /// Bytes of an encoding.
    pub const LEN: usize = 2 * G1Point::LEN;

    pub(crate) const fn new(u: G1Point, v: G1Point) -> Self {
        Self { u, v }
    }

    pub(crate) const fn u(&self) -> &G1Point {
        &self.u
    }

    pub(crate) const fn v(&self) -> &G1Point {
        &self.v
    }

    /// Writes the signature.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let bytes = self.u.to_bytes().into_iter().chain(self.v.to_bytes());
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        out
    }

    /// Reads a signature.
    ///
    /// # Errors
    /// [`DecodeError`]: length, a point that is none, is outside the subgroup or is the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let signature = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(signature)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        #[cfg(test)]
        crate::tests::count_decoding();
        let (u, v) = (G1Point::read(reader)?, G1Point::read(reader)?);
        Ok(Self { u, v })
    }
}

/// The signature is not that of this identity on this message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signature is not valid")
    }
}

impl core::error::Error for BadSignature {}
