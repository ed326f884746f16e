//! Runs a service: log, signals, listener.

#[cfg(test)]
mod tests;

use core::net::SocketAddr;
use core::time::Duration;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use axum::Router;
use milagro_wire::server::{Limits, Listening, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing_subscriber::filter::LevelFilter;

use crate::exit::{Failure, Outcome};
use crate::tls;

/// What a listener needs.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) drain: Duration,
    pub(crate) sides: Sides,
}

/// Listeners beside the service's own, which end with it.
#[derive(Default)]
pub(crate) struct Sides {
    end: watch::Sender<()>,
    serving: Vec<JoinHandle<bool>>,
}

impl Sides {
    pub(crate) fn begin(&mut self, listening: Listening) {
        let ended = until_gone(self.end.subscribe());
        self.serving.push(tokio::spawn(serve(listening, ended)));
    }
}

/// A socket for a listener.
pub(crate) async fn listen(address: SocketAddr) -> Outcome<TcpListener> {
    let fault = |error: std::io::Error| Failure::other(format!("{address}: {error}"));
    TcpListener::bind(address).await.map_err(fault)
}

/// Whether what was under way came to its end, in the time that each listener has for it.
async fn ended_well(serving: Vec<JoinHandle<bool>>) -> bool {
    let mut whole = true;
    for serving in serving {
        whole &= serving.await.unwrap_or(false);
    }
    whole
}

/// A runtime with all threads that it may have.
pub(crate) fn runtime() -> Outcome<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().build().map_err(Failure::other)
}

/// Log lines in JSON on standard error. Of several services in a process, the first says which.
pub(crate) fn log(level: Option<&str>) -> Outcome<()> {
    if tracing::dispatcher::has_been_set() {
        return Ok(());
    }
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

/// Who is told where a service listens, and who says when it ends.
pub(crate) enum Host {
    /// The process is the service's own: standard output, and signals.
    Process,
    /// Several services are in one process, which tells each of them when to end.
    Shared {
        listens: Sender<String>,
        /// It ends when the other end of the channel is gone.
        ends: watch::Receiver<()>,
    },
}

impl Host {
    fn say(&self, address: &str) -> Outcome<()> {
        if let Self::Shared { listens, .. } = self {
            return listens.send(address.to_owned()).map_err(Failure::other);
        }
        // Whoever started the process on port 0 reads here where it listens.
        let mut out = std::io::stdout();
        writeln!(out, "{address}")
            .and_then(|()| out.flush())
            .map_err(Failure::other)
    }
}

/// What a process is told.
struct Signals {
    ends: Signal,
    interrupts: Signal,
    reloads: Signal,
}

impl Signals {
    fn new() -> Outcome<Self> {
        let told = |kind| signal(kind).map_err(Failure::other);
        Ok(Self {
            ends: told(SignalKind::terminate())?,
            interrupts: told(SignalKind::interrupt())?,
            reloads: told(SignalKind::hangup())?,
        })
    }
}

/// Ends when the process is told to end.
pub(crate) async fn until_told() -> Outcome<()> {
    let mut signals = Signals::new()?;
    tokio::select! {
        _ = signals.ends.recv() => Ok(()),
        _ = signals.interrupts.recv() => Ok(()),
    }
}

/// What a reload replaces.
struct Replaced<F> {
    listener: Listener,
    tls: watch::Sender<Option<Arc<ServerConfig>>>,
    routes: watch::Sender<Router>,
    reload: F,
}

impl<F: AsyncFn() -> Outcome<Router>> Replaced<F> {
    async fn until_told(&self, signals: &mut Signals) {
        loop {
            tokio::select! {
                _ = signals.ends.recv() => return,
                _ = signals.interrupts.recv() => return,
                _ = signals.reloads.recv() => self.replace().await,
            }
        }
    }

    async fn replace(&self) {
        let (certificate, key) = (&self.listener.certificate, &self.listener.key);
        let certificates = tls::server(certificate.as_deref(), key.as_deref());
        // A reload that would not be served is not begun: it would take other parts of the process with it.
        let replaced = match certificates {
            Ok(certificates) => (self.reload)().await.map(|routes| {
                let _old = (
                    self.tls.send_replace(certificates),
                    self.routes.send_replace(routes),
                );
            }),
            Err(error) => Err(error),
        };
        match replaced {
            Ok(()) => tracing::info!("reloaded"),
            Err(error) => tracing::error!(%error, "not reloaded"),
        }
    }
}

/// Serves until the host says that it ends. When the process is told to reload, certificates are read again, and `reload` makes
/// new routes; if either is wrong, the old ones stay.
pub(crate) async fn run<F>(
    host: &Host,
    mut listener: Listener,
    routes: Router,
    reload: F,
) -> Outcome<()>
where
    F: AsyncFn() -> Outcome<Router> + 'static,
{
    let fault = |error: std::io::Error| Failure::other(format!("{}: {error}", listener.address));
    let config = tls::server(listener.certificate.as_deref(), listener.key.as_deref())?;
    allow_files();
    let socket = listen(listener.address).await?;
    let address = socket.local_addr().map_err(fault)?;
    let scheme = if config.is_some() { "https" } else { "http" };
    let (new_tls, tls) = watch::channel(config);
    let (new_routes, routes) = watch::channel(routes);
    let (drain, limits) = (listener.drain, Limits::default());
    let listening = Listening {
        listener: socket,
        tls,
        routes,
        limits: Limits { drain, ..limits },
    };
    let Sides { end, serving } = core::mem::take(&mut listener.sides);
    // Before anybody hears where it listens.
    let mut signals = Signals::new()?;
    host.say(&format!("{scheme}://{address}"))?;
    let replaced = Replaced {
        listener,
        tls: new_tls,
        routes: new_routes,
        reload,
    };
    let until_told = async {
        match host {
            Host::Process => replaced.until_told(&mut signals).await,
            Host::Shared { ends, .. } => until_gone(ends.clone()).await,
        }
        tracing::info!("ending");
        drop(end);
    };
    let whole = serve(listening, until_told).await;
    if ended_well(serving).await && whole {
        Ok(())
    } else {
        Err(Failure::other("some requests were cut off"))
    }
}

/// Ends when the other end of the channel is gone.
pub(crate) async fn until_gone(mut ended: watch::Receiver<()>) {
    while ended.changed().await.is_ok() {}
}
