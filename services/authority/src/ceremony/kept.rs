//! What the records keep of a session: whether it is over, its log, its seed.

use milagro_base::{Reader, Writer};
use milagro_dta::ceremony::PlanDigest;
use milagro_ledger::Records;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_wire::name::Name;

use crate::ceremony::error::SessionError;
use crate::kinds::SESSION;
use milagro_wire::server::locked;

const VERSION: u8 = 1;
/// Most messages of one member in one session.
pub(super) const LOG_MAX: u16 = 64;

/// Says that a session is over, and erases its seed and log.
pub(super) async fn close(
    records: &dyn Records,
    number: &[u8; 32],
    plan: PlanDigest,
    version: Version,
) -> Result<(), SessionError> {
    let entry = Entry {
        kind: SESSION,
        key: number,
        value: &state(plan.to_bytes(), true),
        expected: Some(version),
        until: None,
    };
    match records.put(entry).await? {
        Put::Stored(_) => erase(records, number).await,
        Put::Conflict(_) => Err(SessionError::Records),
    }
}

/// Erases the seed and the log of a session that is over.
pub(super) async fn erase(records: &dyn Records, number: &[u8; 32]) -> Result<(), SessionError> {
    locked::erase(records, &seed_name(number)).await?;
    let page = records.list(SESSION, number, number, LOG_MAX).await?;
    for key in &page.keys {
        let found = records.get(SESSION, &[key]).await?;
        for record in found.into_iter().flatten() {
            let (Put::Stored(_) | Put::Conflict(_)) =
                records.delete(SESSION, key, record.version).await?;
        }
    }
    Ok(())
}

pub(super) async fn read_log(
    records: &dyn Records,
    number: &[u8; 32],
) -> Result<Vec<Vec<u8>>, SessionError> {
    let mut log = Vec::new();
    for place in 0..LOG_MAX {
        let found = records.get(SESSION, &[&log_key(number, place)]).await?;
        match found.into_iter().flatten().next() {
            Some(record) => log.push(record.value),
            None => break,
        }
    }
    Ok(log)
}

pub(super) fn log_key(number: &[u8; 32], place: u16) -> Vec<u8> {
    Writer::new().bytes(number).u16(place).finish()
}

pub(super) fn seed_name(number: &[u8; 32]) -> String {
    format!("seed of session {}", Name::from_bytes(*number))
}

/// Version (1), digest of the plan (32), whether it is over (1).
pub(super) fn state(plan: [u8; 32], over: bool) -> Vec<u8> {
    Writer::new()
        .u8(VERSION)
        .bytes(&plan)
        .u8(over.into())
        .finish()
}

pub(super) fn read_state(bytes: &[u8]) -> Option<([u8; 32], bool)> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION).ok()?;
    let digest = *reader.array().ok()?;
    let over = match reader.u8().ok()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    reader.finish().ok()?;
    Some((digest, over))
}

#[cfg(test)]
mod tests;
