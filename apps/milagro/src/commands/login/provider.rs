//! The OpenID provider beside the login service, under the same origin.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use getrandom::SysRng;
use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::{Answer, Unavailable};
use milagro_login::Service;
use milagro_login::browsers::OnDevice;
use milagro_mpin::server::DeviceId;
use milagro_oidc::browser::{Session, SessionRef};
use milagro_oidc::services::Door;
use milagro_oidc::{Browser, Issuer, Parts, Rates, Service as Provider, Settings, keys};
use milagro_wire::login::names::{Origin, UserName, spelled};
use milagro_wire::server::locked;
use reqwest::Url;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::directory::AUDIT_KEY;
use crate::exit::{Failure, Outcome};
use crate::settings::LoginSettings;
use crate::start::Started;
use crate::tls;

/// How often sessions are looked for that have ended.
const SWEEP: Duration = Duration::from_secs(30);

/// Settings of a provider that are right.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    settings: Settings,
    roots: Option<PathBuf>,
}

impl Checked {
    /// `None` where no issuer is named.
    pub(crate) fn new(settings: &LoginSettings) -> Outcome<Option<Self>> {
        let Some(text) = &settings.issuer else {
            return Ok(None);
        };
        let issuer = Issuer::new(text);
        let issuer = issuer.map_err(|error| Failure::config(format!("issuer: {error}")))?;
        let private = settings.tell_private.unwrap_or(false);
        let roots = settings.tell_roots.clone();
        let _readable = tls::client(roots.as_deref())?;
        let usual = Rates::default();
        let rates = Rates {
            source: settings.tokens_per_minute.unwrap_or(usual.source),
            client: settings.tokens_per_minute.unwrap_or(usual.client),
            forwarded: settings.forwarded.unwrap_or(false),
            ..usual
        };
        let settings = Settings {
            private,
            rates,
            ..Settings::new(issuer)
        };
        Ok(Some(Self { settings, roots }))
    }

    /// The same, with a listener for services.
    pub(crate) fn with(mut self, services: Option<Door>) -> Self {
        self.settings.services = services;
        self
    }

    /// The origin of the provider's pages, which are also the login service's.
    pub(crate) fn origin(&self) -> Option<Origin> {
        Origin::new(self.settings.issuer.as_str()).ok()
    }
}

/// Puts a provider together that goes by the sessions of a login service, and looks after them while it lasts.
pub(crate) async fn provide(
    started: &Started,
    service: &Arc<Service>,
    checked: &Checked,
) -> Outcome<Arc<Provider>> {
    let (store, key) = (&started.opened.store, &started.opened.key);
    let installed = keys::install(&mut UnwrapErr(SysRng), &**store, key).await;
    installed.map_err(Failure::other)?;
    let audit_key = locked::find(&**store, key, AUDIT_KEY).await;
    let (ledger, records) = (Arc::clone(store), Arc::clone(store));
    let roots = checked.roots.clone();
    let parts = Parts {
        ledger,
        records,
        operator: Arc::clone(key),
        browser: Arc::new(Sessions(Arc::clone(service))),
        audit: Arc::clone(&started.audit),
        audit_key: audit_key.map_err(Failure::other)?,
        effects: started.opened.effects(),
        teller: Arc::new(move || teller(roots.as_deref())),
        lookup: Parts::system_lookup(),
    };
    let provider = Provider::new(parts, checked.settings.clone()).await;
    let provider = Arc::new(provider.map_err(Failure::other)?);
    tokio::spawn(sweep(Arc::downgrade(&provider)));
    tokio::spawn(hear(service.endings(), Arc::downgrade(&provider)));
    Ok(provider)
}

/// Looks for sessions that ended by time, or on another replica, until another provider has taken this one's place.
async fn sweep(provider: Weak<Provider>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(provider) = provider.upgrade() else {
            return;
        };
        swept(&provider).await;
    }
}

