//! The keys that a process works with, read again every minute: another replica, or the operator, may have made new ones. A new
//! key is used ten minutes after it was written, when every replica has read it.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::locked::SecretError;

use crate::keys::{self, KeysError, LEAD, Ring};
use crate::notes::{Event, Outcome, What};
use crate::service::Service;
use crate::shelf::unavailable;

/// After how long keys are read again.
const RELOAD: Seconds = Seconds::minutes(1);
/// Keys that are older than this are used by nobody who can read others: half of the lead.
const OLD: Seconds = Seconds::minutes(5);

/// Which key an operator makes anew.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rotated {
    Cookies,
    Statements,
}

impl Service {
    /// The keys. Where the records do not answer, those that are known stay.
    pub(crate) async fn ring(&self) -> Arc<Ring> {
        let now = self.now();
        let fresh = |read: Seconds, least| now < read.plus(least) && read <= now.plus(least);
        let (known, read) = self.held.known();
        if fresh(read, RELOAD) {
            return known;
        }
        // One reads. The others go on with what they have, if that cannot be too old.
        let _reading = match self.held.reading.try_lock() {
            Ok(reading) => reading,
            Err(_) if fresh(read, OLD) => return known,
            Err(_) => self.held.reading.lock().await,
        };
        let (known, read) = self.held.known();
        if fresh(read, RELOAD) {
            return known;
        }
        match keys::ring(self.records(), &self.parts.operator).await {
            Ok(ring) => self.held.replace(ring, now),
            Err(error) => {
                tracing::warn!(%error, "keys could not be read again");
                known
            }
        }
    }

    /// Makes a new key for the operator, which is used from the time that is returned. The line that says so is written before
    /// the key is: no key begins without one.
    pub(crate) async fn rotate(&self, rotated: Rotated) -> Result<Seconds, Problem> {
        // Others would have the key before they have read it, or begin it late.
        if let Some(fault) = self.parts.effects.clock_fault() {
            return Err(ProblemType::Unavailable.problem().saying(fault));
        }
        let (now, operator) = (self.now(), &self.parts.operator);
        let rng = &mut self.parts.effects.draw();
        let (what, next) = match rotated {
            Rotated::Cookies => {
                let next = keys::next_cookies(rng, self.records(), operator, now);
                (What::CookieKey, next.await)
            }
            Rotated::Statements => {
                let next = keys::next_countersigning(rng, self.records(), operator, now);
                (What::StatementKey, next.await)
            }
        };
        let (next, from) = (next.map_err(problem)?, now.plus(LEAD));
        let line = |outcome| Event::new(what, outcome).beginning(from);
        self.book.note(now, line(Outcome::Accepted)).await?;
        if let Err(error) = next.write(rng, self.records(), operator).await {
            // Whether or not this line can be written, too, the key's failure is what the operator is told.
            let _unwritten = self.book.note(now, line(Outcome::Failed)).await;
            return Err(problem(error));
        }
        Ok(from)
    }
}

fn problem(error: KeysError) -> Problem {
    match error {
        KeysError::TooSoon | KeysError::TooMany | KeysError::Secret(SecretError::Exists) => {
            ProblemType::Conflict.problem().saying(error.word())
        }
        KeysError::Secret(SecretError::Unavailable) => unavailable(milagro_ledger::Unavailable),
        _ => ProblemType::Internal.problem(),
    }
}
