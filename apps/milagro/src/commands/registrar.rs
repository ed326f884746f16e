//! `milagro registrar`

mod checked;

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use milagro_dta::rand_core::UnwrapErr;
use milagro_dta::{Mpin, TrustDomain};
use milagro_registrar::keys::{Keys, KeysError};
use milagro_registrar::{Configured, Member, Parts, Service, admin, router};
use milagro_wire::bounded::Blob;
use milagro_wire::problem::Problem;
use milagro_wire::server::locked::{self, SecretError};
use milagro_wire::server::{Frame, Limits, Listening, Pool, frame};
use rustls::ServerConfig;
use serde::Serialize;
use tokio::sync::watch;

use crate::cli::RegistrarCommand;
use crate::commands::registrar::checked::Checked;
use crate::directory::{AUDIT_KEY, Directory, Opened, operator_key};
use crate::exit::{Code, Failure, Outcome};
use crate::out::print;
use crate::serve::{self, Host, Listener, Sides, listen, runtime};
use crate::settings::{Common, RegistrarSettings, Settings};
use crate::start::{Started, pool};
use crate::tls;

/// How often the registrar looks whether a list or a bulletin is due.
const ROUND: Duration = Duration::from_secs(60);

/// What was asked for: the file, and what the command line and the environment say, which goes before it.
pub(crate) struct Asked {
    pub(crate) config: Option<PathBuf>,
    pub(crate) given: RegistrarSettings,
}

/// What lasts as long as the process.
struct Running {
    started: Started,
    pool: Pool,
    asked: Asked,
    /// The administrators' routes, made anew with the others.
    desk: watch::Sender<Router>,
    /// Their certificates.
    desk_tls: watch::Sender<Option<Arc<ServerConfig>>>,
    /// The service that the routes are of.
    service: watch::Sender<Option<Arc<Service>>>,
}

pub(crate) fn run(
    common: &Common,
    asked: Asked,
    file: &RegistrarSettings,
    command: Option<RegistrarCommand>,
) -> Outcome<()> {
    match command {
        Some(RegistrarCommand::Key) => key(common),
        None => serve_registrar(&Host::Process, common, asked, file),
    }
}

/// Whether settings are right, as far as that can be seen without opening anything.
pub(crate) fn check(settings: &RegistrarSettings) -> Outcome<()> {
    if *settings == RegistrarSettings::default() {
        return Ok(());
    }
    Checked::new(settings).map(|_| ())
}

/// Prints the public key.
fn key(common: &Common) -> Outcome<()> {
    #[derive(Serialize)]
    struct Known {
        registrar: Blob<48>,
    }
    print(&Known {
        registrar: public_key(common)?,
    })
}

/// The public key of the registrar, whose keys are drawn where there are none.
pub(crate) fn public_key(common: &Common) -> Outcome<Blob<48>> {
    let opened = open(common)?;
    let keys = runtime()?.block_on(async {
        let found = Keys::find(&*opened.store, &opened.key).await;
        match found {
            Err(KeysError::Secret(SecretError::Missing)) => {
                let rng = &mut UnwrapErr(getrandom::SysRng);
                Keys::draw(rng, &*opened.store, &opened.key).await
            }
            found => found,
        }
    });
    let public = keys.map_err(Failure::other)?.public().to_bytes();
    Blob::new(public).map_err(Failure::other)
}

fn open(common: &Common) -> Outcome<Opened> {
    Directory::of(common)?.open(Arc::new(operator_key(common)?))
}

pub(crate) fn serve_registrar(
    host: &Host,
    common: &Common,
    asked: Asked,
    file: &RegistrarSettings,
) -> Outcome<()> {
    let settings = asked.given.clone().over(file);
    let checked = Checked::new(&settings)?;
    let started = Started::new(common)?;
    let mut listener = Listener {
        address: settings
            .listen
            .unwrap_or_else(|| ([127, 0, 0, 1], 8445).into()),
        certificate: settings.tls_certificate.clone(),
        key: settings.tls_key.clone(),
        drain: Duration::from_secs(settings.drain_seconds.unwrap_or(30)),
        sides: Sides::default(),
    };
    let address = checked.admin;
    let (desk, routes) = watch::channel(Router::new());
    let (desk_tls, tls) = watch::channel(None);
    let (service, current) = watch::channel(None);
    let running = Running {
        started,
        pool: pool(checked.threads, checked.queue),
        asked,
        desk,
        desk_tls,
        service,
    };
    runtime()?.block_on(async move {
        let devices = running.routes(checked).await?;
        let limits = Limits::default();
        let socket = listen(address).await?;
        let address = socket.local_addr().map_err(Failure::other)?;
        // Standard output has the address for devices, and no other.
        tracing::info!(%address, "administrators");
        listener.sides.begin(Listening {
            listener: socket,
            tls,
            routes,
            limits,
        });
        running.started.show_metrics(&mut listener).await?;
        let daily = tokio::spawn(rounds(current));
        let reload = async move || running.reloaded().await;
        let served = Box::pin(serve::run(host, listener, devices, reload)).await;
        daily.abort();
        served
    })
}

