//! Messages over TCP: a length in four bytes, big-endian, then as many bytes.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Longest message. A longer one is refused by its length, before anything is allocated for it.
pub(crate) const MAX: usize = 1 << 16;

/// How long an end waits for the other.
const PATIENCE: Duration = Duration::from_secs(20);

/// One end of a TCP connection.
pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) fn open(to: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&to, PATIENCE)?)
    }

    fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }

    /// Sends a message and waits for the answer.
    pub(crate) fn ask(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        self.send(message)?;
        self.receive()
    }

    pub(crate) fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if message.len() > MAX {
            return Err(ErrorKind::InvalidInput.into());
        }
        let length = u32::try_from(message.len()).map_err(|_| ErrorKind::InvalidInput)?;
        let mut frame = Vec::with_capacity(4 + message.len());
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(message);
        self.0.write_all(&frame)
    }

    /// Sends bytes that are no message, as an attacker would.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub(crate) fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut message = vec![0; length];
        self.0.read_exact(&mut message)?;
        Ok(message)
    }
}

/// Answers messages.
pub(crate) trait Handler: Send + Sync + 'static {
    /// What is remembered from one message of a connection to the next.
    type Memory: Default;

    /// The answer; `None` hangs up.
    fn answer(&self, memory: &mut Self::Memory, message: &[u8]) -> Option<Vec<u8>>;
}

/// A handler behind a TCP port of this machine, with a thread that accepts and one per connection.
pub(crate) struct Service<R: Handler> {
    handler: Arc<R>,
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl<R: Handler> Service<R> {
    pub(crate) fn start(handler: impl Into<Arc<R>>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let handler = handler.into();
        let stopped = Arc::new(AtomicBool::new(false));
        let acceptor = {
            let (handler, stopped) = (Arc::clone(&handler), Arc::clone(&stopped));
            thread::spawn(move || accept(&listener, &handler, &stopped))
        };
        Ok(Self {
            handler,
            address,
            stopped,
            acceptor: Some(acceptor),
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The handler, for what only the server's side can see.
    pub(crate) fn handler(&self) -> &R {
        &self.handler
    }
}

/// Stops listening; nobody can connect afterwards.
impl<R: Handler> Drop for Service<R> {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the acceptor up. If that fails it is gone already.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept<R: Handler>(listener: &TcpListener, handler: &Arc<R>, stopped: &Arc<AtomicBool>) {
    while let Ok((stream, _)) = listener.accept() {
        if stopped.load(Ordering::SeqCst) {
            return;
        }
        let (handler, stopped) = (Arc::clone(handler), Arc::clone(stopped));
        thread::spawn(move || {
            if let Ok(connection) = Connection::over(stream) {
                serve(connection, &*handler, &stopped);
            }
        });
    }
}

fn serve<R: Handler>(mut connection: Connection, handler: &R, stopped: &AtomicBool) {
    let mut memory = R::Memory::default();
    while let Ok(message) = connection.receive() {
        if stopped.load(Ordering::SeqCst) {
            break;
        }
        let Some(answer) = handler.answer(&mut memory, &message) else {
            break;
        };
        if connection.send(&answer).is_err() {
            break;
        }
    }
    let _ = connection.0.shutdown(Shutdown::Both);
}
