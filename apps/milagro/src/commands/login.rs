//! `milagro login`

mod provider;
mod services;

use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use milagro_base::Seconds;
use milagro_ledger::Ledger as _;
use milagro_login::admin::{self, AdminKey};
use milagro_login::keys::Keys;
use milagro_login::pages::{self, Pages};
use milagro_login::registrar::WhenAway;
use milagro_login::tell::{Silent, Tell};
use milagro_login::{
    Parts, Service, SessionTimes, Settings as Asked, Waiting, router, router_beside,
};
use milagro_mpin::names::EpochPolicy;
use milagro_mpin::server::{Freshness, PermitPolicy, Policy};
use milagro_oidc::Service as Provider;
use milagro_wire::login::names::Origin;
use milagro_wire::server::{Frame, Limits, Listening, Pool, frame, locked};
use rustls::ServerConfig;
use tokio::sync::watch;

use crate::directory::{self, AUDIT_KEY};
use crate::exit::{Failure, Outcome};
use crate::links::{Other, RegistrarService};
use crate::pad;
use crate::serve::{self, Host, Listener, Sides, listen, runtime};
use crate::settings::{Common, LoginSettings, Settings};
use crate::start::{Started, pool};
use crate::tls;

/// What lasts as long as the process.
struct Running {
    started: Started,
    pool: Pool,
    config: Option<PathBuf>,
    /// What the command line and the environment say, which goes before the file.
    given: LoginSettings,
    /// Whether the operator's routes have a listener.
    has_desk: bool,
    /// The operator's routes, made anew with the others.
    desk: watch::Sender<Router>,
    /// Their certificates, which are read again with the others.
    desk_tls: watch::Sender<Option<Arc<ServerConfig>>>,
    /// The service that the routes are of, whose logins come to their end with the process.
    service: watch::Sender<Option<Arc<Service>>>,
    /// Where services come in.
    services: Option<services::Services>,
}

pub(crate) fn run(
    host: &Host,
    config: Option<PathBuf>,
    common: &Common,
    given: LoginSettings,
    file: &LoginSettings,
) -> Outcome<()> {
    let settings = given.clone().over(file);
    let checked = Checked::new(&settings)?;
    let services = services::Services::new(&settings)?;
    let started = Started::new(common)?;
    let mut listener = Listener {
        address: settings
            .listen
            .unwrap_or_else(|| ([127, 0, 0, 1], 8442).into()),
        certificate: settings.tls_certificate.clone(),
        key: settings.tls_key.clone(),
        drain: Duration::from_secs(settings.drain_seconds.unwrap_or(30)),
        sides: Sides::default(),
    };
    let (desk, routes) = watch::channel(Router::new());
    let (desk_tls, tls) = watch::channel(desk_config(&settings)?);
    let (service, current) = watch::channel(None);
    let at = desk_address(&settings)?;
    let running = Running {
        started,
        pool: pool(settings.threads, None),
        config,
        given,
        has_desk: checked.admin.is_some(),
        desk,
        desk_tls,
        service,
        services,
    };
    runtime()?.block_on(async move {
        let public = running.serve(running.served(&checked).await?);
        running.started.show_metrics(&mut listener).await?;
        let drain = listener.drain;
        let limits = Limits {
            drain,
            connections: 32,
            ..Limits::default()
        };
        if running.has_desk {
            listener.sides.begin(Listening {
                listener: listen(at).await?,
                tls,
                routes,
                limits,
            });
        }
        if let Some(services) = &running.services {
            services.listen(&mut listener.sides, drain).await?;
        }
        let ended = serve::run(host, listener, public, async move || {
            running.reloaded().await
        })
        .await;
        // Whoever has hung up has left a login behind.
        let last: Option<Arc<Service>> = current.borrow().clone();
        if let Some(service) = last {
            let _late = tokio::time::timeout(Duration::from_secs(5), service.drain()).await;
        }
        ended
    })
}

/// The certificate of the operator's listener is that of the other.
fn desk_config(settings: &LoginSettings) -> Outcome<Option<Arc<ServerConfig>>> {
    tls::server(
        settings.tls_certificate.as_deref(),
        settings.tls_key.as_deref(),
    )
}

