//! Keys of single epochs on their way to a redeemer that holds no primary key.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::{Ledger as _, LedgerId};
use milagro_tokens::editions;
use milagro_tokens::primary::{self, Exported, KeyError, Place, Primary};
use milagro_tokens::tenant::{KeyForm, Tenant};
use milagro_voprf::tokens::schedule::{PinnedSchedule, ScheduleVerifier, SignedSchedule};
use milagro_wire::bounded::Blob;
use milagro_wire::name::Name;
use milagro_wire::server::locked::SecretError;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cli::tokens::{ExportArguments, TenantArguments};
use crate::commands::tokens::keys::{found, open, safe};
use crate::commands::tokens::tenants::named;
use crate::directory::{Opened, now};
use crate::exit::{Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

/// Longest encoding of exported keys, and of a schedule: both full.
const PART_MAX: usize = 1 << 18;
/// Longest file.
const FILE_MAX: u64 = 1 << 20;

/// What a redeemer needs of a tenant.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    tenant: String,
    /// The keys: secret. Whoever has them can make tokens of their epochs.
    keys: Blob<PART_MAX>,
    /// The published schedule.
    schedule: Blob<PART_MAX>,
    /// Whose signature it has.
    signer: Blob<32>,
}

#[derive(Serialize)]
struct Here {
    ledger: Name,
}

#[derive(Serialize)]
struct Kept<'a> {
    tenant: &'a str,
    /// How many keys there were.
    keys: usize,
}

pub(crate) fn ledger(common: &Common) -> Outcome<()> {
    let ledger = Name::from_bytes(open(common)?.store.id().to_bytes());
    print(&Here { ledger })
}

pub(crate) fn export(
    common: &Common,
    tenants: &[Tenant],
    arguments: &ExportArguments,
) -> Outcome<()> {
    let (tenant, opened) = (named(tenants, &arguments.tenant)?, open(common)?);
    let ledger = match &arguments.ledger {
        Some(text) => ledger_of(text)?,
        None => opened.store.id(),
    };
    let bundle = runtime()?.block_on(async {
        let (signer, published) = found(&opened, tenant).await?;
        let published = published.ok_or_else(|| Failure::other("no edition is published yet"))?;
        let primary = Primary::find(safe(&opened), tenant).await;
        let primary = primary.map_err(Failure::other)?;
        if tenant.key_form() != KeyForm::Exportable {
            return Err(Failure::config("keys: this tenant's are not exportable"));
        }
        // After a restore, what was redeemed may be forgotten: nothing goes out of the keys before.
        if primary.ledger() != opened.store.id() {
            return Err(Failure::config(
                "the keys belong to another ledger; after a restore say `milagro tokens renew` first",
            ));
        }
        let rng = &mut UnwrapErr(getrandom::SysRng);
        let place = Place {
            ledger,
            own: primary.ledger(),
            moved: arguments.moved,
            now: now(),
        };
        // First where they are counted: of keys before that nothing goes out.
        let said = primary::redeem_at(rng, safe(&opened), tenant, place).await;
        let at = said.map_err(|error| match error {
            KeyError::Secret(SecretError::Exists) => Failure::other(
                "keys were exported for another ledger; once nobody redeems there any more, give --moved",
            ),
            error => Failure::other(error),
        })?;
        let exported = primary.export(&published.schedule, &at);
        let exported = exported.map_err(Failure::other)?;
        Ok::<_, Failure>(Bundle {
            tenant: tenant.name().as_str().to_owned(),
            keys: Blob::new(exported.to_bytes().to_vec()).map_err(Failure::other)?,
            schedule: Blob::new(published.signed.to_bytes()).map_err(Failure::other)?,
            signer: Blob::new(signer.verifier().to_bytes()).map_err(Failure::other)?,
        })
    })?;
    let text = Zeroizing::new(serde_json::to_string(&bundle).map_err(Failure::other)?);
    println!("{}", *text);
    Ok(())
}

fn ledger_of(text: &str) -> Outcome<LedgerId> {
    let name = text.parse::<Name>();
    name.map(|name| LedgerId::from_bytes(*name.as_bytes()))
        .map_err(|_| Failure::config("ledger: 64 hexadecimal digits"))
}

