//! PINs.

use core::fmt;

use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::client::error::FactorError;

/// How many digits the PINs of an application have: 4, 5 or 6.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PinLength(u8);

impl PinLength {
    /// Four digits.
    pub const FOUR: Self = Self(4);
    /// Five digits.
    pub const FIVE: Self = Self(5);
    /// Six digits.
    pub const SIX: Self = Self(6);

    /// A number of digits.
    ///
    /// # Errors
    /// [`FactorError::PinLength`] outside 4 to 6.
    pub const fn new(digits: u8) -> Result<Self, FactorError> {
        match digits {
            4..=6 => Ok(Self(digits)),
            _ => Err(FactorError::PinLength),
        }
    }

    /// The number of digits.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.0
    }
}

/// A PIN: exactly as many decimal digits as the application's PINs have. Leading zeros count: with
/// four digits "0042" is a PIN and "42" is an error. Wiped when dropped.
pub struct Pin {
    value: u32,
    length: PinLength,
}

impl Pin {
    /// Reads the digits as typed. The time depends on their number only.
    ///
    /// # Errors
    /// [`FactorError::DigitCount`] for a wrong number of bytes, [`FactorError::NotADigit`] for
    /// anything but ASCII digits.
    pub fn new(digits: &str, length: PinLength) -> Result<Self, FactorError> {
        let all = digits.bytes();
        if !all.fold(true, |all, byte| all & byte.is_ascii_digit()) {
            return Err(FactorError::NotADigit);
        }
        if digits.len() != usize::from(length.0) {
            return Err(FactorError::DigitCount);
        }
        let value = digits
            .bytes()
            .fold(0, |value: u32, digit| value * 10 + u32::from(digit - b'0'));
        Ok(Self { value, length })
    }

    /// The number of digits.
    #[must_use]
    pub const fn length(&self) -> PinLength {
        self.length
    }

    /// α, the PIN as a number below 10^6 < 2^20.
    pub(crate) const fn value(&self) -> u32 {
        self.value
    }
}

impl Clone for Pin {
    fn clone(&self) -> Self {
        Self {
            value: self.value,
            length: self.length,
        }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pin").finish_non_exhaustive()
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}
impl ZeroizeOnDrop for Pin {}
