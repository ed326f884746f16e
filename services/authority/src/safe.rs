//! Where sealed shares are: a file for each domain, and in the records which state of it is the last.
//!
//! A new state is written in three steps: beside the old file, synchronised; its hash into the records; over the old file. A
//! process that is killed between two of them finds one of the two files named by the records. A file that the records do
//! not name is an older state, and is not opened.

use core::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use milagro_base::{Reader, Writer};
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::vault::{self, Lock, VaultError};
use milagro_dta::{
    Agreement, Authority, AuthorityId, Edition, MemberKey, Mpin, Protocol, Psk, Signing,
};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Records, Unavailable};
use milagro_mpin::TrustDomainId;
use milagro_wire::forms::ProtocolName;
use milagro_wire::name::Name;

use crate::held::HeldShare;
use crate::kinds::HELD;
use milagro_wire::server::locked::OperatorKey;

/// Longest sealed state: a share, keys and a domain.
const STATE_MAX: u64 = 1 << 16;
const VERSION: u8 = 1;

/// The directory of sealed shares.
#[derive(Clone, Debug)]
pub struct Safe(PathBuf);

/// What the records say of a domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// What its key is for.
    pub protocol: ProtocolName,
    /// Which domain, and which state of it.
    pub edition: Edition,
    /// The number of this authority.
    pub number: AuthorityId,
    /// The hash of the sealed state.
    pub state: Name,
}

/// Why a share does not open, or is not stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum SafeError {
    /// The records know of no share of this domain.
    Unknown,
    /// The file is not there.
    Missing(PathBuf),
    /// The file holds a state of another generation than the last one that the records know.
    Generation {
        /// What the file holds.
        found: u64,
        /// What was last stored.
        last: u64,
    },
    /// The file holds another state of the last generation, or something else.
    Older,
    /// What is to be stored comes before what was stored.
    Backwards,
    /// Another key, or altered bytes.
    Vault(VaultError),
    /// The records say what cannot be, or something else was stored at the same time.
    Records,
    /// The records did not answer.
    Unavailable,
    /// The file system refused.
    Io(io::Error),
}

impl Safe {
    /// Sealed shares in a directory, which must be there.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// Seals and stores the state of an authority in the place of the last one.
    ///
    /// # Errors
    /// [`SafeError::Backwards`] for an older generation than the last one, or another state of the same; as listed.
    pub async fn store<P, R>(
        &self,
        rng: &mut R,
        records: &dyn Records,
        key: &OperatorKey,
        state: &State<'_, P>,
    ) -> Result<(), SafeError>
    where
        P: Stored,
        R: CryptoRng + ?Sized,
    {
        let edition = *state.authority.domain().edition();
        let before = look(records, &edition.id).await?;
        if let Some((held, _)) = &before {
            let same = held.edition == edition;
            if held.edition.generation >= edition.generation && !same {
                return Err(SafeError::Backwards);
            }
        }
        let lock = Lock::Key(key.as_bytes());
        let sealed = vault::seal(rng, state.authority, state.member, &lock)?;
        let held = Held {
            protocol: P::PROTOCOL,
            edition,
            number: state.authority.id(),
            state: Name::of(&sealed),
        };
        write(&self.0, &self.next(&edition.id), &sealed)?;
        let entry = Entry {
            kind: HELD,
            key: &edition.id.to_bytes(),
            value: &held.to_bytes(),
            expected: before.map(|(_, version)| version),
            until: None,
        };
        match records.put(entry).await? {
            Put::Stored(_) => self.promote(&edition.id),
            Put::Conflict(_) => Err(SafeError::Records),
        }
    }

    /// Opens the last state of a domain, and no other.
    ///
    /// # Errors
    /// [`SafeError`].
    pub async fn open<P: Stored>(
        &self,
        records: &dyn Records,
        key: &OperatorKey,
        domain: &TrustDomainId,
    ) -> Result<(Authority<P>, MemberKey<Bls12381G1>), SafeError> {
        let (held, _) = look(records, domain).await?.ok_or(SafeError::Unknown)?;
        if held.protocol != P::PROTOCOL {
            return Err(SafeError::Unknown);
        }
        let sealed = self.find(&held)?;
        let lock = Lock::Key(key.as_bytes());
        match vault::open::<P>(&sealed, &lock, &held.edition) {
            Ok((authority, _)) if authority.id() != held.number => Err(SafeError::Records),
            Ok(opened) => Ok(opened),
            Err(error) => Err(error.into()),
        }
    }

    /// As [`Self::open`], for a service.
    ///
    /// # Errors
    /// [`SafeError`].
    pub async fn open_held(
        &self,
        records: &dyn Records,
        key: &OperatorKey,
        held: &Held,
    ) -> Result<HeldShare, SafeError> {
        let id = &held.edition.id;
        match held.protocol {
            ProtocolName::Mpin => Ok(self.open::<Mpin>(records, key, id).await?.0.into()),
            ProtocolName::Signing => Ok(self.open::<Signing>(records, key, id).await?.0.into()),
            ProtocolName::Psk => Ok(self.open::<Psk>(records, key, id).await?.0.into()),
            ProtocolName::Agreement => Ok(self.open::<Agreement>(records, key, id).await?.0.into()),
            _ => Err(SafeError::Unknown),
        }
    }