pub(crate) fn import(
    common: &Common,
    tenants: &[Tenant],
    arguments: &TenantArguments,
) -> Outcome<()> {
    let (tenant, opened) = (named(tenants, &arguments.tenant)?, open(common)?);
    let text = read(io::stdin().lock())?;
    let keys = runtime()?.block_on(take(&opened, core::slice::from_ref(tenant), &text))?;
    let tenant = tenant.name().as_str();
    print(&Kept { tenant, keys })
}

/// Keeps what stands in a file, for whichever of the tenants it is.
pub(crate) async fn take_file(opened: &Opened, tenants: &[Tenant], path: &Path) -> Outcome<()> {
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let file = File::open(path).map_err(|error| fault(&error))?;
    let text = read(file).map_err(|error| fault(&error))?;
    let taken = take(opened, tenants, &text).await;
    taken.map(|_| ()).map_err(|error| fault(&error))
}

fn read(from: impl io::Read) -> Outcome<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = from.take(FILE_MAX).read_to_string(&mut text);
    read.map_err(Failure::other)?;
    Ok(text)
}

/// Keeps what stands in a file, if all of it is right; otherwise nothing.
async fn take(opened: &Opened, tenants: &[Tenant], text: &str) -> Outcome<usize> {
    let bundle: Bundle = serde_json::from_str(text).map_err(Failure::config)?;
    let tenant = named(tenants, &bundle.tenant)?;
    let read = Read::of(&bundle, tenant)?;
    let Read {
        verifier,
        signed,
        exported,
    } = &read;
    let (records, name, safe) = (&*opened.store, tenant.name(), safe(opened));
    let known = primary::verifier(safe, name).await;
    if known.is_ok_and(|known| known != *verifier) {
        return Err(Failure::config("another signer than before"));
    }
    let ledger = opened.store.id();
    let would = editions::would_keep(records, name, verifier, signed).await;
    if would.map_err(Failure::config)? == editions::Kept::Older {
        // What stands here was published later.
        return Ok(0);
    }
    exported
        .check(read.schedule()?.schedule(), ledger)
        .map_err(|error| match error {
            KeyError::OtherLedger => Failure::config(format!(
                "keys for another ledger than that of this store, {}: it was restored, or is another one; export them \
                 for this one",
                Name::from_bytes(ledger.to_bytes())
            )),
            error => Failure::config(error),
        })?;
    let rng = &mut UnwrapErr(getrandom::SysRng);
    // The edition last: replicas that find it look for its keys.
    let kept = primary::keep_verifier(rng, safe, name, verifier).await;
    kept.map_err(Failure::config)?;
    let kept = exported.keep(rng, safe, name, ledger).await;
    kept.map_err(Failure::config)?;
    let kept = editions::keep(records, name, verifier, signed).await;
    kept.map_err(Failure::config)?;
    Ok(exported.count())
}

/// What a file says, decoded.
struct Read {
    verifier: ScheduleVerifier,
    signed: SignedSchedule,
    exported: Exported,
}

impl Read {
    /// The parts, if they are of this tenant and its plan.
    fn of(bundle: &Bundle, tenant: &Tenant) -> Outcome<Self> {
        let signer = bundle.signer.to_array();
        let verifier = signer.and_then(|bytes| ScheduleVerifier::from_bytes(&bytes).ok());
        let signed = SignedSchedule::from_bytes(bundle.schedule.as_bytes());
        let exported = Exported::from_bytes(bundle.keys.as_bytes(), tenant.plan());
        let read = Self {
            verifier: verifier.ok_or_else(|| Failure::config("signer: not a public key"))?,
            signed: signed.map_err(Failure::config)?,
            exported: exported.map_err(Failure::config)?,
        };
        if read.schedule()?.schedule().plan() != tenant.plan() {
            return Err(Failure::config(
                "the schedule has another plan than the tenant of that name here",
            ));
        }
        Ok(read)
    }

    fn schedule(&self) -> Outcome<PinnedSchedule> {
        let pinned = self.verifier.pin(&self.signed);
        pinned.map_err(|_| Failure::config("the schedule is not signed by the signer"))
    }
}
