//! Keys and editions of tenants, in the directory.

use std::fs;
use std::sync::Arc;

use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::Ledger as _;
use milagro_tokens::authenticate::UserKey;
use milagro_tokens::editions::{self, Next, Published};
use milagro_tokens::primary::{self, KeyError, Primary, Safe};
use milagro_tokens::renewal::renewed;
use milagro_tokens::rotation::{Change, Rotation};
use milagro_tokens::tenant::Tenant;
use milagro_voprf::tokens::schedule::{KeySchedule, ScheduleSigner, SignedSchedule};
use milagro_wire::bounded::Blob;
use milagro_wire::server::locked::SecretError;
use serde::Serialize;

use crate::cli::tokens::RotateArguments;
use crate::directory::{Directory, Opened, now, operator_key};
use crate::exit::{Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

/// What is printed of a tenant.
#[derive(Serialize)]
pub(crate) struct Keys {
    tenant: String,
    /// The public key of the signer of its schedule, which clients need.
    pub(crate) signer: Blob<32>,
}

#[derive(Serialize)]
struct Due<'a> {
    tenant: &'a str,
    /// The number of the next edition; none if nothing changes.
    edition: Option<u64>,
    changes: &'a [Change],
    /// The keys that are listed now and not withdrawn, as `withdrawn` in the configuration names them.
    keys: Vec<LiveKey>,
}

#[derive(Serialize)]
struct LiveKey {
    epoch: u64,
    serial: u32,
}

pub(crate) fn open(common: &Common) -> Outcome<Opened> {
    Directory::of(common)?.open(Arc::new(operator_key(common)?))
}

pub(crate) fn safe(opened: &Opened) -> Safe<'_> {
    Safe {
        records: &*opened.store,
        key: &opened.key,
    }
}

pub(crate) fn init(common: &Common, tenants: &[Tenant]) -> Outcome<()> {
    draw(common, tenants)?.iter().try_for_each(print)
}

/// Draws the keys of every tenant that has none.
pub(crate) fn draw(common: &Common, tenants: &[Tenant]) -> Outcome<Vec<Keys>> {
    let opened = open(common)?;
    let keys = runtime()?.block_on(async {
        let (rng, safe) = (&mut UnwrapErr(getrandom::SysRng), safe(&opened));
        UserKey::find_or_draw(rng, safe)
            .await
            .map_err(KeyError::Secret)?;
        let mut keys = Vec::new();
        for tenant in tenants {
            let ledger = opened.store.id();
            there(Primary::draw(rng, safe, tenant, ledger).await)?;
            there(primary::draw_signer(rng, safe, tenant.name()).await)?;
            // Whether what is there is what the settings say.
            Primary::find(safe, tenant).await?;
            let signer = primary::signer(safe, tenant.name()).await?;
            keys.push((tenant.name().as_str(), signer.verifier().to_bytes()));
        }
        Ok::<_, KeyError>(keys)
    });
    let keys = keys.map_err(Failure::other)?.into_iter();
    let keys = keys.map(|(tenant, signer)| {
        Ok(Keys {
            tenant: tenant.to_owned(),
            signer: Blob::new(signer).map_err(Failure::other)?,
        })
    });
    keys.collect()
}

/// A key that is there already stays.
fn there(drawn: Result<(), KeyError>) -> Result<(), KeyError> {
    match drawn {
        Err(KeyError::Secret(SecretError::Exists)) => Ok(()),
        drawn => drawn,
    }
}

