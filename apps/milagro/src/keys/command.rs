//! Commands of key-management services: one process, without a shell, that turns its standard input into its standard output.
//!
//! No secret is in its arguments or its environment, of which the variables of this program are left out. What it says on
//! standard error goes where ours goes.

use std::env;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use crate::exit::{Failure, Outcome};
use crate::keys::source::bounded;

/// How long a command may take where nothing is said: a service far away that is asked twice.
const SECONDS: u64 = 30;
/// The longest time that can be set.
const SECONDS_MAX: u64 = 3600;
/// How often its end is looked for, once it has said everything.
const PAUSE: Duration = Duration::from_millis(5);

/// A command, and the setting that it comes from.
pub(super) struct Tool {
    setting: &'static str,
    program: String,
    arguments: Vec<String>,
    seconds: u64,
}

impl Tool {
    /// The command of a setting, and how many seconds it may take.
    pub(super) fn new(
        setting: &'static str,
        words: &[String],
        seconds: Option<u64>,
    ) -> Outcome<Self> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Failure::config(format!("{setting}: empty")))?;
        // Whoever sets PATH should not choose who sees the key.
        if !Path::new(program).is_absolute() {
            return Err(Failure::config(format!(
                "{setting}: {program}: give the whole path"
            )));
        }
        Ok(Self {
            setting,
            program: program.clone(),
            arguments: arguments.to_vec(),
            seconds: seconds.unwrap_or(SECONDS).min(SECONDS_MAX),
        })
    }

    fn start(&self) -> Outcome<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"MILAGRO_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::inherit()).process_group(0);
        command.spawn().map_err(|error| self.fault(&error))
    }

    fn fault(&self, words: &dyn core::fmt::Display) -> Failure {
        Failure::config(format!("{}: {}: {words}", self.setting, self.program))
    }
}

/// What a command says to some input, in at most so many bytes. It has to end well, and in time.
///
/// # Errors
/// What the command did not do; never what it said.
pub(super) fn run(tool: &Tool, input: &[u8], most: usize) -> Outcome<Zeroizing<Vec<u8>>> {
    let deadline = Instant::now() + Duration::from_secs(tool.seconds);
    let mut child = tool.start()?;
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(tool.fault(&"no pipes"));
    };
    let input = Zeroizing::new(input.to_vec());
    // It may end without reading all of it.
    thread::spawn(move || to.write_all(&input));
    let (say, said) = mpsc::channel();
    thread::spawn(move || say.send(bounded(from, most)));
    let result = match said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(Ok(bytes)) => ended(tool, &mut child, deadline).and_then(|status| {
            if status.success() {
                return Ok(bytes);
            }
            Err(tool.fault(&status))
        }),
        Ok(Err(error)) => Err(tool.fault(&error)),
        Err(_) => Err(late(tool)),
    };
    if result.is_err() {
        stop(&mut child);
    }
    result
}

fn ended(tool: &Tool, child: &mut Child, deadline: Instant) -> Outcome<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(PAUSE),
            Ok(None) => return Err(late(tool)),
            Err(error) => return Err(tool.fault(&error)),
        }
    }
}

fn late(tool: &Tool) -> Failure {
    tool.fault(&format_args!("it took more than {} s", tool.seconds))
}

/// Ends the command and what it has started.
fn stop(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (Some(group), Ok(None)) = (group, child.try_wait()) {
        let _gone = kill_process_group(group, Signal::KILL);
    }
    let _gone = child.wait();
}
