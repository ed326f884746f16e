//! A server that users log in to. It stores no credential.

use std::sync::{Arc, Mutex, PoisonError};

use milagro::base::{Reader, Seconds, Writer};
use milagro::ledger::memory::MemoryLedger;
use milagro::ledger::{LocalLedger as _, Refused};
use milagro::mpin::client::PinLength;
use milagro::mpin::full::{
    Agreed, Answered, ClientConfirmation, ClientHello, ServerSession, SessionKeys,
};
use milagro::mpin::server::{
    Arrival, Attempts, Authenticated, OpenedFailure, Policy, Reason, Rejected,
};
use milagro::mpin::{
    ChannelBinding, DecodeError, Identity, LoginProof, ServerSecret, TrustDomainId, Verifier,
};

use super::clock::Clock;
use super::devices::Devices;
use super::issuer::TokenIssuer;
use super::report::Outcome;
use super::seal;
use super::wire::Handler;
use super::world::rng;

/// First byte of a message to the server.
pub(crate) const HELLO: u8 = 1;
pub(crate) const LOGIN: u8 = 2;
pub(crate) const DRAW: u8 = 3;
pub(crate) const AGREE: u8 = 4;
pub(crate) const CONFIRM: u8 = 5;
pub(crate) const SEALED: u8 = 6;
pub(crate) const ENROL: u8 = 8;

/// All that the server says about a login. The device's next cookie follows `WELCOME`.
pub(crate) const WELCOME: u8 = 1;
pub(crate) const REFUSED: u8 = 0;

/// Plain TCP has no channel binding. Over TLS it is the connection's exporter.
pub(crate) const BINDING: ChannelBinding = ChannelBinding::None;

/// What the server writes to its own log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Welcomed(Identity),
    Refused(Reason),
    /// A holder of the token typed a wrong PIN. The distance itself is not logged.
    Mistyped {
        by_one: bool,
    },
    /// All attempts are used up; the proof was not checked.
    Locked,
    /// The proof is right, but its challenge was used before.
    Used,
    /// The ledger refused for another reason.
    NotCounted,
    NotUnderstood(DecodeError),
}

/// What the server remembers of a connection.
#[derive(Default)]
pub(crate) struct Session {
    /// Who has logged in.
    user: Option<Identity>,
    agreement: Agreement,
}

/// How far a key agreement has come.
#[derive(Default)]
enum Agreement {
    #[default]
    None,
    /// Waits for the client's confirmation.
    Answered(Box<ServerSession>),
    Done(SessionKeys),
}

pub(crate) struct LoginServer {
    verifier: Verifier,
    /// Counts attempts and used challenges.
    ledger: MemoryLedger,
    clock: Clock,
    issuer: Option<Arc<TokenIssuer>>,
    devices: Option<Devices>,
    searches: bool,
    log: Mutex<Vec<Entry>>,
}

impl LoginServer {
    pub(crate) fn new(
        domain: TrustDomainId,
        secret: ServerSecret,
        policy: Policy,
        clock: Clock,
    ) -> Outcome<Self> {
        let ledger = MemoryLedger::init(&mut rng(), 100_000, Seconds::ZERO);
        let key = secret.belonging_to(ledger.id());
        Ok(Self {
            verifier: Verifier::new(domain, &key, ledger.id(), policy)?,
            ledger,
            clock,
            issuer: None,
            devices: None,
            searches: false,
            log: Mutex::default(),
        })
    }

    /// Also issues tokens to users who have logged in.
    pub(crate) fn with_issuer(mut self, issuer: Arc<TokenIssuer>) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Counts attempts for each device. Without this they are counted for each identity.
    pub(crate) fn with_devices(mut self) -> Self {
        let (domain, server) = (*self.verifier.domain(), self.verifier.server().clone());
        self.devices = Some(Devices::new(domain, server));
        self
    }

    /// Finds out by how much a PIN was mistyped.
    pub(crate) fn with_search(mut self) -> Self {
        self.searches = true;
        self
    }

    pub(crate) const fn devices(&self) -> Option<&Devices> {
        self.devices.as_ref()
    }

    /// Gives all attempts of an identity back, after its user was identified by other means.
    pub(crate) fn unlock(&self, identity: &Identity) -> Outcome<()> {
        let verifier = &self.verifier;
        let accounts = [
            verifier.attempts_of(identity),
            verifier.attempts_ever_of(identity),
        ];
        Ok(self.ledger.clear(&accounts)?)
    }

