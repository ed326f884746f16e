//! Processes of the program that end with the test.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use milagro_store_testkit::process::free_port;
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take on a machine that has much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A member or a board with a directory of its own.
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    /// Where its key is, as variables.
    pub(crate) variables: Vec<(&'static str, OsString)>,
    /// What `init` said.
    pub(crate) said: Value,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::by(&["init"])
    }

    /// One whose ledger need not wait for anything.
    pub(crate) fn at_once() -> Self {
        Self::by(&["init", "--at-once"])
    }

    fn by(init: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let key = directory.path().join("key");
        secret(&key, &random_key());
        Self::kept(directory, vec![("MILAGRO_KEY_FILE", key.into())], init)
    }

    /// In a directory, with a key that is elsewhere.
    pub(crate) fn made(directory: TempDir, variables: Vec<(&'static str, OsString)>) -> Self {
        Self::kept(directory, variables, &["init"])
    }

    /// The same, of a store that need not wait for anything.
    pub(crate) fn made_at_once(
        directory: TempDir,
        variables: Vec<(&'static str, OsString)>,
    ) -> Self {
        Self::kept(directory, variables, &["init", "--at-once"])
    }

    fn kept(directory: TempDir, variables: Vec<(&'static str, OsString)>, init: &[&str]) -> Self {
        let mut place = Self {
            directory,
            variables,
            said: Value::Null,
        };
        place.said = place.json(init);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The public key of a member.
    pub(crate) fn member(&self) -> &str {
        self.said["member"].as_str().expect("a key")
    }

    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = program();
        command.env("MILAGRO_DATA", self.data());
        command.env("MILAGRO_METRICS_LISTEN", "127.0.0.1:0");
        command.envs(self.variables.iter().cloned());
        command.args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn output<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    /// What a command prints, which ends well.
    pub(crate) fn json<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        let output = self.output(arguments);
        serde_json::from_slice(&good(output)).expect("JSON")
    }

    pub(crate) fn start<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Running {
        Running::start(self.command(arguments))
    }
}

/// The program, with nothing of the environment that could mean something to it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milagro"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// What a command printed that ended well.
pub(crate) fn good(output: Output) -> Vec<u8> {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {words}", output.status);
    output.stdout
}

/// The exit code and the words of a command that did not end well.
pub(crate) fn bad(output: &Output) -> (i32, String) {
    assert!(!output.status.success(), "it ended well");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("an exit code"), words)
}

/// A process that is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
    _directory: TempDir,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let log = directory.path().join("log");
        let file = fs::File::create(&log).expect("a log");
        command.stdout(Stdio::piped()).stderr(file);
        let child = command.spawn().expect("it starts");
        Self {
            child,
            log,
            _directory: directory,
        }
    }

    /// The address that a service prints once it listens.
    pub(crate) fn address(&mut self) -> String {
        let out = self.child.stdout.take().expect("standard output");
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        assert!(line.starts_with("http"), "no address: {}", self.log());
        line.trim_end().to_owned()
    }

    /// Where a service that listens shows its metrics.
    pub(crate) fn metrics(&self) -> String {
        let log = self.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut told = lines.filter(|line| line["fields"]["message"] == "metrics");
        let told = told.next().expect("an address");
        let address = told["fields"]["address"].as_str().expect("an address");
        format!("http://{address}")
    }

    /// What it has said on standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Fails with its words if it has ended.
    pub(crate) fn expect_alive(&mut self) {
        let ended = self.child.try_wait().expect("a status");
        assert!(ended.is_none(), "{ended:?}: {}", self.log());
    }

    /// Waits for the end.
    pub(crate) fn status(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end: {}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a good end, and gives what was printed.
    pub(crate) fn json(mut self) -> Value {
        let status = self.status();
        assert!(status.success(), "{status}: {}", self.log());
        let mut text = String::new();
        let mut out = self.child.stdout.take().expect("standard output");
        out.read_to_string(&mut text).expect("UTF-8");
        serde_json::from_str(&text).expect("JSON")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A port that nobody listens on, and that this process was not given before.
pub(crate) fn port() -> u16 {
    free_port().expect("a port")
}

/// Whether servers of databases may be started: only the steps `stores` and `soak` say where. Says so if not.
pub(crate) fn may_start() -> bool {
    let may = env::var_os("MILAGRO_STORES_DIR").is_some();
    if !may {
        eprintln!(
            "MILAGRO_STORES_DIR is not set: no database is started, and nothing is tried over one"
        );
    }
    may
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A file that nobody else reads.
pub(crate) fn secret(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    private(path);
}

/// The text of a key that nobody has used.
pub(crate) fn random_key() -> String {
    let bytes: [u8; 32] = core::array::from_fn(|_| fastrand());
    let key = milagro_wire::bounded::Blob::<32>::new(bytes);
    key.expect("fits").to_text()
}

pub(crate) fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

/// A byte of the system's randomness.
fn fastrand() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("randomness");
    byte[0]
}

/// A client of HTTP, with the process's implementation of TLS's ciphers.
pub(crate) fn http() -> reqwest::ClientBuilder {
    // Only a second call fails.
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::ClientBuilder::new()
}

pub(crate) fn client() -> reqwest::Client {
    http().build().expect("a client")
}
