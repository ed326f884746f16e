//! Why a ledger stays closed, in words for the person who runs it.

use core::error::Error;
use core::fmt;

use milagro_ledger::LedgerId;

/// Why a ledger could not be opened, made or restored.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The server cannot be reached, or refused a command.
    Unreachable(Box<dyn Error + Send + Sync>),
    /// The server is set up in a way that would lose what was granted.
    Unfit(Unfit),
    /// There is no ledger here. Opening never makes one.
    NoLedger,
    /// There is a ledger here already.
    AlreadyThere(LedgerId),
    /// There is a ledger, but not the one that was expected.
    AnotherLedger(LedgerId),
    /// The ledger was written by a later version of this crate.
    Newer,
    /// Somebody has this ledger open, or makes or restores it at this moment.
    InUse,
    /// The database is not what this ledger was last written to.
    Diverged(Divergence),
    /// The witness' file could not be read or written.
    Witness(crate::witness::WitnessError),
}

/// A setting of a server that would lose what was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unfit {
    /// The setting's name.
    pub setting: &'static str,
    /// What it is.
    pub found: String,
    /// What it must be.
    pub wanted: &'static str,
}

/// How a database differs from what a ledger was last written to. `restore` opens it again, under a new name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Divergence {
    /// Another server holds a copy of it.
    OtherServer,
    /// A replica was promoted, or an older state was recovered: what the last server had granted may be missing.
    Promoted,
    /// The server was started anew, and no witness can say whether all of it is still there.
    Unwitnessed,
    /// It holds less than a witness has seen.
    Behind,
    /// It was restored under another name, or another ledger stands in its place.
    Renamed,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "cannot talk to the database: {error}"),
            Self::Unfit(unfit) => unfit.fmt(f),
            Self::NoLedger => f.write_str("there is no ledger in this database; `init` makes one"),
            Self::AlreadyThere(id) => {
                write!(
                    f,
                    "there is a ledger in this database already: {}",
                    Hex(*id)
                )
            }
            Self::AnotherLedger(id) => {
                write!(f, "this database holds another ledger: {}", Hex(*id))
            }
            Self::Newer => f.write_str("the ledger was written by a later version of this program"),
            Self::InUse => f.write_str("this ledger is in use; stop whoever has it open"),
            Self::Diverged(divergence) => divergence.fmt(f),
            Self::Witness(error) => error.fmt(f),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(error) => Some(&**error),
            Self::Witness(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server's {} is '{}' and must be {}",
            self.setting, self.found, self.wanted
        )
    }
}

impl Error for Unfit {}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherServer => "this ledger was last open on another server",
            Self::Promoted => "a replica was promoted, or an older state recovered",
            Self::Unwitnessed => {
                "the server was started anew and no witness knows how far this ledger had come"
            }
            Self::Behind => "this ledger holds less than it once did",
            Self::Renamed => return f.write_str("another ledger stands in its place"),
        })?;
        f.write_str("; what it granted since may be missing, so it stays closed until `restore`")
    }
}

impl Error for Divergence {}

/// A ledger's name as people compare it.
struct Hex(LedgerId);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .to_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
