//! What is worth keeping, since it takes long.

use alloc::sync::Arc;
use core::fmt;

use milagro_dta::permits::ListMark;
use milagro_mpin::names::Epoch;
use tokio::sync::Mutex;

/// Shares of all cover permits, as they were computed: for the last epochs that were asked for. One at a time is computed.
#[derive(Default)]
pub(crate) struct Covers(pub(super) Mutex<Vec<Computed>>);

pub(crate) struct Computed {
    pub(super) epoch: Epoch,
    pub(super) list: ListMark,
    pub(super) bytes: Arc<Vec<u8>>,
}

/// Epochs that are kept: the present one, and some ahead.
pub(super) const KEPT: usize = 4;

impl fmt::Debug for Covers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Covers").finish_non_exhaustive()
    }
}