pub(crate) fn rotate(
    common: &Common,
    tenants: &[Tenant],
    arguments: &RotateArguments,
) -> Outcome<()> {
    if let Some(path) = &arguments.schedule {
        let [tenant] = tenants else {
            return Err(Failure::config(
                "--schedule is of one tenant, and there are others",
            ));
        };
        let bytes = fs::read(path);
        let bytes =
            bytes.map_err(|error| Failure::other(format!("{}: {error}", path.display())))?;
        // What would change is no secret, and nothing is published: the signature is for clients to check.
        SignedSchedule::from_bytes(&bytes).map_err(Failure::other)?;
        let schedule = bytes.get(65..).unwrap_or_default();
        let schedule = KeySchedule::from_bytes(schedule).map_err(Failure::other)?;
        let due = Rotation::due(tenant, Some(&schedule), now()).map_err(Failure::other)?;
        return say(tenant, Some(&schedule), &due);
    }
    let opened = open(common)?;
    let runtime = runtime()?;
    for tenant in tenants {
        let (signer, published) = runtime.block_on(found(&opened, tenant))?;
        let current = published.as_ref().map(|published| &published.schedule);
        let due = Rotation::due(tenant, current, now()).map_err(Failure::other)?;
        if !arguments.plan && !due.is_empty() {
            let work = async {
                let primary = Primary::find(safe(&opened), tenant)
                    .await
                    .map_err(Failure::other)?;
                let next = due
                    .apply(tenant, current, &primary)
                    .map_err(Failure::other)?;
                let next = Next {
                    tenant: tenant.name(),
                    schedule: &next,
                };
                let after = published.as_ref();
                let done = editions::publish(&*opened.store, &signer, after, next).await;
                done.map_err(Failure::other)
            };
            runtime.block_on(work)?;
        }
        say(tenant, current, &due)?;
    }
    Ok(())
}

fn say(tenant: &Tenant, current: Option<&KeySchedule>, due: &Rotation) -> Outcome<()> {
    let listed = current.into_iter().flat_map(KeySchedule::keys);
    let live = listed.filter(|key| !key.is_withdrawn());
    print(&Due {
        tenant: tenant.name().as_str(),
        edition: (!due.is_empty()).then_some(due.edition),
        changes: &due.changes,
        keys: live
            .map(|key| LiveKey {
                epoch: key.slot().epoch().number(),
                serial: key.slot().serial(),
            })
            .collect(),
    })
}

/// The signer of a tenant, and the edition that it signed last.
pub(crate) async fn found(
    opened: &Opened,
    tenant: &Tenant,
) -> Outcome<(ScheduleSigner, Option<Published>)> {
    let signer = primary::signer(safe(opened), tenant.name()).await;
    let signer = signer.map_err(Failure::other)?;
    let verifier = signer.verifier();
    let published = editions::current(&*opened.store, tenant.name(), &verifier).await;
    Ok((signer, published.map_err(Failure::other)?))
}

/// What became of a tenant's keys.
#[derive(Serialize)]
struct RenewedKeys<'a> {
    tenant: &'a str,
    /// Whether there are other keys now.
    renewed: bool,
    /// The edition that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<u64>,
}

pub(crate) fn renew(common: &Common, tenants: &[Tenant]) -> Outcome<()> {
    let opened = open(common)?;
    let runtime = runtime()?;
    for tenant in tenants {
        print(&runtime.block_on(renew_one(&opened, tenant))?)?;
    }
    Ok(())
}

async fn renew_one<'a>(opened: &Opened, tenant: &'a Tenant) -> Outcome<RenewedKeys<'a>> {
    let (rng, ledger) = (&mut UnwrapErr(getrandom::SysRng), opened.store.id());
    let tenant_name = tenant.name().as_str();
    let unchanged = RenewedKeys {
        tenant: tenant_name,
        renewed: false,
        edition: None,
    };
    let keys = match Primary::renew(rng, safe(opened), tenant, ledger).await {
        Ok(keys) => keys,
        Err(KeyError::SameLedger) => return Ok(unchanged),
        Err(error) => return Err(Failure::other(error)),
    };
    let (signer, published) = found(opened, tenant).await?;
    let Some(published) = published else {
        return Ok(RenewedKeys {
            renewed: true,
            ..unchanged
        });
    };
    let next = renewed(tenant, &published.schedule, &keys, now()).map_err(Failure::other)?;
    let Some(schedule) = next else {
        return Ok(unchanged);
    };
    let next = Next {
        tenant: tenant.name(),
        schedule: &schedule,
    };
    let done = editions::publish(&*opened.store, &signer, Some(&published), next).await;
    done.map_err(Failure::other)?;
    Ok(RenewedKeys {
        tenant: tenant_name,
        renewed: true,
        edition: Some(schedule.edition().number()),
    })
}
