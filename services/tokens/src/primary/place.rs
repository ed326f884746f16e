//! Where a tenant's redemptions are counted, once its keys were exported.

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::LedgerId;
use milagro_ledger::records::Version;
use milagro_voprf::rand_core::CryptoRng;
use milagro_wire::server::locked::{self, Named, Replacement, SecretError};

use crate::primary::safe::{KeyError, Safe};
use crate::tenant::{Tenant, TenantName};

/// So long it takes until every process has stopped that shall not redeem any more: each looks every half a minute, and a
/// redemption that is under way has twenty seconds. Less than a minute, after which the first key of a tenant opens.
const HEARD: Seconds = Seconds::new(50);

/// Where redemptions are counted, and of which keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct RedeemedAt {
    /// The ledger.
    pub ledger: LedgerId,
    /// Tokens of keys that open earlier may have been spent in another ledger, and are good in none any more.
    pub since: Seconds,
}

/// Where redemptions shall be counted.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Place {
    /// The ledger.
    pub ledger: LedgerId,
    /// The ledger of the primary key, where redemptions are counted as long as nothing else was said.
    pub own: LedgerId,
    /// Whether that may take the place of another one.
    pub moved: bool,
    /// The time.
    pub now: Seconds,
}

/// The ledger in which a tenant's redemptions are counted, where keys were exported.
///
/// # Errors
/// [`KeyError`].
pub async fn redeemed_at(
    safe: Safe<'_>,
    tenant: &TenantName,
) -> Result<Option<RedeemedAt>, KeyError> {
    let said = said(safe, &place_name(tenant)).await?;
    Ok(said.map(|said| said.at))
}

/// Says once and for all that a tenant's redemptions are counted there: of keys that open late enough that none of their
/// tokens is spent anywhere else. Of the keys before, what is not spent by now is lost, unless the ledger is that of the
/// primary key and always was.
///
/// # Errors
/// [`KeyError::Secret`], with [`SecretError::Exists`] if they are counted in another ledger, and are not to be moved, or if
/// somebody else has said another one meanwhile.
///
/// # Security
/// A token is spent once in each ledger. Processes with the primary key stop within fifty seconds; those with exported keys
/// do not know of it: who moves them makes sure that nothing redeems in the ledger before any more.
pub async fn redeem_at<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    tenant: &Tenant,
    place: Place,
) -> Result<RedeemedAt, KeyError> {
    let Place { ledger, .. } = place;
    let name = place_name(tenant.name());
    let before = said(safe, &name).await?;
    let since = match &before {
        Some(said) if said.at.ledger == ledger => return Ok(said.at),
        Some(_) if !place.moved => return Err(KeyError::Secret(SecretError::Exists)),
        None if ledger == place.own => Seconds::new(0),
        Some(_) | None => {
            let leeway = tenant.plan().timetable().leeway();
            place.now.plus(leeway).plus(HEARD)
        }
    };
    let at = RedeemedAt { ledger, since };
    let secret = Writer::new()
        .bytes(&ledger.to_bytes())
        .bytes(&since.to_bytes())
        .finish();
    let replacement = Replacement {
        named: Named {
            name: &name,
            secret: &secret,
        },
        version: before.map(|said| said.version),
    };
    match locked::replace(rng, safe.records, safe.key, replacement).await {
        Ok(()) => Ok(at),
        // Somebody else was faster. Who wanted to move them did not know of that ledger, and cannot have stopped it.
        Err(SecretError::Exists) => match redeemed_at(safe, tenant.name()).await? {
            Some(at) if at.ledger == ledger => Ok(at),
            Some(_) | None => Err(KeyError::Secret(SecretError::Exists)),
        },
        Err(error) => Err(KeyError::Secret(error)),
    }
}

/// What was said, and which edition of it.
struct Said {
    at: RedeemedAt,
    version: Version,
}

async fn said(safe: Safe<'_>, name: &str) -> Result<Option<Said>, KeyError> {
    let found = match locked::find_bytes(safe.records, safe.key, name).await {
        Ok(found) => found,
        Err(SecretError::Missing) => return Ok(None),
        Err(error) => return Err(KeyError::Secret(error)),
    };
    let mut reader = Reader::new(&found.secret);
    let ledger = LedgerId::from_bytes(*reader.array()?);
    let since = Seconds::new(reader.u64()?);
    reader.finish()?;
    Ok(Some(Said {
        at: RedeemedAt { ledger, since },
        version: found.version,
    }))
}

fn place_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/redeemed-at")
}
