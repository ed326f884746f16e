//! The client-server half: a user with a token and a PIN, and a server with a key for its name.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use getrandom::SysRng;
use milagro::base::Seconds;
use milagro::ledger::LocalLedger as _;
use milagro::ledger::memory::MemoryLedger;
use milagro::mpin::client::PinLength;
use milagro::mpin::full::KeyBase;
use milagro::mpin::server::{Attempts, Freshness, PermitPolicy, Policy};
use milagro::mpin::{
    Factors, Identity, MasterSecret, Pin, ServerId, Token, TrustDomainId, Verifier,
};
use milagro::tls::exchange::Session;
use milagro::tls::login::{
    LoggedIn, LoginClient, LoginError, LoginServer, ProofArrival, pseudonym,
};
use milagro::tls::rand_core::UnwrapErr;

use crate::{Outcome, now, prologue, receive, session_id};

/// What Alice's phone keeps, and whom it calls.
struct Phone {
    token: Token,
    name: Identity,
    domain: TrustDomainId,
    server: ServerId,
    address: SocketAddr,
}

/// What the server keeps: no credential among it. The ledger counts attempts, used challenges and used proofs.
struct Server {
    verifier: Verifier,
    ledger: MemoryLedger,
}

/// Alice logs in with a challenge, in one pass, and with a wrong PIN; then somebody repeats what she sent.
pub(crate) fn run() -> Outcome<()> {
    let authority = MasterSecret::random(&mut UnwrapErr(SysRng));
    let domain = authority.trust_domain("example");
    let name = ServerId::new(b"accounts.example")?;
    let server = Server::new(&authority, domain, &name)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let serving = thread::spawn(move || server.listen(&listener, 5));

    let alice = Identity::device("example", "alice", &[7; 16])?;
    let secret = authority.issue_client(&pseudonym(&domain, &alice));
    let phone = Phone {
        token: Token::new(domain, secret, &pin("1234")?)?,
        name: alice,
        domain,
        server: name,
        address,
    };
    for one_pass in [false, true] {
        let (session, _) = phone.log_in("1234", one_pass)?;
        println!(
            "alice is in session {} with {:?}",
            session_id(&session)?,
            session.peer()
        );
    }
    let refused = phone.log_in("1235", true).err();
    println!("alice mistyped: {}", refused.ok_or("was let in")?);

    // Mallory has recorded a login in one pass and sends it again. The server answers with another half of the key,
    // which the recorded confirmation does not fit.
    let (_, [first, last]) = phone.log_in("1234", true)?;
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&first)?;
    receive(&mut stream)?;
    stream.write_all(&last)?;
    let sessions = serving.join().map_err(|_| "the server panicked")??;
    if sessions == 3 {
        Ok(())
    } else {
        Err("mallory was let in".into())
    }
}

fn pin(digits: &str) -> Outcome<Factors> {
    Ok(Factors::pin(Pin::new(digits, PinLength::FOUR)?))
}

impl Phone {
    /// Returns the session, and the proof and the confirmation that were sent.
    fn log_in(&self, digits: &str, one_pass: bool) -> Outcome<(Session<ServerId>, [Vec<u8>; 2])> {
        let rng = &mut UnwrapErr(SysRng);
        let secret = self.token.unlock(&pin(digits)?)?;
        let base = KeyBase::new(&secret, &self.server);
        let (name, server) = (&self.name, self.server.clone());
        let client = LoginClient::new(&secret, &base, name, self.domain, server);
        let mut stream = TcpStream::connect(self.address)?;
        let (waiting, first) = if one_pass {
            client.start_one_pass(rng, &prologue(), now()?)?
        } else {
            let (waiting, hello) = client.start(&prologue());
            stream.write_all(&hello)?;
            waiting.receive(rng, &receive(&mut stream)?)?
        };
        stream.write_all(&first)?;
        let (session, last) = waiting.receive(&receive(&mut stream)?)?;
        stream.write_all(&last)?;
        Ok((session, [first, last]))
    }
}

impl Server {
    fn new(authority: &MasterSecret, domain: TrustDomainId, name: &ServerId) -> Outcome<Self> {
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            ..Policy::new(PermitPolicy::NoPermits)
        };
        // All keys are made now, so nothing can have been counted before.
        let ledger = MemoryLedger::init(&mut UnwrapErr(SysRng), 1000, Seconds::ZERO);
        let key = authority.issue_server(name).belonging_to(ledger.id());
        Ok(Self {
            verifier: Verifier::new(domain, &key, ledger.id(), policy)?,
            ledger,
        })
    }

    /// Serves so many connections, and returns how many of them became sessions.
    fn listen(&self, listener: &TcpListener, connections: u32) -> Outcome<u32> {
        let mut sessions = 0;
        for _ in 0..connections {
            match self.serve(listener.accept()?.0) {
                Ok(session) => {
                    sessions += 1;
                    println!(
                        "the server is in session {} with {:?}",
                        session_id(&session)?,
                        session.peer().name()
                    );
                }
                Err(error) => println!("the server hung up: {error}"),
            }
        }
        Ok(sessions)
    }

    /// Takes logins with a challenge, and in one pass.
    fn serve(&self, mut stream: TcpStream) -> Outcome<Session<LoggedIn>> {
        let rng = &mut UnwrapErr(SysRng);
        let server = LoginServer::new(&self.verifier);
        let first = receive(&mut stream)?;
        let asked = server.challenge(rng, &prologue(), &first, now()?);
        let due = match asked {
            Ok(asked) => {
                stream.write_all(&asked.flight)?;
                let proof = receive(&mut stream)?;
                asked.state.receive(rng, &proof, arrival()?)
            }
            Err(_) => server.one_pass(rng, &prologue(), &first, arrival()?),
        };
        // The attempt is paid for, the proof is checked, and the attempt of a good one is given back.
        let due = due.map_err(explain)?;
        let paid = due.unspent.spend_local(&self.ledger, now()?)?;
        let due = due.state.check(rng, paid, now()?).map_err(explain)?;
        let paid = due.unspent.spend_local(&self.ledger, now()?)?;
        let answer = due.state.answer(paid);
        stream.write_all(&answer.flight)?;
        // The challenge, or the proof in one pass, is used up before there is a session.
        let due = answer
            .state
            .receive(rng, &receive(&mut stream)?, now()?)
            .map_err(explain)?;
        let paid = due.unspent.spend_local(&self.ledger, now()?)?;
        Ok(due.state.finish(paid, now()?, |_| true)?)
    }
}

/// Attempts are counted by name, since this example has no device cookies; `napkin` has them.
fn arrival() -> Outcome<ProofArrival<'static>> {
    Ok(ProofArrival {
        attempts: Attempts::PerIdentityStrangersCanLockOut,
        pinned: None,
        now: now()?,
    })
}

/// The reason of a refusal, for the server's own log.
fn explain(error: LoginError) -> Box<dyn core::error::Error + Send + Sync> {
    match error {
        LoginError::Rejected(rejected) => format!("{rejected}: {:?}", rejected.reason()).into(),
        error => error.into(),
    }
}
