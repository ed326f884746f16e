//! The pool, the audit file, and a framed service with its clients.

mod waiting;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs;
use std::sync::mpsc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, put};
use milagro_base::Seconds;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

use crate::bounded::List;
use crate::client::{BoardClient, CallError, Endpoint, EndpointError, Patience};
use crate::forms::NamesAnswer;
use crate::name::Name;
use crate::problem::ProblemType;
use crate::server::audit::{Audit, AuditError, Timed, verify};
use crate::server::{Busy, Frame, Limits, Listening, Pool, frame, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_takes_so_many_and_no_more() {
    let pool = Pool::new(1, 1);
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = oneshot::channel::<()>();
    let first = tokio::spawn({
        let pool = pool.clone();
        async move {
            let work = move || begin.send(()).is_ok() && released.recv().is_ok();
            pool.run(work).await
        }
    });
    begun.await.unwrap();
    let second = tokio::spawn({
        let pool = pool.clone();
        async move {
            // The probes below may take the place that is left before this does.
            while pool.run(|| ()).await == Err(Busy::Full) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    // One computes and one waits: a third is told so at once.
    let soon = Duration::from_millis(20);
    while tokio::time::timeout(soon, pool.run(|| ())).await != Ok(Err(Busy::Full)) {
        tokio::time::sleep(soon).await;
    }
    // Whoever waits and goes away leaves its place.
    second.abort();
    let _aborted = second.await;
    let third = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run(|| 3).await }
    });
    release.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(true));
    assert_eq!(third.await.unwrap(), Ok(3));
    assert_eq!(pool.run(|| 4).await, Ok(4));
    let lost = pool.run(|| panic!("on purpose")).await;
    assert_eq!(lost, Err::<(), _>(Busy::Lost));
    assert_eq!(pool.run(|| 5).await, Ok(5));
    let lost = pool.run_admitted(|| panic!("on purpose")).await;
    assert_eq!(lost, Err::<(), _>(Busy::Lost));
    assert_eq!(pool.run_admitted(|| 6).await, Ok(6));
}

#[test]
fn an_audit_file_shows_what_was_done_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit");
    let audit = Audit::open(&path).unwrap();
    for number in 0..5 {
        audit
            .record(
                Seconds::new(number),
                &json!({ "number": number, "text": "ä\n\"" }),
            )
            .unwrap();
    }
    let head = audit.head();
    drop(audit);
    assert_eq!(verify(&path).unwrap(), head);
    assert_eq!(head.lines, 5);
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    // Altered, left out, swapped, twice, begun elsewhere: the line is named.
    let without = |place: usize| {
        let mut lines = lines.clone();
        lines.remove(place);
        format!("{}\n", lines.join("\n"))
    };
    for (text, line) in [
        (good.replacen("\"number\":2", "\"number\":7", 1), 3),
        (good.replacen("\"at\":0", "\"at\":9", 1), 1),
        (without(0), 1),
        (without(2), 3),
        (format!("{good}{}\n", lines[4]), 6),
        (format!("{good}\n"), 6),
        (format!("{good}{}\n", "a".repeat(9_000)), 6),
    ] {
        fs::write(&path, text).unwrap();
        let Err(AuditError::Broken(broken)) = verify(&path) else {
            panic!("not seen: {line}")
        };
        assert_eq!(broken, line);
        assert!(Audit::open(&path).is_err());
    }
    // Killed in the middle of a line: it is taken away, and the next one follows.
    for cut in [1, 40, lines[4].len()] {
        fs::write(&path, &good[..good.len() - cut]).unwrap();
        let audit = Audit::open(&path).unwrap();
        assert_eq!(audit.head().lines, 4);
        audit.record(Seconds::new(9), &json!({})).unwrap();
        assert_eq!(verify(&path).unwrap(), audit.head());
    }
    // Lines that are written together are a chain as well, and one that is too long keeps all of them out.
    {
        let (one, long) = (json!({}), json!({ "text": "a".repeat(9_000) }));
        let audit = Audit::open(&path).unwrap();
        let before = audit.head();
        let timed = |at, event| Timed {
            at: Seconds::new(at),
            event,
        };
        let refused = audit.record_all([timed(1, &one), timed(2, &long)]);
        assert!(refused.is_err());
        assert_eq!(verify(&path).unwrap(), before);
        let events = [timed(1, &one), timed(2, &one), timed(3, &one)];
        let head = audit.record_all(events).unwrap();
        assert_eq!(head.lines, before.lines + 3);
        assert_eq!(verify(&path).unwrap(), head);
    }
    // A whole line less is right in itself; the head tells.
    fs::write(&path, without(4)).unwrap();
    assert_ne!(verify(&path).unwrap(), head);
    let audit = Audit::open(&path).unwrap();
    assert!(
        audit
            .record(Seconds::ZERO, &json!({ "text": "a".repeat(9_000) }))
            .is_err()
    );
    assert_eq!(verify(&path).unwrap(), audit.head());
}

