//! Reading and writing messages: fixed-width big-endian numbers, length-prefixed strings, and nothing
//! left over. The layers above define their formats with these two types.

use alloc::vec::Vec;
use core::fmt;

use crate::error::DecodeError;
use crate::seconds::Seconds;

/// Reads a message from its first byte to its last. Nothing is copied or allocated, and nothing is read where
/// there was an error.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next N bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if there are fewer; so for all methods below.
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], DecodeError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(DecodeError::Length)?;
        self.0 = rest;
        Ok(head)
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(DecodeError::Length)?;
        self.0 = rest;
        Ok(head)
    }

    /// A string behind its length in two bytes: at most 65,534 bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`], also for the mark of a longer one.
    pub fn string(&mut self) -> Result<&'a [u8], DecodeError> {
        match self.u16()? {
            LONG => Err(DecodeError::Length),
            length => self.bytes(length.into()),
        }
    }

    /// One byte.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| *byte)
    }

    /// Two bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().copied().map(u16::from_be_bytes)
    }

    /// Four bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().copied().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().copied().map(u64::from_be_bytes)
    }

    /// A version byte, which must be this one.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Version`].
    pub fn version(&mut self, version: u8) -> Result<(), DecodeError> {
        if self.u8()? == version {
            Ok(())
        } else {
            Err(DecodeError::Version)
        }
    }

    /// A byte that says which of several messages this is, which must be this one.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Value`].
    pub fn code(&mut self, code: u8) -> Result<(), DecodeError> {
        if self.u8()? == code {
            Ok(())
        } else {
            Err(DecodeError::Value)
        }
    }

    /// A time in eight bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn seconds(&mut self) -> Result<Seconds, DecodeError> {
        self.u64().map(Seconds::new)
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.0.len()
    }

    /// Ends the message.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if bytes are left.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::Length)
        }
    }
}

/// Writes what [`Reader`] reads.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty message.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty message with room for `capacity` bytes: a message with a secret in it that stays within
    /// them leaves no copy behind as it grows.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Bytes as they are.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A string behind its length in two bytes. One of more than 65,534 bytes gets the mark 65,535 and
    /// its length in eight bytes instead: nothing is cut, so different strings stay different where they
    /// are hashed, and no [`Reader`] takes it.
    #[must_use]
    pub fn string(self, bytes: &[u8]) -> Self {
        let head = match u16::try_from(bytes.len()) {
            Ok(length) if length < LONG => self.u16(length),
            // No length has more than 64 bits.
            _ => self
                .u16(LONG)
                .u64(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
        };
        head.bytes(bytes)
    }

    /// One byte.
    #[must_use]
    pub fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    /// Two bytes.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Four bytes.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Eight bytes.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A time in eight bytes.
    #[must_use]
    pub fn seconds(self, value: Seconds) -> Self {
        self.u64(value.get())
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

// A message may hold secrets.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

crate::opaque_debug!(Writer);

/// In place of a length: a string that is too long for a message.
const LONG: u16 = u16::MAX;
