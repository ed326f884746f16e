//! A server at rush hour: collects logins and checks them together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use milagro::mpin::{
    BatchVerifier, ChannelBinding, LoginProof, MemoryChallengeStore, Policy, Reason, ServerSecret,
    TrustDomainId, Verifier,
};

use super::clock::Clock;
use super::server::{BINDING, HELLO, LOGIN, REFUSED, WELCOME};
use super::wire::Role;
use super::world::rng;

/// First byte of a message: now check what has been collected.
pub(crate) const SETTLE: u8 = 7;

/// The answer to a login that has been put into the queue.
pub(crate) const QUEUED: [u8; 1] = [2];

/// Most logins that are collected before somebody has to settle them.
const ROOM: usize = 4_096;

pub(crate) struct Turnstile {
    verifier: Mutex<BatchVerifier>,
    challenges: MemoryChallengeStore,
    clock: Clock,
    queue: Mutex<Vec<(LoginProof, ChannelBinding)>>,
    last: Mutex<Settlement>,
}

/// What came of a batch, for the server's own eyes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settlement {
    /// Places in the queue, and why they were refused.
    pub(crate) refused: Vec<(usize, Reason)>,
    pub(crate) took: Duration,
}

impl Turnstile {
    pub(crate) fn new(
        domain: TrustDomainId,
        secret: &ServerSecret,
        policy: Policy,
        clock: Clock,
    ) -> Self {
        let verifier = BatchVerifier::new(Verifier::new(domain, secret, policy));
        Self {
            verifier: Mutex::new(verifier),
            challenges: MemoryChallengeStore::new(10_000),
            clock,
            queue: Mutex::default(),
            last: Mutex::default(),
        }
    }

    pub(crate) fn last_settlement(&self) -> Settlement {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    fn challenge(&self) -> Vec<u8> {
        let verifier = self.verifier.lock().unwrap_or_else(PoisonError::into_inner);
        let (store, now) = (&self.challenges, self.clock.now());
        let challenge = verifier.verifier().challenge(&mut rng(), store, now);
        challenge.to_bytes().to_vec()
    }

    fn collect(&self, proof: &[u8]) -> [u8; 1] {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match LoginProof::from_bytes(proof) {
            Ok(proof) if queue.len() < ROOM => {
                queue.push((proof, BINDING));
                QUEUED
            }
            _ => REFUSED,
        }
    }

    /// One byte for each login, in the order in which they came.
    fn settle(&self) -> Vec<u8> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let logins = core::mem::take(&mut *queue);
        let mut verifier = self.verifier.lock().unwrap_or_else(PoisonError::into_inner);
        let (store, now) = (&self.challenges, self.clock.now());
        let start = Instant::now();
        let verdicts = verifier.verify(&mut rng(), store, &logins, now);
        let took = start.elapsed();
        let refused = verdicts.iter().enumerate();
        let refused = refused.filter_map(|(place, verdict)| {
            let rejected = verdict.as_ref().err()?;
            Some((place, rejected.reason()))
        });
        let settlement = Settlement {
            refused: refused.collect(),
            took,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = settlement;
        let answers = verdicts.iter();
        let answers = answers.map(|verdict| if verdict.is_ok() { WELCOME } else { REFUSED });
        answers.flatten().collect()
    }
}

impl Role for Turnstile {
    type Memory = ();

    fn answer(&self, (): &mut (), message: &[u8]) -> Option<Vec<u8>> {
        match message.split_first()? {
            (&HELLO, []) => Some(self.challenge()),
            (&LOGIN, proof) => Some(self.collect(proof).to_vec()),
            (&SETTLE, []) => Some(self.settle()),
            _ => None,
        }
    }
}
