//! Lines, how each follows from the one before, and the file that they stand in.

use alloc::sync::Arc;
use core::{fmt, mem};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use milagro_base::Seconds;
use sha2::{Digest as _, Sha256};

use crate::name::Name;

/// Longest line, in bytes.
pub(super) const LINE_MAX: usize = 1 << 13;

/// How far an audit file has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// How many lines there are.
    pub lines: u64,
    /// The chain of the last one.
    pub chain: Name,
}

/// Why a file is not what it should be.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuditError {
    /// The file system refused.
    Io(io::Error),
    /// This line, counted from 1, does not follow from the one before.
    Broken(u64),
}

/// The file, and the lines that are to come into it.
#[derive(Debug)]
pub(super) struct Lines {
    waiting: Mutex<Vec<Waiting>>,
    pub(super) open: Mutex<Open>,
}

/// Events that are to be written, and what becomes of them.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The time of each, and its JSON.
    events: Vec<(Seconds, String)>,
    pub(super) outcome: Arc<OnceLock<Result<Head, ErrorKind>>>,
}

#[derive(Debug)]
pub(super) struct Open {
    file: File,
    pub(super) head: Head,
    /// Where the next line begins; `None` after a failure, until the file is as long as it should be again.
    end: Option<u64>,
    length: u64,
}

impl Lines {
    /// Of a file that has come so far.
    pub(super) fn new(file: File, head: Head, length: u64) -> Self {
        let end = Some(length);
        Self {
            waiting: Mutex::default(),
            open: Mutex::new(Open {
                file,
                head,
                end,
                length,
            }),
        }
    }

    /// Writes lines, unless whoever had the file before has written them, too; with those of others that wait.
    pub(super) fn write(&self, more: Vec<Waiting>) {
        locked(&self.waiting).extend(more);
        let mut open = locked(&self.open);
        let all = mem::take(&mut *locked(&self.waiting));
        if !all.is_empty() {
            open.write(all);
        }
    }
}

impl Waiting {
    pub(super) fn new(events: Vec<(Seconds, String)>) -> Self {
        let outcome = Arc::new(OnceLock::new());
        Self { events, outcome }
    }
}

/// What has become of lines.
pub(super) fn said(outcome: &OnceLock<Result<Head, ErrorKind>>) -> Result<Head, ErrorKind> {
    let written = outcome.get().copied();
    written.unwrap_or(Err(ErrorKind::Other))
}

impl Open {
    /// Writes what waits, waits for the disk once, and says to each what has become of it.
    pub(super) fn write(&mut self, all: Vec<Waiting>) {
        let (mut text, mut head, mut written) = (Vec::new(), self.head, Vec::new());
        for waiting in all {
            // One that is too long is not written, and the others are.
            match lines(&head, &waiting.events) {
                Ok((more, next)) => {
                    text.extend_from_slice(&more);
                    head = next;
                    written.push((waiting.outcome, next));
                }
                Err(error) => {
                    let _first = waiting.outcome.set(Err(error.kind()));
                }
            }
        }
        let done = self.append(&text).map_err(|error| error.kind());
        if done.is_ok() {
            self.head = head;
        }
        for (outcome, head) in written {
            let _first = outcome.set(done.map(|()| head));
        }
    }

    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        if self.end.is_none() {
            self.file.set_len(self.length)?;
        }
        self.end = None;
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(text)?;
        self.file.sync_data()?;
        let written = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(written);
        self.end = Some(self.length);
        Ok(())
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lines of some events, and the head after them.
fn lines(before: &Head, events: &[(Seconds, String)]) -> io::Result<(Vec<u8>, Head)> {
    let (mut text, mut head) = (Vec::new(), *before);
    for (at, event) in events {
        let lines = head.lines.saturating_add(1);
        let start = format!("{{\"n\":{lines},\"at\":{at},\"event\":{event}");
        let chain = chained(&head.chain, start.as_bytes());
        let line = format!("{start},\"chain\":\"{chain}\"}}\n").into_bytes();
        if line.len() > LINE_MAX {
            return Err(io::Error::from(ErrorKind::InvalidInput));
        }
        text.extend_from_slice(&line);
        head = Head { lines, chain };
    }
    Ok((text, head))
}

fn chained(before: &Name, start: &[u8]) -> Name {
    let hash = Sha256::new()
        .chain_update(before.as_bytes())
        .chain_update(start);
    Name::from_bytes(hash.finalize().into())
}

/// Checks every line, and says where the last whole one ends.
pub(super) fn walk(file: &File) -> Result<(Head, u64), AuditError> {
    let mut head = Head {
        lines: 0,
        chain: Name::from_bytes([0; 32]),
    };
    let (mut reader, mut length) = (BufReader::new(file), 0_u64);
    loop {
        let mut line = Vec::new();
        let most = u64::try_from(LINE_MAX).unwrap_or(u64::MAX);
        let read = io::Read::take(&mut reader, most).read_until(b'\n', &mut line)?;
        let next = head.lines.saturating_add(1);
        if line.pop() != Some(b'\n') {
            let torn = read < LINE_MAX;
            return torn
                .then_some((head, length))
                .ok_or(AuditError::Broken(next));
        }
        head = follow(&head, &line).ok_or(AuditError::Broken(next))?;
        length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

/// The head after a line, if it follows.
fn follow(head: &Head, line: &[u8]) -> Option<Head> {
    // ,"chain":"<64 digits>"}
    let (start, end) = line.split_at_checked(line.len().checked_sub(76)?)?;
    let chain = chained(&head.chain, start);
    let lines = head.lines.saturating_add(1);
    let numbered = start.starts_with(format!("{{\"n\":{lines},").as_bytes());
    let fits = end == format!(",\"chain\":\"{chain}\"}}").as_bytes();
    (numbered && fits).then_some(Head { lines, chain })
}

impl From<io::Error> for AuditError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "audit file: {error}"),
            Self::Broken(line) => write!(
                f,
                "audit file: line {line} does not follow from the one before"
            ),
        }
    }
}

impl core::error::Error for AuditError {}
