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

/// How many keys are read in one call.
const PAGE: u16 = 64;
