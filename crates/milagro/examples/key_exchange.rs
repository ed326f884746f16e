//! Two nodes agree on keys over TCP, from nothing but each other's names, and a user with a PIN and a server do: no
//! TLS, no certificates.
//!
//! ```text
//! cargo run --release --example key_exchange
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::std_instead_of_core, reason = "a program, not a library")]

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use milagro::base::Seconds;
use milagro::tls::admission::AllowList;
use milagro::tls::exchange::{FLIGHT_HEADER_LEN, Prologue, Session, flight_length};
use milagro::tls::keys::{Agreement, PairMaster};
use milagro::tls::peer::{PeerInitiator, PeerResponder};
use milagro::tls::rand_core::UnwrapErr;
use milagro::tls::{Epoch, EpochPolicy, Identity, Principal, Role};

mod key_exchange {
    pub(crate) mod login;
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const POLICY: EpochPolicy = EpochPolicy::DAILY;

fn main() -> Outcome<()> {
    // Everybody believes one authority here. (`milagro::dta` makes it several.)
    let authority = PairMaster::<Agreement>::random(&mut UnwrapErr(SysRng), "example");
    let (alice, bob) = (named(&authority, "alice")?, named(&authority, "bob")?);
    let carol = named(&authority, "carol")?;

    // Bob takes calls of Alice, one after the other.
    let key = authority.issue_responder(&bob)?;
    let welcome: AllowList = [alice.principal().clone()].into_iter().collect();
    let responder = PeerResponder::new(&key, POLICY, welcome);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || -> Outcome<()> {
        for _ in 0..4 {
            match answer(&responder, listener.accept()?.0) {
                Ok(session) => report("bob", &session)?,
                Err(error) => println!("bob hung up: {error}"),
            }
        }
        Ok(())
    });

    let node = initiator(&authority, &alice)?;
    report("alice", &call(&node, bob.principal(), address)?)?;

    // Carol is somebody, and not welcome.
    let refused = call(&initiator(&authority, &carol)?, bob.principal(), address);
    println!("carol got: {}", refused.err().ok_or("was let in")?);

    // Mallory calls herself alice; her key is of another authority.
    let elsewhere = PairMaster::<Agreement>::random(&mut UnwrapErr(SysRng), "example");
    let mallory = initiator(&elsewhere, &named(&elsewhere, "alice")?)?;
    let refused = call(&mallory, named(&elsewhere, "bob")?.principal(), address);
    println!("mallory got: {}", refused.err().ok_or("was let in")?);

    // Alice calls Carol, and Bob answers.
    let refused = call(&node, carol.principal(), address);
    println!(
        "alice hung up: {}",
        refused.err().ok_or("took him for her")?
    );
    server.join().map_err(|_| "bob fell over")??;

    key_exchange::login::run()
}

/// What both ends should agree on beforehand.
fn prologue() -> Prologue {
    Prologue::new().and(b"milagro example/1")
}

/// A peer, in the epoch that it is now.
fn named(authority: &PairMaster<Agreement>, name: &str) -> Outcome<Identity> {
    let principal = Principal::new(authority.domain(), Role::Peer, name)?;
    Ok(principal.at(Epoch::at(now()?, POLICY.length)))
}

fn initiator(authority: &PairMaster<Agreement>, identity: &Identity) -> Outcome<PeerInitiator> {
    let issued = authority.issue(&mut UnwrapErr(SysRng), identity)?;
    let key = issued.accept(&authority.anchor())?;
    Ok(PeerInitiator::new(&key, POLICY))
}

fn call(node: &PeerInitiator, peer: &Principal, address: SocketAddr) -> Outcome<Session> {
    let mut stream = TcpStream::connect(address)?;
    let (waiting, flight) = node.call(&mut UnwrapErr(SysRng), peer.clone(), &prologue(), now()?)?;
    stream.write_all(&flight)?;
    let (session, flight) = waiting.finish(&receive(&mut stream)?, now()?)?;
    stream.write_all(&flight)?;
    Ok(session)
}

fn answer(node: &PeerResponder, mut stream: TcpStream) -> Outcome<Session> {
    let call = receive(&mut stream)?;
    let (waiting, flight) = node.answer(&mut UnwrapErr(SysRng), &call, &prologue(), now()?)?;
    println!("bob is called by {:?}, he says", waiting.claimed_identity());
    stream.write_all(&flight)?;
    Ok(waiting.finish(&receive(&mut stream)?, now()?)?)
}

/// The next flight of a stream: its header tells its length.
fn receive(stream: &mut TcpStream) -> Outcome<Vec<u8>> {
    let mut flight = vec![0; FLIGHT_HEADER_LEN];
    stream.read_exact(&mut flight)?;
    let length = flight_length(&flight)?.ok_or("no header")?;
    let rest = u64::try_from(length - FLIGHT_HEADER_LEN)?;
    stream.take(rest).read_to_end(&mut flight)?;
    Ok(flight)
}

/// Both ends print the same line of the session, which gives away none of its keys.
fn report(who: &str, session: &Session) -> Outcome<()> {
    let (id, peer) = (session_id(session)?, session.peer());
    println!("{who} is in session {id} with {peer:?}");
    Ok(())
}

fn session_id<P>(session: &Session<P>) -> Outcome<String> {
    let mut id = [0; 8];
    session.export("name of the session", b"", &mut id)?;
    Ok(format!("{:016x}", u64::from_be_bytes(id)))
}

fn now() -> Outcome<Seconds> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Seconds::new(now.as_secs()))
}
