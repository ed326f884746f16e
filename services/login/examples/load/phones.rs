//! Phones, whose proofs are made ahead.

use std::thread;

use milagro_base::Seconds;
use milagro_mpin::client::PinLength;
use milagro_mpin::server::{PermitPolicy, Policy};
use milagro_mpin::{
    Challenge, ChannelBinding, ClientSecret, Factors, Identity, LoginProof, MasterSecret, Pin,
    ServerId, Target, Token,
};
use milagro_wire::bounded::Blob;

use crate::Outcome;
use crate::load::server::rng;

pub(crate) const START: Seconds = Seconds::new(1_800_000_000);
pub(crate) const DOMAIN: &str = "example";

const RIGHT: &str = "2580";
const WRONG: &str = "2581";

pub(crate) fn name(number: usize) -> String {
    format!("user {number}")
}

pub(crate) fn identity(number: usize) -> Outcome<Identity> {
    Ok(Identity::device("example", &name(number), &[7; 16])?)
}

pub(crate) fn server_name() -> Outcome<ServerId> {
    Ok(ServerId::new(b"login.example")?)
}

pub(crate) const fn policy() -> Policy {
    Policy::new(PermitPolicy::NoPermits)
}

/// A phone with what a right and a wrong PIN make of its token, so that only the proof itself has to be made.
pub(crate) struct Phone {
    right: ClientSecret,
    wrong: ClientSecret,
    target: Target,
    /// Its cookie with the service.
    pub(crate) cookie: String,
    /// Its browser's cookie, if it has a session.
    pub(crate) session: String,
    /// Proofs that are made.
    pub(crate) ready: Vec<Ready>,
}

/// A proof, as it is sent.
pub(crate) struct Ready {
    pub(crate) proof: String,
    pub(crate) right: bool,
}

/// What a phone is asked to prove.
pub(crate) struct Task {
    pub(crate) challenge: Challenge,
    pub(crate) right: bool,
}

impl Phone {
    pub(crate) fn new(master: &MasterSecret, number: usize) -> Outcome<Self> {
        let identity = identity(number)?;
        let domain = master.trust_domain(DOMAIN);
        let token = Token::new(domain, master.issue_client(&identity), &factors(RIGHT)?)?;
        let target = Target {
            domain,
            server: server_name()?,
            binding: ChannelBinding::None,
        };
        Ok(Self {
            right: token.unlock(&factors(RIGHT)?)?,
            wrong: token.unlock(&factors(WRONG)?)?,
            target,
            cookie: String::new(),
            session: String::new(),
            ready: Vec::new(),
        })
    }

    pub(crate) fn prove(&self, task: Task) -> Outcome<LoginProof> {
        let secret = if task.right { &self.right } else { &self.wrong };
        let login = secret.login(&self.target);
        Ok(login.answer(&mut rng(), task.challenge)?)
    }

    fn make_ready(&mut self, task: Task) -> Outcome<()> {
        let right = task.right;
        let proof = Blob::<2048>::new(self.prove(task)?.to_bytes());
        let proof = proof.map_err(|_| "too long")?.to_text();
        self.ready.push(Ready { proof, right });
        Ok(())
    }
}

/// Makes proofs ahead, on as many threads as there are processors: one list of tasks for each phone.
pub(crate) fn make_ready(phones: &mut [Phone], mut tasks: Vec<Vec<Task>>) -> Outcome<()> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let part = phones.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let parts = phones.chunks_mut(part).zip(tasks.chunks_mut(part));
        let parts = parts.map(|(phones, tasks)| {
            scope.spawn(move || {
                for (phone, tasks) in phones.iter_mut().zip(tasks) {
                    for task in tasks.drain(..) {
                        phone.make_ready(task)?;
                    }
                }
                Outcome::Ok(())
            })
        });
        for part in parts.collect::<Vec<_>>() {
            part.join().map_err(|_| "a thread has panicked")??;
        }
        Ok(())
    })
}

fn factors(pin: &str) -> Outcome<Factors> {
    Ok(Factors::pin(Pin::new(pin, PinLength::FOUR)?))
}
