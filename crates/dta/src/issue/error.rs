//! What can go wrong, and whom to blame.

use core::fmt;

use milagro_curve::DecodeError;

use crate::domain::member::AuthorityId;
use crate::errors::errors;
use crate::issue::received::Received;
use crate::permits::mark::ListMark;

errors! {
    /// Why an authority issues nothing.
    IssueError {
        /// The identity is on the revocation list.
        Revoked => "identity is revoked",
        /// The revocation list is another domain's.
        WrongList => "revocation list of another domain",
        /// The epoch is over, or too far ahead, by the authority's own clock.
        Epoch => "epoch is over or too far ahead",
        /// A batch of nothing, or of more than 1,048,576.
        Count => "a batch has 1 to 1,048,576 subjects",
        /// The generator gave what a good one gives once in 2^128 times.
        Degenerate => "random numbers are not random",
    }
}

/// What an authority did wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Its bytes are no share.
    Bytes(DecodeError),
    /// Its answer was not sealed to the client's key for this grant.
    Sealed,
    /// Its share is another domain's.
    Domain,
    /// Its share is of another generation: older or newer than the domain that the caller knows.
    Generation,
    /// Its share is of the same generation, but made under other verification keys: either the authority
    /// or the caller has been given false bytes of the domain. Compare digests with a third.
    Keys,
    /// Its share bears another authority's number.
    Index,
    /// The domain has no such authority.
    Unknown,
    /// It gave a second share.
    Duplicate,
    /// The proof fails: a wrong point, or a share for another identity, epoch, authority or purpose.
    Proof,
    /// The share covers a gap that does not hold the identity's leaf.
    Gap,
    /// A batch of another length than was asked for.
    Count,
}

/// An authority and what it did wrong. It is the one that the *channel* names: a share never blames
/// somebody else by the number it bears.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Culprit {
    /// Who.
    pub authority: AuthorityId,
    /// What.
    pub fault: Fault,
}

/// Why shares make no key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CombineError {
    /// Fewer good shares than needed.
    TooFew {
        /// How many there were.
        good: usize,
        /// How many are needed.
        needed: usize,
        /// Whose shares were bad.
        culprits: Vec<Culprit>,
    },
    /// Not enough shares of this edition, and some of another: the domain has been refreshed or reshared
    /// meanwhile, or its bytes are not those that the authorities have. Fetch it anew.
    MixedGenerations {
        /// The generation that was expected.
        expected: u64,
        /// All whose shares did not count, with the reason.
        culprits: Vec<Culprit>,
    },
    /// The authorities work with different revocation lists. They have to agree on one per epoch.
    DifferentLists {
        /// Who uses which list.
        lists: Vec<Received<ListMark>>,
        /// Whose shares were bad.
        culprits: Vec<Culprit>,
    },
    /// The sum is the identity, by a chance of one in 2^255.
    Degenerate,
}

impl CombineError {
    /// Whom to blame, if anyone. With [`Fault::Generation`] the caller may be the one that is late, and
    /// with [`Fault::Keys`] the one that was deceived: all honest authorities seem to be wrong then.
    #[must_use]
    pub fn culprits(&self) -> &[Culprit] {
        match self {
            Self::TooFew { culprits, .. }
            | Self::MixedGenerations { culprits, .. }
            | Self::DifferentLists { culprits, .. } => culprits,
            Self::Degenerate => &[],
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(error) => write!(f, "sent no share: {error}"),
            Self::Sealed => f.write_str("sent what does not open"),
            Self::Domain => f.write_str("sent a share of another domain"),
            Self::Generation => f.write_str("sent a share of another generation"),
            Self::Keys => f.write_str("works under other verification keys of this domain"),
            Self::Index => f.write_str("sent a share with another authority's number"),
            Self::Unknown => f.write_str("is not of this domain"),
            Self::Duplicate => f.write_str("sent two shares"),
            Self::Proof => f.write_str("sent a share that does not check"),
            Self::Gap => f.write_str("sent a permit that does not cover the identity"),
            Self::Count => f.write_str("sent a batch of another length"),
        }
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "authority {} {}", self.authority, self.fault)
    }
}

impl fmt::Display for CombineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { good, needed, .. } => write!(f, "{good} good shares of {needed}")?,
            Self::MixedGenerations { expected, .. } => {
                write!(f, "shares of another generation than {expected}")?;
            }
            Self::DifferentLists { lists, .. } => {
                write!(f, "authorities use different revocation lists:")?;
                for Received { from, value } in lists {
                    write!(f, " {from} uses {value}")?;
                }
            }
            Self::Degenerate => f.write_str("shares sum to nothing")?,
        }
        self.culprits()
            .iter()
            .try_for_each(|culprit| write!(f, "; {culprit}"))
    }
}

impl core::error::Error for Culprit {}
impl core::error::Error for CombineError {}
