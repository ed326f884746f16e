//! A server that collects logins and checks them in batches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use milagro::base::Seconds;
use milagro::ledger::memory::MemoryLedger;
use milagro::ledger::{LocalLedger as _, Unspent};
use milagro::mpin::server::{Arrival, Attempts, BatchVerifier, Policy};
use milagro::mpin::{LoginProof, ServerSecret, TrustDomainId, Verifier};

use super::clock::Clock;
use super::report::Outcome;
use super::server::{BINDING, Entry, HELLO, LOGIN, REFUSED, WELCOME, not_counted};
use super::wire::Handler;
use super::world::rng;

/// First byte of a message: now check what has been collected.
pub(crate) const CHECK: u8 = 7;

/// The answer to a login that has been put into the queue.
pub(crate) const QUEUED: u8 = 2;

/// Most logins that are collected before they are checked.
const ROOM: usize = 4_096;

pub(crate) struct BatchServer {
    verifier: Mutex<BatchVerifier>,
    ledger: MemoryLedger,
    clock: Clock,
    queue: Mutex<Vec<LoginProof>>,
    last: Mutex<Batch>,
}

/// What came of a batch, for the server alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    /// Places in the queue, and why these logins were refused.
    pub(crate) refused: Vec<(usize, Entry)>,
    pub(crate) took: Duration,
}

impl BatchServer {
    pub(crate) fn new(
        domain: TrustDomainId,
        secret: ServerSecret,
        policy: Policy,
        clock: Clock,
    ) -> Outcome<Self> {
        let ledger = MemoryLedger::init(&mut rng(), 100_000, Seconds::ZERO);
        let key = secret.belonging_to(ledger.id());
        let verifier = Verifier::new(domain, &key, ledger.id(), policy)?;
        Ok(Self {
            verifier: Mutex::new(BatchVerifier::new(Arc::new(verifier))),
            ledger,
            clock,
            queue: Mutex::default(),
            last: Mutex::default(),
        })
    }

    pub(crate) fn last_batch(&self) -> Batch {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    fn challenge(&self) -> Vec<u8> {
        let verifier = self.verifier.lock().unwrap_or_else(PoisonError::into_inner);
        let challenge = verifier.verifier().challenge(&mut rng(), self.clock.now());
        challenge.to_bytes().to_vec()
    }

    fn collect(&self, proof: &[u8]) -> u8 {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match LoginProof::from_bytes(proof) {
            Ok(proof) if queue.len() < ROOM => {
                queue.push(proof);
                QUEUED
            }
            _ => REFUSED,
        }
    }

    /// One byte for each login, in the order in which they came.
    fn check(&self) -> Vec<u8> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let logins = core::mem::take(&mut *queue);
        let start = Instant::now();
        let verdicts = self.verdicts(&logins);
        let batch = Batch {
            took: start.elapsed(),
            refused: verdicts
                .iter()
                .enumerate()
                .filter_map(|(place, verdict)| Some((place, verdict.clone()?)))
                .collect(),
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = batch;
        let answer = |verdict: Option<Entry>| {
            if verdict.is_none() { WELCOME } else { REFUSED }
        };
        verdicts.into_iter().map(answer).collect()
    }

    /// The three moves for all: each ledger call and the check are made once. `None` is a good login.
    fn verdicts(&self, logins: &[LoginProof]) -> Vec<Option<Entry>> {
        let now = self.clock.now();
        let mut verdicts: Vec<Option<Entry>> = vec![None; logins.len()];
        let mut verifier = self.verifier.lock().unwrap_or_else(PoisonError::into_inner);

        let admit = |proof: &LoginProof| {
            let attempts = Attempts::PerIdentityStrangersCanLockOut;
            let arrival = Arrival::new(&BINDING, attempts, now);
            let admitted = verifier.verifier().admit(&mut rng(), proof, arrival);
            admitted.map_err(Entry::from)
        };
        let (places, admitted) = keep(&mut verdicts, logins.iter().map(admit).enumerate());
        let paid = Unspent::spend_all_local(admitted, &self.ledger, now).into_iter();
        let paid = paid.map(|paid| paid.map_err(|refused| not_counted(&refused, Entry::Locked)));
        let (places, paid) = keep(&mut verdicts, places.into_iter().zip(paid));
        let checked = verifier.check_all(&mut rng(), paid, now).into_iter();
        let checked = checked.map(|checked| {
            checked.map_err(|rejected| {
                rejected.give_back_local(&self.ledger);
                Entry::from(rejected)
            })
        });
        let (places, checked) = keep(&mut verdicts, places.into_iter().zip(checked));
        let logins = Unspent::spend_all_local(checked, &self.ledger, now).into_iter();
        let logins =
            logins.map(|login| login.map_err(|refused| not_counted(&refused, Entry::Used)));
        keep(&mut verdicts, places.into_iter().zip(logins));
        verdicts
    }
}

/// Writes the verdicts of those that are refused, and goes on with the others and their places.
fn keep<T>(
    verdicts: &mut [Option<Entry>],
    results: impl Iterator<Item = (usize, Result<T, Entry>)>,
) -> (Vec<usize>, Vec<T>) {
    let mut kept = (Vec::new(), Vec::new());
    for (place, result) in results {
        match result {
            Ok(value) => {
                kept.0.push(place);
                kept.1.push(value);
            }
            Err(entry) => {
                if let Some(verdict) = verdicts.get_mut(place) {
                    *verdict = Some(entry);
                }
            }
        }
    }
    kept
}

impl Handler for BatchServer {
    type Memory = ();

    fn answer(&self, (): &mut (), message: &[u8]) -> Option<Vec<u8>> {
        match message.split_first()? {
            (&HELLO, []) => Some(self.challenge()),
            (&LOGIN, proof) => Some(vec![self.collect(proof)]),
            (&CHECK, []) => Some(self.check()),
            _ => None,
        }
    }
}
