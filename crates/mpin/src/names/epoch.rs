//! Time in steps. Nothing here reads a clock: `now` is an argument.

use core::num::NonZeroU64;

use milagro_base::Seconds;

/// How long an epoch is; a day unless the domain says otherwise. Part of every permit label.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EpochLength(NonZeroU64);

impl EpochLength {
    /// 24 hours.
    pub const DAY: Self = Self(NonZeroU64::new(86_400).unwrap());

    /// A length of at least one second, or `None`.
    #[must_use]
    pub const fn new(length: Seconds) -> Option<Self> {
        match NonZeroU64::new(length.get()) {
            Some(length) => Some(Self(length)),
            None => None,
        }
    }

    /// The length.
    #[must_use]
    pub const fn seconds(self) -> Seconds {
        Seconds::new(self.0.get())
    }
}

/// The number of an epoch: the time divided by the length, rounded down.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch that `now` is in.
    #[must_use]
    pub const fn at(now: Seconds, length: EpochLength) -> Self {
        Self(now.get() / length.0.get())
    }

    /// The first second of the epoch, at most [`Seconds::MAX`].
    #[must_use]
    pub const fn start(self, length: EpochLength) -> Seconds {
        Seconds::new(self.0.saturating_mul(length.0.get()))
    }

    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Which epochs a verifier takes at a given time.
///
/// An epoch counts from `skew` before it starts (the client's clock may be ahead) until `grace` after it
/// ends: revocation takes effect at most `grace` after the next epoch begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EpochPolicy {
    /// How long an epoch is.
    pub length: EpochLength,
    /// How long after its end an epoch still counts.
    pub grace: Seconds,
    /// How long before its start an epoch already counts.
    pub skew: Seconds,
}

impl EpochPolicy {
    /// Epochs of a day, ten minutes of grace, one minute of skew.
    pub const DAILY: Self = Self {
        length: EpochLength::DAY,
        grace: Seconds::minutes(10),
        skew: Seconds::minutes(1),
    };

    /// Whether the epoch counts now.
    #[must_use]
    pub const fn accepts(&self, epoch: Epoch, now: Seconds) -> bool {
        // In u128 nothing can overflow.
        let length = widen(self.length.0.get());
        let start = widen(epoch.0) * length;
        let now = widen(now.get());
        now + widen(self.skew.get()) >= start && now < start + length + widen(self.grace.get())
    }

    /// The first second at which the epoch counts no more, at most [`Seconds::MAX`].
    #[must_use]
    pub const fn end(&self, epoch: Epoch) -> Seconds {
        let start = epoch.start(self.length);
        start.plus(self.length.seconds()).plus(self.grace)
    }
}

#[expect(
    clippy::as_conversions,
    reason = "From is not const; u64 fits into u128"
)]
const fn widen(value: u64) -> u128 {
    value as u128
}
