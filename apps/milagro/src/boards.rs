//! The two sorts of board.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use milagro_wire::client::{BoardClient, CallError, Endpoint, Patience};
use milagro_wire::forms::MESSAGE_MAX;
use milagro_wire::name::Name;

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
            // It may be gone by now, or not be readable.
            let Ok(file) = File::open(entry.path()) else {
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

/// Writes a file that is there in full and on the disk, or not at all.
fn write(directory: &Path, message: &[u8]) -> io::Result<()> {
    let name = Name::of(message).to_string();
    let length = u64::try_from(message.len()).unwrap_or(u64::MAX);
    let (path, draft) = (
        directory.join(&name),
        format!(".{name}-{}", std::process::id()),
    );
    // Something else that somebody has put there under this name is replaced.
    if fs::symlink_metadata(&path).is_ok_and(|there| there.is_file() && there.len() == length)
        && fs::read(&path)? == message
    {
        return Ok(());
    }
    let draft = directory.join(draft);
    let mut file = File::create(&draft)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
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