/// A service on a port of its own, and what ends it.
struct Running {
    address: String,
    routes: watch::Sender<Router>,
    end: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<bool>,
}

impl Running {
    async fn start(routes: Router, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (_, tls) = watch::channel(None);
        let (replaced, routes) = watch::channel(routes);
        let (end, ended) = oneshot::channel();
        let listening = Listening {
            listener,
            tls,
            routes,
            limits,
        };
        let task = tokio::spawn(serve(listening, async move {
            let _dropped = ended.await;
        }));
        Self {
            address,
            routes: replaced,
            end,
            task,
        }
    }

    fn board(&self, patience: Patience) -> BoardClient {
        provide();
        let endpoint = Endpoint::new(&self.address, reqwest::ClientBuilder::new(), patience);
        BoardClient::new(endpoint.unwrap())
    }
}

/// What the process says once that uses reqwest.
fn provide() {
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

const QUICK: Patience = Patience {
    tries: 4,
    first: Duration::from_millis(1),
    most: Duration::from_millis(5),
    request: Duration::from_secs(5),
};

#[tokio::test]
async fn a_client_asks_again_where_it_may_help() {
    let asked = Arc::new(AtomicUsize::new(0));
    for (status, times) in [
        (503, 4),
        (429, 4),
        (502, 4),
        (408, 4),
        (500, 1),
        (404, 1),
        (301, 1),
        (403, 1),
    ] {
        let count = Arc::clone(&asked);
        let routes = Router::new().route(
            "/v1/messages/{name}",
            put(async move || {
                count.fetch_add(1, Ordering::SeqCst);
                StatusCode::from_u16(status).unwrap()
            }),
        );
        let running = Running::start(frame(routes, Frame::default()), Limits::default()).await;
        asked.store(0, Ordering::SeqCst);
        let Err(CallError::Status(seen)) = running.board(QUICK).put(b"a").await else {
            panic!("{status}")
        };
        assert_eq!((seen, asked.load(Ordering::SeqCst)), (status, times));
    }
}

#[tokio::test]
async fn a_client_goes_nowhere_else_and_believes_nothing() {
    let name = Name::of(b"a message");
    let later = Name::of(b"another one");
    let (low, high) = (name.min(later), name.max(later));
    let many = move |names: Vec<Name>, more: bool| {
        let names = List::new(names).unwrap();
        get(async move || {
            axum::body::Body::from(serde_json::to_vec(&NamesAnswer { names, more }).unwrap())
                .into_response()
        })
    };
    let elsewhere = Router::new().route(
        "/v1/messages",
        get(async || Redirect::temporary("http://127.0.0.1:1/")),
    );
    let running = Running::start(elsewhere, Limits::default()).await;
    let answer = running.board(QUICK).names(None).await;
    assert!(matches!(answer, Err(CallError::Status(307))), "{answer:?}");
    // Out of order, twice, and more after nothing: reading would never end.
    for (names, more, good) in [
        (vec![low, high], true, true),
        (vec![high, low], false, false),
        (vec![low, low], false, false),
        (vec![], true, false),
        (vec![], false, true),
    ] {
        let running = Running::start(
            Router::new().route("/v1/messages", many(names, more)),
            Limits::default(),
        )
        .await;
        assert_eq!(running.board(QUICK).names(None).await.is_ok(), good);
    }
    let running = Running::start(
        Router::new().route("/v1/messages", many(vec![low], true)),
        Limits::default(),
    )
    .await;
    assert!(running.board(QUICK).names(Some(high)).await.is_err());
    // Something else under the name, and far too much of it.
    for body in [b"something else".to_vec(), vec![0; 1 << 20]] {
        let routes = Router::new().route("/v1/messages/{name}", get(async move || body));
        let running = Running::start(routes, Limits::default()).await;
        assert_eq!(running.board(QUICK).get(name).await.unwrap(), None);
    }
}

#[tokio::test]
async fn addresses_are_private() {
    provide();
    let new = |address: &str| Endpoint::new(address, reqwest::ClientBuilder::new(), QUICK);
    for address in [
        "http://127.0.0.1:1",
        "http://localhost",
        "http://[::1]:1/a",
        "http://localhost/a/",
    ] {
        assert!(new(address).unwrap().address().ends_with('/'), "{address}");
    }
    for address in [
        "",
        "a",
        "ftp://localhost",
        "http://example.org",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "https://a:b@example.org",
        "https://example.org?a",
        "https://example.org#a",
        "file:///etc/passwd",
        "http://10.0.0.1",
    ] {
        assert!(
            matches!(new(address), Err(EndpointError::Address)),
            "{address}"
        );
    }
}

#[test]
fn pauses_grow_and_end() {
    let patience = Patience {
        tries: 9,
        first: Duration::from_millis(100),
        most: Duration::from_secs(1),
        ..QUICK
    };
    let pause = |failures, asked, random| patience.pause(failures, asked, random).as_millis();
    assert_eq!([0, 255].map(|random| pause(1, None, random)), [50, 100]);
    assert_eq!(
        [1, 2, 3, 4, 40, u32::MAX].map(|failures| pause(failures, None, 255)),
        [100, 200, 400, 800, 1000, 1000]
    );
    assert_eq!(pause(1, Some(Duration::from_millis(700)), 0), 700);
    assert_eq!(pause(1, Some(Duration::MAX), 0), 1000);
}

#[tokio::test]
async fn requests_that_are_answered_come_to_their_end() {
    let (started, mut has_started) = watch::channel(false);
    let routes = Router::new().route(
        "/slow",
        get(async move || {
            started.send_replace(true);
            tokio::time::sleep(Duration::from_millis(200)).await;
            "done"
        }),
    );
    let running = Running::start(frame(routes, Frame::default()), Limits::default()).await;
    provide();
    let address = format!("{}/slow", running.address);
    let request =
        tokio::spawn(async move { reqwest::get(address).await.unwrap().text().await.unwrap() });
    has_started.wait_for(|started| *started).await.unwrap();
    running.end.send(()).unwrap();
    assert!(running.task.await.unwrap());
    assert_eq!(request.await.unwrap(), "done");
}

#[tokio::test]
async fn a_connection_that_is_open_gets_the_new_routes() {
    let says = |word: &'static str| Router::new().route("/", get(async move || word));
    let running = Running::start(says("before"), Limits::default()).await;
    let address = running.address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    for word in ["before", "afterwards"] {
        let _before = running.routes.send_replace(says(word));
        let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut said = Vec::new();
        while !said.ends_with(word.as_bytes()) {
            assert_ne!(stream.read_buf(&mut said).await.unwrap(), 0);
            assert!(said.len() < 1_024, "{}", String::from_utf8_lossy(&said));
        }
    }
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_left() {
    let routes = Router::new().route("/never", get(core::future::pending::<()>));
    let time = Duration::from_millis(50);
    let routes = frame(
        routes,
        Frame {
            time,
            ..Frame::default()
        },
    );
    let running = Running::start(
        routes,
        Limits {
            drain: Duration::from_millis(50),
            ..Limits::default()
        },
    )
    .await;
    provide();
    let answer = reqwest::get(format!("{}/never", running.address))
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), ProblemType::Slow.status());
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["cache-control"], "no-store");
}
