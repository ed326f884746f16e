//! Programs that run beside a test, never longer than the test.

use alloc::sync::Arc;
use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{self, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use std::{env, fs, process};

/// How long anything may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// What the tests run, and the Debian package that has it.
const PACKAGES: [(&str, &str); 6] = [
    ("openssl", "openssl"),
    ("gnutls-cli", "gnutls-bin"),
    ("gnutls-serv", "gnutls-bin"),
    ("mosquitto", "mosquitto"),
    ("mosquitto_pub", "mosquitto-clients"),
    ("mosquitto_sub", "mosquitto-clients"),
];

/// Set to `1`, it makes a program that is not there a failure.
const REQUIRED: &str = "MILAGRO_REQUIRE_INTEROP";

/// A running program. It ends with this value, if not before.
pub(crate) struct Program {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Output,
}

/// What a program has written, to both channels, as far as it has come.
#[derive(Default)]
struct Output {
    text: Arc<(Mutex<String>, Condvar)>,
    readers: Vec<JoinHandle<()>>,
}

/// False if one of the programs is not installed: the caller is then a skipped test.
///
/// # Panics
/// In that case, if the environment says that every program has to be there.
pub(crate) fn installed(test: &str, programs: &[&str]) -> bool {
    let missing: Vec<String> = programs
        .iter()
        .filter(|program| find(program).is_none())
        .map(|program| {
            let package = PACKAGES.iter().find(|(known, _)| known == program);
            let (_, package) = package.expect("a program with a package");
            format!("`{program}` (Debian: {package})")
        })
        .collect();
    if missing.is_empty() {
        return true;
    }
    let complaint = format!("{test}: not installed: {}", missing.join(", "));
    assert!(
        env::var_os(REQUIRED).is_none_or(|value| value != "1"),
        "{complaint}"
    );
    // Not through `eprintln`, which the test harness would swallow.
    writeln!(io::stderr(), "SKIPPED {complaint}").expect("a place to complain");
    false
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let mut directories = env::split_paths(&path).chain(system);
    directories.find_map(|directory| Some(directory.join(program)).filter(|file| file.is_file()))
}

impl Program {
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(find(name).expect("an installed program"))
            .args(arguments)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a program that starts");
        let mut output = Output::default();
        output.collect(child.stdout.take().expect("its output"));
        output.collect(child.stderr.take().expect("its complaints"));
        Self {
            name: name.to_owned(),
            input: child.stdin.take(),
            output,
            child,
        }
    }

    /// Starts a server that is told its port, and waits until it listens. `arguments` gets a port that was free a
    /// moment ago; if somebody else was faster, another one.
    pub(crate) fn listen<const N: usize>(
        name: &str,
        arguments: impl Fn(u16) -> [String; N],
    ) -> (Self, u16) {
        for _ in 0..5 {
            let port = free_port();
            let arguments = arguments(port);
            let mut server = Self::start(name, &arguments.each_ref().map(String::as_str));
            if server.listens(port) {
                return (server, port);
            }
        }
        panic!("{name} finds no port")
    }

    fn listens(&mut self, port: u16) -> bool {
        let deadline = Instant::now() + LIMIT;
        while Instant::now() < deadline {
            if self.child.try_wait().expect("its status").is_some() {
                return false;
            }
            if TcpStream::connect_timeout(&local(port), LIMIT).is_ok() {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Types a line.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an open input");
        writeln!(input, "{line}").expect("a program that listens");
    }

    /// Waits until the program has written this, and returns the rest of that line.
    pub(crate) fn expect(&self, text: &str) -> String {
        self.output
            .wait(text)
            .unwrap_or_else(|| panic!("{}: no `{text}` in\n{}", self.name, self.output.so_far()))
    }

    /// Ends its input and waits for its own end; whether it was content, and what it wrote.
    pub(crate) fn finish(mut self) -> (bool, String) {
        self.input = None;
        let status = self.wait();
        let success = status.is_some_and(|status| status.success());
        assert!(
            status.is_some(),
            "{}: does not end\n{}",
            self.name,
            self.output.so_far()
        );
        (success, self.output.whole())
    }

    /// Ends it, and returns what it wrote.
    pub(crate) fn stop(mut self) -> String {
        self.kill();
        self.output.whole()
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return Some(status);
            }
            thread::sleep(PAUSE);
        }
        None
    }

    fn kill(&mut self) {
        // Both fail only for a program that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Output {
    fn collect(&mut self, mut from: impl Read + Send + 'static) {
        let text = Arc::clone(&self.text);
        self.readers.push(thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                let (all, news) = &*text;
                let piece = String::from_utf8_lossy(&buffer[..read]);
                all.lock().expect("a reader").push_str(&piece);
                news.notify_all();
            }
        }));
    }

    fn wait(&self, text: &str) -> Option<String> {
        let (all, news) = &*self.text;
        let rest = |all: &String| {
            let (_, rest) = all.split_once(text)?;
            rest.split_once('\n').map(|(line, _)| line.to_owned())
        };
        let all = all.lock().expect("a reader");
        let (all, _) = news
            .wait_timeout_while(all, LIMIT, |all| rest(all).is_none())
            .expect("a reader");
        rest(&all)
    }

    fn so_far(&self) -> String {
        self.text.0.lock().expect("a reader").clone()
    }

    /// All of it, once the program has ended.
    fn whole(&mut self) -> String {
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader that ends with the program");
        }
        self.so_far()
    }
}

/// A directory for the files that a program reads. It goes when the test ends.
pub(crate) struct Files(PathBuf);

impl Files {
    /// `name` is that of one test.
    pub(crate) fn new(name: &str) -> Self {
        let directory =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        Self(directory)
    }

    /// The path of a file.
    pub(crate) fn path(&self, name: &str) -> String {
        let path = self.0.join(name).into_os_string();
        path.into_string().expect("a path in UTF-8")
    }

    /// Writes a file; its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that the system gives to nobody else for a while.
fn free_port() -> u16 {
    let listener = TcpListener::bind(local(0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// On this machine only.
pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

pub(crate) const PAUSE: Duration = Duration::from_millis(20);
