//! The `openssl` crate at one end or both: a server that answers one line, a client that says one.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use milagro_base::Seconds;
use milagro_interop::{Client, ConnectError, Connection, Server};
use milagro_tls::admission::{Anyone, Refusal};
use milagro_tls::psk::{PskError, PskResponder};
use milagro_tls::{EpochPolicy, Principal};
use openssl::pkey::Id;
use openssl::ssl::SslVersion;

use crate::pair::{DAY, NOW, World};
use crate::program::{LIMIT, PAUSE, local};

/// A server of ours that accepts one connection.
pub(crate) struct Listening {
    pub(crate) port: u16,
    thread: JoinHandle<Result<Seen, ConnectError>>,
}

/// What the server knows about a connection that was accepted.
pub(crate) struct Seen {
    pub(crate) peer: Principal,
    pub(crate) line: String,
    pub(crate) exporter: [u8; 32],
}

/// Answers one line with the same line backwards, so that no echo of a terminal looks like an answer.
pub(crate) fn serve(server: Server) -> Listening {
    let listener = TcpListener::bind(local(0)).expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let thread = thread::spawn(move || {
        let (mut connection, peer) = server.accept(accept(&listener))?;
        check(&connection);
        let line = hear(&mut connection);
        say(&mut connection, &backwards(&line));
        let exporter = connection.exporter()?;
        connection.close()?;
        Ok(Seen {
            peer,
            line,
            exporter,
        })
    });
    Listening { port, thread }
}

impl Listening {
    /// What came of the connection.
    pub(crate) fn end(self) -> Result<Seen, ConnectError> {
        self.thread.join().expect("a server that ends")
    }
}

/// Calls a server, says one line, and returns its answer.
pub(crate) fn speak(
    client: &Client,
    (server, port): (&Principal, u16),
    line: &str,
) -> Result<String, ConnectError> {
    let mut connection = client.connect(server, connect(port), NOW)?;
    check(&connection);
    say(&mut connection, line);
    Ok(hear(&mut connection))
}

pub(crate) fn backwards(line: &str) -> String {
    line.chars().rev().collect()
}

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect_timeout(&local(port), LIMIT).expect("a server that listens");
    bounded(stream)
}

/// TLS 1.3, and an ephemeral key exchange.
pub(crate) fn check(connection: &Connection<TcpStream>) {
    assert_eq!(connection.ssl().version2(), Some(SslVersion::TLS1_3));
    let ephemeral = connection.ssl().peer_tmp_key().expect("an ephemeral key");
    assert!([Id::X25519, Id::EC].contains(&ephemeral.id()));
    assert!(connection.ssl().peer_certificate().is_none());
}

fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("a listener");
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).expect("a stream");
            return bounded(stream);
        }
        assert!(Instant::now() < deadline, "nobody connects");
        thread::sleep(PAUSE);
    }
}

fn bounded(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(LIMIT)).expect("a stream");
    stream.set_write_timeout(Some(LIMIT)).expect("a stream");
    stream
}

fn hear(connection: &mut Connection<TcpStream>) -> String {
    let mut line = String::new();
    let mut reader = BufReader::new(connection);
    reader.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

fn say(connection: &mut Connection<TcpStream>, line: &str) {
    writeln!(connection, "{line}").expect("a peer that listens");
    connection.flush().expect("a peer that listens");
}

#[test]
fn both_ends_are_ours() {
    let world = World::new();
    let listening = serve(world.server());
    let answer = speak(&world.client(), (&world.service, listening.port), "hello");
    assert_eq!(answer.unwrap(), "olleh");
    let seen = listening.end().unwrap();
    assert_eq!(seen.peer, world.alice);
    assert_eq!(seen.line, "hello");
}

#[test]
fn another_name_is_refused_at_both_ends() {
    let world = World::new();
    let alice = world.client();
    let mallory = Client::new(world.initiator(&world.mallory, NOW).into()).unwrap();
    for (case, client, called) in [
        ("another client", &mallory, &world.service),
        ("another server answers", &alice, &world.other),
    ] {
        let listening = serve(world.server());
        let answer = speak(client, (called, listening.port), "hello");
        assert!(matches!(answer, Err(ConnectError::Handshake(_))), "{case}");
        let end = listening.end();
        assert!(matches!(end, Err(ConnectError::Handshake(_))), "{case}");
    }
    let closed = alice.prepare(&world.mallory, NOW);
    assert!(matches!(
        closed,
        Err(ConnectError::Key(PskError::Refused(Refusal::Role)))
    ));
}

/// Whom a server lets in that is called by a client.
fn met(server: &Server, client: &Client, called: &Principal, now: Seconds) -> Option<Principal> {
    let (near, far) = UnixStream::pair().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || client.connect(called, near, now).map(|_| ()));
        let (_, who) = server.accept(far).ok()?;
        Some(who)
    })
}

#[test]
fn a_server_knows_everybody_by_name() {
    let world = World::new();
    let key = world.answering_key(&world.service, NOW);
    let responder = PskResponder::new(key, EpochPolicy::DAILY, 1, Anyone);
    let server = Server::new(responder.into(), || NOW).unwrap();
    let (alice, mallory) = (&world.alice, &world.mallory);
    for caller in [alice, mallory, mallory, alice] {
        let client = Client::new(world.initiator(caller, NOW).into()).unwrap();
        let who = met(&server, &client, &world.service, NOW);
        assert_eq!(who.as_ref(), Some(caller), "with a cache for one");
    }
}

#[test]
fn keys_expire_and_are_renewed() {
    let world = World::new();
    let responder = Arc::new(world.responder(&world.service, &world.alice, NOW));
    let initiator = Arc::new(world.initiator(&world.alice, NOW));
    let clock = Arc::new(AtomicU64::new(NOW.get()));
    let time = clock.clone();
    let server = Server::new(responder.clone(), move || Seconds::new(time.load(Relaxed))).unwrap();
    let client = Client::new(initiator.clone()).unwrap();
    let met = |server_time: Seconds, client_time| {
        clock.store(server_time.get(), Relaxed);
        met(&server, &client, &world.service, client_time).is_some()
    };
    assert!(met(NOW, NOW));
    // A client whose clock stands still still calls with the old key.
    let tomorrow = NOW.plus(DAY);
    assert!(!met(tomorrow, NOW));
    let key = world.answering_key(&world.service, tomorrow);
    responder.install(key, tomorrow).unwrap();
    assert!(!met(tomorrow, NOW));
    let key = world.calling_key(&world.alice, tomorrow);
    initiator.install(key, tomorrow).unwrap();
    assert!(met(tomorrow, tomorrow));
}
