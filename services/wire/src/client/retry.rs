//! How long to go on asking.

use core::time::Duration;

/// How often, and with what pauses, something is asked again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// How often at most, the first time included.
    pub tries: u32,
    /// The pause after the first failure; it doubles.
    pub first: Duration,
    /// The longest pause, also if the service asks for a longer one.
    pub most: Duration,
    /// How long one request may take.
    pub request: Duration,
}

impl Default for Patience {
    /// Five times, after 100 ms and then twice as long, at most 5 s; 20 s for a request.
    fn default() -> Self {
        Self {
            tries: 5,
            first: Duration::from_millis(100),
            most: Duration::from_secs(5),
            request: Duration::from_secs(20),
        }
    }
}

impl Patience {
    /// Once, and never again.
    pub const NONE: Self = Self {
        tries: 1,
        first: Duration::ZERO,
        most: Duration::ZERO,
        request: Duration::from_secs(20),
    };

    /// The pause after so many failures: between half and the whole of the time, so that clients which failed together do
    /// not come back together. What the service asked for is not shortened, but by [`Self::most`].
    #[must_use]
    pub fn pause(&self, failures: u32, asked: Option<Duration>, random: u8) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let whole = self.first.saturating_mul(doubled).min(self.most);
        let part = whole / 2 + (whole / 2).saturating_mul(u32::from(random)) / 255;
        asked.map_or(part, |asked| asked.max(part)).min(self.most)
    }
}
