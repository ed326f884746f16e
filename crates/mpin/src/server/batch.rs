//! Many logins at once.
//!
//! N proofs against one server key hold together if, for weights ρi (and τi, τi' for openings) of 128
//! bits that nobody could know before all proofs were fixed,
//!
//! ```text
//! e(Σ ρi·Vi + Σ τi·(zi·Bi - Ri - ci·Ui) + Σ τi'·(zi·Ai - Ri' - ci·Wi), Qs)
//!     · e(Σ ρi·Ui + Σ ρi·yi·Bi, s·Qs) = 1
//! ```
//!
//! (small-exponent test of Bellare, Garay, Rabin, EUROCRYPT '98). The weights hash all proofs together
//! with fresh randomness. A proof with a device key pairs its ρi·Vi with its own Pa. Where the test
//! fails, the bad proof is found by halving, and what is left goes back into the queue, so that every
//! login gets exactly the verdict it would get alone.

mod block;
mod sizer;

use alloc::collections::VecDeque;

use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;

use crate::names::binding::ChannelBinding;
use crate::proof::encoding::LoginProof;
use crate::proof::spec::Mode;
use crate::proof::statement::Statement;
use crate::proof::tags;
use crate::server::rejected::{Reason, Rejected};
use crate::server::store::ChallengeStore;
use crate::server::verifier::{Admitted, Authenticated, Verifier, opening_holds, take};
use block::Weights;
use sizer::Sizer;

/// A verifier that takes logins in batches. It learns how many go wrong and sizes its tests so that
/// they cost little when few do, and hardly more than single checks when many do.
#[derive(Debug)]
pub struct BatchVerifier {
    verifier: Verifier,
    sizer: Sizer,
}

/// A login that passed everything but the equations.
struct Candidate<'a> {
    index: usize,
    statement: &'a Statement,
    admitted: Admitted,
    weights: Weights,
}

type Verdict = Result<Authenticated, Rejected>;

impl BatchVerifier {
    /// Batches for a verifier.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            sizer: Sizer::default(),
        }
    }

    /// The verifier, for challenges and single checks.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Checks logins, each with the binding of its channel, and returns their verdicts in order: those
    /// that [`Verifier::verify`] would give. All challenges are used up.
    ///
    /// Variable time in the proofs, which are public, and in which of them are bad.
    pub fn verify<R, S>(
        &mut self,
        rng: &mut R,
        store: &S,
        logins: &[(LoginProof, ChannelBinding)],
        now: u64,
    ) -> Vec<Verdict>
    where
        R: CryptoRng + ?Sized,
        S: ChallengeStore + ?Sized,
    {
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(logins.len());
        let mut admitted = Vec::with_capacity(logins.len());
        for (index, (proof, binding)) in logins.iter().enumerate() {
            match self.admit(store, proof, binding, now) {
                Ok(login) => {
                    admitted.push((index, &proof.statement, login));
                    // Replaced below; a login that were forgotten would be refused.
                    verdicts.push(Err(Reason::Proof.into()));
                }
                Err(reason) => verdicts.push(Err(reason.into())),
            }
        }
        let candidates = self.weigh(rng, admitted);
        for (index, verdict) in self.settle(candidates) {
            if let Some(place) = verdicts.get_mut(index) {
                *place = verdict;
            }
        }
        verdicts
    }

    fn admit<S: ChallengeStore + ?Sized>(
        &self,
        store: &S,
        proof: &LoginProof,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Admitted, Reason> {
        take(store, &proof.nonce, now)?;
        self.verifier.policy.admit(&proof.statement)?;
        let mode = Mode::Challenge(&proof.nonce);
        self.verifier.admit(&proof.statement, mode, binding, now)
    }

    /// Draws the weights, after everything else is fixed.
    fn weigh<'a, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        logins: Vec<(usize, &'a Statement, Admitted)>,
    ) -> VecDeque<Candidate<'a>> {
        let mut transcript = Transcript::new(tags::BATCH);
        let mut fresh = [0; 32];
        rng.fill_bytes(&mut fresh);
        transcript.append("fresh randomness", &fresh);
        transcript.append("server", &*self.verifier.hedge);
        for (_, statement, admitted) in &logins {
            transcript.append("y", &admitted.y.to_bytes());
            transcript.append("V", &statement.v.to_bytes());
            if let Some(opening) = &statement.opening {
                let c = opening.challenge(&admitted.transcript, &statement.v);
                transcript.append("c", &c.to_bytes());
                transcript.append("z", &opening.z.to_bytes());
            }
        }
        let weights = transcript.weights("weights", 3 * logins.len());
        let weights = weights.as_chunks::<3>().0;
        logins
            .into_iter()
            .zip(weights)
            .map(|((index, statement, admitted), weights)| Candidate {
                index,
                statement,
                admitted,
                weights: Weights::from(*weights),
            })
            .collect()
    }

    /// Tests blocks until every candidate has its verdict.
    fn settle(&mut self, mut queue: VecDeque<Candidate<'_>>) -> Vec<(usize, Verdict)> {
        let mut verdicts = Vec::with_capacity(queue.len());
        self.sizer.submit(queue.len());
        while !queue.is_empty() {
            let size = self.sizer.next(queue.len());
            let mut block: Vec<Candidate<'_>> = queue.drain(..size).collect();
            let bad_inside = self.is_bad(&block);
            while bad_inside && block.len() > 1 {
                // The bad one is in the first half if that fails, else in the second.
                let second = block.split_off(block.len().div_ceil(2));
                if self.is_bad(&block) {
                    for candidate in second.into_iter().rev() {
                        queue.push_front(candidate);
                    }
                } else {
                    verdicts.extend(block.drain(..).map(|good| self.good(&good)));
                    block = second;
                }
            }
            for candidate in block {
                let verdict = if bad_inside {
                    self.bad(candidate)
                } else {
                    self.good(&candidate)
                };
                verdicts.push(verdict);
            }
        }
        verdicts
    }

    fn is_bad(&mut self, block: &[Candidate<'_>]) -> bool {
        let bad = match block {
            [one] => {
                !opening_holds(one.statement, &one.admitted)
                    || !self.verifier.holds(one.statement, &one.admitted)
            }
            many => !block::holds(&self.verifier, many),
        };
        self.sizer.tested(block.len(), bad);
        bad
    }

    fn good(&mut self, candidate: &Candidate<'_>) -> (usize, Verdict) {
        self.sizer.settled(false);
        let login = self
            .verifier
            .accept(candidate.statement, &candidate.admitted);
        (candidate.index, Ok(login))
    }

    fn bad(&mut self, candidate: Candidate<'_>) -> (usize, Verdict) {
        self.sizer.settled(true);
        let rejected = if opening_holds(candidate.statement, &candidate.admitted) {
            Verifier::refuse(candidate.statement, candidate.admitted)
        } else {
            Reason::Opening.into()
        };
        (candidate.index, Err(rejected))
    }
}
