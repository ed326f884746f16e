//! Where a tenant's redemptions are counted, once its keys were exported.

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::LedgerId;
use milagro_voprf::rand_core::CryptoRng;
use milagro_wire::server::locked::SecretError;

use crate::primary::safe::{KeyError, Safe, find, put};
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
    match find(safe, &place_name(tenant)).await {
        Ok(found) => {
            let mut reader = Reader::new(&found);
            let ledger = LedgerId::from_bytes(*reader.array()?);
            let since = Seconds::new(reader.u64()?);
            reader.finish()?;
            Ok(Some(RedeemedAt { ledger, since }))
        }
        Err(KeyError::Secret(SecretError::Missing)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Says once and for all that a tenant's redemptions are counted there: of keys that open late enough that none of their
/// tokens is spent anywhere else. Of the keys before, what is not spent by now is lost, unless the ledger is that of the
/// primary key and always was.
///
/// # Errors
/// [`KeyError::Secret`], with [`SecretError::Exists`] if they are counted in another ledger, and are not to be moved.
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
    let since = match redeemed_at(safe, tenant.name()).await? {
        Some(at) if at.ledger == ledger => return Ok(at),
        Some(_) if !place.moved => return Err(KeyError::Secret(SecretError::Exists)),
        None if ledger == place.own => Seconds::new(0),
        Some(_) | None => {
            let leeway = tenant.plan().timetable().leeway();
            place.now.plus(leeway).plus(HEARD)
        }
    };
    let said = Writer::new()
        .bytes(&ledger.to_bytes())
        .bytes(&since.to_bytes());
    put(rng, safe, &place_name(tenant.name()), &said.finish()).await?;
    Ok(RedeemedAt { ledger, since })
}

fn place_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/redeemed-at")
}
