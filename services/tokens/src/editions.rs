//! The published edition of a tenant's schedule, in records: it moves forward alone.

use core::fmt;

use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Records, Unavailable};
use milagro_voprf::tokens::schedule::{
    KeySchedule, ScheduleSigner, ScheduleVerifier, SignedSchedule,
};

use crate::kinds::EDITION;
use crate::tenant::TenantName;

/// An edition as it stands in the records.
#[derive(Clone, Debug)]
pub struct Published {
    /// The edition.
    pub schedule: KeySchedule,
    /// What clients get.
    pub signed: SignedSchedule,
    version: Version,
}

/// Why there is no edition, or no next one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EditionError {
    /// The records did not answer.
    Unavailable,
    /// What stands there is not what this tenant's signer has signed.
    Signature,
    /// Somebody else has published another one meanwhile.
    Conflict,
    /// The next one may not come after the present one.
    NotLater,
}

/// The edition of a tenant that is published now, if there is one.
///
/// # Errors
/// [`EditionError::Unavailable`], [`EditionError::Signature`].
pub async fn current(
    records: &dyn Records,
    tenant: &TenantName,
    verifier: &ScheduleVerifier,
) -> Result<Option<Published>, EditionError> {
    let found = records.get(EDITION, &[tenant.as_str().as_bytes()]).await?;
    let Some(record) = found.into_iter().flatten().next() else {
        return Ok(None);
    };
    let signed = SignedSchedule::from_bytes(&record.value);
    let signed = signed.map_err(|_| EditionError::Signature)?;
    let pinned = verifier.pin(&signed).map_err(|_| EditionError::Signature)?;
    Ok(Some(Published {
        schedule: pinned.schedule().clone(),
        signed,
        version: record.version,
    }))
}

/// Publishes an edition after the one that was found, or as the first.
///
/// # Errors
/// [`EditionError::NotLater`], [`EditionError::Conflict`], [`EditionError::Unavailable`].
pub async fn publish(
    records: &dyn Records,
    signer: &ScheduleSigner,
    after: Option<&Published>,
    next: Next<'_>,
) -> Result<(), EditionError> {
    let follows = match after {
        Some(after) => {
            after.schedule != *next.schedule && after.schedule.is_followed_by(next.schedule)
        }
        None => next.schedule.edition().number() == 1,
    };
    if !follows {
        return Err(EditionError::NotLater);
    }
    let entry = Entry {
        kind: EDITION,
        key: next.tenant.as_str().as_bytes(),
        value: &signer.sign(next.schedule).to_bytes(),
        expected: after.map(|after| after.version),
        until: None,
    };
    match records.put(entry).await? {
        Put::Stored(_) => Ok(()),
        Put::Conflict(_) => Err(EditionError::Conflict),
    }
}

/// What stands in the way of an edition that was published elsewhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum Kept {
    /// Nothing: it is kept now.
    Now,
    /// It stands there already.
    Before,
    /// A later one stands there.
    Older,
}

/// Keeps an edition that was published elsewhere, for a redeemer that has records of its own. One that stands there already
/// stays, and so does a later one.
///
/// # Errors
/// [`EditionError::Signature`]; [`EditionError::NotLater`] for one that does not follow; [`EditionError::Conflict`],
/// [`EditionError::Unavailable`].
pub async fn keep(
    records: &dyn Records,
    tenant: &TenantName,
    verifier: &ScheduleVerifier,
    signed: &SignedSchedule,
) -> Result<Kept, EditionError> {
    let (kept, version) = fits(records, tenant, verifier, signed).await?;
    if kept != Kept::Now {
        return Ok(kept);
    }
    let entry = Entry {
        kind: EDITION,
        key: tenant.as_str().as_bytes(),
        value: &signed.to_bytes(),
        expected: version,
        until: None,
    };
    match records.put(entry).await? {
        Put::Stored(_) => Ok(kept),
        Put::Conflict(_) => Err(EditionError::Conflict),
    }
}

/// What [`keep`] would do, which changes nothing.
///
/// # Errors
/// As there.
pub async fn would_keep(
    records: &dyn Records,
    tenant: &TenantName,
    verifier: &ScheduleVerifier,
    signed: &SignedSchedule,
) -> Result<Kept, EditionError> {
    let fits = fits(records, tenant, verifier, signed).await;
    fits.map(|(kept, _)| kept)
}

async fn fits(
    records: &dyn Records,
    tenant: &TenantName,
    verifier: &ScheduleVerifier,
    signed: &SignedSchedule,
) -> Result<(Kept, Option<Version>), EditionError> {
    let next = verifier.pin(signed).map_err(|_| EditionError::Signature)?;
    let Some(found) = current(records, tenant, verifier).await? else {
        return Ok((Kept::Now, None));
    };
    let (here, there) = (found.schedule.edition(), next.schedule().edition());
    let kept = if here == there {
        Kept::Before
    } else if here.number() > there.number() {
        Kept::Older
    } else if found.schedule.is_followed_by(next.schedule()) {
        Kept::Now
    } else {
        return Err(EditionError::NotLater);
    };
    Ok((kept, Some(found.version)))
}

/// An edition that is to be published.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Next<'a> {
    /// Whose it is.
    pub tenant: &'a TenantName,
    /// The edition.
    pub schedule: &'a KeySchedule,
}

impl From<Unavailable> for EditionError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl fmt::Display for EditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "the records did not answer",
            Self::Signature => "the edition in the records is not signed by this tenant's signer",
            Self::Conflict => "somebody else has published an edition meanwhile",
            Self::NotLater => "an edition that may not come after the present one",
        })
    }
}

impl core::error::Error for EditionError {}
