//! Listeners beside a service's own end with it, and what is under way there comes to its end.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::path::PathBuf;
use std::sync::mpsc;

use axum::Router;
use axum::routing::get;
use milagro_wire::server::{Limits, Listening};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Host, Listener, Replaced, Sides, run};
use crate::exit::Outcome;

/// How long an answer takes, and how long a service that ends waits for it.
#[derive(Clone, Copy)]
struct Times {
    takes: Duration,
    drain: Duration,
}

/// Says when it is asked, and answers when `takes` is over.
fn slow(takes: Duration, asked: watch::Sender<bool>) -> Router {
    let answer = async move || {
        asked.send_replace(true);
        sleep(takes).await;
        "answered"
    };
    Router::new().route("/", get(answer))
}

async fn begin(sides: &mut Sides, routes: Router, drain: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    sides.begin(Listening {
        listener,
        tls: watch::channel(None).1,
        routes: watch::channel(routes).1,
        limits: Limits {
            drain,
            ..Limits::default()
        },
    });
    address
}

/// A service is told to end while somebody waits at its side: how it ends, and what they get.
async fn ended_while_waiting(times: Times) -> (Outcome<()>, Option<String>) {
    crate::tls::prepare();
    let mut sides = Sides::default();
    let (under_way, mut is_under_way) = watch::channel(false);
    let routes = slow(times.takes, under_way);
    let address = begin(&mut sides, routes, times.drain).await;
    let (listens, heard) = mpsc::channel();
    let (end, ends) = watch::channel(());
    let host = Host::Shared { listens, ends };
    let listener = Listener {
        address: ([127, 0, 0, 1], 0).into(),
        certificate: None,
        key: None,
        drain: times.drain,
        sides,
    };
    let asked = tokio::spawn(async move {
        let answer = reqwest::get(format!("http://{address}/")).await.ok()?;
        answer.text().await.ok()
    });
    let told = async move {
        let asked = is_under_way.wait_for(|asked| *asked).await;
        asked.expect("somebody asks");
        drop(end);
    };
    let reload = async || Ok(Router::new());
    let served = run(&host, listener, Router::new(), reload);
    let (ended, ()) = tokio::join!(served, told);
    drop(host);
    assert_eq!(heard.iter().count(), 1);
    // The process ends here: whoever still waits gets nothing.
    let answer = if ended.is_ok() {
        asked.await.expect("no panic")
    } else {
        None
    };
    (ended, answer)
}

#[tokio::test]
async fn sides_end_with_the_service() {
    let times = Times {
        takes: Duration::from_millis(200),
        drain: Duration::from_secs(60),
    };
    let (ended, answer) = ended_while_waiting(times).await;
    ended.expect("nothing was cut off");
    assert_eq!(answer.as_deref(), Some("answered"));
}

#[tokio::test]
async fn what_takes_too_long_at_a_side_is_cut_off_and_said() {
    let times = Times {
        takes: Duration::from_secs(600),
        drain: Duration::from_millis(100),
    };
    let (ended, _answer) = ended_while_waiting(times).await;
    let words = ended.expect_err("it was cut off").to_string();
    assert!(words.contains("cut off"), "{words}");
}

/// Certificates that cannot be read: nothing is replaced, and nothing that a reload would change is changed.
#[tokio::test]
async fn a_reload_that_would_not_be_served_is_not_begun() {
    let begun = AtomicUsize::new(0);
    let listener = |certificate: Option<PathBuf>| Listener {
        address: ([127, 0, 0, 1], 0).into(),
        key: certificate.clone(),
        certificate,
        drain: Duration::from_secs(1),
        sides: Sides::default(),
    };
    for (certificate, times) in [(Some("/no/such".into()), 0), (None, 1)] {
        let replaced = Replaced {
            listener: listener(certificate),
            tls: watch::channel(None).0,
            routes: watch::channel(Router::new()).0,
            reload: async || {
                begun.fetch_add(1, Ordering::SeqCst);
                Ok(Router::new())
            },
        };
        replaced.replace().await;
        assert_eq!(begun.load(Ordering::SeqCst), times);
    }
}
