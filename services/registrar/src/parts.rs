//! What a registrar stands on.

use alloc::sync::Arc;
use core::fmt;

use milagro_ledger::{Ledger, Records};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::{Effects, Pool};
use zeroize::Zeroizing;

/// What a service stands on.
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct Parts {
    /// Where it counts what its codes have started.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps subjects, codes and lists.
    pub records: Arc<dyn Records>,
    /// Its audit file.
    pub audit: Arc<Audit>,
    /// Hides names in the audit file.
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
