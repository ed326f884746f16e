//! Connections, and calls of scripts over them.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::HashMap;

use futures_util::future::try_join_all;
use redis::aio::{ConnectionLike as _, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisResult, Value};
use tokio::sync::Semaphore;

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::packed::unexpected;
use crate::scripts::Program;
use crate::settings::Settings;

/// The connections to a server or a cluster.
pub(crate) struct Link {
    servers: Servers,
    in_flight: Semaphore,
    patience: Duration,
}

enum Servers {
    One {
        connections: Vec<ConnectionManager>,
        next: AtomicUsize,
    },
    Cluster(ClusterConnection),
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
        let servers = if settings.is_cluster {
            Servers::Cluster(Self::cluster(settings).await?)
        } else {
            Self::one(settings).await?
        };
        Ok(Self {
            servers,
            in_flight: Semaphore::new(settings.in_flight),
            patience: settings.patience,
        })
    }

    async fn one(settings: &Settings) -> RedisResult<Servers> {
        let server = settings.connections_to().into_iter().next();
        let server = server.ok_or((redis::ErrorKind::InvalidClientConfig, "no address"))?;
        let client = match settings.certificates() {
            None => Client::open(server)?,
            Some(certificates) => Client::build_with_tls(server, certificates)?,
        };
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(settings.patience))
            .set_response_timeout(Some(settings.patience));
        let connect = |_number| ConnectionManager::new_with_config(client.clone(), config.clone());
        Ok(Servers::One {
            connections: try_join_all((0..settings.connections).map(connect)).await?,
            next: AtomicUsize::new(0),
        })
    }

    async fn cluster(settings: &Settings) -> RedisResult<ClusterConnection> {
        let mut builder = ClusterClientBuilder::new(settings.connections_to())
            .connection_timeout(settings.patience)
            .response_timeout(settings.patience)
            .overall_response_timeout(Some(settings.patience))
            // Enough to follow a slot to where it went; the rest is done with patience.
            .retries(2)
            .min_retry_wait(10)
            .max_retry_wait(100);
        if let Some(certificates) = settings.certificates() {
            builder = builder.certs(certificates);
        }
        builder.build()?.get_async_connection().await
    }

    /// Runs a script. The server may not know it yet; then it is sent along.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let permit = self.in_flight.acquire().await;
        let _permit = permit.map_err(|closed| Failure::Refused(closed.to_string()))?;
        match self.send(call, false).await {
            Err(Failure::NoScript) => self.send(call, true).await,
            answer => answer,
        }
    }

    async fn send(&self, call: &Call<'_>, whole: bool) -> Result<Value, Failure> {
        let command = call.command(whole);
        if call.replicas == 0 {
            return Ok(self.run(command, call.bucket).await?);
        }
        // Half of the time for the replicas, so that the answer comes in time.
        let wait = self.patience.as_millis() / 2;
        let mut confirm = redis::cmd("WAIT");
        confirm.arg(call.replicas).arg(wait.to_string());
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline.add_command(command).add_command(confirm);
        let answers = self.run_both(pipeline, call.bucket).await?;
        let [answer, confirmed] = <[Value; 2]>::try_from(answers).map_err(|_count| unexpected())?;
        let answer = answer.extract_error()?;
        match confirmed.extract_error()? {
            Value::Int(replicas) if replicas >= i64::from(call.replicas) => Ok(answer),
            Value::Int(_) => Err(Failure::Unconfirmed),
            _ => Err(unexpected()),
        }
    }

    async fn run(&self, command: Cmd, bucket: &Bucket) -> RedisResult<Value> {
        let answer = match &self.servers {
            Servers::One { .. } => self.connection()?.req_packed_command(&command).await,
            Servers::Cluster(cluster) => {
                let master = RoutingInfo::SingleNode(master_of(bucket));
                cluster.clone().route_command(command, master).await
            }
        };
        // A refusal is an answer, too.
        answer?.extract_error()
    }

    async fn run_both(&self, pipeline: Pipeline, bucket: &Bucket) -> RedisResult<Vec<Value>> {
        match &self.servers {
            Servers::One { .. } => {
                let mut connection = self.connection()?;
                connection.req_packed_commands(&pipeline, 0, 2).await
            }
            Servers::Cluster(cluster) => {
                let mut cluster = cluster.clone();
                cluster
                    .route_pipeline(pipeline, 0, 2, master_of(bucket))
                    .await
            }
        }
    }

    /// Asks every master something that has nothing to do with buckets.
    pub(crate) async fn ask_masters<T: FromRedisValue>(
        &self,
        command: &Cmd,
    ) -> RedisResult<Vec<T>> {
        let cluster = match &self.servers {
            Servers::One { .. } => {
                let answer = self.connection()?.req_packed_command(command).await?;
                let answer = answer.extract_error()?;
                return Ok(vec![redis::from_redis_value(answer)?]);
            }
            Servers::Cluster(cluster) => cluster,
        };
        let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let answer = cluster
            .clone()
            .route_command(command.clone(), masters)
            .await?;
        let answers: HashMap<String, T> = redis::from_redis_value(answer)?;
        Ok(answers.into_values().collect())
    }

    /// Asks the master of a bucket something beside its scripts.
    pub(crate) async fn ask_master_of(&self, bucket: &Bucket, command: Cmd) -> RedisResult<Value> {
        self.run(command, bucket).await
    }

    fn connection(&self) -> RedisResult<ConnectionManager> {
        let Servers::One { connections, next } = &self.servers else {
            return Err((redis::ErrorKind::Client, "a cluster has no one connection").into());
        };
        let place = next.fetch_add(1, Ordering::Relaxed);
        let place = place.checked_rem(connections.len()).unwrap_or_default();
        let connection = connections.get(place).cloned();
        Ok(connection.ok_or((redis::ErrorKind::Client, "no connection"))?)
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

fn master_of(bucket: &Bucket) -> SingleNodeRoutingInfo {
    SingleNodeRoutingInfo::SpecificNode(Route::with_key(bucket.meta(), SlotAddr::Master))
}

impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
