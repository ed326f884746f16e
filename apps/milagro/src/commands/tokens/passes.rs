//! Privacy Pass beside the tokens of tenants.

use core::num::NonZeroU32;
use std::sync::Arc;

use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::Ledger as _;
use milagro_tokens::authenticate::Bearer;
use milagro_tokens::privacypass::{Allowance, Mounted, Mounting, Series, Start};
use milagro_voprf::privacypass::ServerName;
use milagro_wire::server::Pool;

use crate::commands::tokens::keys::safe;
use crate::directory::{Opened, effects, now};
use crate::exit::{Failure, Outcome};
use crate::settings::TokensSettings;

/// Settings that are right.
struct Checked {
    issuer: ServerName,
    origin: ServerName,
    quota: NonZeroU32,
    length: Seconds,
}

impl Checked {
    /// `None` where no issuer is named.
    fn new(settings: &TokensSettings) -> Outcome<Option<Self>> {
        let Some(issuer) = &settings.privacy_pass_issuer else {
            return Ok(None);
        };
        let fault = |key: &str, words: &str| Failure::config(format!("tokens: {key}: {words}"));
        let named = |key: &str, text: &str| {
            ServerName::new(text).map_err(|_| fault(key, "not the name of a server"))
        };
        let origin = settings.privacy_pass_origin.as_deref();
        let origin = origin.ok_or_else(|| fault("privacy-pass-origin", "missing"))?;
        let quota = settings.privacy_pass_quota;
        let length = settings
            .privacy_pass_seconds
            .map_or(Seconds::days(1), Seconds::new);
        if length < Series::SHORTEST {
            return Err(fault("privacy-pass-seconds", "at least an hour"));
        }
        Ok(Some(Self {
            issuer: named("privacy-pass-issuer", issuer)?,
            origin: named("privacy-pass-origin", origin)?,
            quota: quota.ok_or_else(|| fault("privacy-pass-quota", "missing"))?,
            length,
        }))
    }
}

/// The issuer and the gate, if the settings name one.
pub(crate) async fn mounted(
    settings: &TokensSettings,
    opened: &Opened,
    pool: &Pool,
    door: &Arc<Bearer>,
) -> Outcome<Option<Arc<Mounted>>> {
    let Some(checked) = Checked::new(settings)? else {
        return Ok(None);
    };
    let start = Start {
        ledger: opened.store.id(),
        length: checked.length,
        now: now(),
    };
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let series = Series::find_or_draw(rng, safe(opened), start).await;
    let series = series
        .map_err(|error| Failure::config(format!("tokens: privacy-pass-seconds: {error}")))?;
    let ledger = Arc::clone(&opened.store);
    let mounted = Mounted::new(Mounting {
        issuer: checked.issuer,
        origin: checked.origin,
        door: Arc::<Bearer>::clone(door),
        allowance: Allowance {
            tokens: checked.quota,
            window: checked.length,
        },
        series,
        ledger,
        pool: pool.clone(),
        effects: effects(),
    });
    mounted.map(Arc::new).map(Some).map_err(Failure::other)
}
