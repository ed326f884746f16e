//! Both ends of a connection in one thread, with memory between them.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};

use openssl::ssl::{HandshakeError, Ssl, SslStream};

type Queue = Rc<RefCell<VecDeque<u8>>>;

/// One end of a wire without delay. Where nothing has arrived, reading would block.
#[derive(Debug)]
pub(crate) struct Wire {
    incoming: Queue,
    outgoing: Queue,
}

/// The two ends.
pub(crate) fn wire() -> (Wire, Wire) {
    let (there, back) = (Queue::default(), Queue::default());
    let one = Wire {
        incoming: back.clone(),
        outgoing: there.clone(),
    };
    let other = Wire {
        incoming: there,
        outgoing: back,
    };
    (one, other)
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.incoming.borrow_mut().read(buffer)? {
            0 if !buffer.is_empty() => Err(ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From nothing to two ends that may send data: the client's hello, the server's flight, the client's.
pub(crate) fn shake_hands(client: Ssl, server: Ssl) -> (SslStream<Wire>, SslStream<Wire>) {
    let (near, far) = wire();
    let Err(HandshakeError::WouldBlock(client)) = client.connect(near) else {
        panic!("the client waits for the server")
    };
    let Err(HandshakeError::WouldBlock(server)) = server.accept(far) else {
        panic!("the server waits for the client's last flight")
    };
    let client = client.handshake().unwrap();
    (client, server.handshake().unwrap())
}