    /// The bytes that the records name: from the file, or from the one beside it that a process was killed before moving.
    fn find(&self, held: &Held) -> Result<Vec<u8>, SafeError> {
        let id = &held.edition.id;
        let (path, next) = (self.path(id), self.next(id));
        let sealed = read(&path)?;
        if sealed.as_deref().map(Name::of) == Some(held.state) {
            return sealed.ok_or(SafeError::Missing(path));
        }
        let waiting = read(&next)?.filter(|waiting| Name::of(waiting) == held.state);
        if let Some(waiting) = waiting {
            self.promote(id)?;
            return Ok(waiting);
        }
        let sealed = sealed.ok_or(SafeError::Missing(path))?;
        // Nothing is decrypted: the head of the file says which generation it is of.
        match vault::open::<Mpin>(&sealed, &Lock::Key(&[0; 32]), &held.edition) {
            Err(VaultError::Edition(found)) if found.id == held.edition.id => {
                Err(SafeError::Generation {
                    found: found.generation,
                    last: held.edition.generation,
                })
            }
            _ => Err(SafeError::Older),
        }
    }

    fn promote(&self, id: &TrustDomainId) -> Result<(), SafeError> {
        fs::rename(self.next(id), self.path(id))?;
        synchronise(&self.0)?;
        Ok(())
    }

    fn path(&self, id: &TrustDomainId) -> PathBuf {
        self.0.join(Name::from_bytes(id.to_bytes()).to_string())
    }

    fn next(&self, id: &TrustDomainId) -> PathBuf {
        self.path(id).with_extension("next")
    }
}

/// An authority and the key of its member.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct State<'a, P: Stored> {
    /// The authority.
    pub authority: &'a Authority<P>,
    /// The key that it signs its part of ceremonies with.
    pub member: &'a MemberKey<Bls12381G1>,
}

/// A protocol whose shares are stored: those that issue on grants.
pub trait Stored: Protocol<Group = Bls12381G1> {
    /// Its name in forms and records.
    const PROTOCOL: ProtocolName;
}

macro_rules! stored {
    ($($protocol:ident),+) => {$(
        impl Stored for $protocol {
            const PROTOCOL: ProtocolName = ProtocolName::$protocol;
        }
    )+};
}
stored!(Mpin, Signing, Psk, Agreement);

/// All shares that the records know of.
///
/// # Errors
/// [`SafeError::Records`], [`SafeError::Unavailable`].
pub async fn all(records: &dyn Records) -> Result<Vec<Held>, SafeError> {
    let page = records.list(HELD, &[], &[], 256).await?;
    let keys: Vec<&[u8]> = page.keys.iter().map(Vec::as_slice).collect();
    let found = records.get(HELD, &keys).await?;
    let held = found
        .into_iter()
        .flatten()
        .map(|record| Held::from_bytes(&record.value));
    held.collect::<Option<_>>().ok_or(SafeError::Records)
}

async fn look(
    records: &dyn Records,
    id: &TrustDomainId,
) -> Result<Option<(Held, Version)>, SafeError> {
    let found = records.get(HELD, &[&id.to_bytes()]).await?;
    let Some(record) = found.into_iter().flatten().next() else {
        return Ok(None);
    };
    let held = Held::from_bytes(&record.value).filter(|held| held.edition.id == *id);
    held.map(|held| Some((held, record.version)))
        .ok_or(SafeError::Records)
}

impl Held {
    /// Version (1), protocol (1), domain (32), generation (8), digest (32), number (2), hash of the state (32).
    fn to_bytes(self) -> Vec<u8> {
        Writer::new()
            .u8(VERSION)
            .u8(code(self.protocol))
            .bytes(&self.edition.id.to_bytes())
            .u64(self.edition.generation)
            .bytes(&self.edition.digest)
            .u16(self.number.get())
            .bytes(self.state.as_bytes())
            .finish()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION).ok()?;
        let protocol = protocol(reader.u8().ok()?)?;
        let edition = Edition {
            id: TrustDomainId::from_bytes(*reader.array().ok()?),
            generation: reader.u64().ok()?,
            digest: *reader.array().ok()?,
        };
        let number = AuthorityId::new(reader.u16().ok()?)?;
        let state = Name::from_bytes(*reader.array().ok()?);
        reader.finish().ok()?;
        Some(Self {
            protocol,
            edition,
            number,
            state,
        })
    }
}

const CODES: [(ProtocolName, u8); 4] = [
    (ProtocolName::Mpin, 1),
    (ProtocolName::Signing, 2),
    (ProtocolName::Psk, 3),
    (ProtocolName::Agreement, 4),
];

fn code(of: ProtocolName) -> u8 {
    let found = CODES.iter().find(|(protocol, _)| *protocol == of);
    found.map_or(0, |(_, code)| *code)
}

fn protocol(of: u8) -> Option<ProtocolName> {
    let found = CODES.iter().find(|(_, code)| *code == of);
    found.map(|(protocol, _)| *protocol)
}

/// A file of bounded length; `None` if it is not there.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(STATE_MAX).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A file that nobody else reads, on the disk when this returns.
fn write(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    synchronise(directory)
}

/// The names in a directory are on the disk when it is. Not every system lets directories be opened.
fn synchronise(directory: &Path) -> io::Result<()> {
    File::open(directory).map_or(Ok(()), |directory| directory.sync_all())
}

impl From<io::Error> for SafeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Unavailable> for SafeError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<VaultError> for SafeError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl fmt::Display for SafeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no share of this domain and protocol"),
            Self::Missing(path) => write!(f, "the sealed share {} is missing", path.display()),
            Self::Generation { found, last } => {
                write!(
                    f,
                    "the sealed share is of generation {found}, and generation {last} was stored"
                )
            }
            Self::Older => f.write_str("the sealed share is not the one that was stored last"),
            Self::Backwards => f.write_str("a later state of this domain was stored before"),
            Self::Vault(error) => error.fmt(f),
            Self::Records => f.write_str("the records of shares contradict themselves"),
            Self::Unavailable => f.write_str("the records did not answer"),
            Self::Io(error) => write!(f, "sealed shares: {error}"),
        }
    }
}

impl core::error::Error for SafeError {}

#[cfg(test)]
mod tests;
