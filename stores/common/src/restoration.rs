//! What becomes of lasting accounts in a ledger that comes back from a copy.

use milagro_ledger::Kind;

/// What becomes of lasting accounts in a ledger that comes back from a copy: what they were charged since is not
/// known, so of some kinds nothing more is granted.
///
/// Accounts with a span need no rule: what can have been charged by the ledger's new birth is `Over`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Restoration {
    filled: Vec<Kind>,
}

impl Restoration {
    /// Key budgets are spent and the short attempts of devices used up; the other lasting accounts stay as they are
    /// in the copy. Marks of shares that were issued since have to be charged again from an audit log.
    #[must_use]
    pub fn new() -> Self {
        Self {
            filled: vec![Kind::KEY_BUDGET, Kind::ATTEMPT, Kind::ATTEMPT_STALE],
        }
    }

    /// Lasting accounts of this kind are full from now on, until they are cleared.
    #[must_use]
    pub fn filling(mut self, kind: Kind) -> Self {
        if !self.fills(kind) {
            self.filled.push(kind);
        }
        self
    }

    /// Lasting accounts of this kind stay as they are in the copy.
    #[must_use]
    pub fn keeping(mut self, kind: Kind) -> Self {
        self.filled.retain(|filled| *filled != kind);
        self
    }

    /// Whether lasting accounts of this kind are full from now on.
    #[must_use]
    pub fn fills(&self, kind: Kind) -> bool {
        self.filled.contains(&kind)
    }

    /// The kinds that are.
    #[must_use]
    pub fn filled(&self) -> &[Kind] {
        &self.filled
    }
}

impl Default for Restoration {
    fn default() -> Self {
        Self::new()
    }
}
