//! `milagro authority`

use core::num::NonZeroU32;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use milagro_authority::safe::{self, Held};
use milagro_authority::{Configured, Fault, Parts, Service, Waiting, router};
use milagro_base::Seconds;
use milagro_dta::grants::RegistrarPublicKey;
use milagro_dta::permits::Window;
use milagro_mpin::names::EpochLength;
use milagro_wire::bounded::Blob;
use milagro_wire::server::locked;
use milagro_wire::server::{Frame, Pool, frame};
use tokio::sync::watch;

use crate::commands::ceremony::safe_failure;
use crate::directory::AUDIT_KEY;
use crate::exit::{Failure, Outcome};
use crate::serve::{self, Host, Listener, Sides, runtime};
use crate::settings::{AuthoritySettings, Common, Settings};
use crate::start::{QUEUE, Started, pool};

/// What lasts as long as the process.
struct Running {
    started: Started,
    pool: Pool,
    waiting: Waiting,
    /// The service, as it was made last.
    service: watch::Sender<Option<Arc<Service>>>,
    config: Option<PathBuf>,
    /// What the command line and the environment say, which goes before the file.
    given: AuthoritySettings,
}

pub(crate) fn run(
    host: &Host,
    config: Option<PathBuf>,
    common: &Common,
    given: AuthoritySettings,
    file: &AuthoritySettings,
) -> Outcome<()> {
    let settings = given.clone().over(file);
    let checked = Checked::new(&settings)?;
    let started = Started::new(common)?;
    let pool = pool(settings.threads, settings.queue);
    let waiting = Waiting {
        grants: settings.queue.unwrap_or(QUEUE),
        ..Waiting::default()
    };
    let mut listener = Listener {
        address: settings
            .listen
            .unwrap_or_else(|| ([127, 0, 0, 1], 8440).into()),
        certificate: settings.tls_certificate.clone(),
        key: settings.tls_key.clone(),
        drain: Duration::from_secs(settings.drain_seconds.unwrap_or(30)),
        sides: Sides::default(),
    };
    let (service, current) = watch::channel(None);
    let running = Running {
        started,
        pool,
        waiting,
        service,
        config,
        given,
    };
    runtime()?.block_on(async move {
        let routes = running.routes(checked).await?;
        running.started.show_metrics(&mut listener).await?;
        let ended = serve::run(host, listener, routes, async move || {
            running.reloaded().await
        })
        .await;
        // Whoever has hung up has left a grant behind.
        let last: Option<Arc<Service>> = current.borrow().clone();
        if let Some(service) = last {
            let _late = tokio::time::timeout(Duration::from_secs(5), service.drain()).await;
        }
        ended
    })
}

impl Running {
    async fn routes(&self, checked: Checked) -> Outcome<Router> {
        let (store, key) = (&self.started.opened.store, &self.started.opened.key);
        let held = safe::all(&**store).await.map_err(safe_failure)?;
        if held.is_empty() {
            return Err(Failure::config(
                "there is no share yet: hold a ceremony first",
            ));
        }
        let mut shares = Vec::new();
        for held in &held {
            let share = self
                .started
                .opened
                .safe()
                .open_held(&**store, key, held)
                .await;
            shares.push(Configured {
                share: share.map_err(safe_failure)?,
                registrar: checked.registrar(held)?,
                window: checked.window,
                grants_per_minute: checked.grants_per_minute,
            });
        }
        let audit_key = locked::find(&**store, key, AUDIT_KEY)
            .await
            .map_err(Failure::other)?;
        let (ledger, records) = (Arc::clone(store), Arc::clone(store));
        let parts = Parts {
            ledger,
            records,
            audit: Arc::clone(&self.started.audit),
            audit_key,
            pool: self.pool.clone(),
            effects: self.started.opened.effects(),
        };
        let service = Service::new(parts, shares).await.map_err(fault)?;
        let service = Arc::new(service.with_waiting(self.waiting));
        self.service.send_replace(Some(Arc::clone(&service)));
        let (hosts, time) = (checked.hosts, checked.time);
        Ok(frame(router(service), Frame { time, hosts }))
    }

    /// Routes by the file as it is now.
    async fn reloaded(&self) -> Outcome<Router> {
        let file = Settings::read(self.config.as_deref())?;
        self.routes(Checked::new(&self.given.clone().over(&file.authority))?)
            .await
    }
}

/// Which mistake it is.
fn fault(fault: Fault) -> Failure {
    match fault {
        Fault::Ledger => Failure::config(
            "a share counts in another ledger than this one: after a restore, `ceremony count` comes first",
        ),
        Fault::HandOver | Fault::Shares | Fault::Twice => Failure::config(fault),
        fault => Failure::other(fault),
    }
}

/// Settings that are right.
pub(crate) struct Checked {
    pub(crate) registrars: Vec<([u8; 32], RegistrarPublicKey)>,
    pub(crate) window: Window,
    grants_per_minute: NonZeroU32,
    hosts: Vec<String>,
    /// How long a request may take.
    time: Duration,
}

impl Checked {
    pub(crate) fn new(settings: &AuthoritySettings) -> Outcome<Self> {
        let registrars = settings.registrars.iter().flatten();
        let registrars = registrars
            .map(|text| registrar(text))
            .collect::<Outcome<_>>()?;
        let seconds = settings.epoch_seconds.unwrap_or(86_400);
        let length = EpochLength::new(Seconds::new(seconds));
        let length =
            length.ok_or_else(|| Failure::config("epoch-seconds: no length of an epoch"))?;
        let ahead = settings.epochs_ahead.unwrap_or(1);
        if ahead > 366 {
            return Err(Failure::config("epochs-ahead: at most 366"));
        }
        let time = settings.request_seconds.unwrap_or(30);
        if !(1..=600).contains(&time) {
            return Err(Failure::config("request-seconds: from 1 to 600"));
        }
        let rate = NonZeroU32::new(settings.grants_per_minute.unwrap_or(600));
        Ok(Self {
            registrars,
            window: Window { length, ahead },
            grants_per_minute: rate.ok_or_else(|| Failure::config("grants-per-minute: 0"))?,
            hosts: settings.hosts.clone().unwrap_or_default(),
            time: Duration::from_secs(time),
        })
    }

    pub(crate) fn registrar(&self, held: &Held) -> Outcome<RegistrarPublicKey> {
        let id = held.edition.id.to_bytes();
        let found = self.registrars.iter().find(|(domain, _)| *domain == id);
        found.map(|(_, key)| *key).ok_or_else(|| {
            let id = Blob::<32>::new(id)
                .map(|id| id.to_text())
                .unwrap_or_default();
            Failure::config(format!("registrars: none for the domain {id}"))
        })
    }
}

/// A domain's id, `=`, a public key.
fn registrar(text: &str) -> Outcome<([u8; 32], RegistrarPublicKey)> {
    let parsed = || {
        let (domain, key) = text.split_once('=')?;
        let domain = Blob::<32>::from_text(domain).ok()?.to_array()?;
        let key = Blob::<48>::from_text(key).ok()?;
        Some((domain, RegistrarPublicKey::from_bytes(key.as_bytes()).ok()?))
    };
    parsed().ok_or_else(|| {
        Failure::config(
            "registrars: an entry is the id of a domain, '=', and a registrar's public key",
        )
    })
}