    /// The newest entry of the log.
    pub(crate) fn last_entry(&self) -> Option<Entry> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.last().cloned()
    }

    fn note(&self, entry: Entry) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(entry);
    }

    fn challenge(&self) -> Vec<u8> {
        let challenge = self.verifier.challenge(&mut rng(), self.clock.now());
        challenge.to_bytes().to_vec()
    }

    /// The peer gets the same answer for every reason; the log gets the reason.
    fn login(&self, session: &mut Session, message: &[u8]) -> Vec<u8> {
        session.user = None;
        let checked = read(message, LoginProof::from_bytes)
            .and_then(|(cookie, proof)| self.check(cookie, &proof));
        self.settle(session, checked)
    }

    /// The three moves: admit and pay, check, use the challenge up.
    fn check(&self, cookie: &[u8], proof: &LoginProof) -> Result<Authenticated, Entry> {
        let now = self.clock.now();
        let arrival = self.arrival(cookie, proof.claimed_identity())?;
        let admitted = self.verifier.admit(&mut rng(), proof, arrival)?;
        let paid = admitted.spend_local(&self.ledger, now);
        let paid = paid.map_err(|refused| not_counted(&refused, Entry::Locked))?;
        let checked = self.verifier.check(&mut rng(), paid, now);
        let checked = checked.map_err(|rejected| self.explain(rejected, now))?;
        let login = checked.spend_local(&self.ledger, now);
        let login = login.map_err(|refused| not_counted(&refused, Entry::Used))?;
        Ok(login.into_value())
    }

    /// Who counts the attempt. Without a good cookie, where there are cookies, nothing is counted and nothing checked.
    fn arrival(&self, cookie: &[u8], identity: &Identity) -> Result<Arrival<'static>, Entry> {
        let now = self.clock.now();
        let attempts = match &self.devices {
            Some(devices) => {
                Attempts::Device(devices.present(&self.ledger, cookie, identity, now)?)
            }
            None => Attempts::PerIdentityStrangersCanLockOut,
        };
        Ok(Arrival::new(&BINDING, attempts, now))
    }

    /// Why a check failed. Freezes a device of whose cookie there is a copy.
    fn explain(&self, rejected: Rejected, now: Seconds) -> Entry {
        rejected.give_back_local(&self.ledger);
        let reason = rejected.reason();
        if let Some(by_one) = rejected.opened().and_then(|failure| self.search(failure)) {
            return Entry::Mistyped { by_one };
        }
        if let (Some(copied), Some(devices)) = (rejected.into_copied(), &self.devices) {
            match copied.spend_local(&self.ledger, now) {
                Ok(copied) => devices.freeze(&copied),
                Err(refused) => return not_counted(&refused, Entry::Used),
            }
        }
        Entry::Refused(reason)
    }

    /// Whether a mistyped PIN was off by one; `None` if it was none, or nobody asked.
    fn search(&self, failure: &OpenedFailure) -> Option<bool> {
        if !self.searches {
            return None;
        }
        let now = self.clock.now();
        let search = self.verifier.search(&mut rng(), failure, PinLength::FOUR);
        let search = search.spend_local(&self.ledger, now).ok()?;
        let distance = self.verifier.distance_vartime(search)?;
        Some(distance.value().unsigned_abs() == 1)
    }

    /// Writes the log, and answers.
    fn settle(&self, session: &mut Session, checked: Result<Authenticated, Entry>) -> Vec<u8> {
        match checked {
            Ok(login) => {
                let identity = login.identity();
                session.user = Some(identity.clone());
                self.note(Entry::Welcomed(identity.clone()));
                let devices = self.devices.as_ref();
                let next = devices.map_or_else(Vec::new, |devices| devices.next(&login));
                [vec![WELCOME], next].concat()
            }
            Err(entry) => {
                self.note(entry);
                vec![REFUSED]
            }
        }
    }

    /// Tokens for whoever has logged in on this connection; no bytes for anybody else.
    fn draw(&self, user: Option<&Identity>, request: &[u8]) -> Vec<u8> {
        match (user, &self.issuer) {
            (Some(user), Some(issuer)) => issuer.draw(&user.to_bytes(), request),
            _ => Vec::new(),
        }
    }

    /// A device's cookie for an activation code.
    fn enrol(&self, code: &[u8]) -> Option<Vec<u8>> {
        Some(self.devices.as_ref()?.enrol(code))
    }

    /// Checks a login that brings half of a key, and only then answers with the other half.
    fn agree(&self, session: &mut Session, message: &[u8]) -> Vec<u8> {
        session.agreement = Agreement::None;
        let answered = read(message, ClientHello::from_bytes)
            .and_then(|(cookie, hello)| self.check_hello(cookie, &hello));
        match answered {
            Ok(Answered {
                session: waiting,
                hello,
            }) => {
                session.agreement = Agreement::Answered(Box::new(waiting));
                hello.to_bytes()
            }
            Err(entry) => {
                self.note(entry);
                Vec::new()
            }
        }
    }

    fn check_hello(&self, cookie: &[u8], hello: &ClientHello) -> Result<Answered, Entry> {
        let now = self.clock.now();
        let arrival = self.arrival(cookie, hello.claimed_identity())?;
        let admitted = self.verifier.admit_hello(&mut rng(), hello, arrival)?;
        let paid = admitted.spend_local(&self.ledger, now);
        let paid = paid.map_err(|refused| not_counted(&refused, Entry::Locked))?;
        let answered = self.verifier.check_hello(&mut rng(), paid, now);
        let answered = answered.map_err(|rejected| self.explain(rejected, now))?;
        let answered = answered.spend_local(&self.ledger, now);
        let answered = answered.map_err(|refused| not_counted(&refused, Entry::Used))?;
        Ok(answered.into_value())
    }

    /// Checks that the client has the key too; only now it is logged in.
    fn confirm(&self, session: &mut Session, confirmation: &[u8]) -> Vec<u8> {
        let waiting = core::mem::take(&mut session.agreement);
        let (Agreement::Answered(waiting), Ok(confirmation)) =
            (waiting, ClientConfirmation::from_bytes(confirmation))
        else {
            return vec![REFUSED];
        };
        let checked = self.check_confirmation(*waiting, &confirmation);
        let checked = checked.map(|Agreed { login, keys }| {
            session.agreement = Agreement::Done(keys);
            login
        });
        self.settle(session, checked)
    }

    fn check_confirmation(
        &self,
        waiting: ServerSession,
        confirmation: &ClientConfirmation,
    ) -> Result<Agreed, Entry> {
        let now = self.clock.now();
        let agreed = waiting.confirm(&mut rng(), confirmation, now)?;
        let agreed = agreed.spend_local(&self.ledger, now);
        let agreed = agreed.map_err(|refused| not_counted(&refused, Entry::Used))?;
        Ok(agreed.into_value())
    }
}

