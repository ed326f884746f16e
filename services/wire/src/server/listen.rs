//! The listener: bounded connections, times for heads and handshakes, TLS that can be replaced, an end that drains.

use alloc::sync::Arc;
use core::future::Future;
use core::net::SocketAddr;
use core::pin::pin;
use core::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::server::waiting::{Answer, Place, Question, Waiting};

/// Limits of a listener.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Connections at once. One more closes the one that has waited longest for a whole request; where none does, it waits
    /// itself.
    pub connections: usize,
    /// For the handshake of TLS, and for the head of a request, also of the next one on the same connection.
    pub head: Duration,
    /// How long a connection lasts.
    pub life: Duration,
    /// How long requests that are being answered may go on at the end.
    pub drain: Duration,
}

impl Default for Limits {
    /// 1024 connections, 10 s, 10 min, 30 s.
    fn default() -> Self {
        Self {
            connections: 1024,
            head: Duration::from_secs(10),
            life: Duration::from_secs(600),
            drain: Duration::from_secs(30),
        }
    }
}

/// Where to listen, and how.
#[derive(Debug)]
pub struct Listening {
    /// The socket.
    pub listener: TcpListener,
    /// TLS, replaced when new certificates come; `None`: none, behind a proxy of this machine.
    pub tls: watch::Receiver<Option<Arc<rustls::ServerConfig>>>,
    /// What is served, replaced when the configuration is read again: for each request that begins afterwards, also over
    /// connections that are open, so that nobody is served by settings that were withdrawn.
    pub routes: watch::Receiver<Router>,
    /// Limits.
    pub limits: Limits,
}

/// What the peer of a connection has shown in TLS: an extension of each of its requests, where the listener's configuration
/// asks for certificates or raw public keys, and has let these in.
#[derive(Clone, Debug)]
pub struct PeerCertificates(Arc<[CertificateDer<'static>]>);

impl PeerCertificates {
    /// The peer's own first.
    #[must_use]
    pub fn as_slice(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}

/// Serves until `stop` ends, then waits for requests that are being answered. False if some were cut off.
pub async fn serve(listening: Listening, stop: impl Future<Output = ()>) -> bool {
    let Listening {
        listener,
        tls,
        routes,
        limits,
    } = listening;
    let places = Arc::new(Semaphore::new(
        limits.connections.clamp(1, Semaphore::MAX_PERMITS),
    ));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    let waiting = Waiting::default();
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places, &waiting) => accepted,
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let waits = waiting.connection();
        let tls = tls.borrow().clone();
        let connection = Connection {
            routes: routes.clone(),
            peer,
            shown: None,
            limits,
            watcher: graceful.watcher(),
        };
        tokio::spawn(async move {
            let run = async {
                match tls {
                    Some(config) => connection.secured(stream, config, &waits).await,
                    None => connection.run(stream, &waits).await,
                }
            };
            tokio::select! {
                () = run => {}
                () = waits.closed() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    tokio::time::timeout(limits.drain, graceful.shutdown())
        .await
        .is_ok()
}

/// The next connection, and room for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    waiting: &Waiting,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, room(places, waiting).await?)),
        Err(error) => {
            // Out of file descriptors, mostly: it passes when connections end.
            tracing::warn!(kind = ?error.kind(), "accept");
            waiting.close_oldest();
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn room(places: &Arc<Semaphore>, waiting: &Waiting) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Some(place);
    }
    // Where all have requests, one of them ends by itself.
    waiting.close_oldest();
    Arc::clone(places).acquire_owned().await.ok()
}

struct Connection {
    routes: watch::Receiver<Router>,
    peer: SocketAddr,
    shown: Option<PeerCertificates>,
    limits: Limits,
    watcher: Watcher,
}

impl Connection {
    async fn secured(
        mut self,
        stream: TcpStream,
        config: Arc<rustls::ServerConfig>,
        waits: &Arc<Place>,
    ) {
        let handshake = TlsAcceptor::from(config).accept(stream);
        // A handshake that fails is the affair of whoever began it.
        if let Ok(Ok(stream)) = tokio::time::timeout(self.limits.head, handshake).await {
            let certificates = stream.get_ref().1.peer_certificates();
            let owned = |all: &[CertificateDer<'static>]| PeerCertificates(all.into());
            self.shown = certificates.map(owned);
            self.run(stream, waits).await;
        }
    }

    async fn run<S>(self, stream: S, waits: &Arc<Place>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (routes, peer, waits) = (self.routes, self.peer, Arc::clone(waits));
        let shown = self.shown;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(shown) = &shown {
                request.extensions_mut().insert(shown.clone());
            }
            let mut routes = routes.borrow().clone();
            let waits = Arc::clone(&waits);
            let asked = Arc::clone(&waits);
            let request = request.map(|body| Body::new(Question::new(body, asked)));
            async move {
                use tower_service::Service as _;
                let answer = routes.call(request).await;
                answer.map(|answer| answer.map(|body| Answer::new(body, waits)))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_headers(64)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let watched = self.watcher.watch(connection);
        let _ended = tokio::time::timeout(self.limits.life, watched).await;
    }
}

/// The longest head of a request, in bytes.
const HEAD_MAX: usize = 1 << 14;
