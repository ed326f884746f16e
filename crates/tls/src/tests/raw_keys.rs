//! TLS 1.3 in rustls, over loopback TCP and in memory.

mod binding;
mod called;
mod epochs;
mod fleet;
mod flipped;
mod forgeries;
mod memory;
mod refusals;
mod seen;
mod standing;
mod strangers;
mod tcp;
mod x509;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use milagro_mpin::names::EpochPolicy;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ServerConfig};

use super::fixture::{NOW, identity, master};
use crate::admission::{Anyone, Authorize, IdentityVerifier};
use crate::keys::IdentityKey;
use crate::names::{Identity, Role};
use crate::raw_keys::{IdentityResolver, client_config, server_config, server_name_for};
use crate::signing::SigningMaster;
use milagro_dta::Signing;

/// A clock that a test sets.
#[derive(Debug)]
struct Clock(AtomicU64);

impl Clock {
    fn set(&self, now: u64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Some(UnixTime::since_unix_epoch(now))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn resolver(key: IdentityKey<Signing>, clock: &Arc<Clock>) -> Arc<IdentityResolver> {
    Arc::new(IdentityResolver::new(
        key,
        EpochPolicy::DAILY,
        provider(),
        clock.clone(),
    ))
}

fn verifier(master: &SigningMaster, authorize: impl Authorize + 'static) -> Arc<IdentityVerifier> {
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, authorize);
    Arc::new(verifier)
}

/// One authority, one client, one server, one clock for all.
struct World {
    master: SigningMaster,
    clock: Arc<Clock>,
    client: Identity,
    server: Identity,
}

impl World {
    fn new() -> Self {
        let master = master();
        Self {
            client: identity(&master, Role::Client, "alice"),
            server: identity(&master, Role::Server, "server"),
            clock: Arc::new(Clock(AtomicU64::new(NOW.get()))),
            master,
        }
    }

    fn key(&self, identity: &Identity) -> IdentityKey<Signing> {
        self.master.issue(identity).unwrap()
    }

    /// A client with this key, which believes the world's authority.
    fn client_with(&self, key: IdentityKey<Signing>) -> ClientConfig {
        let verifier = verifier(&self.master, Anyone);
        client_config(&resolver(key, &self.clock), &verifier).unwrap()
    }

    fn server_with(&self, key: IdentityKey<Signing>) -> ServerConfig {
        let verifier = verifier(&self.master, Anyone);
        server_config(&resolver(key, &self.clock), &verifier).unwrap()
    }

    fn client(&self) -> ClientConfig {
        self.client_with(self.key(&self.client))
    }

    fn server(&self) -> ServerConfig {
        self.server_with(self.key(&self.server))
    }

    fn name(&self) -> ServerName<'static> {
        server_name_for(self.server.principal()).unwrap()
    }
}
