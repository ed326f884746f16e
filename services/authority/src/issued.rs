//! The log of issued subjects: to whom this authority, and those whose sets it took over, have given shares.

use alloc::collections::{BTreeMap, BTreeSet};
use core::pin::pin;

use futures_util::stream::{self, StreamExt as _};
use milagro_dta::grants::{Issued, IssuedSet};
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Records, Unavailable};
use milagro_mpin::TrustDomainId;

use crate::kinds::ISSUED;

/// How many entries are on their way to the records at a time.
const AT_ONCE: usize = 256;
/// How many entries are read in one call.
const PAGE: u16 = 1_024;

/// Everybody that the log names.
///
/// # Errors
/// [`Unavailable`], also for an entry that cannot be read.
pub async fn of(records: &dyn Records, domain: &TrustDomainId) -> Result<IssuedSet, Unavailable> {
    let mut set = IssuedSet::new(*domain);
    let (prefix, mut after) = (domain.to_bytes(), Vec::new());
    loop {
        let page = records.list(ISSUED, &prefix, &after, PAGE).await?;
        for key in &page.keys {
            let entry = key.get(prefix.len()..).ok_or(Unavailable)?;
            let entry = entry.try_into().map_err(|_| Unavailable)?;
            set.add(Issued::from_bytes(entry));
        }
        match page.keys.last() {
            Some(last) if page.more => after.clone_from(last),
            _ => return Ok(set),
        }
    }
}

/// Enters one, durably. One that is there stays.
///
/// # Errors
/// [`Unavailable`].
pub(crate) async fn note(
    records: &dyn Records,
    domain: &TrustDomainId,
    issued: &Issued,
) -> Result<(), Unavailable> {
    let key = entry_key(domain, issued);
    let entry = Entry {
        kind: ISSUED,
        key: &key,
        value: &[],
        expected: None,
        until: None,
    };
    let (Put::Stored(_) | Put::Conflict(_)) = records.put(entry).await?;
    Ok(())
}

/// As [`note`], of some of them, each once and all at the same time, so that a store writes them together. Which of them are
/// entered.
pub(crate) async fn note_each(
    records: &dyn Records,
    domain: &TrustDomainId,
    issued: BTreeSet<Issued>,
) -> BTreeMap<Issued, bool> {
    let notes = issued.into_iter().map(async |entry| {
        let noted = note(records, domain, &entry).await;
        (entry, noted.is_ok())
    });
    stream::iter(notes)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

/// Domain (32), entry (64). The record itself is empty.
pub(crate) fn entry_key(domain: &TrustDomainId, issued: &Issued) -> Vec<u8> {
    [domain.to_bytes().as_slice(), &issued.to_bytes()].concat()
}

/// Enters everybody of a set that was taken over.
pub(crate) async fn note_all(records: &dyn Records, set: &IssuedSet) -> Result<(), Unavailable> {
    let domain = set.domain();
    let entries = set.entries();
    let notes = entries.map(async |entry| note(records, domain, &entry).await);
    let mut notes = pin!(stream::iter(notes).buffer_unordered(AT_ONCE));
    while let Some(noted) = notes.next().await {
        noted?;
    }
    Ok(())
}
