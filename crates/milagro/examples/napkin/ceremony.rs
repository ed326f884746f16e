//! One authority's side of a key ceremony: its seed, its log and its copy of the board.
//!
//! The messages are public and signed, so any transport will do. Here each authority sends its messages to the TCP
//! ports of the others, and each keeps its own copy of the board.

use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use milagro::dta::ceremony::{Board, Outcome as Ceremony, Plan, Seat, Seed, advance};
use milagro::dta::{Authority, MemberKey, Mpin, sharing::Bls12381G1};

use super::dta::MESSAGE;
use super::report::{Outcome, missing};
use super::wire::Connection;
use super::world::rng;

/// How long an authority waits for the others.
const PATIENCE: Duration = Duration::from_secs(60);

/// A ceremony that one authority takes part in.
pub(crate) struct Session {
    plan: Plan<Mpin>,
    seed: Seed,
    others: Vec<SocketAddr>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// What this authority has sent. A real one writes it to disk before it sends.
    log: Vec<Vec<u8>>,
    board: Board<Mpin>,
}

impl Session {
    pub(crate) fn new(plan: Plan<Mpin>, others: Vec<SocketAddr>) -> Self {
        let state = State {
            log: Vec::new(),
            board: Board::new(&plan),
        };
        Self {
            plan,
            seed: Seed::random(&mut rng()),
            others,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Adds a message to the board. The board refuses what no member has signed for this plan.
    pub(crate) fn deliver(&self, message: &[u8]) -> bool {
        let added = self.state().board.add(message);
        self.changed.notify_all();
        added.is_ok()
    }

    /// Sends what there is to send and waits for the others, until there is a result.
    pub(crate) fn run(
        &self,
        key: &MemberKey<Bls12381G1>,
        held: Option<&Authority<Mpin>>,
    ) -> Outcome<Ceremony<Mpin>> {
        let seat = Seat::take(&self.plan, key, &self.seed, held)?;
        loop {
            let mut state = self.state();
            let progress = advance(&seat, &state.log, &state.board)?;
            if let Some(message) = progress.send {
                state.log.push(message.clone());
                drop(state);
                self.send(&message)?;
            } else if let Some(result) = progress.result {
                return Ok(result);
            } else if let Some(ended) = progress.ended {
                return Err(missing(&format!("the ceremony has a result, but {ended}")));
            } else {
                let waited = self.changed.wait_timeout(state, PATIENCE);
                let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
                drop(state);
                if waited.timed_out() {
                    return Err(missing("the other authorities answer in time"));
                }
            }
        }
    }

    fn send(&self, message: &[u8]) -> Outcome<()> {
        let message = [&[MESSAGE], message].concat();
        for address in &self.others {
            Connection::open(*address)?.ask(&message)?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
