//! That a domain's shares are being handed over: from the moment in which a member joins with its set of issued subjects
//! until it has its new share, or for good where it has none, it issues nothing. Else a subject could be issued to that the
//! others know nothing of.

use milagro_base::Writer;
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Records, Unavailable};
use milagro_mpin::TrustDomainId;

use crate::kinds::HAND_OVER;

/// Notes that a session hands the shares of a domain over.
pub(super) async fn begin(
    records: &dyn Records,
    domain: &TrustDomainId,
    session: &[u8; 32],
) -> Result<(), Unavailable> {
    let entry = Entry {
        kind: HAND_OVER,
        key: &key(domain, session),
        value: &[],
        expected: None,
        until: None,
    };
    let (Put::Stored(_) | Put::Conflict(_)) = records.put(entry).await?;
    Ok(())
}

/// The session has a result in which this member has no share: what it has is good for the old threshold, and issues nothing.
pub(super) async fn done(
    records: &dyn Records,
    domain: &TrustDomainId,
    session: &[u8; 32],
) -> Result<(), Unavailable> {
    let key = key(domain, session);
    let found = records.get(HAND_OVER, &[&key]).await?;
    let found = found.into_iter().flatten().next();
    let entry = Entry {
        kind: HAND_OVER,
        key: &key,
        value: &DONE,
        expected: found.map(|record| record.version),
        until: None,
    };
    match records.put(entry).await? {
        Put::Stored(_) => Ok(()),
        Put::Conflict(_) => Err(Unavailable),
    }
}

/// Whether a share was handed over: by this session, or by any.
pub(super) async fn is_done(
    records: &dyn Records,
    domain: &TrustDomainId,
    session: Option<&[u8; 32]>,
) -> Result<bool, Unavailable> {
    let prefix = session.map_or_else(
        || domain.to_bytes().to_vec(),
        |session| key(domain, session),
    );
    let mut after = Vec::new();
    loop {
        let page = records.list(HAND_OVER, &prefix, &after, PAGE).await?;
        let keys: Vec<&[u8]> = page.keys.iter().map(Vec::as_slice).collect();
        let found = records.get(HAND_OVER, &keys).await?;
        if found.iter().flatten().any(|record| record.value == DONE) {
            return Ok(true);
        }
        match page.keys.last() {
            Some(last) if page.more => after.clone_from(last),
            _ => return Ok(false),
        }
    }
}

/// The session has brought this member a share, or nothing at all.
pub(super) async fn end(
    records: &dyn Records,
    domain: &TrustDomainId,
    session: &[u8; 32],
) -> Result<(), Unavailable> {
    erase(records, &key(domain, session)).await
}

/// The share is gone, and with it the reason.
pub(super) async fn forget(
    records: &dyn Records,
    domain: &TrustDomainId,
) -> Result<(), Unavailable> {
    loop {
        let page = records
            .list(HAND_OVER, &domain.to_bytes(), &[], PAGE)
            .await?;
        for key in &page.keys {
            erase(records, key).await?;
        }
        if !page.more {
            return Ok(());
        }
    }
}

/// Whether a domain's share is being handed over or is lent, or was handed over for good: it issues nothing.
///
/// # Errors
/// [`Unavailable`].
pub async fn is_under_way(
    records: &dyn Records,
    domain: &TrustDomainId,
) -> Result<bool, Unavailable> {
    let page = records.list(HAND_OVER, &domain.to_bytes(), &[], 1).await?;
    Ok(!page.keys.is_empty())
}

async fn erase(records: &dyn Records, key: &[u8]) -> Result<(), Unavailable> {
    let found = records.get(HAND_OVER, &[key]).await?;
    for record in found.into_iter().flatten() {
        let (Put::Stored(_) | Put::Conflict(_)) =
            records.delete(HAND_OVER, key, record.version).await?;
    }
    Ok(())
}

/// Domain (32), session (32).
fn key(domain: &TrustDomainId, session: &[u8; 32]) -> Vec<u8> {
    let writer = Writer::new().bytes(&domain.to_bytes());
    writer.bytes(session).finish()
}

/// What a record says once the share was handed over; before, nothing.
const DONE: [u8; 1] = [1];
/// How many keys are read in one call.
const PAGE: u16 = 64;
