//! A network that cuts connections.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};
use std::io;

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
        };
        let cut = Arc::clone(&cuts.cut);
        tokio::spawn(async move {
            while let Ok((client, _address)) = listener.accept().await {
                let cut = Arc::clone(&cut);
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await
                        && carry(client, server).await.is_ok()
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

    /// How many connections were cut.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }
}

/// Carries bytes until there were enough. Only then it ends without an error.
async fn carry(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
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
