//! Redis.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::directory::Directory;
use crate::drill::Machine;
use crate::process::{Server, free_port, run, wait_until};

/// A server of its own, on a loopback port, that syncs every write unless it is told otherwise.
#[derive(Debug)]
pub struct Redis {
    server: Option<Server>,
    port: u16,
    settings: Vec<String>,
    directory: Directory,
}

/// Three masters, each with a replica.
#[derive(Debug)]
pub struct Cluster {
    /// Masters first. A replica stands three after its master.
    pub nodes: Vec<Redis>,
}

impl Redis {
    /// A new server with an empty database. `settings` are arguments of `redis-server`.
    ///
    /// # Errors
    /// The system's; when it does not come up.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        Self::start_in(Directory::new("redis")?, settings)
    }

    /// The same in a directory that is there.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_in(directory: Directory, settings: &[&str]) -> io::Result<Self> {
        let mut redis = Self {
            server: None,
            port: free_port()?,
            settings: settings.iter().map(ToString::to_string).collect(),
            directory,
        };
        redis.restart()?;
        Ok(redis)
    }

    /// A server of its own with a copy of the files.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_copy(&self) -> io::Result<Self> {
        let directory = Directory::new("redis")?;
        let mut copy = Command::new("cp");
        copy.arg("-a")
            .arg(self.directory.path().join("appendonlydir"));
        run(copy.arg(directory.path()))?;
        Self::start_in(directory, &[])
    }

    /// A replica of this server, once it has caught up and has it in its own file.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_replica(&self) -> io::Result<Self> {
        let port = self.port.to_string();
        // Not as a setting: one that is promoted and started anew is no replica again.
        let replica = Self::start(&[])?;
        replica.command(&["REPLICAOF", "127.0.0.1", &port])?;
        let says = |what| move |info: String| info.contains(what);
        wait_until(Duration::from_secs(20), || {
            let replication = replica.command(&["INFO", "replication"]);
            let persistence = replica.command(&["INFO", "persistence"]);
            replication.is_ok_and(says("master_link_status:up"))
                && persistence.is_ok_and(|info| {
                    let idle = ["aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0"];
                    idle.into_iter().all(|idle| info.contains(idle))
                })
        })?;
        Ok(replica)
    }

    /// Waits until a replica of this server has all that it has. (`WAIT` speaks of what its own connection has written.)
    ///
    /// # Errors
    /// After twenty seconds.
    pub fn wait_for(&self, replica: &Self) -> io::Result<()> {
        let offset = |server: &Self| {
            let info = server.command(&["INFO", "replication"]).ok()?;
            let line = info
                .lines()
                .find(|line| line.starts_with("master_repl_offset:"))?;
            Some(line.trim().to_owned())
        };
        wait_until(Duration::from_secs(20), || {
            let own = offset(self);
            own.is_some() && own == offset(replica)
        })
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where to connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Where it keeps its files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Sends one command, and gives the answer as it came, an error of the server as an error.
    ///
    /// # Errors
    /// The system's and the server's.
    pub fn command(&self, words: &[&str]) -> io::Result<String> {
        let mut cli = Command::new("redis-cli");
        cli.args(["-e", "-p", &self.port.to_string()]);
        run(cli.args(words))
    }

    /// Kills it without a warning.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// Stops it in its tracks, or lets it go on.
    ///
    /// # Errors
    /// The system's.
    pub fn freeze(&self, frozen: bool) -> io::Result<()> {
        self.server
            .as_ref()
            .map_or(Ok(()), |server| server.freeze(frozen))
    }

    /// Starts it again on the same port.
    ///
    /// # Errors
    /// The system's; when it does not come up.
    pub fn restart(&mut self) -> io::Result<()> {
        let directory = self.directory.path().to_owned();
        let mut redis = Command::new("redis-server");
        redis.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        redis.args([
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ]);
        redis.args(["--maxmemory-policy", "noeviction"]);
        redis.args(&self.settings).arg("--dir").arg(&directory);
        let mut server = Server::start(&mut redis, &directory)?;
        let port = self.port;
        wait_until(Duration::from_secs(60), || {
            pongs(port) || server.has_ended()
        })?;
        if server.has_ended() {
            let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
            return Err(io::Error::other(log));
        }
        self.server = Some(server);
        Ok(())
    }
}

impl Cluster {
    /// Six servers that have found each other. `settings` are arguments of each.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        let mut nodes = Vec::new();
        for _node in 0..6 {
            let bus = free_port()?.to_string();
            let mut own = vec!["--cluster-enabled", "yes", "--cluster-port", &bus];
            own.extend(["--cluster-node-timeout", "2000"]);
            own.extend(settings);
            nodes.push(Redis::start(&own)?);
        }
        let mut create = Command::new("redis-cli");
        create.args([
            "--cluster",
            "create",
            "--cluster-replicas",
            "1",
            "--cluster-yes",
        ]);
        create.args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        run(&mut create)?;
        let cluster = Self { nodes };
        cluster.wait_until_ok()?;
        Ok(cluster)
    }

    /// Waits until every node that runs calls the cluster whole.
    ///
    /// # Errors
    /// After a minute.
    pub fn wait_until_ok(&self) -> io::Result<()> {
        wait_until(Duration::from_secs(60), || {
            self.nodes
                .iter()
                .filter(|node| node.server.is_some())
                .all(|node| {
                    let says = |words: &[&str], what: &str| {
                        node.command(words)
                            .is_ok_and(|answer| answer.contains(what))
                    };
                    says(&["CLUSTER", "INFO"], "cluster_state:ok")
                        && (says(&["INFO", "replication"], "role:master")
                            || says(&["INFO", "replication"], "master_link_status:up"))
                })
        })
    }

    /// Where to connect.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }
}

impl Machine for Redis {
    fn start_in(directory: Directory) -> io::Result<Self> {
        Self::start_in(directory, &[])
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn url(&self) -> String {
        Self::url(self)
    }

    fn kill(&mut self) {
        Self::kill(self);
    }

    fn freeze(&self, frozen: bool) -> io::Result<()> {
        Self::freeze(self, frozen)
    }

    fn restart(&mut self) -> io::Result<()> {
        Self::restart(self)
    }
}

fn pongs(port: u16) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(answer == *b"+PONG")
    };
    ask().unwrap_or(false)
}
