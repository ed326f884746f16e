//! What signs a tenant's schedule, and what checks that.

use milagro_base::DecodeError;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::schedule::{ScheduleSigner, ScheduleVerifier};
use milagro_wire::server::locked::SecretError;

use crate::primary::safe::{KeyError, Safe, find, keep};
use crate::tenant::TenantName;

/// Draws what signs a tenant's schedule, and keeps it.
///
/// # Errors
/// [`KeyError::Secret`], with [`SecretError::Exists`] if the tenant has one.
pub async fn draw_signer<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    tenant: &TenantName,
) -> Result<(), KeyError> {
    let signer = ScheduleSigner::generate(rng).to_bytes();
    let kept = keep(rng, safe, &signer_name(tenant), &*signer).await;
    kept.map_err(KeyError::Secret)
}

/// What signs a tenant's schedule.
///
/// # Errors
/// [`KeyError`].
pub async fn signer(safe: Safe<'_>, tenant: &TenantName) -> Result<ScheduleSigner, KeyError> {
    let found = find(safe, &signer_name(tenant)).await?;
    let bytes = found.as_slice().try_into();
    Ok(ScheduleSigner::from_bytes(
        bytes.map_err(|_| DecodeError::Length)?,
    ))
}

/// Keeps the public key of a signer that is elsewhere, for a redeemer.
///
/// # Errors
/// [`KeyError::Secret`], with [`SecretError::Exists`] if another one was kept before.
pub async fn keep_verifier<R: CryptoRng + ?Sized>(
    rng: &mut R,
    safe: Safe<'_>,
    tenant: &TenantName,
    verifier: &ScheduleVerifier,
) -> Result<(), KeyError> {
    let (name, bytes) = (verifier_name(tenant), verifier.to_bytes());
    match keep(rng, safe, &name, &bytes).await {
        Err(SecretError::Exists) if *find(safe, &name).await? == bytes => Ok(()),
        kept => kept.map_err(KeyError::Secret),
    }
}

/// Whose signature a tenant's schedules have: that of the signer that is here, or else the one that was kept.
///
/// # Errors
/// [`KeyError`].
pub async fn verifier(safe: Safe<'_>, tenant: &TenantName) -> Result<ScheduleVerifier, KeyError> {
    match signer(safe, tenant).await {
        Ok(signer) => Ok(signer.verifier()),
        Err(KeyError::Secret(SecretError::Missing)) => {
            let found = find(safe, &verifier_name(tenant)).await?;
            let bytes = found.as_slice().try_into();
            let verifier = ScheduleVerifier::from_bytes(bytes.map_err(|_| DecodeError::Length)?);
            verifier.map_err(|_| KeyError::Format(DecodeError::Value))
        }
        Err(error) => Err(error),
    }
}

fn signer_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/signer")
}

fn verifier_name(tenant: &TenantName) -> String {
    format!("tokens/{tenant}/verifier")
}
