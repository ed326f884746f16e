//! Who makes room when there is none.

use core::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Running;
use crate::server::{Frame, Limits, frame};

/// Long enough for a machine that has much else to do.
const LONG: Duration = Duration::from_secs(60);

async fn asks(address: &str, text: &str) -> TcpStream {
    let address = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// What comes until the connection ends, or until there are so many bytes.
async fn hears(stream: &mut TcpStream, most: usize) -> String {
    let mut all = Vec::new();
    let read = async {
        while all.len() < most && stream.read_buf(&mut all).await.is_ok_and(|count| count > 0) {}
    };
    tokio::time::timeout(LONG, read).await.unwrap();
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn whoever_begins_what_never_ends_makes_room() {
    let routes = Router::new()
        .route("/read", post(async |body: Bytes| body.len().to_string()))
        .route("/left", post(async || "left"));
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let running = Running::start(frame(routes, Frame::default()), limits).await;
    let ask = async |path: &str, length: usize, body: &str| {
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: here\r\ncontent-length: {length}\r\n\r\n");
        asks(&running.address, &(head + body)).await
    };
    for path in ["/read", "/left"] {
        let mut slow = [ask(path, 100, "a").await, ask(path, 100, "a").await];
        // Both are there before the third is.
        if path == "/left" {
            for slow in &mut slow {
                assert!(hears(slow, 12).await.starts_with("HTTP/1.1 200"));
            }
        }
        for _ in 0..3 {
            let mut honest = ask("/read", 4, "abcd").await;
            let heard = hears(&mut honest, 12).await;
            assert!(heard.starts_with("HTTP/1.1 200"), "{path}: {heard}");
        }
        let [mut first, _second] = slow;
        assert!(!hears(&mut first, usize::MAX).await.contains("HTTP/1.1 408"));
    }
}
