//! A share at work, and how many grants it answers.

use core::num::NonZeroU32;
use core::sync::atomic::AtomicU64;
use core::time::Duration;
use std::sync::Mutex;
use std::time::Instant;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use milagro_dta::grants::RegistrarPublicKey;
use milagro_dta::permits::Window;
use milagro_mpin::TrustDomainId;
use milagro_wire::server::lists::Lists;

use crate::held::HeldShare;
use crate::service::covers::Covers;
use crate::service::repeats::Repeats;

/// A share at work.
pub(crate) struct Held {
    pub(crate) share: HeldShare,
    pub(crate) registrar: RegistrarPublicKey,
    pub(crate) window: Window,
    pub(crate) lists: Lists,
    pub(crate) covers: Covers,
    /// The number of the list that the audit file names, as far as this process knows.
    pub(crate) noted: AtomicU64,
    pub(crate) rate: Rate,
    pub(crate) repeats: Repeats,
}

impl Held {
    pub(crate) fn id(&self) -> &TrustDomainId {
        &self.share.edition().id
    }

    /// Seconds until grants are answered again, if they are not now.
    pub(crate) fn closed(&self) -> Option<u64> {
        self.rate.closed()
    }

    /// Counts a grant that the registrar has signed.
    pub(crate) fn count(&self) {
        self.rate.count();
    }
}

/// How many grants of a registrar are answered. Only grants with its signature count: a stranger cannot use the number up.
pub(crate) struct Rate {
    limiter: DefaultDirectRateLimiter,
    /// How long it takes until there may be one more.
    each: Duration,
    /// When grants are answered again, once there were too many.
    opens: Mutex<Option<Instant>>,
}

impl Rate {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::direct(Quota::per_minute(per_minute)),
            each: Duration::from_secs(60) / per_minute.get(),
            opens: Mutex::new(None),
        }
    }

    fn closed(&self) -> Option<u64> {
        let opens = self
            .opens
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let left = opens.map(|opens| opens.saturating_duration_since(Instant::now()));
        let left = left.filter(|left| *left > Duration::ZERO)?;
        Some(left.as_secs().saturating_add(1))
    }

    fn count(&self) {
        if let Err(until) = self.limiter.check() {
            let wait = until.wait_time_from(DefaultClock::default().now());
            let mut opens = self
                .opens
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            // A batch is let in as a whole, and each of its grants that is too many is waited for.
            let next = Instant::now().checked_add(wait);
            let later = opens.and_then(|opens| opens.checked_add(self.each));
            *opens = later.max(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;

    use super::Rate;

    #[test]
    fn each_grant_that_is_too_many_is_waited_for() {
        let rate = Rate::new(NonZeroU32::MIN);
        rate.count();
        assert_eq!(rate.closed(), None);
        // A minute for each of them.
        for _ in 0..10 {
            rate.count();
        }
        let wait = rate.closed().unwrap();
        assert!((500..=601).contains(&wait), "{wait}");
    }
}