/// Where the operator's routes are: on this machine, where there is no TLS.
fn desk_address(settings: &LoginSettings) -> Outcome<SocketAddr> {
    let address = settings.admin_listen;
    let address = address.unwrap_or_else(|| ([127, 0, 0, 1], 8443).into());
    if settings.tls_certificate.is_none() && !address.ip().is_loopback() {
        let words = "admin-listen: not an address of this machine, and no TLS";
        return Err(Failure::config(words));
    }
    Ok(address)
}

fn admin_key(path: &std::path::Path) -> Outcome<AdminKey> {
    Ok(AdminKey::new(&*directory::key(path)?))
}

/// What is served by settings.
struct Served {
    service: Arc<Service>,
    provider: Option<Arc<Provider>>,
    /// The operator's routes.
    desk: Option<Router>,
    public: Router,
}

impl Running {
    /// The service by settings. Nothing of it is served yet.
    async fn served(&self, checked: &Checked) -> Outcome<Served> {
        let service = self.service(checked).await?;
        let provider = match &checked.provider {
            Some(checked) => {
                let door = self.services.as_ref().map(services::Services::door);
                let checked = checked.clone().with(door);
                Some(provider::provide(&self.started, &service, &checked).await?)
            }
            None => None,
        };
        let desk = checked.admin.as_ref();
        Ok(Served {
            desk: desk.map(|key| desk_routes(&service, provider.as_ref(), key)),
            public: public_routes(&service, provider.as_ref(), checked),
            service,
            provider,
        })
    }

    async fn service(&self, checked: &Checked) -> Outcome<Arc<Service>> {
        let (store, key) = (&self.started.opened.store, &self.started.opened.key);
        let keys = Keys::open(&**store, key, store.id()).await;
        let keys = keys.map_err(|error| {
            Failure::config(format!("{error}: seal one with `milagro server-key`"))
        })?;
        let audit_key = locked::find(&**store, key, AUDIT_KEY).await;
        let (ledger, records) = (Arc::clone(store), Arc::clone(store));
        let tell: Arc<dyn Tell> = match checked.registrar.clone() {
            Some(registrar) => Arc::new(registrar),
            None => Arc::new(Silent),
        };
        let parts = Parts {
            ledger,
            records,
            operator: Arc::clone(key),
            audit: Arc::clone(&self.started.audit),
            audit_key: audit_key.map_err(Failure::other)?,
            pool: self.pool.clone(),
            effects: self.started.opened.effects(),
            tell,
        };
        let service = Service::new(parts, keys, checked.asked.clone());
        let service = service.map_err(Failure::other)?;
        Ok(Arc::new(match checked.registrar.clone() {
            Some(registrar) => service.with_registrar(Arc::new(registrar), checked.away),
            None => service,
        }))
    }

    /// Serves it in the place of what was served before. The public routes are for the listener.
    fn serve(&self, served: Served) -> Router {
        if let (Some(services), Some(provider)) = (&self.services, &served.provider) {
            services.serve(provider);
        }
        if let Some(desk) = served.desk {
            let _old = self.desk.send_replace(desk);
        }
        let _before = self.service.send_replace(Some(served.service));
        served.public
    }

    /// Routes by the file as it is now. Whatever can fail comes before anything is replaced.
    async fn reloaded(&self) -> Outcome<Router> {
        let file = Settings::read(self.config.as_deref())?;
        let settings = self.given.clone().over(&file.login);
        let (checked, certificates) = (Checked::new(&settings)?, desk_config(&settings)?);
        tls::stays(&self.desk_tls, certificates.as_ref())?;
        if self.has_desk && checked.admin.is_none() {
            let words = "admin-key-file: without it the operator's routes would keep their key";
            return Err(Failure::config(words));
        }
        if self.services.is_some() && checked.provider.is_none() {
            let words = "issuer: without one services would keep the provider that was";
            return Err(Failure::config(words));
        }
        let served = self.served(&checked).await?;
        if let Some(services) = &self.services {
            services.read_again()?;
        }
        let _old = self.desk_tls.send_replace(certificates);
        Ok(self.serve(served))
    }
}

/// The operator's routes, and those of a provider.
fn desk_routes(service: &Arc<Service>, provider: Option<&Arc<Provider>>, key: &AdminKey) -> Router {
    let service = Arc::clone(service);
    let desk = match provider {
        Some(provider) => {
            let clients = milagro_oidc::admin::router(Arc::clone(provider));
            let other = milagro_oidc::admin::document();
            let desk = admin::router_beside(service, key.clone(), other);
            desk.merge(admin::guarded(clients, key.clone()))
        }
        None => admin::router(service, key.clone()),
    };
    frame(desk, Frame::default())
}

