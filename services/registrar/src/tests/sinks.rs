//! What the registrar talks to: a mail server, and an application with hooks.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::net::IpAddr;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, post};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::hooks::{Found, Hook, HookPolicy, HookSecret, Lookup};
use crate::tests::world::serve;

/// A mail server that keeps what comes.
pub(super) struct MailSink {
    pub(super) port: u16,
    pub(super) mails: Arc<Mutex<Vec<String>>>,
}

impl MailSink {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move { take_mail(stream, &kept).await });
            }
        });
        Self { port, mails }
    }
}

/// As much of SMTP (RFC 5321) as a client needs that has one mail to send.
async fn take_mail(stream: TcpStream, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let mut envelope = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line
            .get(..4)
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = core::mem::take(&mut envelope);
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await?;
                    if line == ".\r\n" {
                        break;
                    }
                    mail.push_str(&line);
                }
                kept.lock().unwrap().push(mail);
                "250 kept\r\n"
            }
            _ => {
                envelope.push_str(&line);
                "250 sink\r\n"
            }
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

/// How an application answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Manner {
    Yes,
    No,
    Never,
    Broken,
    Elsewhere,
    Empty,
    Words,
    Endless,
    Created,
}

/// An application with hooks.
pub(super) struct Application {
    pub(super) address: String,
    pub(super) heard: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    /// How often the place was asked that redirects lead to.
    pub(super) elsewhere: Arc<AtomicUsize>,
    pub(super) manners: Arc<Mutex<VecDeque<Manner>>>,
}

pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

impl Application {
    pub(super) async fn new(manners: impl IntoIterator<Item = Manner>) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let elsewhere = Arc::new(AtomicUsize::new(0));
        let manners = Arc::new(Mutex::new(manners.into_iter().collect::<VecDeque<_>>()));
        let (log, queue, count) = (
            Arc::clone(&heard),
            Arc::clone(&manners),
            Arc::clone(&elsewhere),
        );
        let routes = Router::new()
            .route(
                "/hook",
                post(async move |headers: HeaderMap, body: Bytes| {
                    log.lock().unwrap().push((headers, body));
                    let manner = queue.lock().unwrap().pop_front().unwrap();
                    answer(manner).await
                }),
            )
            .route(
                "/elsewhere",
                any(async move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    r#"{"allow":true}"#
                }),
            );
        let address = serve(routes).await;
        Self {
            address,
            heard,
            elsewhere,
            manners,
        }
    }

    /// A hook that leads here. Little time where it is waited for in vain, and plenty where there is an answer.
    pub(super) fn hook(&self) -> Hook {
        let host = self.address.strip_prefix("http://").unwrap();
        let in_vain = self.manners.lock().unwrap().contains(&Manner::Never);
        let policy = HookPolicy {
            private: true,
            time: Duration::from_millis(if in_vain { 500 } else { 20_000 }),
            ..HookPolicy::new(vec![host.to_owned()])
        };
        hook(&format!("{}/hook", self.address), &policy)
    }
}

pub(super) fn hook(address: &str, policy: &HookPolicy) -> Hook {
    let secret = HookSecret::from_text(SECRET).unwrap();
    Hook::new(address, secret, policy, reqwest::ClientBuilder::new()).unwrap()
}

async fn answer(manner: Manner) -> Response {
    let yes = r#"{"allow":true}"#;
    match manner {
        Manner::Yes => yes.into_response(),
        Manner::No => r#"{"allow":false}"#.into_response(),
        Manner::Never => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            yes.into_response()
        }
        Manner::Broken => (StatusCode::INTERNAL_SERVER_ERROR, yes).into_response(),
        Manner::Elsewhere => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, "/elsewhere")],
            yes,
        )
            .into_response(),
        Manner::Empty => StatusCode::NO_CONTENT.into_response(),
        Manner::Words => "yes".into_response(),
        Manner::Endless => {
            format!(r#"{{"allow":true,"why":"{}"}}"#, "a".repeat(5000)).into_response()
        }
        Manner::Created => (StatusCode::CREATED, yes).into_response(),
    }
}

/// Answers of a name server, one after another.
pub(super) struct Rebinding(pub(super) Mutex<VecDeque<Vec<IpAddr>>>);

impl Lookup for Rebinding {
    fn lookup(&self, _: &str) -> Found {
        let next = self.0.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async move { Ok(next) })
    }
}
