//! The two sorts of board.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use milagro_wire::client::{BoardClient, CallError, Endpoint, Patience};
use milagro_wire::forms::MESSAGE_MAX;
use milagro_wire::name::Name;
use rustix::fs::OFlags;

use crate::exit::{Code, Failure, Outcome};

/// Why a board cannot be read or written.
pub(crate) struct BoardFault {
    pub(crate) failure: Failure,
    /// Whether it is worth trying again.
    pub(crate) may_pass: bool,
}

/// Most messages that are read of a board: those of 255 members are not half as many.
const MOST: usize = 10_000;

/// A board, and what was read of it.
pub(crate) struct Board {
    place: Place,
    known: BTreeSet<Name>,
}

enum Place {
    Directory(PathBuf),
    Http(BoardClient),
}

impl Board {
    /// A directory, or an address that begins with `http`.
    pub(crate) fn new(place: &str, roots: Option<&Path>) -> Outcome<Self> {
        let place = if place.starts_with("https://") || place.starts_with("http://") {
            let builder = crate::tls::client(roots)?;
            let endpoint = Endpoint::new(place, builder, Patience::default());
            Place::Http(BoardClient::new(endpoint.map_err(Failure::config)?))
        } else {
            Place::Directory(place.into())
        };
        Ok(Self {
            place,
            known: BTreeSet::new(),
        })
    }

    /// Puts a message up. Whoever looks sees all of it or nothing.
    pub(crate) async fn put(&self, message: &[u8]) -> Result<(), BoardFault> {
        match &self.place {
            Place::Http(client) => client
                .put(message)
                .await
                .map(|_| ())
                .map_err(|error| network(&error)),
            Place::Directory(directory) => {
                write(directory, message).map_err(|error| fault(directory, &error))
            }
        }
    }

    /// Messages that were not read before.
    pub(crate) async fn new_messages(&mut self) -> Result<Vec<Vec<u8>>, BoardFault> {
        let found = match &self.place {
            Place::Http(client) => self.new_over_http(client).await?,
            Place::Directory(directory) => self
                .new_in_directory(directory)
                .map_err(|error| fault(directory, &error))?,
        };
        let mut messages = Vec::new();
        for (name, message) in found {
            self.known.insert(name);
            messages.push(message);
        }
        Ok(messages)
    }

    fn is_new(&self, name: &Name) -> bool {
        !self.known.contains(name)
    }

    async fn new_over_http(
        &self,
        client: &BoardClient,
    ) -> Result<Vec<(Name, Vec<u8>)>, BoardFault> {
        let (mut found, mut after, mut seen) = (Vec::new(), None, 0_usize);
        loop {
            let page = client.names(after).await.map_err(|error| network(&error))?;
            for name in page.names.as_slice() {
                seen = seen.saturating_add(1);
                if seen > MOST {
                    let failure = Failure::new(Code::Network, "the board has too many messages");
                    return Err(BoardFault {
                        failure,
                        may_pass: false,
                    });
                }
                if self.is_new(name)
                    && let Some(message) =
                        client.get(*name).await.map_err(|error| network(&error))?
                {
                    found.push((*name, message));
                }
            }
            match page.names.as_slice().last() {
                Some(last) if page.more => after = Some(*last),
                _ => return Ok(found),
            }
        }
    }

    /// Regular files, not too long, and named after what is in them. Whatever else lies there is nobody's message.
    fn new_in_directory(&self, directory: &Path) -> io::Result<Vec<(Name, Vec<u8>)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().and_then(|name| name.parse::<Name>().ok());
            let Some(name) = name.filter(|name| self.is_new(name)) else {
                continue;
            };
            // The type of the entry itself: symbolic links lead anywhere.
            if !entry.file_type()?.is_file() {
                continue;
            }
            // It may be gone by now, or not be readable, or be something else.
            let Ok(Some(file)) = regular(&entry.path()) else {
                continue;
            };
            let most = u64::try_from(MESSAGE_MAX).unwrap_or(u64::MAX);
            let mut message = Vec::new();
            file.take(most.saturating_add(1))
                .read_to_end(&mut message)?;
            if Name::of(&message) != name {
                continue;
            }
            if self.known.len().saturating_add(found.len()) >= MOST {
                return Err(io::Error::other("too many messages"));
            }
            found.push((name, message));
        }
        Ok(found)
    }
}

/// A regular file, opened without following a link and without waiting for whoever writes into a pipe.
fn regular(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.read(true).custom_flags(flags.bits().cast_signed());
    let file = options.open(path)?;
    let is_file = file.metadata()?.is_file();
    Ok(is_file.then_some(file))
}

/// Writes a file that is there in full and on the disk, or not at all.
fn write(directory: &Path, message: &[u8]) -> io::Result<()> {
    let name = Name::of(message).to_string();
    let length = u64::try_from(message.len()).unwrap_or(u64::MAX);
    let path = directory.join(&name);
    // Something else that somebody has put there under this name is replaced.
    if fs::symlink_metadata(&path).is_ok_and(|there| there.is_file() && there.len() == length)
        && fs::read(&path)? == message
    {
        return Ok(());
    }
    // Others write here, too: a name that nobody can foresee, and nothing that a link there leads to.
    let mut number = [0; 16];
    getrandom::fill(&mut number).map_err(io::Error::other)?;
    let number = u128::from_be_bytes(number);
    let draft = directory.join(format!(".{name}-{number:032x}"));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&draft)?;
    let written = file
        .write_all(message)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _left = fs::remove_file(&draft);
    }
    written?;
    // The name is on the disk when the directory is. Not every system lets directories be opened.
    File::open(directory).map_or(Ok(()), |directory| directory.sync_all())
}

fn network(error: &CallError) -> BoardFault {
    BoardFault {
        may_pass: error.may_pass(),
        failure: Failure::new(Code::Network, format!("board: {error}")),
    }
}

fn fault(directory: &Path, error: &io::Error) -> BoardFault {
    BoardFault {
        may_pass: false,
        failure: Failure::other(format!("board {}: {error}", directory.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::id;

    use super::*;

    /// Whoever can write to a shared board lays links under the names of drafts that a member is about to write.
    #[test]
    fn nothing_is_written_through_links() {
        let directory = tempfile::tempdir().expect("a directory");
        let (board, victim) = (
            directory.path().join("board"),
            directory.path().join("victim"),
        );
        fs::create_dir(&board).expect("a directory");
        fs::write(&victim, "precious").expect("written");
        let message = b"a message".as_slice();
        let name = Name::of(message).to_string();
        for link in [name.clone(), format!(".{name}-{}", id())] {
            symlink(&victim, board.join(link)).expect("a link");
        }
        write(&board, message).expect("written");
        assert_eq!(fs::read(&victim).expect("a file"), b"precious");
        let there = fs::symlink_metadata(board.join(&name)).expect("a message");
        assert!(there.is_file());
        assert_eq!(fs::read(board.join(&name)).expect("a message"), message);
    }

    /// A link or a pipe that takes the place of a message between two looks is not waited for.
    #[test]
    fn links_and_pipes_are_no_files() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        fs::write(at("file"), "text").expect("written");
        symlink(at("file"), at("link")).expect("a link");
        let made = std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status();
        assert!(made.expect("it runs").success());
        assert!(regular(&at("file")).expect("a file").is_some());
        assert!(regular(&at("link")).is_err());
        assert!(regular(&at("pipe")).expect("a pipe").is_none());
    }
}
