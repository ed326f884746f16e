//! A server in a process of its own: this program once more, in another role.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Outcome;

/// Ticks in a second, as files in `/proc` count them on every machine.
const TICKS: f64 = 100.0;

/// A server that is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a role; its log goes to a file.
    pub(crate) fn start(role: &str, folder: &Path) -> Outcome<Self> {
        let log = File::create(folder.join("log"))?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg(role)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = child.stdout.take().ok_or("no output")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// Tells it something.
    pub(crate) fn tell(&mut self, line: &str) -> Outcome<()> {
        writeln!(self.input, "{line}")?;
        Ok(self.input.flush()?)
    }

    /// What it says next.
    pub(crate) fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("the server has ended: see its log".into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// The address that it says next.
    pub(crate) fn address(&mut self) -> Outcome<SocketAddr> {
        Ok(self.line()?.parse()?)
    }

    /// Processor time of all of its threads, in microseconds, also of those that have ended.
    pub(crate) fn spent(&self) -> Outcome<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = text.rsplit_once(')').ok_or("no fields")?;
        let mut fields = fields.split_whitespace().skip(11);
        let user: f64 = fields.next().ok_or("no time")?.parse()?;
        let system: f64 = fields.next().ok_or("no time")?.parse()?;
        Ok((user + system) * 1e6 / TICKS)
    }

    /// The memory that it occupies, in MiB.
    pub(crate) fn memory(&self) -> Outcome<f64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kibibytes: f64 = number.ok_or("no memory")?.parse()?;
        Ok(kibibytes / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}
