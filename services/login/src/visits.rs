//! How often a device may come, in one process. Whoever has a good cookie makes the records work, and a request that is dropped
//! before its attempt is charged costs nothing: this bounds it.
//!
//! Each cookie of a device is counted apart, so that whoever has an older one uses up nothing of the owner's. They are counted
//! in [`BUCKETS`] places, by a hash whose key is drawn anew in each process. Two that share a place by chance share its rate.

use core::hash::{BuildHasher as _, Hasher as _};
use core::num::NonZeroU32;
use std::hash::RandomState;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::device::DeviceKey;

/// Places: 256 KiB.
const BUCKETS: usize = 4096;

/// The visits of the last minute.
pub(crate) struct Visits {
    hasher: RandomState,
    places: Box<[DefaultDirectRateLimiter]>,
}

milagro_base::opaque_debug!(Visits);

impl Visits {
    /// As many in a minute; as many may come at once.
    pub(crate) fn new(most: NonZeroU32) -> Self {
        let place = || RateLimiter::direct(Quota::per_minute(most));
        Self {
            hasher: RandomState::new(),
            places: core::iter::repeat_with(place).take(BUCKETS).collect(),
        }
    }

    /// One more of a device with a cookie. False if there were too many.
    pub(crate) fn one(&self, device: &DeviceKey, cookie: &[u8]) -> bool {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(device);
        hasher.write(cookie);
        let hash = hasher.finish() % u64::try_from(BUCKETS).unwrap_or(1);
        let place = usize::try_from(hash).ok();
        let place = place.and_then(|place| self.places.get(place));
        // There is a place for each remainder.
        place.is_some_and(|place| place.check().is_ok())
    }
}