impl From<Rejected> for Entry {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected.reason())
    }
}

/// What a refusal of the ledger means, given what it means that a limit is reached.
pub(crate) fn not_counted<T>(refused: &Refused<T>, exhausted: Entry) -> Entry {
    match refused {
        Refused::Exhausted => exhausted,
        _ => Entry::NotCounted,
    }
}

/// A message with a device's cookie before it, which may be empty.
pub(crate) fn with_cookie(kind: u8, cookie: &[u8], message: &[u8]) -> Vec<u8> {
    let writer = Writer::new().u8(kind).string(cookie).bytes(message);
    writer.finish()
}

fn read<T>(
    message: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
) -> Result<(&[u8], T), Entry> {
    let mut reader = Reader::new(message);
    let parts = reader.string().and_then(|cookie| {
        let rest = reader.bytes(reader.remaining())?;
        Ok((cookie, decode(rest)?))
    });
    parts.map_err(Entry::NotUnderstood)
}

/// Answers a sealed message with one of its own; hangs up if the seal is broken.
fn talk(agreement: &Agreement, sealed: &[u8]) -> Option<Vec<u8>> {
    let Agreement::Done(keys) = agreement else {
        return None;
    };
    let text = seal::open(keys.receiving(), sealed)?;
    let answer = [b"you said: ", text].concat();
    Some(seal::close(keys.sending(), &answer))
}

impl Handler for LoginServer {
    type Memory = Session;

    fn answer(&self, session: &mut Session, message: &[u8]) -> Option<Vec<u8>> {
        match message.split_first()? {
            (&HELLO, []) => Some(self.challenge()),
            (&LOGIN, login) => Some(self.login(session, login)),
            (&DRAW, request) => Some(self.draw(session.user.as_ref(), request)),
            (&AGREE, hello) => Some(self.agree(session, hello)),
            (&CONFIRM, confirmation) => Some(self.confirm(session, confirmation)),
            (&SEALED, sealed) => talk(&session.agreement, sealed),
            (&ENROL, code) => self.enrol(code),
            _ => {
                self.note(Entry::NotUnderstood(DecodeError::Value));
                None
            }
        }
    }
}