impl Running {
    /// The routes for devices. Those of administrators are put in the place of the ones before.
    async fn routes(&self, checked: Checked) -> Outcome<Router> {
        let (hosts, admin_key) = (checked.hosts.clone(), checked.admin_key.clone());
        let desk_tls = checked.desk_tls.clone();
        let service = service(&self.started, &self.pool, checked).await?;
        let time = Duration::from_secs(600);
        let administrators = frame(
            admin::router(Arc::clone(&service), admin_key),
            Frame {
                time,
                ..Frame::default()
            },
        );
        let _old = self.desk.send_replace(administrators);
        let _old = self.desk_tls.send_replace(desk_tls);
        let _old = self.service.send_replace(Some(Arc::clone(&service)));
        let framed = Frame {
            hosts,
            ..Frame::default()
        };
        Ok(frame(router(service), framed))
    }

    /// Routes by the file as it is now: hooks, mail, authorities, keys of administrators.
    async fn reloaded(&self) -> Outcome<Router> {
        let file = Settings::read(self.asked.config.as_deref())?;
        let settings = self.asked.given.clone().over(&file.registrar);
        // Before anything is replaced.
        tls::server(
            settings.tls_certificate.as_deref(),
            settings.tls_key.as_deref(),
        )?;
        let checked = Checked::new(&settings)?;
        tls::stays(&self.desk_tls, checked.desk_tls.as_ref())?;
        self.routes(checked).await
    }
}

async fn service(started: &Started, pool: &Pool, checked: Checked) -> Outcome<Arc<Service>> {
    let (store, key) = (&started.opened.store, &started.opened.key);
    let keys = Keys::find(&**store, key)
        .await
        .map_err(|error| match error {
            KeysError::Secret(SecretError::Missing) => {
                Failure::config("no keys yet: say `milagro registrar key` first")
            }
            error => Failure::other(error),
        })?;
    let audit_key = locked::find(&**store, key, AUDIT_KEY)
        .await
        .map_err(Failure::other)?;
    let domain = domain(&checked.domain, &checked.members).await?;
    let (ledger, records) = (Arc::clone(store), Arc::clone(store));
    let parts = Parts {
        ledger,
        records,
        audit: Arc::clone(&started.audit),
        audit_key,
        pool: pool.clone(),
        effects: started.opened.effects(),
    };
    let configured = Configured {
        application: checked.application,
        domain,
        keys,
        members: checked.members,
        hooks: checked.hooks,
        mailer: checked.mailer,
        window: checked.window,
        strangers_per_minute: checked.strangers,
        bulletins: checked.bulletins,
        keep: checked.keep,
    };
    let service = Service::new(parts, configured).map_err(Failure::config)?;
    Ok(Arc::new(match checked.logins {
        Some(logins) => service.with_logins(Arc::new(logins)),
        None => service,
    }))
}

/// The domain, as at least as many of its authorities have it as it takes to use its key. Which domain it is, its id says; which
/// state of it, they say.
async fn domain(id: &[u8; 32], members: &[Member]) -> Outcome<TrustDomain<Mpin>> {
    let (mut said, mut faults) = (Vec::<TrustDomain<Mpin>>::new(), Vec::new());
    for member in members {
        match member.client.domains().await {
            Ok(answer) => said.extend(answer.domains.as_slice().iter().filter_map(|form| {
                let domain = TrustDomain::<Mpin>::from_bytes(form.domain.as_bytes()).ok()?;
                let its = form.authority == member.number.get() && domain.id().to_bytes() == *id;
                its.then_some(domain)
            })),
            Err(error) => faults.push(format!("authority {}: {error}", member.number.get())),
        }
    }
    let agreed = said.iter().position(|domain| {
        let same = said
            .iter()
            .filter(|other| other.edition() == domain.edition())
            .count();
        same >= usize::from(domain.threshold().needed())
    });
    agreed.map(|place| said.swap_remove(place)).ok_or_else(|| {
        let words = format!(
            "too few authorities have the same state of the domain; {}",
            faults.join("; ")
        );
        Failure::new(Code::Network, words)
    })
}

/// Makes what is due, and gives lists to authorities that do not have them.
async fn rounds(current: watch::Receiver<Option<Arc<Service>>>) {
    // The last list that all authorities have.
    let mut given = 0;
    loop {
        let service = current.borrow().clone();
        if let Some(service) = service {
            if let Err(problem) = round(&service, &mut given).await {
                tracing::warn!(%problem, "lists and bulletins");
            }
            if let Err(problem) = service.tell_logins().await {
                tracing::warn!(%problem, "removals that the login service has not heard of");
            }
        }
        tokio::time::sleep(ROUND).await;
    }
}

async fn round(service: &Service, given: &mut u64) -> Result<(), Problem> {
    let number = service.settle().await?.mark().sequence;
    if *given != number {
        let pushed = service.push().await?;
        if pushed.faults.as_slice().is_empty() {
            *given = pushed.number;
        }
    }
    if service.publishes() {
        service.publish_due().await?;
    }
    Ok(())
}