async fn swept(provider: &Provider) {
    if provider.sweep().await.is_err() {
        tracing::warn!("sessions that have ended could not be looked for");
    }
}

/// Looks at once at sessions that end in this process, whoever ends them.
async fn hear(mut endings: Receiver<OnDevice>, provider: Weak<Provider>) {
    loop {
        let ended = endings.recv().await;
        let Some(provider) = provider.upgrade() else {
            return;
        };
        match ended {
            Ok(who) => {
                if provider.look_at(&session_of(&who)).await.is_err() {
                    tracing::warn!("a session that has ended is looked at later");
                }
            }
            Err(RecvError::Lagged(_)) => swept(&provider).await,
            Err(RecvError::Closed) => return,
        }
    }
}

fn session_of(who: &OnDevice) -> SessionRef {
    SessionRef {
        user: who.user.as_str().to_owned(),
        id: who.device.to_bytes().to_vec(),
    }
}

/// Routes of the login service, whose logouts the provider hears of at once.
pub(crate) fn watched(routes: Router, provider: &Arc<Provider>) -> Router {
    let provider = Arc::clone(provider);
    routes.layer(from_fn(move |request: Request, next: Next| {
        let provider = Arc::clone(&provider);
        async move { provider.watch(request, next).await }
    }))
}

/// The roots were readable when the settings were checked; a client without them would trust those of the system.
fn teller(roots: Option<&Path>) -> reqwest::ClientBuilder {
    tls::client(roots).unwrap_or_else(|_| reqwest::ClientBuilder::new().tls_certs_only([]))
}

/// The sessions of the login service. One lasts as long as its user has any on the device.
struct Sessions(Arc<Service>);

/// How a user of M-Pin logs in: with a secret that the device holds and a PIN (RFC 8176).
const AMR: [&str; 3] = ["mfa", "pin", "swk"];
const ACR: &str = "urn:milagro:mpin";

fn who(session: &SessionRef) -> Option<OnDevice> {
    let device = session.id.as_slice().try_into().ok()?;
    Some(OnDevice {
        user: UserName::new(&session.user).ok()?,
        device: DeviceId::from_bytes(device),
    })
}

impl Browser for Sessions {
    fn session<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Answer<'a, Result<Option<Session>, Unavailable>> {
        Box::pin(async move {
            let found = self.0.logged_in(headers).await?;
            Ok(found.map(|found| Session {
                of: session_of(&found.who),
                at: found.at,
                amr: AMR.map(str::to_owned).to_vec(),
                acr: ACR.to_owned(),
            }))
        })
    }

    fn is_open<'a>(&'a self, session: &'a SessionRef) -> Answer<'a, Result<bool, Unavailable>> {
        Box::pin(async move {
            match who(session) {
                Some(who) => self.0.has_session(&who).await,
                None => Ok(false),
            }
        })
    }

    fn may_stay<'a>(&'a self, user: &'a str) -> Answer<'a, Result<bool, Unavailable>> {
        Box::pin(async move {
            match UserName::new(user) {
                Ok(user) => self.0.is_unlocked(&user).await,
                Err(_) => Ok(false),
            }
        })
    }

    fn end<'a>(&'a self, session: &'a SessionRef) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            match who(session) {
                Some(who) => self.0.log_out(&who).await,
                None => Ok(()),
            }
        })
    }

    fn login_page(&self, return_to: &str, hint: Option<&str>) -> String {
        // Only the query is wanted: the host is not looked at.
        let Ok(mut page) = Url::parse("http://localhost/login") else {
            return "/login".to_owned();
        };
        let mut query = page.query_pairs_mut();
        query.append_pair("return", return_to);
        if let Some(hint) = hint {
            // Names of users are known in their one spelling.
            let name = spelled(hint).unwrap_or(Cow::Borrowed(hint));
            query.append_pair("hint", &name);
        }
        drop(query);
        format!("/login?{}", page.query().unwrap_or_default())
    }
}
