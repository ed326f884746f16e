//! What a service stands on.

use alloc::sync::Arc;
use core::fmt;

use milagro_ledger::{Ledger, Records};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::{Effects, Pool};
use zeroize::Zeroizing;

/// What a service stands on.
pub struct Parts {
    /// Where it counts whom it has issued to.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps lists and the log of issued subjects.
    pub records: Arc<dyn Records>,
    /// Its audit file.
    pub audit: Arc<Audit>,
    /// Hides subjects in the audit file.
    pub audit_key: Zeroizing<[u8; 32]>,
    /// Where it computes.
    pub pool: Pool,
    /// Its clock and generator.
    pub effects: Effects,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}
