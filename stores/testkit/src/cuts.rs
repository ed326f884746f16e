//! A network that cuts connections.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};
use std::io;
use std::sync::{Mutex, PoisonError};

use alloc::sync::Arc;
use rand_core::Rng as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::load::rng;

/// Stands before a server, and cuts each connection after so many bytes of answers as nobody can foresee: a request has
/// taken effect, and its answer is lost, or half of it.
#[derive(Debug)]
pub struct Cuts {
    address: SocketAddr,
    cut: Arc<AtomicU64>,
    lost: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Cuts {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system's.
    pub async fn before(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let cuts = Self {
            address: listener.local_addr()?,
            cut: Arc::default(),
            lost: Arc::default(),
        };
        let (cut, lost) = (Arc::clone(&cuts.cut), Arc::clone(&cuts.lost));
        tokio::spawn(async move {
            while let Ok((client, _address)) = listener.accept().await {
                let (cut, lost) = (Arc::clone(&cut), Arc::clone(&lost));
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await
                        && carry(client, server, &lost).await.is_ok()
                    {
                        cut.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        Ok(cuts)
    }

    /// Where to connect.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Loses the next answer that has these bytes in it, and cuts its connection.
    pub fn lose(&self, bytes: &[u8]) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_vec());
    }

    /// How many connections were cut.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }
}

/// Carries bytes until there were enough. Only then it ends without an error.
async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    lost: &Mutex<Option<Vec<u8>>>,
) -> io::Result<()> {
    let mut left = LEAST + usize::try_from(rng().next_u32() % MORE).unwrap_or_default();
    let (mut question, mut answer) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    loop {
        tokio::select! {
            length = client.read(&mut question) => {
                let length = some(length?)?;
                server.write_all(question.get(..length).unwrap_or_default()).await?;
            }
            length = server.read(&mut answer) => {
                let length = some(length?)?;
                if is_lost(lost, answer.get(..length).unwrap_or_default()) {
                    return Ok(());
                }
                let carried = length.min(left);
                client.write_all(answer.get(..carried).unwrap_or_default()).await?;
                left -= carried;
                if left == 0 {
                    return Ok(());
                }
            }
        }
    }
}

/// Whether this is the answer that is to be lost; only once.
fn is_lost(lost: &Mutex<Option<Vec<u8>>>, answer: &[u8]) -> bool {
    let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |lost: &Vec<u8>| answer.windows(lost.len()).any(|part| part == &lost[..]);
    let found = lost.as_ref().is_some_and(is_it);
    if found {
        *lost = None;
    }
    found
}

/// Nobody says anything any more.
fn some(length: usize) -> io::Result<usize> {
    if length == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(length)
}

/// Enough for a connection to be opened.
const LEAST: usize = 6_000;
const MORE: u32 = 6_000;
