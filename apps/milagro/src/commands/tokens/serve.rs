//! `milagro tokens serve`

use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::Ledger as _;
use milagro_tokens::authenticate::{Bearer, UserKey};
use milagro_tokens::client::KeySource;
use milagro_tokens::primary;
use milagro_tokens::privacypass::Mounted;
use milagro_tokens::tenant::Tenant;
use milagro_tokens::{Keys, Parts, Served, Service, router};
use milagro_wire::server::{Frame, Pool, frame, locked};

use crate::commands::tokens::door::{self, Door};
use crate::commands::tokens::exported;
use crate::commands::tokens::keys::safe;
use crate::commands::tokens::passes;
use crate::commands::tokens::tenants::tenants;
use crate::directory::AUDIT_KEY;
use crate::exit::{Failure, Outcome};
use crate::serve::{self, Host, Listener, Sides, runtime};
use crate::settings::{Common, Settings, TokensSettings};
use crate::start::{Started, pool};

/// How often schedules are looked at.
const REFRESH: Duration = Duration::from_secs(20);

/// What lasts as long as the process.
struct Running {
    started: Started,
    pool: Pool,
    config: Option<PathBuf>,
    /// What the command line and the environment say, which goes before the file.
    given: TokensSettings,
    /// The service whose schedules are looked at now and then, and where its keys are fetched.
    current: Arc<Mutex<Option<Current>>>,
}

#[derive(Clone)]
struct Current {
    service: Arc<Service>,
    source: Option<Arc<KeySource>>,
    mounted: Option<Arc<Mounted>>,
}

pub(crate) fn run(
    host: &Host,
    config: Option<PathBuf>,
    common: &Common,
    given: TokensSettings,
    file: &Settings,
) -> Outcome<()> {
    let (settings, tenants) = (given.clone().over(&file.tokens), tenants(file)?);
    let started = Started::new(common)?;
    let pool = pool(settings.threads, settings.queue);
    let mut listener = Listener {
        address: settings
            .listen
            .unwrap_or_else(|| ([127, 0, 0, 1], 8444).into()),
        certificate: settings.tls_certificate.clone(),
        key: settings.tls_key.clone(),
        drain: Duration::from_secs(settings.drain_seconds.unwrap_or(30)),
        sides: Sides::default(),
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
        running.started.show_metrics(&mut listener).await?;
        let current = Arc::clone(&running.current);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(REFRESH).await;
                let current = current
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                if let Some(Current {
                    service,
                    source,
                    mounted,
                }) = current
                {
                    // What fails is in the log, and `readyz` turns red in time.
                    let _failed = service.refresh().await;
                    // A provider that does not answer keeps nobody from looking where redemptions are counted.
                    if let Some(source) = source {
                        tokio::spawn(async move { door::fetch(&source).await });
                    }
                    if let Some(Err(error)) = mounted.map(|mounted| mounted.refresh()) {
                        tracing::warn!(%error, "no keys of Privacy Pass for this window");
                    }
                }
            }
        });
        serve::run(host, listener, routes, async move || {
            running.reloaded().await
        })
        .await
    })
}

impl Running {
    async fn routes(&self, settings: &TokensSettings, tenants: Vec<Tenant>) -> Outcome<Router> {
        let (mut source, mut mounted) = (None, None);
        let served = if settings.redeem_only == Some(true) {
            self.redeeming(settings, tenants).await?
        } else {
            let safe = safe(&self.started.opened);
            let users = UserKey::find_or_draw(&mut UnwrapErr(getrandom::SysRng), safe).await;
            let users = Arc::new(users.map_err(Failure::other)?);
            let door = Door::new(settings, users).await?;
            let (opened, pool) = (&self.started.opened, &self.pool);
            mounted = passes::mounted(settings, opened, pool, &door.bearer).await?;
            source = door.source;
            self.issuing(&door.bearer, tenants).await?
        };
        let (store, key) = (&self.started.opened.store, &self.started.opened.key);
        let audit_key = locked::find(&**store, key, AUDIT_KEY)
            .await
            .map_err(Failure::other)?;
        let (ledger, records) = (Arc::clone(store), Arc::clone(store));
        let parts = Parts {
            ledger,
            records,
            operator: Arc::clone(key),
            audit: Arc::clone(&self.started.audit),
            audit_key,
            pool: self.pool.clone(),
            effects: self.started.opened.effects(),
        };
        let service = Service::new(parts, served).await.map_err(Failure::other)?;
        let refreshed = service.refresh().await;
        refreshed.map_err(|errors| {
            errors
                .first()
                .map_or_else(|| Failure::other("no schedule"), Failure::other)
        })?;
        let service = Arc::new(service);
        let current = Current {
            service: Arc::clone(&service),
            source,
            mounted: mounted.clone(),
        };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
        let hosts = settings.hosts.clone().unwrap_or_default();
        let passes = mounted.map(Mounted::router).unwrap_or_default();
        Ok(frame(
            router(service).merge(passes),
            Frame {
                hosts,
                ..Frame::default()
            },
        ))
    }

    /// Tenants that are issued and redeemed: the primary keys are here.
    async fn issuing(&self, door: &Arc<Bearer>, tenants: Vec<Tenant>) -> Outcome<Vec<Served>> {
        let (safe, own) = (safe(&self.started.opened), self.started.opened.store.id());
        let mut served = Vec::new();
        for tenant in tenants {
            let name = tenant.name();
            let fault = |error| {
                Failure::config(format!("{name}: {error}; say `milagro tokens init` first"))
            };
            let signer = primary::signer(safe, name).await.map_err(fault)?;
            let place = primary::redeemed_at(safe, name).await.map_err(fault)?;
            served.push(Served {
                verifier: signer.verifier(),
                keys: Keys::PrimaryAndSigner,
                issues: Some(Arc::<Bearer>::clone(door)),
                // Whoever has exported keys for another ledger redeems there alone.
                redeems: place.is_none_or(|place| place.ledger == own),
                tenant,
            });
        }
        Ok(served)
    }

    /// Tenants that are redeemed, with keys that were exported.
    async fn redeeming(
        &self,
        settings: &TokensSettings,
        tenants: Vec<Tenant>,
    ) -> Outcome<Vec<Served>> {
        let opened = &self.started.opened;
        for path in settings.exported.iter().flatten() {
            exported::take_file(opened, &tenants, path).await?;
        }
        let mut served = Vec::new();
        for tenant in tenants {
            let name = tenant.name();
            let verifier = primary::verifier(safe(opened), name).await;
            let verifier = verifier.map_err(|error| {
                Failure::config(format!(
                    "{name}: {error}; say `milagro tokens import` first"
                ))
            })?;
            served.push(Served {
                verifier,
                keys: Keys::Exported,
                issues: None,
                redeems: true,
                tenant,
            });
        }
        Ok(served)
    }

    /// Routes by the file as it is now.
    async fn reloaded(&self) -> Outcome<Router> {
        let file = Settings::read(self.config.as_deref())?;
        let settings = self.given.clone().over(&file.tokens);
        self.routes(&settings, tenants(&file)?).await
    }
}
