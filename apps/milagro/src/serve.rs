//! Runs a service: log, signals, listener.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::Write as _;
use std::path::PathBuf;

use axum::Router;
use milagro_wire::server::{Limits, Listening, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;

use crate::exit::{Failure, Outcome};
use crate::tls;

/// What a listener needs.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) drain: Duration,
}

/// A runtime with all threads that it may have.
pub(crate) fn runtime() -> Outcome<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().build().map_err(Failure::other)
}

/// Log lines in JSON on standard error.
pub(crate) fn log(level: Option<&str>) -> Outcome<()> {
    let level = level.unwrap_or("info").parse::<LevelFilter>();
    let level = level.map_err(|_| Failure::config("log is off, error, warn, info or debug"))?;
    let lines = tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_max_level(level);
    lines.try_init().map_err(Failure::other)
}

/// As many open files as the process may have: a connection is one, and many systems begin with room for 1024.
fn allow_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files stays");
    }
}

/// Serves until the process is told to end. When it is told to reload, certificates are read again, and `reload` makes new
/// routes; if either is wrong, the old ones stay.
pub(crate) async fn run<F>(listener: Listener, routes: Router, reload: F) -> Outcome<()>
where
    F: AsyncFn() -> Outcome<Router> + 'static,
{
    let fault = |error: std::io::Error| Failure::other(format!("{}: {error}", listener.address));
    let config = tls::server(listener.certificate.as_deref(), listener.key.as_deref())?;
    allow_files();
    let socket = TcpListener::bind(listener.address).await.map_err(fault)?;
    let address = socket.local_addr().map_err(fault)?;
    let scheme = if config.is_some() { "https" } else { "http" };
    let (new_tls, tls) = watch::channel(config);
    let (new_routes, routes) = watch::channel(routes);
    let (drain, limits) = (listener.drain, Limits::default());
    let limits = Limits { drain, ..limits };
    let listening = Listening {
        listener: socket,
        tls,
        routes,
        limits,
    };
    let mut ends = signal(SignalKind::terminate()).map_err(Failure::other)?;
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::other)?;
    let mut reloads = signal(SignalKind::hangup()).map_err(Failure::other)?;
    // Whoever started the process on port 0 reads here where it listens.
    let mut out = std::io::stdout();
    writeln!(out, "{scheme}://{address}")
        .and_then(|()| out.flush())
        .map_err(Failure::other)?;
    let until_told = async {
        loop {
            tokio::select! {
                _ = ends.recv() => break,
                _ = interrupts.recv() => break,
                _ = reloads.recv() => {
                    let certificates = tls::server(listener.certificate.as_deref(), listener.key.as_deref());
                    match (certificates, reload().await) {
                        (Ok(certificates), Ok(routes)) => {
                            let _old = (new_tls.send_replace(certificates), new_routes.send_replace(routes));
                            tracing::info!("reloaded");
                        }
                        (Err(error), _) | (_, Err(error)) => tracing::error!(%error, "not reloaded"),
                    }
                }
            }
        }
        tracing::info!("ending");
    };
    if serve(listening, until_told).await {
        Ok(())
    } else {
        Err(Failure::other("some requests were cut off"))
    }
}
