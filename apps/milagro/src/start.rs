//! What every service begins with: its directory, its log, its audit file and its metrics.

use core::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::{Frame, Limits, Listening, Pool, frame, metrics as rendered};
use tokio::sync::watch;

use crate::directory::{Directory, Opened, operator_key};
use crate::exit::{Failure, Outcome};
use crate::serve::{self, Listener, listen};
use crate::settings::Common;

/// What lasts as long as the process, whichever service it is.
pub(crate) struct Started {
    pub(crate) opened: Opened,
    pub(crate) audit: Arc<Audit>,
    metrics: PrometheusHandle,
    metrics_at: Option<SocketAddr>,
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
            metrics_at: common.metrics_listen,
        })
    }

    /// Shows metrics beside a service, at an address of their own or nowhere: strangers need not know how much it does, and
    /// for whom.
    pub(crate) async fn show_metrics(&self, beside: &mut Listener) -> Outcome<()> {
        let Some(address) = self.metrics_at else {
            return Ok(());
        };
        let listener = listen(address).await?;
        // Whoever has said port 0 reads here which it is.
        let at = listener.local_addr().map_err(Failure::other)?;
        tracing::info!(address = %at, "metrics");
        let metrics = self.metrics.clone();
        let render = move || core::future::ready(rendered(metrics.render()));
        let shown = Router::new().route("/metrics", get(render));
        let (_, tls) = watch::channel(None);
        let (_, routes) = watch::channel(frame(shown, Frame::default()));
        let limits = Limits {
            drain: beside.drain,
            connections: 8,
            ..Limits::default()
        };
        beside.sides.begin(Listening {
            listener,
            tls,
            routes,
            limits,
        });
        Ok(())
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
