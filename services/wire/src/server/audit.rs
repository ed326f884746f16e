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

use core::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

use milagro_base::Seconds;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::name::Name;

/// Longest line, in bytes.
const LINE_MAX: usize = 1 << 13;

/// How far an audit file has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// How many lines there are.
    pub lines: u64,
    /// The chain of the last one.
    pub chain: Name,
}

/// An audit file that is open for more lines.
#[derive(Debug)]
pub struct Audit(Mutex<Open>);

#[derive(Debug)]
struct Open {
    file: File,
    head: Head,
    /// Where the next line begins; `None` after a failure, until the file is as long as it should be again.
    end: Option<u64>,
    length: u64,
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

/// Why a file is not what it should be.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuditError {
    /// The file system refused.
    Io(io::Error),
    /// This line, counted from 1, does not follow from the one before.
    Broken(u64),
}

impl Audit {
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
        let end = Some(length);
        Ok(Self(Mutex::new(Open {
            file,
            head,
            end,
            length,
        })))
    }

    /// Adds a line, and returns when it is on the disk.
    ///
    /// # Errors
    /// [`io::Error`]: the line counts as not written, and the next one takes its place.
    pub fn record(&self, at: Seconds, event: &impl Serialize) -> io::Result<Head> {
        self.record_all([Timed { at, event }])
    }

    /// Adds lines, all or none of them, and returns when they are on the disk, which is waited for once.
    ///
    /// # Errors
    /// [`io::Error`]: no line counts as written, and the next one takes the place of the first.
    pub fn record_all<'a, E: Serialize + 'a>(
        &self,
        events: impl IntoIterator<Item = Timed<'a, E>>,
    ) -> io::Result<Head> {
        let mut open = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut lines, mut head) = (Vec::new(), open.head);
        for Timed { at, event } in events {
            let (line, next) = line(&head, at, event)?;
            lines.extend_from_slice(&line);
            head = next;
        }
        if open.end.is_none() {
            let length = open.length;
            open.file.set_len(length)?;
        }
        let length = open.length;
        open.end = None;
        open.file.seek(SeekFrom::Start(length))?;
        open.file.write_all(&lines)?;
        open.file.sync_data()?;
        let written = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        open.length = length.saturating_add(written);
        open.end = Some(open.length);
        open.head = head;
        Ok(head)
    }

    /// How far the file has come.
    #[must_use]
    pub fn head(&self) -> Head {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .head
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

fn line(before: &Head, at: Seconds, event: &impl Serialize) -> io::Result<(Vec<u8>, Head)> {
    let lines = before.lines.saturating_add(1);
    let event = serde_json::to_string(event)?;
    let start = format!("{{\"n\":{lines},\"at\":{at},\"event\":{event}");
    let chain = chained(&before.chain, start.as_bytes());
    let line = format!("{start},\"chain\":\"{chain}\"}}\n").into_bytes();
    if line.len() > LINE_MAX {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    Ok((line, Head { lines, chain }))
}

fn chained(before: &Name, start: &[u8]) -> Name {
    let hash = Sha256::new()
        .chain_update(before.as_bytes())
        .chain_update(start);
    Name::from_bytes(hash.finalize().into())
}

/// Checks every line, and says where the last whole one ends.
fn walk(file: &File) -> Result<(Head, u64), AuditError> {
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
