//! The client-server half: a user with a token and a PIN, and a server with a key for its name.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use getrandom::SysRng;
use milagro::mpin::{
    Factors, Identity, KeyBase, MasterSecret, MemoryChallengeStore, MemoryReplayStore,
    OpeningPolicy, PermitPolicy, Pin, PinError, PinLength, Policy, ServerId, Token, TrustDomainId,
    Verifier,
};
use milagro::tls::rand_core::UnwrapErr;
use milagro::tls::{
    LoginError, Session,
    login::{LoggedIn, LoginClient, LoginServer, pseudonym},
};

use crate::{Outcome, now, prologue, receive, session_id};

/// What Alice's phone keeps, and whom it calls.
struct Phone {
    token: Token,
    name: Identity,
    domain: TrustDomainId,
    server: ServerId,
    address: SocketAddr,
}

/// What the server keeps: no credential among it.
struct Server {
    verifier: Verifier,
    challenges: MemoryChallengeStore,
    replays: MemoryReplayStore,
}

/// Alice logs in with a challenge, in one pass, and with a wrong PIN; then somebody repeats what she sent.
pub(crate) fn run() -> Outcome<()> {
    let authority = MasterSecret::random(&mut UnwrapErr(SysRng));
    let domain = authority.trust_domain("example");
    let name = ServerId::new(b"ledger.example")?;
    let policy = Policy {
        openings: OpeningPolicy::Opened(PinLength::FOUR),
        ..Policy::new(PermitPolicy::NoPermits)
    };
    let server = Server {
        verifier: Verifier::new(domain, &authority.issue_server(&name), policy),
        challenges: MemoryChallengeStore::new(1000),
        replays: MemoryReplayStore::new(1000),
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let serving = thread::spawn(move || -> Outcome<()> {
        for _ in 0..5 {
            match server.serve(listener.accept()?.0) {
                Ok(session) => println!(
                    "ledger is in session {} with {:?}",
                    session_id(&session)?,
                    session.peer().name()
                ),
                Err(error) => println!("ledger hung up: {error}"),
            }
        }
        Ok(())
    });

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

    // Mallory has recorded the first flight of a login in one pass.
    let (_, flight) = phone.log_in("1234", true)?;
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&flight)?;
    let refused = receive(&mut stream).err();
    println!("mallory got: {}", refused.ok_or("an answer")?);
    serving.join().map_err(|_| "ledger fell over")?
}

fn pin(digits: &str) -> Outcome<Factors> {
    Ok(Factors::pin(Pin::new(digits, PinLength::FOUR)?))
}

impl Phone {
    /// Returns the session, and the first flight that was sent.
    fn log_in(&self, digits: &str, one_pass: bool) -> Outcome<(Session<ServerId>, Vec<u8>)> {
        let rng = &mut UnwrapErr(SysRng);
        let secret = self.token.unlock(&pin(digits)?)?;
        let base = KeyBase::new(&secret, &self.server);
        let keys = (&secret, &base);
        let client = LoginClient::new(keys, &self.name, self.domain, self.server.clone()).opened();
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
        Ok((session, first))
    }
}

impl Server {
    /// Takes logins with a challenge, and in one pass.
    fn serve(&self, mut stream: TcpStream) -> Outcome<Session<LoggedIn>> {
        let rng = &mut UnwrapErr(SysRng);
        let server = LoginServer::new(&self.verifier);
        let first = receive(&mut stream)?;
        let asked = server.challenge(rng, &prologue(), (&self.challenges, now()?), &first);
        let answered = match asked {
            Ok((waiting, flight)) => {
                stream.write_all(&flight)?;
                let proof = receive(&mut stream)?;
                waiting.receive(rng, &self.challenges, &proof, now()?)
            }
            Err(_) => server.one_pass(rng, &prologue(), (&self.replays, now()?), &first),
        };
        let (waiting, flight) = answered.or_else(|error| self.count(error))?;
        stream.write_all(&flight)?;
        Ok(waiting.receive(&receive(&mut stream)?)?)
    }

    /// Counts a mistyped PIN, and nothing else: a stranger's garbage locks nobody out.
    fn count<T>(&self, error: LoginError) -> Outcome<T> {
        let LoginError::Rejected(rejected) = error else {
            return Err(error.into());
        };
        let policy = Policy::new(PermitPolicy::NoPermits);
        let until = now()? + policy.window + policy.skew + 1;
        if let Some(failure) = rejected.opened() {
            let times = (until, now()?);
            let found = self
                .verifier
                .pin_error_vartime(&self.replays, failure, times);
            println!(
                "ledger counts a mistyped PIN: {}",
                matches!(found, PinError::Mistyped(_))
            );
        }
        Err(format!("{rejected}: {:?}", rejected.reason()).into())
    }
}
