//! What is counted.

use milagro_base::Seconds;
use sha2::{Digest as _, Sha256};

use crate::kind::Kind;

/// First part of every hash, so that it is a hash of an account and of nothing else.
const TAG: &[u8] = b"MILAGRO-V1-ACCOUNT-SHA256";

/// How long an account lives.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way to end")]
pub enum Life {
    /// What it counts came into being at `from` and is worthless from `until` on.
    Span {
        /// The earliest moment at which it can have been charged. A ledger that was born at that moment or
        /// later cannot know whether it was, so it answers [`Verdict::Over`](crate::Verdict::Over). `None`
        /// where starting empty harms little, as with rates.
        from: Option<Seconds>,
        /// The first second in which it is worthless.
        until: Seconds,
    },
    /// Never forgotten by time: attempts, key budgets. Only these can be cleared.
    Lasting,
}

/// One thing that is counted: a kind, 32 bytes, and a life. Never a name, never a token.
///
/// The bytes commit to kind and life, so the same thing with another life is another account, and a caller
/// that changes a life by mistake does not reach the counter of before. So lives hang on the constants of a
/// protocol, never on a policy that may change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Account {
    kind: Kind,
    hash: [u8; 32],
    life: Life,
}

impl Account {
    /// The account of the thing that `digest` stands for: a hash of everything that makes it this thing.
    /// The account's hash is SHA-256(tag || kind || life || digest), where the life is 1 || from || until,
    /// 2 || until without `from`, or 0, times in eight bytes big-endian.
    #[must_use]
    pub fn new(kind: Kind, digest: &[u8; 32], life: Life) -> Self {
        let hash = Sha256::new()
            .chain_update(TAG)
            .chain_update([kind.to_byte()]);
        let hash = match life {
            Life::Lasting => hash.chain_update([0]),
            Life::Span {
                from: Some(from),
                until,
            } => hash
                .chain_update([1])
                .chain_update(from.to_bytes())
                .chain_update(until.to_bytes()),
            Life::Span { from: None, until } => {
                hash.chain_update([2]).chain_update(until.to_bytes())
            }
        };
        Self {
            kind,
            hash: hash.chain_update(digest).finalize().into(),
            life,
        }
    }

    /// What sort of thing it counts.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The key under which a store keeps it.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// How long it lives.
    #[must_use]
    pub const fn life(&self) -> Life {
        self.life
    }
}
