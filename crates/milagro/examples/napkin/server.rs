//! The server that people log in to. It stores no credential.

use std::sync::{Arc, Mutex, PoisonError};

use milagro::mpin::{
    ChannelBinding, ClientConfirmation, ClientHello, DecodeError, Identity, LoginProof,
    MemoryChallengeStore, PinDistance, PinError, Policy, Reason, Rejected, ServerSecret,
    ServerSession, SessionKeys, TrustDomainId, Verifier,
};

use super::clock::Clock;
use super::guard::Guard;
use super::mint::Mint;
use super::seal;
use super::wire::Role;
use super::world::rng;

/// First byte of a message to the server.
pub(crate) const HELLO: u8 = 1;
pub(crate) const LOGIN: u8 = 2;
pub(crate) const DRAW: u8 = 3;
pub(crate) const AGREE: u8 = 4;
pub(crate) const CONFIRM: u8 = 5;
pub(crate) const SEALED: u8 = 6;

/// All that the server says about a login.
pub(crate) const WELCOME: [u8; 1] = [1];
pub(crate) const REFUSED: [u8; 1] = [0];

/// What is worked out without a channel binding: over TLS it is the connection's exporter; plain TCP has none.
pub(crate) const BINDING: ChannelBinding = ChannelBinding::None;

/// What the server writes down for itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Welcomed(Identity),
    Refused(Reason),
    /// The token's holder typed a wrong PIN, and this is how far off it was.
    Mistyped(PinDistance),
    /// A failure that no token's holder can have caused by mistyping.
    NoGuess,
    /// Too many failures before this login, which was not looked at.
    Locked,
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
    /// Waits for the confirmation of a client that claims to be somebody.
    Answered(Box<ServerSession>, Identity),
    Done(SessionKeys),
}

pub(crate) struct LoginServer {
    verifier: Verifier,
    challenges: MemoryChallengeStore,
    clock: Clock,
    mint: Option<Arc<Mint>>,
    guard: Option<Guard>,
    diary: Mutex<Vec<Entry>>,
}

impl LoginServer {
    pub(crate) fn new(
        domain: TrustDomainId,
        secret: &ServerSecret,
        policy: Policy,
        clock: Clock,
    ) -> Self {
        Self {
            verifier: Verifier::new(domain, secret, policy),
            challenges: MemoryChallengeStore::new(10_000),
            clock,
            mint: None,
            guard: None,
            diary: Mutex::default(),
        }
    }

    /// Also issues tokens to those who have logged in.
    pub(crate) fn with_mint(mut self, mint: Arc<Mint>) -> Self {
        self.mint = Some(mint);
        self
    }

    /// Also counts failures.
    pub(crate) fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

