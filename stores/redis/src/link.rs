//! Connections, and calls of scripts over them.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use futures_util::future::{try_join, try_join_all};
use redis::{Cmd, FromRedisValue, RedisResult, Value};
use tokio::sync::Semaphore;

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::lanes::{Lanes, Quorum};
use crate::line::{Line, Origin};
use crate::scripts::Program;
use crate::settings::Settings;

/// The connections to a server or a cluster.
pub(crate) struct Link {
    /// Each for many calls at a time.
    lines: Vec<Line>,
    next: AtomicUsize,
    in_flight: Semaphore,
    /// For calls that replicas confirm.
    lanes: Option<Arc<Lanes>>,
    patience: Duration,
}

/// A call of a script on one bucket.
pub(crate) struct Call<'a> {
    pub(crate) script: &'a Program,
    pub(crate) bucket: &'a Bucket,
    /// After that of the bucket.
    pub(crate) keys: Vec<Vec<u8>>,
    pub(crate) arguments: Vec<Vec<u8>>,
    /// How many replicas have to confirm it.
    pub(crate) replicas: u16,
}

impl Link {
    /// Connects.
    pub(crate) async fn new(settings: &Settings) -> RedisResult<Self> {
        let origin = Origin::new(settings)?;
        let lanes = async {
            Ok(match settings.replicas {
                0 => None,
                _ => Some(Arc::new(Lanes::new(&origin).await?)),
            })
        };
        // To the nodes of a cluster there is one.
        let number = if settings.is_cluster {
            1
        } else {
            settings.connections
        };
        let lines = try_join_all((0..number).map(|_number| origin.connect()));
        let (lines, lanes) = try_join(lines, lanes).await?;
        Ok(Self {
            lines,
            next: AtomicUsize::new(0),
            in_flight: Semaphore::new(settings.in_flight),
            lanes,
            patience: settings.patience,
        })
    }

    /// Runs a script. The server may not know it yet; then it is sent along.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Value, Failure> {
        match self.send(call, false).await {
            Err(Failure::NoScript) => self.send(call, true).await,
            answer => answer,
        }
    }

    async fn send(&self, call: &Call<'_>, whole: bool) -> Result<Value, Failure> {
        let command = call.command(whole);
        match &self.lanes {
            Some(lanes) if call.replicas > 0 => {
                let quorum = Quorum {
                    replicas: call.replicas,
                    // Half of the time, so that the answer comes in time.
                    within: self.patience / 2,
                };
                lanes.confirmed(command, call.bucket, quorum).await
            }
            _ => Ok(self.run(command, call.bucket).await?),
        }
    }

    async fn run(&self, command: Cmd, bucket: &Bucket) -> RedisResult<Value> {
        let closed = |_closed| (redis::ErrorKind::Client, "closed");
        let _permit = self.in_flight.acquire().await.map_err(closed)?;
        self.line()?.run(command, bucket).await
    }

    /// Asks every master something that has nothing to do with buckets.
    pub(crate) async fn ask_masters<T: FromRedisValue>(
        &self,
        command: &Cmd,
    ) -> RedisResult<Vec<T>> {
        self.line()?.ask_masters(command).await
    }

    /// Asks the master of a bucket something beside its scripts.
    pub(crate) async fn ask_master_of(&self, bucket: &Bucket, command: Cmd) -> RedisResult<Value> {
        self.run(command, bucket).await
    }

    fn line(&self) -> RedisResult<Line> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let place = place.checked_rem(self.lines.len()).unwrap_or_default();
        let line = self.lines.get(place).cloned();
        Ok(line.ok_or((redis::ErrorKind::Client, "no connection"))?)
    }
}

impl<'a> Call<'a> {
    /// A call without keys but that of the bucket.
    pub(crate) const fn bare(
        script: &'a Program,
        bucket: &'a Bucket,
        arguments: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            script,
            bucket,
            keys: Vec::new(),
            arguments,
            replicas: 0,
        }
    }

    fn command(&self, whole: bool) -> Cmd {
        let mut command = if whole {
            // The code's checksum is its name on the server from then on.
            let mut command = redis::cmd("EVAL");
            command.arg(self.script.code);
            command
        } else {
            let mut command = redis::cmd("EVALSHA");
            command.arg(&self.script.hash);
            command
        };
        command.arg(self.keys.len() + 1).arg(self.bucket.meta());
        command.arg(&self.keys).arg(&self.arguments);
        command
    }
}

impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
