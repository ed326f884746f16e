//! Many logins at once.
//!
//! N proofs against one server key hold together if, for weights ρi, τi and τi' of 128 bits that nobody
//! could know before all proofs were fixed,
//!
//! ```text
//! e(Σ ρi·Vi + Σ τi·(zi·Bi - Ri - ci·Ui) + Σ τi'·(zi·Ai - Ri' - ci·Wi), Qs)
//!     · e(Σ ρi·Ui + Σ ρi·yi·Bi, s·Qs) = 1
//! ```
//!
//! (small-exponent test of Bellare, Garay, Rabin, EUROCRYPT '98). The pairing kills components of small order, so
//! the openings in its first sum are judged by their order-r parts, as they are alone. The weights hash all proofs
//! together with fresh randomness. A proof with a device key pairs its ρi·Vi with its own Pa. Where the test
//! fails, the bad proof is found by halving, and what is left goes back into the queue, so that every
//! login gets exactly the verdict it would get alone.

mod block;
mod candidate;
mod sizer;

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use milagro_base::{Seconds, parallel};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{Paid, Unspent};

use crate::proof::{opening, tags};
use crate::server::admit::Admitted;
use crate::server::check::Prepared;
use crate::server::outcome::Authenticated;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::verifier::Verifier;
use candidate::{Candidate, Weights};
use sizer::{Size, Sizer};

/// A verifier that checks paid logins in batches. It learns how many go wrong and sizes its tests so that
/// they cost little when few do, and hardly more than single checks when many do.
#[derive(Debug)]
pub struct BatchVerifier {
    verifier: Arc<Verifier>,
    sizer: Sizer,
}

type Verdict = Result<Unspent<Authenticated>, Rejected>;

impl BatchVerifier {
    /// Batches for a verifier.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            sizer: Sizer::default(),
        }
    }

    /// The verifier, for challenges and for admitting.
    #[must_use]
    pub const fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Checks logins whose attempts are paid, and returns their verdicts in order: those that
    /// [`Verifier::check`] would give.
    ///
    /// Variable time in the proofs, which are public, and in which of them are bad.
    pub fn check_all<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        logins: Vec<Paid<Admitted>>,
        now: Seconds,
    ) -> Vec<Verdict> {
        // Every place is written below; a login that were forgotten would be refused.
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(logins.len());
        let mut prepared = Vec::with_capacity(logins.len());
        let ready = parallel::map(logins, |paid| {
            self.verifier.due(&paid.0, &paid, now)?;
            Ok(self.verifier.prepare(paid.into_value().0)?)
        });
        for (index, one) in ready.into_iter().enumerate() {
            match one {
                Ok(one) => {
                    prepared.push((index, one));
                    verdicts.push(Err(Reason::Proof.into()));
                }
                Err(rejected) => verdicts.push(Err(rejected)),
            }
        }
        let candidates = self.weigh(rng, prepared);
        for (candidate, finding) in self.settle(candidates) {
            let prepared = candidate.prepared;
            let known = candidate.opened;
            let verdict = match finding {
                Finding::Good => self.verifier.accept(rng, prepared),
                Finding::Unopened => Err(Reason::Opening.into()),
                Finding::Bad if !known && !opened(&prepared) => Err(Reason::Opening.into()),
                Finding::Bad | Finding::Wrong => Err(prepared.refuse()),
            };
            if let Some(place) = verdicts.get_mut(candidate.index) {
                *place = verdict;
            }
        }
        verdicts
    }

    /// Draws the weights, after everything else is fixed.
    fn weigh<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        logins: Vec<(usize, Prepared)>,
    ) -> VecDeque<Candidate> {
        let mut transcript = Transcript::new(tags::BATCH);
        let mut fresh = [0; 32];
        rng.fill_bytes(&mut fresh);
        transcript.append("fresh randomness", &fresh);
        transcript.append("server", &*self.verifier.hedge);
        for (_, login) in &logins {
            // c hashes y with all that it covers, V, R and R'.
            transcript.append("y", &login.y.to_bytes());
            transcript.append("V", &login.statement.v.to_bytes());
            transcript.append("c", &login.c.to_be_bytes());
            transcript.append("z", &login.statement.z.to_bytes());
        }
        let weights = transcript.weights("weights", 3 * logins.len());
        let weights = weights.as_chunks::<3>().0;
        logins
            .into_iter()
            .zip(weights)
            .map(|((index, prepared), weights)| Candidate {
                index,
                prepared,
                weights: Weights::from(*weights),
                opened: false,
            })
            .collect()
    }

    /// Tests blocks until something is found about every candidate.
    fn settle(&mut self, mut queue: VecDeque<Candidate>) -> Vec<(Candidate, Finding)> {
        let mut findings = Vec::with_capacity(queue.len());
        self.sizer.submit(queue.len());
        self.open(&mut queue);
        while !queue.is_empty() {
            let size = self.sizer.next(size(&queue));
            let mut block: Vec<Candidate> = queue.drain(..size).collect();
            let mut finding = self.test(&block);
            while finding != Finding::Good && block.len() > 1 {
                // A bad one is in the first half if that fails, else in the second.
                let second = block.split_off(block.len().div_ceil(2));
                let first = self.test(&block);
                if first == Finding::Good {
                    self.settled(&mut findings, block, Finding::Good);
                    block = second;
                    finding = Finding::Bad;
                } else {
                    for candidate in second.into_iter().rev() {
                        queue.push_front(candidate);
                    }
                    finding = first;
                }
            }
            self.settled(&mut findings, block, finding);
        }
        findings
    }

    /// Where some logins are expected to be bad, tests the openings of all at once, so that no test of a block has
    /// to repeat them: a mistyped PIN is opened as well as a right one. Where few are, openings join the blocks.
    fn open(&mut self, queue: &mut VecDeque<Candidate>) {
        let left = size(&*queue);
        if left.equations < 2 || self.sizer.next(left) == left.equations {
            return;
        }
        self.sizer.opened(left.openings);
        if block::opened(queue.iter()) {
            for one in queue {
                one.opened = true;
            }
        }
    }

    fn settled(
        &mut self,
        findings: &mut Vec<(Candidate, Finding)>,
        block: Vec<Candidate>,
        finding: Finding,
    ) {
        for candidate in block {
            self.sizer.settled(finding != Finding::Good);
            findings.push((candidate, finding));
        }
    }

    fn test(&mut self, block: &[Candidate]) -> Finding {
        let finding = match block {
            [one] if !one.opened && !opened(&one.prepared) => Finding::Unopened,
            [one] if !self.verifier.holds(&one.prepared) => Finding::Wrong,
            [_] => Finding::Good,
            many if block::holds(&self.verifier, many) => Finding::Good,
            _ => Finding::Bad,
        };
        self.sizer.tested(size(block), finding != Finding::Good);
        finding
    }
}

/// What a test says of a block.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Finding {
    /// All hold.
    Good,
    /// One at least does not; of one: its opening or its equation.
    Bad,
    /// Of one: its opening does not.
    Unopened,
    /// Of one: its opening holds, its equation does not.
    Wrong,
}

/// What a test of these would be made of.
fn size<'a>(block: impl IntoIterator<Item = &'a Candidate>) -> Size {
    let none = Size {
        equations: 0,
        openings: 0,
    };
    block.into_iter().fold(none, |size, one| Size {
        equations: size.equations + 1,
        openings: size.openings + usize::from(!one.opened),
    })
}

fn opened(prepared: &Prepared) -> bool {
    opening::holds_vartime(&prepared.statement, prepared.c, prepared.bases())
}
