//! What came of the checks.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What is checked, one rule a check.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Rule {
    /// There is one verdict for each charge, in order, and none for none.
    Verdicts,
    /// An account comes to its limit and never beyond, whatever the amounts are.
    Limit,
    /// Each charge of a batch counts, whatever comes of those beside it.
    Batch,
    /// Charges of one account take effect in the order given.
    Order,
    /// Verdicts say what an account has come to and when it was charged before.
    Grants,
    /// What accounts have come to is told, one answer each, in order.
    Usage,
    /// A claim that was granted is not counted again, whatever the limit is by then, and is answered `again`.
    Claim,
    /// The same claim with another amount is a conflict, and counts nothing.
    Conflict,
    /// The last 16 claims of an account are remembered.
    Claims,
    /// A refund takes back what exactly the claim was granted, once.
    Refund,
    /// What anybody was answered `again` for, to a public claim, is not taken back.
    RefundAgain,
    /// A lasting account that was cleared is as if it had never been charged.
    Clear,
    /// Clearing an account leaves all others alone.
    ClearOthers,
    /// An account with a span is not cleared.
    ClearSpan,
    /// What can have been charged before the ledger was born is over.
    Birth,
    /// What was worthless 48 hours before the latest time seen is over, also when the clock goes back.
    Floor,
    /// The floor of one kind is not that of another.
    FloorKinds,
    /// A record outlives `until` by 48 hours: a clock ahead by less opens nothing and stops nothing.
    Kept,
    /// At the ends of time, and with the largest numbers, nothing is granted twice.
    Ends,
    /// After a restart everything is as before.
    Reopen,
    /// All handles count together.
    Handles,
    /// A restored copy has a new name and a new birth, and remembers what it held.
    Restore,
    /// 64 tasks at once get what the limit allows, no more and no less.
    Race,
    /// 64 tasks at once with one claim count once, and one alone is the first.
    RaceClaim,
    /// 64 tasks at once with batches of the same accounts, in different orders, all come to an end, each limit
    /// exact.
    RaceBatches,
    /// Of 64 tasks that charge one account at once, half take back theirs: the others' stand, no more and no less.
    RaceRefund,
    /// There is one record or none for each key, in order.
    Get,
    /// A record is written only over the edition expected, or where none is if none is expected.
    Put,
    /// A record is deleted only in the edition expected.
    Delete,
    /// No edition of a key comes twice, also after a deletion or a restart.
    Versions,
    /// One key under two kinds is two records.
    Kinds,
    /// Keys are listed by prefix, in ascending order, page by page.
    List,
    /// Keys of 1 to 512 bytes and values of at most 1 MiB are stored byte by byte, others refused.
    Bounds,
    /// What is not worthless yet is not forgotten.
    Until,
    /// After a restart all records are there.
    RecordsReopen,
    /// All handles see the same records.
    RecordsHandles,
    /// Of 64 tasks that write at once over one edition, one alone succeeds.
    RacePut,
    /// Of 64 tasks that write over one edition, or delete it, at once, one alone succeeds.
    RaceDelete,
}

/// A rule that an implementation breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// Which one.
    pub rule: Rule,
    /// What was seen.
    pub seen: String,
}

/// What came of the checks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[must_use]
pub struct Report {
    checked: Vec<Rule>,
    faults: Vec<Fault>,
}

impl Report {
    /// What was checked.
    #[must_use]
    pub fn checked(&self) -> &[Rule] {
        &self.checked
    }

    /// The rules that are broken: none of a good implementation.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether this rule is broken.
    #[must_use]
    pub fn breaks(&self, rule: Rule) -> bool {
        self.faults.iter().any(|fault| fault.rule == rule)
    }

    /// For a test that ends with a result.
    ///
    /// # Errors
    /// The report itself, if a rule is broken or none was checked.
    pub fn into_result(self) -> Result<(), Self> {
        if self.faults.is_empty() && !self.checked.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }

    pub(super) fn add(&mut self, rule: Rule, result: Result<(), String>) {
        self.checked.push(rule);
        if let Err(seen) = result {
            self.faults.push(Fault { rule, seen });
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (checked, broken) = (self.checked.len(), self.faults.len());
        write!(f, "{broken} of {checked} rules broken")?;
        for fault in &self.faults {
            write!(f, "\n{:?}: {}", fault.rule, fault.seen)?;
        }
        Ok(())
    }
}

impl core::error::Error for Report {}
