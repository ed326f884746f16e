//! What the records keep of a session: whether it is over, its log, its seed.

use milagro_base::{Reader, Writer};
use milagro_dta::ceremony::{PlanDigest, Seed};
use milagro_dta::rand_core::CryptoRng;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Records, Unavailable};
use milagro_wire::name::Name;

use crate::ceremony::error::SessionError;
use crate::kinds::SESSION;
use milagro_wire::server::locked::{self, Named, OperatorKey, SecretError};

const VERSION: u8 = 1;
/// How many keys are read in one call.
const PAGE: u16 = 256;
/// Most messages of one member in one session.
pub(super) const LOG_MAX: u16 = 64;

/// The record of a session that is not over, which is made if there is none.
pub(super) async fn enter(
    records: &dyn Records,
    number: &[u8; 32],
    plan: PlanDigest,
) -> Result<Version, SessionError> {
    let found = records.get(SESSION, &[number]).await?;
    if let Some(record) = found.into_iter().flatten().next() {
        let (digest, over) = read_state(&record.value).ok_or(SessionError::Records)?;
        return match (digest == plan.to_bytes(), over) {
            (false, _) => Err(SessionError::OtherPlan),
            (true, true) => {
                // Perhaps killed before this was done.
                erase(records, number).await?;
                Err(SessionError::Over)
            }
            (true, false) => Ok(record.version),
        };
    }
    let entry = Entry {
        kind: SESSION,
        key: number,
        value: &state(plan.to_bytes(), false),
        expected: None,
        until: None,
    };
    match records.put(entry).await? {
        Put::Stored(version) => Ok(version),
        Put::Conflict(_) => Err(SessionError::Records),
    }
}

/// How many sessions a member takes part in that are not over.
///
/// # Errors
/// [`Unavailable`].
pub async fn open_sessions(records: &dyn Records) -> Result<usize, Unavailable> {
    let (mut open, mut after) = (0_usize, Vec::new());
    loop {
        let page = records.list(SESSION, &[], &after, PAGE).await?;
        // The others are messages of logs.
        let sessions = page.keys.iter().filter(|key| key.len() == 32);
        let sessions: Vec<&[u8]> = sessions.map(Vec::as_slice).collect();
        for record in records.get(SESSION, &sessions).await?.into_iter().flatten() {
            let (_, over) = read_state(&record.value).ok_or(Unavailable)?;
            open = open.saturating_add(usize::from(!over));
        }
        match page.keys.last() {
            Some(last) if page.more => after.clone_from(last),
            _ => return Ok(open),
        }
    }
}

/// The seed of a session, which is drawn if there is none.
pub(super) async fn seed<R: CryptoRng + ?Sized>(
    rng: &mut R,
    records: &dyn Records,
    key: &OperatorKey,
    number: &[u8; 32],
) -> Result<Seed, SessionError> {
    let name = seed_name(number);
    match locked::find(records, key, &name).await {
        Ok(bytes) => return Ok(Seed::from_bytes(&bytes)),
        Err(SecretError::Missing) => {}
        Err(error) => return Err(error.into()),
    }
    let seed = Seed::random(rng);
    let named = Named {
        name: &name,
        secret: seed.as_bytes(),
    };
    locked::keep(rng, records, key, named).await?;
    Ok(seed)
}

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
async fn erase(records: &dyn Records, number: &[u8; 32]) -> Result<(), SessionError> {
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

fn seed_name(number: &[u8; 32]) -> String {
    format!("seed of session {}", Name::from_bytes(*number))
}

/// Version (1), digest of the plan (32), whether it is over (1).
fn state(plan: [u8; 32], over: bool) -> Vec<u8> {
    Writer::new()
        .u8(VERSION)
        .bytes(&plan)
        .u8(over.into())
        .finish()
}

fn read_state(bytes: &[u8]) -> Option<([u8; 32], bool)> {
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
