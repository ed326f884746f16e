//! What the tests stand on.

use alloc::sync::Arc;
use core::time::Duration;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{InPlace, Ledger};
use milagro_voprf::rand_core::UnwrapErr;
use milagro_wire::client::{Endpoint, EndpointError, Patience};
use tempfile::TempDir;

use crate::testkit::Ground;

/// Ten minutes into an hour.
pub(crate) const NOW: Seconds = Seconds::new(1_800_000_600);

pub(crate) type Rng = UnwrapErr<SysRng>;

pub(crate) fn rng() -> Rng {
    UnwrapErr(SysRng)
}

/// Asks again once, soon.
pub(crate) fn connect(address: &str) -> Result<Endpoint, EndpointError> {
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let patience = Patience {
        tries: 2,
        first: Duration::from_millis(1),
        most: Duration::from_millis(5),
        request: Duration::from_secs(20),
    };
    Endpoint::new(address, reqwest::ClientBuilder::new(), patience)
}

pub(crate) fn ledger() -> Arc<dyn Ledger> {
    Arc::new(InPlace(MemoryLedger::init(&mut rng(), 100_000, NOW)))
}

/// Memory, and a directory that goes with the test.
pub(crate) fn ground(ledger: Arc<dyn Ledger>) -> (Ground<Rng>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let ground = Ground {
        ledgers: vec![ledger],
        records: Arc::new(MemoryRecords::new(1 << 22)),
        directory: directory.path().to_owned(),
        start: NOW,
        generator: rng,
        connect,
    };
    (ground, directory)
}
