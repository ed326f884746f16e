//! Publishes the authorities' bulletin of permits. Clients check it, so nobody has to trust the publisher.

use std::sync::{Mutex, PoisonError};

use super::wire::Handler;

#[derive(Default)]
pub(crate) struct Publisher {
    bulletin: Mutex<Vec<u8>>,
}

impl Publisher {
    /// Publishes another bulletin in place of the old one.
    pub(crate) fn publish(&self, bulletin: Vec<u8>) {
        *self.bulletin.lock().unwrap_or_else(PoisonError::into_inner) = bulletin;
    }
}

impl Handler for Publisher {
    type Memory = ();

    fn answer(&self, (): &mut (), _: &[u8]) -> Option<Vec<u8>> {
        let bulletin = self.bulletin.lock().unwrap_or_else(PoisonError::into_inner);
        Some(bulletin.clone())
    }
}
