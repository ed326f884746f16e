//! Redemption under load: 10,000 tokens that were drawn over the wire, each tried 20 times by 8 threads at once.
//!
//! In the large runs the key's output for each token is computed once and kept for its 20 tries. That takes scalar
//! multiplications out of the threads' way: they meet in the store more often than they would otherwise.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

extern crate alloc;

use alloc::sync::Arc;
use core::{
    num::NonZeroUsize,
    sync::atomic::{AtomicU32, Ordering},
};
use std::{collections::HashMap, sync::Barrier, thread};

use getrandom::SysRng;
use milagro_voprf::tokens::{
    Binding, Epoch, Issuer, KeyId, KeyRing, KeySchedule, MemoryStore, Nonce, OutputSource,
    PinnedSchedule, QueryBudget, Redeemer, RedeemerId, RedemptionRequest, Refusal, ReserveError,
    Timetable, Token, TokenKey, TokenOutput, UserRate, Uses,
};
use milagro_voprf::{SecretKey, Voprf, rand_core::UnwrapErr};

const THREADS: usize = 8;
const TOKENS: usize = 10_000;
const TRIES: usize = 20;
const ROUND: usize = 250;
const CONTEXT: &[u8] = b"load";
const NOW: u64 = 10;

#[test]
fn each_token_of_one_use_is_spent_exactly_once() {
    assert_spent_exactly(1);
}

#[test]
fn each_token_of_three_uses_is_spent_exactly_three_times() {
    assert_spent_exactly(3);
}

/// A token's requests, one per use, with the payload of each and the number of times that it was accepted.
struct Spending {
    uses: Vec<(RedemptionRequest, Vec<u8>, AtomicU32)>,
}

fn assert_spent_exactly(k: u8) {
    let (schedule, keys, tokens) = draw(Uses::new(k).unwrap(), TOKENS);
    let outputs = keep_outputs(&keys, &tokens);
    let store = MemoryStore::new(NonZeroUsize::new(TOKENS).unwrap());
    let redeemer = Redeemer::new(RedeemerId::new(b"gate").unwrap(), schedule, outputs, store);
    let spendings: Vec<_> = tokens
        .into_iter()
        .map(|token| spend(token, redeemer.id()))
        .collect();

    let together = Barrier::new(THREADS);
    let attempt = |me: usize| {
        for round in spendings.chunks(ROUND) {
            together.wait();
            for spending in round {
                // The tries of one token are dealt to all threads, and those of one use to different ones.
                for attempt in (0..TRIES).filter(|attempt| attempt % THREADS == me) {
                    let (request, payload, accepted) = &spending.uses[attempt % usize::from(k)];
                    match redeemer.redeem(request, CONTEXT, payload, NOW) {
                        Ok(redeemed) => {
                            assert_eq!(*redeemed.spend(), request.spend());
                            accepted.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(Refusal::NotReserved(ReserveError::Spent | ReserveError::InFlight)) => {
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for me in 0..THREADS {
            scope.spawn(move || attempt(me));
        }
    });

    for spending in &spendings {
        let accepted: Vec<_> = spending
            .uses
            .iter()
            .map(|(.., accepted)| accepted.load(Ordering::Relaxed))
            .collect();
        assert_eq!(accepted, vec![1; usize::from(k)]);
    }
    assert_eq!(redeemer.store().len(), TOKENS);
    redeemer.store().purge(100);
    assert!(redeemer.store().is_empty(), "the epoch is over");
}

/// Draws tokens through the request and the answer, in batches.
fn draw(uses: Uses, count: usize) -> (KeySchedule, Arc<KeyRing>, Vec<Token>) {
    const BATCH: usize = 2_500;
    let mut rng = UnwrapErr(SysRng);
    let secret = SecretKey::<Voprf>::generate(&mut rng);
    let timetable = Timetable::new(0, 100).unwrap();
    let mut schedule = KeySchedule::new("ristretto255-SHA512", "load", timetable, uses).unwrap();
    schedule
        .push(Epoch::new(0), &secret.public_key().to_bytes())
        .unwrap();
    let mut ring = KeyRing::new();
    ring.insert(secret, QueryBudget::for_loss(16).unwrap().into());
    let ring = Arc::new(ring);
    let policy = UserRate::new(u32::MAX, 100, NonZeroUsize::MIN).unwrap();
    let issuer = Issuer::new(schedule.clone(), Arc::clone(&ring), policy);

    let key = TokenKey::from_schedule(&PinnedSchedule::pin(schedule.clone()), NOW).unwrap();
    let batch = |done| {
        let (request, pending) = key.draw(&mut rng, BATCH.min(count - done)).unwrap();
        let response = issuer.issue(&mut rng, b"ann", &request, NOW).unwrap();
        pending.finish(&response).unwrap()
    };
    let tokens = (0..count).step_by(BATCH).flat_map(batch).collect();
    (schedule, ring, tokens)
}

/// Outputs that the key computed once.
struct KeptOutputs(HashMap<(KeyId, Nonce), TokenOutput>);

fn keep_outputs(keys: &KeyRing, tokens: &[Token]) -> KeptOutputs {
    let output = |token: &Token| {
        let (key_id, nonce) = (*token.key_id(), *token.nonce());
        ((key_id, nonce), keys.output(&key_id, &nonce).unwrap())
    };
    KeptOutputs(tokens.iter().map(output).collect())
}

impl OutputSource for KeptOutputs {
    fn output(&self, key_id: &KeyId, nonce: &Nonce) -> Option<TokenOutput> {
        let output = self.0.get(&(*key_id, *nonce))?;
        TokenOutput::from_bytes(&output.to_bytes()).ok()
    }
}

fn spend(token: Token, redeemer: &RedeemerId) -> Spending {
    let mut uses = Vec::new();
    let mut token = Some(token);
    while let Some(now) = token {
        let payload = format!("payload {} of {:?}", uses.len(), now.nonce()).into_bytes();
        let (request, rest) = now.redeem(&Binding {
            redeemer,
            context: CONTEXT,
            payload: &payload,
        });
        uses.push((request, payload, AtomicU32::new(0)));
        token = rest;
    }
    Spending { uses }
}

#[test]
fn redeemers_that_share_a_store_spend_a_token_once() {
    let (schedule, keys, mut tokens) = draw(Uses::ONE, 20);
    let store = MemoryStore::new(NonZeroUsize::new(TOKENS).unwrap());
    let id = RedeemerId::new(b"gate").unwrap();
    let redeemers =
        [(); 2].map(|()| Redeemer::new(id.clone(), schedule.clone(), Arc::clone(&keys), &store));
    for _ in 0..20 {
        let spending = spend(tokens.pop().unwrap(), &id);
        let (request, payload, accepted) = &spending.uses[0];
        let together = Barrier::new(16);
        let attempt = |redeemer: &Redeemer<_, _>| {
            together.wait();
            if redeemer.redeem(request, CONTEXT, payload, NOW).is_ok() {
                accepted.fetch_add(1, Ordering::Relaxed);
            }
        };
        thread::scope(|scope| {
            for redeemer in redeemers.iter().cycle().take(16) {
                scope.spawn(|| attempt(redeemer));
            }
        });
        assert_eq!(accepted.load(Ordering::Relaxed), 1);
    }
}