fn public_routes(
    service: &Arc<Service>,
    provider: Option<&Arc<Provider>>,
    checked: &Checked,
) -> Router {
    if checked.pages.is_none() {
        tracing::warn!("no pages: --pad names no directory");
    }
    let service = Arc::clone(service);
    let pages = pages::router(Arc::clone(&service), checked.pages.clone());
    let framed = Frame {
        hosts: checked.hosts.clone(),
        ..Frame::default()
    };
    let routes = match provider {
        Some(_) => router_beside(service, milagro_oidc::document()),
        None => router(service),
    };
    let mut routes = routes.merge(pages);
    if let Some(provider) = provider {
        routes = provider::watched(routes, provider);
        routes = routes.merge(milagro_oidc::router(Arc::clone(provider)));
    }
    frame(routes, framed)
}

/// Settings that are right.
#[derive(Debug)]
pub(crate) struct Checked {
    asked: Asked,
    admin: Option<AdminKey>,
    hosts: Vec<String>,
    pages: Option<Pages>,
    registrar: Option<RegistrarService>,
    away: WhenAway,
    provider: Option<provider::Checked>,
}

impl Checked {
    pub(crate) fn new(settings: &LoginSettings) -> Outcome<Self> {
        let origins = settings.origins.iter().flatten().map(|text| {
            let fault = || Failure::config(format!("origins: {text} is no origin"));
            Origin::new(text).map_err(|_| fault())
        });
        let mut origins = origins.collect::<Outcome<Vec<_>>>()?;
        let provider = provider::Checked::new(settings)?;
        origins.extend(provider.as_ref().and_then(provider::Checked::origin));
        let (idle, hours) = (
            settings.idle_minutes.unwrap_or(30),
            settings.session_hours.unwrap_or(12),
        );
        let logins = settings.queue.unwrap_or(1024);
        if idle == 0 || hours == 0 || logins == 0 || settings.threads == Some(0) {
            let words = "idle-minutes, session-hours, threads, queue: at least 1";
            return Err(Failure::config(words));
        }
        let batches = settings.threads.unwrap_or(2);
        let usual = Asked::new(policy(settings)?, origins);
        let asked = Asked {
            numbers_of_network: settings
                .numbers_of_network
                .unwrap_or(usual.numbers_of_network),
            forwarded: settings.forwarded.unwrap_or(false),
            visits: settings.visits_per_minute.unwrap_or(usual.visits),
            waiting: Waiting {
                logins,
                batches,
                ..Waiting::default()
            },
            sessions: SessionTimes {
                idle: Seconds::minutes(idle),
                absolute: Seconds::hours(hours),
            },
            ..usual
        };
        let registrar = RegistrarService::of(&Other {
            name: "registrar",
            address: settings.registrar.as_deref(),
            key: settings.registrar_key_file.as_deref(),
            roots: settings.registrar_roots.as_deref(),
        })?;
        let away = match settings.registrar_away.as_deref() {
            None | Some("refuse") => WhenAway::Refuse,
            Some("let-in") => WhenAway::LetIn,
            Some(_) => return Err(Failure::config("registrar-away: refuse or let-in")),
        };
        let admin = settings.admin_key_file.as_deref().map(admin_key);
        Ok(Self {
            asked,
            admin: admin.transpose()?,
            hosts: settings.hosts.clone().unwrap_or_default(),
            registrar,
            away,
            pages: settings.pad.as_deref().map(pad::read).transpose()?,
            provider,
        })
    }
}

/// What is asked of a proof.
fn policy(settings: &LoginSettings) -> Outcome<Policy> {
    let daily = EpochPolicy::DAILY;
    let permits = match settings.permits.as_deref() {
        None | Some("none") => PermitPolicy::NoPermits,
        Some("personal") => PermitPolicy::Personal(daily),
        Some("cover") => PermitPolicy::Cover(daily),
        Some("either") => PermitPolicy::PersonalOrCover(daily),
        Some(_) => {
            let words = "permits: none, personal, cover or either";
            return Err(Failure::config(words));
        }
    };
    let freshness = match settings.one_pass {
        Some(true) => Freshness::ChallengesAndTimes,
        _ => Freshness::Challenges,
    };
    Ok(Policy {
        freshness,
        ..Policy::new(permits)
    })
}
