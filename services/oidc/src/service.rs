//! The service: what it stands on.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::Seconds;
use milagro_ledger::rand_core::Rng as _;
use milagro_ledger::{Ledger, Records};
use milagro_wire::client::guard::{Guard, Lookup, SystemLookup};
use milagro_wire::server::Effects;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use reqwest::redirect;
use sha2::Sha256;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::browser::{Browser, SessionRef};
use crate::keys::{Keys, KeysError, RELOAD};
use crate::rates::Counted;
use crate::settings::Settings;
use crate::shelf::text;

/// What a provider stands on.
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct Parts {
    /// Where it counts.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps applications, grants and codes.
    pub records: Arc<dyn Records>,
    /// What its secrets are sealed under.
    pub operator: Arc<OperatorKey>,
    /// Who is logged in.
    pub browser: Arc<dyn Browser>,
    /// Its audit file.
    pub audit: Arc<Audit>,
    /// Hides users in the audit file.
    pub audit_key: Zeroizing<[u8; 32]>,
    /// Its clock and generator.
    pub effects: Effects,
    /// The client that applications are told with: it brings the roots of TLS.
    pub teller: Arc<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>,
    /// Looks the hosts of applications up.
    pub lookup: Arc<dyn Lookup>,
}

impl Parts {
    /// Looks hosts up by the system.
    #[must_use]
    pub fn system_lookup() -> Arc<dyn Lookup> {
        Arc::new(SystemLookup)
    }
}

/// The provider. It has no state that a second process over the same ledger and records would miss.
pub struct Service {
    pub(crate) parts: Parts,
    pub(crate) settings: Settings,
    /// What MACs are made with, which never changes.
    mac: Zeroizing<[u8; 32]>,
    pub(crate) teller: reqwest::Client,
    pub(crate) counted: Counted,
    keys: RwLock<(Arc<Keys>, Seconds)>,
    reading: Mutex<()>,
}

/// Why there is no such service.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Its keys cannot be opened.
    Keys(KeysError),
    /// The client that applications are told with cannot be set up.
    Client(reqwest::Error),
}

/// How long an application has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The client that applications are told with: no redirect, no proxy, nothing kept.
fn teller(parts: &Parts, settings: &Settings) -> Result<reqwest::Client, reqwest::Error> {
    (parts.teller)()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .dns_resolver(Guard {
            lookup: Arc::clone(&parts.lookup),
            private: settings.private,
        })
        .build()
}

impl Service {
    /// Puts a provider together. Its keys have to be there: [`crate::keys::install`].
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn new(parts: Parts, settings: Settings) -> Result<Self, Fault> {
        let keys = Keys::open(&*parts.records, &parts.operator).await;
        let keys = keys.map_err(Fault::Keys)?;
        let teller = teller(&parts, &settings).map_err(Fault::Client)?;
        let mac = keys.mac.clone();
        let keys = RwLock::new((Arc::new(keys), parts.effects.now()));
        let counted = Counted::new(settings.rates);
        Ok(Self {
            parts,
            settings,
            mac,
            teller,
            counted,
            keys,
            reading: Mutex::new(()),
        })
    }

    pub(crate) fn now(&self) -> Seconds {
        self.parts.effects.now()
    }

    pub(crate) fn records(&self) -> &dyn Records {
        &*self.parts.records
    }

    pub(crate) fn browser(&self) -> &dyn Browser {
        &*self.parts.browser
    }

    pub(crate) fn issuer(&self) -> &str {
        self.settings.issuer.as_str()
    }

    /// Fresh random bytes.
    pub(crate) fn random<const N: usize>(&self) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        self.parts.effects.rng().fill_bytes(&mut *bytes);
        bytes
    }

    /// The keys, read again now and then: another replica may have made new ones. Where the records do not answer, those
    /// that are known stay.
    pub(crate) async fn keys(&self) -> Arc<Keys> {
        let now = self.now();
        let (known, read) = self.known();
        if now < read.plus(RELOAD) && read <= now.plus(RELOAD) {
            return known;
        }
        // One reads, and the others go on with what they have.
        let Ok(_reading) = self.reading.try_lock() else {
            return known;
        };
        match Keys::open(self.records(), &self.parts.operator).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
                *held = (Arc::clone(&keys), now);
                keys
            }
            Err(error) => {
                tracing::warn!(%error, "keys could not be read again");
                known
            }
        }
    }

    fn known(&self) -> (Arc<Keys>, Seconds) {
        let held = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&held.0), held.1)
    }

    /// HMAC-SHA-256(key, tag and parts, each behind its length).
    pub(crate) fn mac(&self, tag: &str, parts: &[&[u8]]) -> [u8; 32] {
        self.hmac(tag, parts).finalize().into_bytes().into()
    }

    /// Whether a MAC is that of these parts, in constant time.
    pub(crate) fn is_mac(&self, tag: &str, parts: &[&[u8]], given: &[u8]) -> bool {
        self.hmac(tag, parts).verify_slice(given).is_ok()
    }

    fn hmac(&self, tag: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut block = Zeroizing::new([0; 64]);
        let pairs = block.iter_mut().zip(self.mac.iter());
        pairs.for_each(|(to, from)| *to = *from);
        let mut mac: Hmac<Sha256> = Hmac::new(&(*block).into());
        mac.update(b"MILAGRO-V1-OIDC-HMAC-SHA256");
        for part in core::iter::once(&tag.as_bytes()).chain(parts) {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&length.to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// What applications call a user (`sub`): the same for all of them, and nothing that the name could be guessed from.
    pub(crate) fn subject(&self, user: &str) -> String {
        text(&self.mac("subject", &[user.as_bytes()]))
    }

    /// What applications call a session (`sid`).
    pub(crate) fn session_name(&self, session: &SessionRef) -> [u8; 32] {
        self.mac("session", &[session.user.as_bytes(), &session.id])
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(error) => error.fmt(f),
            Self::Client(error) => write!(f, "no client for the OpenID provider: {error}"),
        }
    }
}

impl core::error::Error for Fault {}
