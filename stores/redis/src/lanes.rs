//! Connections for what replicas confirm.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;
use redis::{Cmd, Pipeline, RedisResult, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::line::{Line, Origin};
use crate::packed::unexpected;

/// Connections for what replicas confirm.
///
/// `WAIT` stops its connection until the replicas have confirmed or the time is over, and all that was sent after it
/// waits, too. So each of these carries one call at a time, and nothing else stands behind one: where no replica
/// confirms, all that needs none goes on, and so does the question whether the server is still the one that was opened.
pub(crate) struct Lanes {
    free: Mutex<Vec<Line>>,
    permits: Arc<Semaphore>,
}

/// How many replicas have to confirm a call, and how soon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quorum {
    pub(crate) replicas: u16,
    pub(crate) within: Duration,
}

/// A connection that nobody else uses meanwhile.
struct Lane {
    lanes: Arc<Lanes>,
    line: Option<Line>,
    _permit: OwnedSemaphorePermit,
}

impl Lanes {
    pub(crate) async fn new(origin: &Origin) -> RedisResult<Self> {
        let lines = (0..LANES).map(|_number| origin.connect());
        Ok(Self {
            free: Mutex::new(try_join_all(lines).await?),
            permits: Arc::new(Semaphore::new(LANES)),
        })
    }

    /// The answer, if enough replicas have confirmed it in time.
    pub(crate) async fn confirmed(
        self: &Arc<Self>,
        command: Cmd,
        bucket: &Bucket,
        quorum: Quorum,
    ) -> Result<Value, Failure> {
        let mut lane = self.lane().await?;
        // Nought would be without end.
        let within = quorum.within.as_millis().max(1);
        let mut confirm = redis::cmd("WAIT");
        confirm.arg(quorum.replicas).arg(within.to_string());
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline.add_command(command).add_command(confirm);
        let bucket = bucket.clone();
        // In a task of its own: the lane is not free before the answer is there or late, even if nobody waits for it.
        let both = tokio::spawn(async move {
            let line = lane.line.as_mut().ok_or_else(unexpected)?;
            Ok::<_, Failure>(line.run_both(pipeline, &bucket).await?)
        });
        let both = both.await;
        let answers = both.map_err(|stopped| Failure::Gone(stopped.to_string()))??;
        let [answer, confirmed] = <[Value; 2]>::try_from(answers).map_err(|_count| unexpected())?;
        let answer = answer.extract_error()?;
        match confirmed.extract_error()? {
            Value::Int(replicas) if replicas >= i64::from(quorum.replicas) => Ok(answer),
            Value::Int(_) => Err(Failure::Unconfirmed),
            _ => Err(unexpected()),
        }
    }

    async fn lane(self: &Arc<Self>) -> Result<Lane, Failure> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|closed| Failure::Refused(closed.to_string()))?;
        let line = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Lane {
            lanes: Arc::clone(self),
            line,
            _permit: permit,
        })
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut free = self.lanes.free.lock();
        let free = free.as_mut().unwrap_or_else(|poisoned| poisoned.get_mut());
        free.extend(self.line.take());
    }
}

/// How many calls wait for replicas at a time.
const LANES: usize = 8;
