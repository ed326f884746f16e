//! A notice board: shows the authorities' bulletin to everybody, and nobody has to trust it.

use std::sync::{Mutex, PoisonError};

use super::wire::Role;

#[derive(Default)]
pub(crate) struct Board {
    notice: Mutex<Vec<u8>>,
}

impl Board {
    /// Pins up another notice in place of the old one.
    pub(crate) fn pin_up(&self, notice: Vec<u8>) {
        *self.notice.lock().unwrap_or_else(PoisonError::into_inner) = notice;
    }
}

impl Role for Board {
    type Memory = ();

    fn answer(&self, (): &mut (), _: &[u8]) -> Option<Vec<u8>> {
        let notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
        Some(notice.clone())
    }
}
