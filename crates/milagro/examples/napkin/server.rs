//! The server that people log in to. It stores no credential.

use std::sync::{Arc, Mutex, PoisonError};

use milagro::mpin::{
    ChannelBinding, DecodeError, Identity, LoginProof, MemoryChallengeStore, Policy, Reason,
    ServerSecret, TrustDomainId, Verifier,
};

use super::clock::Clock;
use super::mint::Mint;
use super::wire::Role;
use super::world::rng;

/// First byte of a message to the server.
pub(crate) const HELLO: u8 = 1;
pub(crate) const LOGIN: u8 = 2;
pub(crate) const DRAW: u8 = 3;

/// All that the server says about a login.
pub(crate) const WELCOME: [u8; 1] = [1];
pub(crate) const REFUSED: [u8; 1] = [0];

/// What the server writes down for itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Welcomed(Identity),
    Refused(Reason),
    NotUnderstood(DecodeError),
}

pub(crate) struct LoginServer {
    verifier: Verifier,
    challenges: MemoryChallengeStore,
    clock: Clock,
    mint: Option<Arc<Mint>>,
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
            diary: Mutex::default(),
        }
    }

    /// Also issues tokens to those who have logged in.
    pub(crate) fn with_mint(mut self, mint: Arc<Mint>) -> Self {
        self.mint = Some(mint);
        self
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
            Entry::Refused(_) | Entry::NotUnderstood(_) => None,
        };
        self.note(entry);
        if user.is_some() { WELCOME } else { REFUSED }.to_vec()
    }

    /// Tokens for whoever has logged in here; no bytes for anybody else.
    fn draw(&self, user: Option<&Identity>, request: &[u8]) -> Vec<u8> {
        match (user, &self.mint) {
            (Some(user), Some(mint)) => mint.draw(&user.to_bytes(), request),
            _ => Vec::new(),
        }
    }

    fn check(&self, proof: &LoginProof) -> Entry {
        let now = self.clock.now();
        // Over TLS the binding is the connection's exporter; plain TCP has none.
        let binding = ChannelBinding::None;
        match self.verifier.verify(&self.challenges, proof, &binding, now) {
            Ok(authenticated) => Entry::Welcomed(authenticated.identity().clone()),
            Err(rejected) => Entry::Refused(rejected.reason()),
        }
    }
}

impl Role for LoginServer {
    /// Who has logged in on this connection.
    type Memory = Option<Identity>;

    fn answer(&self, user: &mut Option<Identity>, message: &[u8]) -> Option<Vec<u8>> {
        match message.split_first() {
            Some((&HELLO, [])) => Some(self.challenge()),
            Some((&LOGIN, proof)) => Some(self.login(user, proof)),
            Some((&DRAW, request)) => Some(self.draw(user.as_ref(), request)),
            _ => {
                self.note(Entry::NotUnderstood(DecodeError::Value));
                None
            }
        }
    }
}
