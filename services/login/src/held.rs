//! Where a process holds its keys between two readings.

use alloc::sync::Arc;
use std::sync::{PoisonError, RwLock};

use milagro_base::Seconds;
use tokio::sync::Mutex;

use crate::keys::Ring;

/// The ring of a process, and when it was read.
pub(crate) struct Held {
    ring: RwLock<(Arc<Ring>, Seconds)>,
    /// Held by whoever reads.
    pub(crate) reading: Mutex<()>,
}

milagro_base::opaque_debug!(Held);

impl Held {
    /// A ring that was just read.
    pub(crate) fn new(ring: Ring, now: Seconds) -> Self {
        Self {
            ring: RwLock::new((turned(ring, now), now)),
            reading: Mutex::new(()),
        }
    }

    pub(crate) fn known(&self) -> (Arc<Ring>, Seconds) {
        let held = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&held.0), held.1)
    }

    /// Holds a ring that was just read.
    pub(crate) fn replace(&self, ring: Ring, now: Seconds) -> Arc<Ring> {
        let ring = turned(ring, now);
        let mut held = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        *held = (Arc::clone(&ring), now);
        ring
    }
}

fn turned(mut ring: Ring, now: Seconds) -> Arc<Ring> {
    ring.cookies.turn(now);
    Arc::new(ring)
}
