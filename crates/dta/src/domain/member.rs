//! Which authority, and how many of how many.

use core::fmt;
use core::num::NonZeroU16;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

use crate::errors::errors;

/// Most authorities of a domain.
const MAX: u16 = 255;

/// The number of an authority: 1 to 255. Never 0, since the master key itself sits there.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AuthorityId(NonZeroU16);

impl AuthorityId {
    /// The authority of this number; `None` for 0 and above 255.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) if number.get() <= MAX => Some(Self(number)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// 1 to n.
    pub(crate) fn up_to(n: u16) -> impl Iterator<Item = Self> {
        (1..=n).filter_map(Self::new)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::new(reader.u16()?).ok_or(DecodeError::Value)
    }
}

impl fmt::Debug for AuthorityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityId({self})")
    }
}

impl fmt::Display for AuthorityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// t of n: any t of the n authorities can act for the domain, fewer than t cannot, and know nothing of
/// its key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Threshold {
    t: u16,
    n: u16,
}

impl Threshold {
    /// Bytes of an encoding.
    pub const LEN: usize = 4;

    /// t of n.
    ///
    /// # Errors
    /// [`ThresholdError`] unless 1 <= t <= n <= 255.
    pub const fn new(t: u16, n: u16) -> Result<Self, ThresholdError> {
        if t == 0 {
            Err(ThresholdError::Zero)
        } else if n > MAX {
            Err(ThresholdError::TooMany)
        } else if t > n {
            Err(ThresholdError::Unreachable)
        } else {
            Ok(Self { t, n })
        }
    }

    /// How many are needed.
    #[must_use]
    pub const fn needed(self) -> u16 {
        self.t
    }

    /// How many there are.
    #[must_use]
    pub const fn members(self) -> u16 {
        self.n
    }

    /// All of them, 1 to n.
    pub fn ids(self) -> impl Iterator<Item = AuthorityId> {
        AuthorityId::up_to(self.n)
    }

    pub(crate) fn contains(self, id: AuthorityId) -> bool {
        id.get() <= self.n
    }

    pub(crate) fn write(self, writer: Writer) -> Writer {
        writer.u16(self.t).u16(self.n)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::new(reader.u16()?, reader.u16()?).map_err(|_| DecodeError::Value)
    }
}

errors! {
    /// Why t of n is no threshold.
    ThresholdError {
        /// t = 0.
        Zero => "a threshold of 0 protects nothing",
        /// t > n.
        Unreachable => "more authorities are needed than there are",
        /// n > 255.
        TooMany => "a domain has at most 255 authorities",
    }
}
