//! Grants that wait for each other and are answered together.

use alloc::sync::Arc;
use core::time::Duration;

use milagro_wire::forms::{ShareAnswer, ShareRequest};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Busy;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::service::answers::{Computed, Said, compute};
use crate::service::at_work::Held;
use crate::service::parts::Parts;

/// How grants wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// Most grants at once, of all domains, from their arrival to their answer.
    pub grants: usize,
    /// Most in one batch.
    pub batch: usize,
    /// How long the first of a batch waits for others.
    pub time: Duration,
}

impl Default for Waiting {
    /// 1,024 grants, 64 in a batch, 1 ms.
    fn default() -> Self {
        Self {
            grants: 1024,
            batch: 64,
            time: Duration::from_millis(1),
        }
    }
}

/// Where grants wait: a line for each domain.
pub(crate) struct Queue {
    places: Arc<Semaphore>,
    all: u32,
    parts: Arc<Parts>,
    doors: Vec<Door>,
}

milagro_base::opaque_debug!(Queue);

/// Where grants for one domain come in.
struct Door {
    held: Arc<Held>,
    line: mpsc::UnboundedSender<One>,
}

/// A grant that waits.
struct One {
    request: ShareRequest,
    answer: oneshot::Sender<Said>,
    /// Its place, until it is answered.
    place: OwnedSemaphorePermit,
}

/// What a line works with.
#[derive(Clone)]
struct Line {
    parts: Arc<Parts>,
    held: Arc<Held>,
    waiting: Waiting,
    /// One permit for each batch that is computed: the lines take turns.
    working: Arc<Semaphore>,
}

impl Queue {
    /// Begins to answer, in a task for each domain, which ends after the queue.
    pub(crate) fn begin(parts: &Arc<Parts>, held: &[Arc<Held>], waiting: Waiting) -> Self {
        let all = u32::try_from(waiting.grants.clamp(1, 1 << 20)).unwrap_or(1 << 20);
        let working = Arc::new(Semaphore::new(parts.pool.threads()));
        let doors = held.iter().map(|held| {
            let (line, coming) = mpsc::unbounded_channel();
            let own = Line {
                parts: Arc::clone(parts),
                held: Arc::clone(held),
                waiting,
                working: Arc::clone(&working),
            };
            tokio::spawn(own.gather(coming));
            let held = Arc::clone(held);
            Door { held, line }
        });
        Self {
            places: Arc::new(Semaphore::new(usize::try_from(all).unwrap_or(1))),
            all,
            parts: Arc::clone(parts),
            doors: doors.collect(),
        }
    }

    /// What the share in a place says to a grant. Whoever drops the future changes nothing.
    ///
    /// # Errors
    /// [`ProblemType::Busy`] at once if too many wait, [`ProblemType::Rate`] if this grant came too often, and why there is no
    /// share.
    pub(crate) async fn ask(&self, place: usize, request: ShareRequest) -> Said {
        let door = self.doors.get(place).ok_or(ProblemType::NotFound)?;
        let clock = || self.parts.effects.now();
        let grant = request.grant.as_bytes();
        if let Some(seconds) = door.held.repeats.refused(grant, clock) {
            return Err(ProblemType::Rate.problem().after(seconds));
        }
        let free = Arc::clone(&self.places).try_acquire_owned();
        let (answer, answered) = oneshot::channel();
        let one = One {
            request,
            answer,
            place: free.map_err(|_| Problem::from(Busy::Full))?,
        };
        door.line.send(one).map_err(|_| lost())?;
        answered.await.map_err(|_| lost())?
    }

    /// Lets nobody in any more, and waits until all who are in are answered.
    pub(crate) async fn drain(&self) {
        let _all = self.places.acquire_many(self.all).await;
        self.places.close();
    }

    /// How many grants are on their way.
    #[cfg(test)]
    pub(crate) fn entered(&self) -> usize {
        usize::try_from(self.all).unwrap() - self.places.available_permits()
    }
}

/// Whoever was to answer has panicked, or the runtime ends.
fn lost() -> Problem {
    ProblemType::Internal.problem()
}

impl Line {
    async fn gather(self, mut coming: mpsc::UnboundedReceiver<One>) {
        let most = self.waiting.batch.max(1);
        while let Some(first) = coming.recv().await {
            if coming.len() < most - 1 {
                tokio::time::sleep(self.waiting.time).await;
            }
            let Ok(working) = Arc::clone(&self.working).acquire_owned().await else {
                return;
            };
            // Also what came while others were at work.
            let mut batch = vec![first];
            while batch.len() < most {
                match coming.try_recv() {
                    Ok(one) => batch.push(one),
                    Err(_) => break,
                }
            }
            // In a task of its own: the next batch is computed while this one waits for the disk.
            tokio::spawn(self.clone().answer(batch, working));
        }
    }

    /// Answers a batch. Each has its own verdict.
    async fn answer(self, batch: Vec<One>, working: OwnedSemaphorePermit) {
        let (mut requests, mut waiting) = (Vec::new(), Vec::new());
        for One {
            request,
            answer,
            place,
        } in batch
        {
            requests.push(request);
            waiting.push((answer, place));
        }
        let said = match self.computed(requests).await {
            Ok(computed) => {
                drop(working);
                self.noted(computed).await
            }
            Err(problem) => Some(waiting.iter().map(|_| Err(problem.clone())).collect()),
        };
        // Where there is nothing to say, they learn that it is lost, since their channels close.
        for ((answer, place), said) in waiting.into_iter().zip(said.into_iter().flatten()) {
            // Whoever asked may have gone.
            let _gone = answer.send(said);
            drop(place);
        }
    }

    /// Has a batch computed on the pool, unless too many were answered in this minute.
    async fn computed(&self, requests: Vec<ShareRequest>) -> Result<Computed, Problem> {
        if let Some(seconds) = self.held.closed() {
            return Err(ProblemType::Rate.problem().after(seconds));
        }
        let (parts, held) = (Arc::clone(&self.parts), Arc::clone(&self.held));
        let work = move || {
            let grants = requests.iter().map(|request| request.grant.as_bytes());
            let grants: Vec<&[u8]> = grants.collect();
            Handle::current().block_on(compute(&parts, &held, &grants))
        };
        // They were let in: they wait for a thread, whatever else is computed.
        Ok(self.parts.pool.run_admitted(work).await?)
    }

    /// Logs and notes what was computed, and says what may go out then.
    async fn noted(&self, computed: Computed) -> Option<Vec<Result<ShareAnswer, Problem>>> {
        let parts = Arc::clone(&self.parts);
        let decided = computed.logged(&parts, &self.held).await;
        // Not on a thread that computes: it waits for the disk.
        let noted = tokio::task::spawn_blocking(move || {
            let now = parts.effects.now();
            decided.noted(&parts.audit, now)
        });
        noted.await.ok()
    }
}
