//! What every service begins with: its directory, its log, its audit file and its metrics.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use milagro_wire::server::Pool;
use milagro_wire::server::audit::Audit;

use crate::directory::{Directory, Opened, operator_key};
use crate::exit::{Failure, Outcome};
use crate::serve;
use crate::settings::Common;

/// What lasts as long as the process, whichever service it is.
pub(crate) struct Started {
    pub(crate) opened: Opened,
    pub(crate) audit: Arc<Audit>,
    pub(crate) metrics: PrometheusHandle,
}

impl Started {
    /// Opens the directory, and begins to log and to count.
    pub(crate) fn new(common: &Common) -> Outcome<Self> {
        let directory = Directory::of(common)?;
        let opened = directory.open(Arc::new(operator_key(common)?))?;
        serve::log(common.log.as_deref())?;
        let audit = Audit::open(&directory.audit()).map_err(Failure::other)?;
        Ok(Self {
            opened,
            audit: Arc::new(audit),
            metrics: metrics()?,
        })
    }
}

/// The metrics of the process, which all services in it share.
fn metrics() -> Outcome<PrometheusHandle> {
    static METRICS: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut metrics = METRICS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = &*metrics {
        return Ok(metrics.clone());
    }
    let installed = PrometheusBuilder::new().install_recorder();
    Ok(metrics.insert(installed.map_err(Failure::other)?).clone())
}

/// How many requests wait for a thread where nothing else is said.
pub(crate) const QUEUE: usize = 256;

/// Threads that compute: as many as there are processors, where nothing else is said.
pub(crate) fn pool(threads: Option<usize>, queue: Option<usize>) -> Pool {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    Pool::new(threads.unwrap_or(processors), queue.unwrap_or(QUEUE))
}
