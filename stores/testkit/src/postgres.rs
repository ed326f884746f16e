//! PostgreSQL.

use core::time::Duration;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use std::{env, fs, thread};

use rustix::process::{Signal, geteuid};

use crate::directory::Directory;
use crate::drill::Machine;
use crate::process::{Server, free_port, run, wait_until};

/// A server of its own, reached over loopback as user `milagro`, without a password.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Server>,
    port: u16,
    settings: Vec<String>,
    // Last, so that it goes when nobody writes to it any more.
    directory: Directory,
}

impl Postgres {
    /// A new server with an empty database.
    ///
    /// # Errors
    /// The system's; whatever PostgreSQL said.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        Self::start_in(Directory::new("pg")?, settings)
    }

    /// The same in a directory that is there.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_in(directory: Directory, settings: &[&str]) -> io::Result<Self> {
        match template()? {
            Some(template) => copy(&template, directory.path())?,
            None => init(directory.path())?,
        }
        Self::serve(directory, settings)
    }

    /// A new server that calls itself by a name that no other has: those of [`Self::start`] may have one in common.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_apart() -> io::Result<Self> {
        let directory = Directory::new("pg")?;
        init(directory.path())?;
        Self::serve(directory, &[])
    }

    /// A copy of the files of a server that does not run.
    ///
    /// # Errors
    /// The system's.
    pub fn start_copy(&self, settings: &[&str]) -> io::Result<Self> {
        let directory = Directory::new("pg")?;
        copy(self.directory.path(), directory.path())?;
        Self::serve(directory, settings)
    }

    /// A replica of a server that runs.
    ///
    /// # Errors
    /// The system's; whatever PostgreSQL said.
    pub fn start_replica(&self) -> io::Result<Self> {
        let directory = Directory::new("pg")?;
        own(directory.path())?;
        let mut backup = program("pg_basebackup")?;
        backup.args(["-h", "127.0.0.1", "-U", "milagro", "-R", "-c", "fast", "-p"]);
        backup.arg(self.port.to_string()).arg("-D");
        run(backup.arg(directory.path().join("data")))?;
        Self::serve(directory, &[])
    }

    /// Makes a replica a server that takes writes.
    ///
    /// # Errors
    /// Whatever PostgreSQL said.
    pub fn promote(&self) -> io::Result<()> {
        let mut promote = program("pg_ctl")?;
        run(promote.args(["promote", "-w", "-D"]).arg(self.data()))?;
        Ok(())
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where to connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgresql://milagro@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs SQL and gives what it prints.
    ///
    /// # Errors
    /// Whatever PostgreSQL said.
    pub fn sql(&self, sql: &str) -> io::Result<String> {
        let mut psql = program("psql")?;
        run(psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", &self.url(), "-c", sql]))
    }

    /// Dumps a schema, as `pg_dump` does.
    ///
    /// # Errors
    /// Whatever PostgreSQL said.
    pub fn dump(&self, schema: &str) -> io::Result<String> {
        run(program("pg_dump")?.args(["-n", schema, &self.url()]))
    }

    /// Plays a dump.
    ///
    /// # Errors
    /// Whatever PostgreSQL said.
    pub fn play(&self, dump: &str) -> io::Result<()> {
        let file = self.directory.path().join("dump.sql");
        fs::write(&file, dump)?;
        let mut psql = program("psql")?;
        psql.args(["-Xq", "-v", "ON_ERROR_STOP=1", &self.url(), "-f"]);
        run(psql.arg(file))?;
        Ok(())
    }

    /// Kills it without a warning.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// The system's.
    pub fn stop(&mut self) -> io::Result<()> {
        match self.server.take() {
            Some(mut server) => server.stop(Signal::INT),
            None => Ok(()),
        }
    }

    /// Stops all of its processes in their tracks, or lets them go on.
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
        let data = self.data();
        let port = self.port.to_string();
        let directory = self.directory.path().to_owned();
        // What a killed server leaves in shared memory has to go first: that of a child which has not seen yet that it is alone.
        let until = Instant::now() + Duration::from_secs(30);
        let last = loop {
            let mut postgres = program("postgres")?;
            postgres.args(["-p", &port, "-c", "listen_addresses=127.0.0.1"]);
            postgres.args(["-c", "shared_buffers=64MB", "-c", "max_connections=200"]);
            postgres.arg("-k").arg(&directory).arg("-D").arg(&data);
            for setting in &self.settings {
                postgres.args(["-c", setting]);
            }
            let mut server = Server::start(&mut postgres, &directory)?;
            let mut ready = program("pg_isready")?;
            ready.args(["-h", "127.0.0.1", "-p", &port]);
            let last = wait_until(Duration::from_secs(30), || {
                run(&mut ready).is_ok() || server.has_ended()
            });
            if last.is_ok() && !server.has_ended() {
                self.server = Some(server);
                return Ok(());
            }
            if Instant::now() > until {
                break last;
            }
            thread::sleep(Duration::from_millis(100));
        };
        let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
        last.and(Err(io::Error::other(log)))
    }

    /// Where it keeps its files.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn serve(directory: Directory, settings: &[&str]) -> io::Result<Self> {
        let mut postgres = Self {
            server: None,
            port: free_port()?,
            settings: settings.iter().map(ToString::to_string).collect(),
            directory,
        };
        postgres.restart()?;
        Ok(postgres)
    }
}

impl Machine for Postgres {
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

/// A program of PostgreSQL, of the latest version there is, as a user that it accepts.
fn program(name: &str) -> io::Result<Command> {
    let mut path = PathBuf::from(name);
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let programs = versions
            .flatten()
            .map(|version| version.path().join("bin").join(name));
        path = programs.filter(|path| path.exists()).max().unwrap_or(path);
    }
    let mut command = Command::new(path);
    command.current_dir(env::temp_dir());
    if geteuid().is_root() {
        let (uid, gid) = unprivileged()?;
        command.uid(uid).gid(gid);
    }
    Ok(command)
}

/// Makes the files of a server.
fn init(directory: &Path) -> io::Result<()> {
    own(directory)?;
    let mut init = program("initdb")?;
    init.args(["--no-sync", "--auth=trust", "--username=milagro", "-D"]);
    run(init.arg(directory.join("data")))?;
    Ok(())
}

/// Copies the files of a server that does not run.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = Command::new("cp");
    run(copy.arg("-a").arg(from.join("data")).arg(to))?;
    own(to)
}

/// The files of a server that never ran, made once in a process: to copy them takes a tenth of the time. `None` where nobody
/// would remove them.
fn template() -> io::Result<Option<PathBuf>> {
    let Some(parent) = env::var_os("MILAGRO_STORES_DIR") else {
        return Ok(None);
    };
    let path = PathBuf::from(parent).join(format!("template-{}", process::id()));
    let mut is_made = IS_MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_made {
        fs::create_dir(&path)?;
        init(&path)?;
        *is_made = true;
    }
    Ok(Some(path))
}

static IS_MADE: Mutex<bool> = Mutex::new(false);

fn own(path: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let (uid, gid) = unprivileged()?;
    chown(path, Some(uid), Some(gid))
}

/// PostgreSQL does not run as root.
fn unprivileged() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let user = users.lines().find(|line| line.starts_with("postgres:"));
    let numbers = user.and_then(|line| {
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    });
    numbers.ok_or_else(|| io::Error::other("there is no user postgres to run the server as"))
}
