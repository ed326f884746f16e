//! What a derived key is for.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use crate::error::Error;
use crate::modes::context::checked_len2;
use crate::modes::wire::hex;

/// An ordered list of 1 to [`Attributes::MAX`] attributes (use case, epoch, ...) of at most 1,024 bytes each.
///
/// Every attribute is framed by its length, so ("ab", "c") and ("a", "bc") are different lists.
///
/// # Security
/// Clients take the list from the published schedule, never from the issuer's answer: an issuer who may
/// choose it can give every client a key of its own.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    /// The most attributes of a list.
    pub const MAX: usize = 32;
    /// The longest attribute.
    pub const MAX_LEN: usize = 1024;

    /// Makes a list.
    ///
    /// # Errors
    /// [`Error::NoAttributes`] for an empty one; [`Error::TooLong`] for too many attributes or one that is
    /// too long.
    pub fn new<A: AsRef<[u8]>>(list: &[A]) -> Result<Self, Error> {
        let count = u8::try_from(list.len()).map_err(|_| Error::TooLong)?;
        match list.len() {
            0 => return Err(Error::NoAttributes),
            1..=Self::MAX => {}
            _ => return Err(Error::TooLong),
        }
        let mut bytes = [count].to_vec();
        for attribute in list.iter().map(AsRef::as_ref) {
            if attribute.len() > Self::MAX_LEN {
                return Err(Error::TooLong);
            }
            bytes.extend_from_slice(&checked_len2(attribute)?);
            bytes.extend_from_slice(attribute);
        }
        Ok(Self(bytes))
    }

    /// The canonical encoding, which is what gets hashed: the number of attributes in one byte, then each
    /// after its length in two.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Debug for Attributes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        hex(f, "Attributes", &self.0)
    }
}
