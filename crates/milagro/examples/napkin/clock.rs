//! The libraries take the time as an argument, so the example can have a clock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use milagro::base::Seconds;

/// Seconds since 1970, the same for all parties. Starts at this machine's time and moves only when told to.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn start() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(Arc::new(AtomicU64::new(
            now.map_or(0, |since| since.as_secs()),
        )))
    }

    pub(crate) fn now(&self) -> Seconds {
        Seconds::new(self.0.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, time: Seconds) {
        self.0.fetch_add(time.get(), Ordering::SeqCst);
    }
}
