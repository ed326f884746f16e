//! `milagro tokens serve`

use core::time::Duration;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_tokens::authenticate::{Authenticate, Bearer, KeySet, Provider, UserKey};
use milagro_tokens::primary;
use milagro_tokens::tenant::Tenant;
use milagro_tokens::{Keys, Parts, Served, Service, router};
use milagro_wire::server::{Frame, Pool, frame, locked};

use crate::commands::tokens::keys::safe;
use crate::commands::tokens::tenants::tenants;
use crate::directory::{AUDIT_KEY, effects};
use crate::exit::{Failure, Outcome};
use crate::serve::{self, Listener, runtime};
use crate::settings::{Common, Settings, TokensSettings};
use crate::start::{Started, pool};

/// How often schedules are looked at.
const REFRESH: Duration = Duration::from_secs(30);

/// What lasts as long as the process.
struct Running {
    started: Started,
    pool: Pool,
    config: Option<PathBuf>,
    /// What the command line and the environment say, which goes before the file.
    given: TokensSettings,
    /// The service whose schedules are looked at now and then.
    current: Arc<Mutex<Option<Arc<Service>>>>,
}

pub(crate) fn run(
    config: Option<PathBuf>,
    common: &Common,
    given: TokensSettings,
    file: &Settings,
) -> Outcome<()> {
    let (settings, tenants) = (given.clone().over(&file.tokens), tenants(file)?);
    let started = Started::new(common)?;
    let pool = pool(settings.threads, settings.queue);
    let listener = Listener {
        address: settings
            .listen
            .unwrap_or_else(|| ([127, 0, 0, 1], 8444).into()),
        certificate: settings.tls_certificate.clone(),
        key: settings.tls_key.clone(),
        drain: Duration::from_secs(settings.drain_seconds.unwrap_or(30)),
    };
    let running = Running {
        started,
        pool,
        config,
        given,
        current: Arc::default(),
    };
    runtime()?.block_on(async move {
        let routes = running.routes(&settings, tenants).await?;
        let current = Arc::clone(&running.current);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(REFRESH).await;
                let service = current
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                if let Some(service) = service {
                    // What fails is in the log, and `readyz` turns red in time.
                    let _failed = service.refresh().await;
                }
            }
        });
        serve::run(listener, routes, async move || running.reloaded().await).await
    })
}

impl Running {
    async fn routes(&self, settings: &TokensSettings, tenants: Vec<Tenant>) -> Outcome<Router> {
        let safe = safe(&self.started.opened);
        let rng = &mut UnwrapErr(getrandom::SysRng);
        let users = UserKey::find_or_draw(rng, safe)
            .await
            .map_err(Failure::other)?;
        let door: Arc<dyn Authenticate> = Arc::new(bearer(settings, Arc::new(users))?);
        let mut served = Vec::new();
        for tenant in tenants {
            let signer = primary::signer(safe, tenant.name()).await;
            let signer = signer.map_err(|error| {
                Failure::config(format!(
                    "{}: {error}; say `milagro tokens init` first",
                    tenant.name()
                ))
            })?;
            served.push(Served {
                verifier: signer.verifier(),
                tenant,
                keys: Keys::PrimaryAndSigner,
                issues: Some(Arc::clone(&door)),
                redeems: true,
            });
        }
        let (store, key) = (&self.started.opened.store, &self.started.opened.key);
        let audit_key = locked::find(&**store, key, AUDIT_KEY)
            .await
            .map_err(Failure::other)?;
        let metrics = self.started.metrics.clone();
        let (ledger, records) = (Arc::clone(store), Arc::clone(store));
        let parts = Parts {
            ledger,
            records,
            operator: Arc::clone(key),
            audit: Arc::clone(&self.started.audit),
            audit_key,
            pool: self.pool.clone(),
            effects: effects(),
            metrics: Arc::new(move || metrics.render()),
        };
        let service = Service::new(parts, served).await.map_err(Failure::other)?;
        let refreshed = service.refresh().await;
        refreshed.map_err(|errors| {
            errors
                .first()
                .map_or_else(|| Failure::other("no schedule"), Failure::other)
        })?;
        let service = Arc::new(service);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some(Arc::clone(&service));
        let hosts = settings.hosts.clone().unwrap_or_default();
        Ok(frame(
            router(service),
            Frame {
                hosts,
                ..Frame::default()
            },
        ))
    }

    /// Routes by the file as it is now.
    async fn reloaded(&self) -> Outcome<Router> {
        let file = Settings::read(self.config.as_deref())?;
        let settings = self.given.clone().over(&file.tokens);
        self.routes(&settings, tenants(&file)?).await
    }
}

/// Whose tokens say who asks.
fn bearer(settings: &TokensSettings, users: Arc<UserKey>) -> Outcome<Bearer> {
    let needed = |key: &Option<String>, name: &str| {
        key.clone()
            .ok_or_else(|| Failure::config(format!("tokens: {name} is missing")))
    };
    let provider = Provider {
        issuer: needed(&settings.provider, "provider")?,
        audience: needed(&settings.audience, "audience")?,
        leeway: Seconds::minutes(1),
    };
    let path = settings.jwks_file.as_deref();
    let path = path.ok_or_else(|| Failure::config("tokens: jwks-file is missing"))?;
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| fault(&error))?;
    let most = u64::try_from(KeySet::BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    file.take(most)
        .read_to_end(&mut text)
        .map_err(|error| fault(&error))?;
    let keys = KeySet::from_json(&text).map_err(|error| fault(&error))?;
    Ok(Bearer::new(provider, keys, users))
}
