//! One connection to a server, or one to each node of a cluster.

use std::collections::HashMap;

use redis::aio::{ConnectionLike as _, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisResult, Value};

use crate::bucket::Bucket;
use crate::settings::Settings;

/// One connection to a server, or one to each node of a cluster. Answers come in the order of the questions; who
/// stops waiting for one leaves it to be thrown away, so that nobody has another's.
#[derive(Clone)]
pub(crate) enum Line {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

/// What connections are made of.
pub(crate) enum Origin {
    One(Client, Box<ConnectionManagerConfig>),
    Cluster(ClusterClient),
}

impl Origin {
    pub(crate) fn new(settings: &Settings) -> RedisResult<Self> {
        if settings.is_cluster {
            return Self::cluster(settings);
        }
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
        Ok(Self::One(client, Box::new(config)))
    }

    fn cluster(settings: &Settings) -> RedisResult<Self> {
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
        Ok(Self::Cluster(builder.build()?))
    }

    pub(crate) async fn connect(&self) -> RedisResult<Line> {
        Ok(match self {
            Self::One(client, config) => {
                let config = ConnectionManagerConfig::clone(config);
                Line::One(ConnectionManager::new_with_config(client.clone(), config).await?)
            }
            Self::Cluster(client) => Line::Cluster(client.get_async_connection().await?),
        })
    }
}

impl Line {
    pub(crate) async fn run(&mut self, command: Cmd, bucket: &Bucket) -> RedisResult<Value> {
        let answer = match self {
            Self::One(server) => server.req_packed_command(&command).await,
            Self::Cluster(cluster) => {
                let master = RoutingInfo::SingleNode(master_of(bucket));
                cluster.route_command(command, master).await
            }
        };
        // A refusal is an answer, too.
        answer?.extract_error()
    }

    /// Two commands, the second right after the first on the same connection.
    pub(crate) async fn run_both(
        &mut self,
        pipeline: Pipeline,
        bucket: &Bucket,
    ) -> RedisResult<Vec<Value>> {
        match self {
            Self::One(server) => server.req_packed_commands(&pipeline, 0, 2).await,
            Self::Cluster(cluster) => {
                let master = master_of(bucket);
                cluster.route_pipeline(pipeline, 0, 2, master).await
            }
        }
    }

    pub(crate) async fn ask_masters<T: FromRedisValue>(
        &mut self,
        command: &Cmd,
    ) -> RedisResult<Vec<T>> {
        match self {
            Self::One(server) => {
                let answer = server.req_packed_command(command).await?;
                Ok(vec![redis::from_redis_value(answer.extract_error()?)?])
            }
            Self::Cluster(cluster) => {
                let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let answer = cluster.route_command(command.clone(), masters).await?;
                let answers: HashMap<String, T> = redis::from_redis_value(answer)?;
                Ok(answers.into_values().collect())
            }
        }
    }
}

fn master_of(bucket: &Bucket) -> SingleNodeRoutingInfo {
    SingleNodeRoutingInfo::SpecificNode(Route::with_key(bucket.meta(), SlotAddr::Master))
}
