//! Charges as columns of a statement.

use alloc::collections::{BTreeMap, BTreeSet};
use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Grant, Kind, Life, Verdict};
use milagro_store::Tally;

/// Charges as columns, each account once.
#[derive(Debug, Default)]
pub(crate) struct Columns<'a> {
    pub(crate) days: Vec<i32>,
    pub(crate) hashes: Vec<&'a [u8]>,
    pub(crate) kinds: Vec<i16>,
    pub(crate) amounts: Vec<i64>,
    pub(crate) limits: Vec<i64>,
    pub(crate) untils: Vec<i64>,
    pub(crate) claims: Vec<Vec<u8>>,
    /// Where each stood in the batch.
    places: BTreeMap<&'a [u8], usize>,
}

/// The first charge of every account, where it can be granted at all. What comes after it in the same account, and
/// what can only be granted if it was before, is decided later and in order.
pub(crate) fn first_of_each(charges: &[Charge], pending: &[usize]) -> Vec<usize> {
    let mut met = BTreeSet::new();
    let mut first = Vec::with_capacity(pending.len());
    for &place in pending {
        if let Some(charge) = charges.get(place)
            && met.insert(charge.account.hash())
            && u64::from(charge.amount.get()) <= charge.limit
        {
            first.push(place);
        }
    }
    first
}

impl<'a> Columns<'a> {
    /// These charges of a batch; no two of them of one account.
    pub(crate) fn new(now: Seconds, charges: &'a [Charge], places: &[usize]) -> Self {
        let mut columns = Self::default();
        for &place in places {
            let Some(charge) = charges.get(place) else {
                continue;
            };
            let hash = &charge.account.hash()[..];
            columns.places.insert(hash, place);
            columns.days.push(day(&charge.account));
            columns.hashes.push(hash);
            columns.kinds.push(byte(charge.account.kind()));
            columns.amounts.push(i64::from(charge.amount.get()));
            columns.limits.push(signed(charge.limit));
            columns.untils.push(until(&charge.account));
            columns.claims.push(Tally::claim(now, charge).to_vec());
        }
        columns
    }

    /// Where the charge of this account stood.
    pub(crate) fn place(&self, hash: &[u8]) -> Option<usize> {
        self.places.get(hash).copied()
    }
}

/// What the first statement says of a charge.
pub(crate) fn granted(used: i64, previous: Option<&[u8]>) -> Verdict {
    let previous = previous.and_then(|time| time.try_into().ok());
    Verdict::Granted(Grant {
        used: unsigned(used),
        previous: previous.map(|time| Seconds::new(u64::from_be_bytes(time))),
        again: false,
    })
}

/// The partition of an account: 0 for lasting ones, else one more than the day in which it becomes worthless.
pub(crate) fn day(account: &Account) -> i32 {
    match account.life() {
        Life::Lasting => LASTING,
        Life::Span { until, .. } => {
            let day = (until.get() / DAY).min(LAST_DAY).saturating_add(1);
            i32::try_from(day).unwrap_or(i32::MAX)
        }
    }
}

/// When all that is in a partition is worthless: the first second after it. `None` for that of lasting accounts,
/// and for the last, which has no end.
pub(crate) fn end_of(day: i32) -> Option<u64> {
    let day = u64::try_from(day).ok()?;
    ((1..=LAST_DAY).contains(&day)).then(|| day.saturating_mul(DAY))
}

/// When it becomes worthless; as far as the database can count.
pub(crate) fn until(account: &Account) -> i64 {
    match account.life() {
        Life::Lasting => i64::MAX,
        Life::Span { until, .. } => signed(until.get()),
    }
}

/// A kind as the smallest number that PostgreSQL has.
pub(crate) fn byte(kind: Kind) -> i16 {
    i16::from(kind.to_byte())
}

/// PostgreSQL has no unsigned numbers. What is beyond is as good as the last.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Back again.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The partition of lasting accounts.
pub(crate) const LASTING: i32 = 0;
/// Seconds in a day.
pub(crate) const DAY: u64 = 86_400;
/// What becomes worthless after this day (in the year 7445) shares one partition.
const LAST_DAY: u64 = 2_000_000;
