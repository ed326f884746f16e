//! Time in steps. Nothing here reads a clock: `now` is an argument, in seconds since 1970.

use core::num::NonZeroU64;

/// Seconds of an epoch; a day unless the domain says otherwise. Part of every permit label.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EpochLength(NonZeroU64);

impl EpochLength {
    /// 86,400 seconds.
    pub const DAY: Self = Self(NonZeroU64::new(86_400).unwrap());

    /// A length of at least one second.
    #[must_use]
    pub const fn from_seconds(seconds: NonZeroU64) -> Self {
        Self(seconds)
    }

    /// The length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0.get()
    }
}

/// The number of an epoch: the time divided by the length, rounded down.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch that `now` is in.
    #[must_use]
    pub const fn at(now: u64, length: EpochLength) -> Self {
        Self(now / length.seconds())
    }

    /// The first second of the epoch.
    #[must_use]
    pub const fn start(self, length: EpochLength) -> u64 {
        self.0.saturating_mul(length.seconds())
    }

    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Which epochs a verifier takes at a given time.
///
/// An epoch counts from `skew` seconds before it starts (the client's clock may be ahead) until `grace`
/// seconds after it ends: revocation takes effect at most `grace` seconds after the next epoch begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EpochPolicy {
    /// Seconds of an epoch.
    pub length: EpochLength,
    /// Seconds after its end during which an epoch still counts.
    pub grace: u64,
    /// Seconds before its start from which an epoch already counts.
    pub skew: u64,
}

impl EpochPolicy {
    /// Epochs of a day, ten minutes of grace, one minute of skew.
    pub const DAILY: Self = Self {
        length: EpochLength::DAY,
        grace: 600,
        skew: 60,
    };

    /// Whether the epoch counts now.
    #[must_use]
    pub const fn accepts(&self, epoch: Epoch, now: u64) -> bool {
        // In u128 nothing can overflow.
        let length = widen(self.length.seconds());
        let start = widen(epoch.0) * length;
        let now = widen(now);
        now + widen(self.skew) >= start && now < start + length + widen(self.grace)
    }
}

#[expect(
    clippy::as_conversions,
    reason = "From is not const; u64 fits into u128"
)]
const fn widen(value: u64) -> u128 {
    value as u128
}
