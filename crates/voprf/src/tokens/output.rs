//! The secret of a token.

use alloc::boxed::Box;
use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::modes::output::Output;
use crate::suite::group::Suite;
use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};

/// The pseudorandom function's output for one token: 32, 48 or 64 bytes, as long as the suite's hash.
///
/// # Security
/// Who holds it can spend the token. It lies on the heap, so moving it copies a pointer, and is wiped when
/// dropped.
pub struct TokenOutput(Box<[u8]>);

impl TokenOutput {
    /// The longest output in bytes.
    pub const MAX_LEN: usize = 64;

    /// Takes an output by copy; the caller wipes its own.
    ///
    /// # Errors
    /// [`OutOfRange`] unless it has 32, 48 or 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OutOfRange> {
        match bytes.len() {
            32 | 48 | 64 => Ok(Self(bytes.into())),
            _ => Err(OUT_OF_RANGE),
        }
    }

    /// The bytes, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_vec())
    }

    /// The output of a suite, which has one of the three lengths.
    pub(super) fn of<S: Suite>(output: &Output<S>) -> Self {
        Self(output.as_bytes().as_ref().into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The length in one byte, then the output.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&self.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = reader.u8()?;
        if !matches!(length, 32 | 48 | 64) {
            return Err(DecodeError::Value);
        }
        Ok(Self::from_bytes(reader.bytes(length.into())?)?)
    }
}

milagro_base::opaque_debug!(TokenOutput);

impl Zeroize for TokenOutput {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for TokenOutput {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for TokenOutput {}
