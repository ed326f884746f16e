//! A connection of HTTP/1.1 that costs next to nothing: requests are written as they are, and of an answer is read what the
//! load needs.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A connection that stays open.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: login.example\r\n\r\n");
        self.ask(&request).await
    }

    /// Posts JSON; `more` are lines of the head, each with its end.
    pub(crate) async fn post(&mut self, path: &str, more: &str, body: &str) -> Outcome<Answer> {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: login.example\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n{body}"
        );
        self.ask(&request).await
    }

    async fn ask(&mut self, request: &str) -> Outcome<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if let Some(answer) = read(&self.buffer)? {
                return Ok(answer);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
        }
    }
}

/// The answer, if all of it is there.
fn read(bytes: &[u8]) -> Outcome<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, rest) = bytes.split_at(end);
    let head = std::str::from_utf8(head)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.ok_or("no status")?.parse()?;
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(Ok(0), str::parse)?;
    let Some(body) = rest.get(4..length + 4) else {
        return Ok(None);
    };
    Ok(Some(Answer {
        status,
        head: head.to_owned(),
        body: std::str::from_utf8(body)?.to_owned(),
    }))
}

/// The value of a member of a JSON object that is a text without escapes.
pub(crate) fn member<'a>(body: &'a str, name: &str) -> Outcome<&'a str> {
    let start = format!("\"{name}\":\"");
    let found = body
        .split_once(&start)
        .and_then(|(_, rest)| rest.split_once('"'));
    Ok(found.ok_or_else(|| format!("no {name}"))?.0)
}
