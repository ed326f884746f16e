//! Time, as an argument.

use core::fmt;

/// Seconds: since 1970-01-01T00:00:00Z where a moment is meant, and a number of them where a duration is.
///
/// No crate of milagro reads a clock: whoever calls it says what time it is. Arithmetic saturates, so
/// that no time from outside overflows.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Seconds(u64);

impl Seconds {
    /// The start of 1970, or no time at all.
    pub const ZERO: Self = Self(0);
    /// The end of time.
    pub const MAX: Self = Self(u64::MAX);

    /// So many seconds.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self(minutes.saturating_mul(60))
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self(hours.saturating_mul(3600))
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self(days.saturating_mul(86_400))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Later by `duration`, at most [`Self::MAX`].
    #[must_use]
    pub const fn plus(self, duration: Self) -> Self {
        Self(self.0.saturating_add(duration.0))
    }

    /// Earlier by `duration`, at least [`Self::ZERO`].
    #[must_use]
    pub const fn minus(self, duration: Self) -> Self {
        Self(self.0.saturating_sub(duration.0))
    }

    /// Eight bytes, big-endian: time is always hashed and sent whole.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl From<u64> for Seconds {
    fn from(seconds: u64) -> Self {
        Self(seconds)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
