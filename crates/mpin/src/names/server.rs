//! The name of a server.

use core::fmt;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G2Point, hash::hash_to_g2};

use crate::names::identity::{IdentityError, bounded};
use crate::proof::tags;

/// The name of a server: 1 to 1,024 bytes. Its secret is good for this name only, so a server that was
/// broken into cannot pose as another.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct ServerId(Box<[u8]>);

impl ServerId {
    /// A server name.
    ///
    /// # Errors
    /// [`IdentityError`] for 0 or more than 1,024 bytes.
    pub fn new(name: &[u8]) -> Result<Self, IdentityError> {
        bounded(name).map(Self)
    }

    /// The bytes of the name.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a name behind its length in two bytes.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::new(reader.string()?).map_err(|_| DecodeError::Value)
    }

    /// Qs = H_server(server id). Tag `MILAGRO-V1-SERVER-BLS12381G2_XMD:SHA-256_SSWU_RO_`, message: length in two bytes, name.
    #[must_use]
    pub fn to_point(&self) -> G2Point {
        let message = Writer::new().string(&self.0).finish();
        hash_to_g2(&message, tags::SERVER)
    }
}

impl fmt::Debug for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerId(\"{}\")", self.0.escape_ascii())
    }
}
