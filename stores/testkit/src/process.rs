//! Processes that do not outlive their test.

use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicU16, Ordering};
use core::time::Duration;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use std::{fs, thread};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// A server that is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
}

impl Server {
    /// Starts a server; its output goes to the file `log` of its directory and its number to the file `pid`.
    ///
    /// # Errors
    /// The system's.
    pub fn start(command: &mut Command, directory: &Path) -> io::Result<Self> {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(directory.join("log"))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        fs::write(directory.join("pid"), child.id().to_string())?;
        Ok(Self { child })
    }

    /// Kills it and all of its children at once, as a power failure would.
    pub fn kill(&mut self) {
        let children = self.children();
        let _gone = self.child.kill();
        for child in children {
            let _gone = kill_process(child, Signal::KILL);
        }
        let _status = self.child.wait();
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// The system's.
    pub fn stop(&mut self, signal: Signal) -> io::Result<()> {
        if let Some(pid) = pid(self.child.id()) {
            kill_process(pid, signal)?;
        }
        self.child.wait()?;
        Ok(())
    }

    /// Stops it in its tracks, with all of its children, or lets them go on.
    ///
    /// # Errors
    /// The system's.
    pub fn freeze(&self, frozen: bool) -> io::Result<()> {
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        let own = || pid(self.child.id()).map_or(Ok(()), |own| kill_process(own, signal));
        // It starts no child and misses none while they are stopped.
        if frozen {
            own()?;
        }
        for child in self.children() {
            match kill_process(child, signal) {
                // It has ended meanwhile.
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !frozen {
            own()?;
        }
        Ok(())
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    fn children(&self) -> Vec<Pid> {
        let own = self.child.id();
        let list = fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
        let list = list.unwrap_or_default();
        let numbers = list.split_whitespace().filter_map(|word| word.parse().ok());
        numbers.filter_map(pid).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command to its end; fails if it does.
///
/// # Errors
/// The system's, or what the command said.
pub fn run(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {said}")))
}

/// Asks until the answer is yes, or the time is over.
///
/// # Errors
/// After `limit`.
pub fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> io::Result<()> {
    let start = Instant::now();
    while !done() {
        if start.elapsed() > limit {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A port that nobody listens on, and that this process has not been given before.
///
/// The system gives out none of these by itself, unlike those that `bind` finds for port 0, which anybody may have again
/// before they are listened on. Processes begin at different ones.
///
/// # Errors
/// When there is none left.
pub fn free_port() -> io::Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id().wrapping_mul(APART) % u32::from(PORTS);
    loop {
        let given = GIVEN.fetch_add(1, Ordering::Relaxed);
        if given >= PORTS {
            // Stay here: the count does not begin again.
            GIVEN.store(PORTS, Ordering::Relaxed);
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        let place = (first + u32::from(given)) % u32::from(PORTS);
        let port = u16::try_from(place).map_or(LOWEST, |place| LOWEST + place);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
}

fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

/// Ports below those that Linux gives out, which begin at 32,768.
const LOWEST: u16 = 12_000;
const PORTS: u16 = 20_000;

/// How many ports lie between the first ones of two processes that were started one after the other.
const APART: u32 = 211;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use std::net::TcpListener;

    use super::free_port;

    #[test]
    fn no_port_is_given_twice() {
        let mut held = Vec::new();
        let mut given = BTreeSet::new();
        for _ in 0..100 {
            let port = free_port().unwrap();
            assert!(given.insert(port), "{port} again");
            // Those that are listened on are passed over, too.
            held.extend(TcpListener::bind(("127.0.0.1", port + 1)));
        }
        assert!(given.iter().all(|port| (12_000..32_000).contains(port)));
        assert!(
            held.iter()
                .all(|held| !given.contains(&held.local_addr().unwrap().port()))
        );
        assert!(held.len() >= 10);
    }
}