    pub(crate) const fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }

    /// The newest entry of the diary.
    pub(crate) fn last_entry(&self) -> Option<Entry> {
        let diary = self.diary.lock().unwrap_or_else(PoisonError::into_inner);
        diary.last().cloned()
    }

    fn note(&self, entry: Entry) {
        let mut diary = self.diary.lock().unwrap_or_else(PoisonError::into_inner);
        diary.push(entry);
    }

    fn challenge(&self) -> Vec<u8> {
        let now = self.clock.now();
        let challenge = self.verifier.challenge(&mut rng(), &self.challenges, now);
        challenge.to_bytes().to_vec()
    }

    /// The peer gets the same byte for every reason; the diary gets the reason.
    fn login(&self, user: &mut Option<Identity>, proof: &[u8]) -> Vec<u8> {
        let entry = match LoginProof::from_bytes(proof) {
            Err(error) => Entry::NotUnderstood(error),
            Ok(proof) => self.check(&proof),
        };
        *user = match &entry {
            Entry::Welcomed(identity) => Some(identity.clone()),
            _ => None,
        };
        self.note(entry);
        if user.is_some() { WELCOME } else { REFUSED }.to_vec()
    }

    /// In earnest the decision of the guard and what it notes are one transaction per identity.
    fn check(&self, proof: &LoginProof) -> Entry {
        let (now, identity) = (self.clock.now(), proof.claimed_identity());
        if self.is_locked(identity, now) {
            return Entry::Locked;
        }
        match self.verifier.verify(&self.challenges, proof, &BINDING, now) {
            Ok(login) => self.welcome(login.identity()),
            Err(rejected) => self.explain(identity, &rejected, now),
        }
    }

    fn is_locked(&self, identity: &Identity, now: u64) -> bool {
        let guard = self.guard.as_ref();
        guard.is_some_and(|guard| guard.is_locked(identity, now))
    }

    /// Forgets earlier failures.
    fn welcome(&self, identity: &Identity) -> Entry {
        if let Some(guard) = &self.guard {
            guard.accepted(identity, self.clock.now());
        }
        Entry::Welcomed(identity.clone())
    }

    /// Why a login failed; lets the guard count it.
    fn explain(&self, identity: &Identity, rejected: &Rejected, now: u64) -> Entry {
        let Some(guard) = &self.guard else {
            return Entry::Refused(rejected.reason());
        };
        let Some(failure) = rejected.opened() else {
            guard.refused(identity, now);
            return Entry::Refused(rejected.reason());
        };
        match guard.look(&self.verifier, identity, failure, now) {
            PinError::Mistyped(distance) => Entry::Mistyped(distance),
            PinError::NoGuess => Entry::NoGuess,
            _ => Entry::Refused(rejected.reason()),
        }
    }

    /// Tokens for whoever has logged in here; no bytes for anybody else.
    fn draw(&self, user: Option<&Identity>, request: &[u8]) -> Vec<u8> {
        match (user, &self.mint) {
            (Some(user), Some(mint)) => mint.draw(&user.to_bytes(), request),
            _ => Vec::new(),
        }
    }

    /// Checks a login that brings half a key, and only then answers with the other half.
    fn agree(&self, hello: &[u8]) -> (Agreement, Vec<u8>) {
        let now = self.clock.now();
        let entry = match ClientHello::from_bytes(hello) {
            Err(error) => Entry::NotUnderstood(error),
            Ok(hello) if self.is_locked(hello.claimed_identity(), now) => Entry::Locked,
            Ok(hello) => {
                let (store, identity) = (&self.challenges, hello.claimed_identity());
                match self
                    .verifier
                    .accept_full(&mut rng(), store, &hello, &BINDING, now)
                {
                    Ok((session, answer)) => {
                        let waiting = Agreement::Answered(Box::new(session), identity.clone());
                        return (waiting, answer.to_bytes());
                    }
                    Err(rejected) => self.explain(identity, &rejected, now),
                }
            }
        };
        self.note(entry);
        (Agreement::None, Vec::new())
    }

    /// Checks that the client has the key too; only now it is logged in.
    fn confirm(&self, session: &mut Session, confirmation: &[u8]) -> Vec<u8> {
        let waiting = core::mem::take(&mut session.agreement);
        let (Agreement::Answered(waiting, identity), Ok(confirmation)) =
            (waiting, ClientConfirmation::from_bytes(confirmation))
        else {
            return REFUSED.to_vec();
        };
        match waiting.confirm(&confirmation) {
            Ok((login, keys)) => {
                session.user = Some(login.identity().clone());
                session.agreement = Agreement::Done(keys);
                self.note(self.welcome(login.identity()));
                WELCOME.to_vec()
            }
            Err(rejected) => {
                self.note(self.explain(&identity, &rejected, self.clock.now()));
                REFUSED.to_vec()
            }
        }
    }
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

impl Role for LoginServer {
    type Memory = Session;

    fn answer(&self, session: &mut Session, message: &[u8]) -> Option<Vec<u8>> {
        match message.split_first()? {
            (&HELLO, []) => Some(self.challenge()),
            (&LOGIN, proof) => Some(self.login(&mut session.user, proof)),
            (&DRAW, request) => Some(self.draw(session.user.as_ref(), request)),
            (&AGREE, hello) => {
                let (agreement, answer) = self.agree(hello);
                session.agreement = agreement;
                Some(answer)
            }
            (&CONFIRM, confirmation) => Some(self.confirm(session, confirmation)),
            (&SEALED, sealed) => talk(&session.agreement, sealed),
            _ => {
                self.note(Entry::NotUnderstood(DecodeError::Value));
                None
            }
        }
    }
}
