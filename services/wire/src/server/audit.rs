//! A file of decisions, in which nothing can be changed or left out unnoticed, but at its end.
//!
//! Each line is a JSON object `{"n": number, "at": seconds, "event": {...}, "chain": hash}`, with
//!
//! ```text
//! chain = SHA-256(chain of the line before || the line up to its chain)
//! ```
//!
//! in hexadecimal, and 64 zeros before the first line. Whoever cuts lines off the end leaves a file that is right in
//! itself: compare its head with one that was written down elsewhere ([`Head`]).

mod lines;
mod writer;

use alloc::sync::Arc;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use milagro_base::Seconds;
use serde::Serialize;

use crate::server::audit::lines::{Lines, Waiting, locked, said, walk};
use crate::server::audit::writer::Writer;

pub use crate::server::audit::lines::{AuditError, Head};

/// An audit file that is open for more lines. Those that come while others are on their way to the disk go there together. One
/// that is dropped has written what it was given.
#[derive(Debug)]
pub struct Audit {
    lines: Arc<Lines>,
    writer: Writer,
}

/// An event with its time.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Timed<'a, E> {
    /// When it was.
    pub at: Seconds,
    /// What it was.
    pub event: &'a E,
}

impl Audit {
    /// So many lines of handlers wait at most.
    pub const WAITING_MAX: usize = writer::WAITING;

    /// Opens a file, or makes it, after reading it through. A last line without an end, from a process that was killed while
    /// it wrote, is taken away: what it would have said was not done yet.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path)?;
        let (head, length) = walk(&file)?;
        file.set_len(length)?;
        let lines = Arc::new(Lines::new(file, head, length));
        let writer = Writer::begin(Arc::clone(&lines))?;
        Ok(Self { lines, writer })
    }

    /// Adds a line from a handler, and ends when it is on the disk. A thread of the file's own waits for the disk, and no thread
    /// of the runtime does. A line that was taken is written, whether or not somebody waits for it.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] at once where [`Self::WAITING_MAX`] lines wait; any other [`io::Error`] as of [`Self::record`].
    pub async fn note<E: Serialize + Sync>(&self, at: Seconds, event: &E) -> io::Result<Head> {
        let event = serde_json::to_string(event)?;
        self.writer.write((at, event)).await
    }

    /// Adds a line, and returns when it is on the disk. It blocks its thread.
    ///
    /// # Errors
    /// [`io::Error`]: the line counts as not written, and the next one takes its place.
    pub fn record(&self, at: Seconds, event: &impl Serialize) -> io::Result<Head> {
        self.record_all([Timed { at, event }])
    }

    /// Adds lines, all or none of them, and returns when they are on the disk, which is waited for once. It blocks its thread.
    ///
    /// # Errors
    /// [`io::Error`]: no line counts as written, and the next one takes the place of the first.
    pub fn record_all<'a, E: Serialize + 'a>(
        &self,
        events: impl IntoIterator<Item = Timed<'a, E>>,
    ) -> io::Result<Head> {
        let events = events.into_iter().map(|Timed { at, event }| {
            let event = serde_json::to_string(event)?;
            Ok((at, event))
        });
        let waiting = Waiting::new(events.collect::<io::Result<_>>()?);
        let outcome = Arc::clone(&waiting.outcome);
        self.lines.write(vec![waiting]);
        Ok(said(&outcome)?)
    }

    /// How far the file has come.
    #[must_use]
    pub fn head(&self) -> Head {
        locked(&self.lines.open).head
    }
}

/// Reads a file through.
///
/// # Errors
/// [`AuditError`].
pub fn verify(path: &Path) -> Result<Head, AuditError> {
    let file = File::open(path)?;
    Ok(walk(&file)?.0)
}

#[cfg(test)]
mod tests;
