//! A trust domain with its authority: what the TLS examples share.

use std::sync::Arc;

use getrandom::SysRng;
use milagro::base::Seconds;
use milagro::tls::admission::{Anyone, IdentityVerifier};
use milagro::tls::rand_core::UnwrapErr;
use milagro::tls::raw_keys::{IdentityResolver, client_config, server_config};
use milagro::tls::rustls::crypto::aws_lc_rs;
use milagro::tls::rustls::time_provider::{DefaultTimeProvider, TimeProvider as _};
use milagro::tls::rustls::{ClientConfig, ServerConfig};
use milagro::tls::signing::SigningMaster;
use milagro::tls::{Epoch, EpochPolicy, Identity, Principal, Role};

/// Whatever goes wrong.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Everybody believes one authority here. (`milagro::dta` makes it several.)
pub(crate) struct Domain {
    authority: SigningMaster,
}

impl Domain {
    pub(crate) fn found(name: &str) -> Self {
        let authority = SigningMaster::random(&mut UnwrapErr(SysRng), name);
        Self { authority }
    }

    /// Somebody, in the epoch that it is now.
    pub(crate) fn identity(&self, role: Role, name: &str) -> Outcome<Identity> {
        let now = DefaultTimeProvider.current_time().ok_or("no clock")?;
        let epoch = Epoch::at(Seconds::new(now.as_secs()), EpochPolicy::DAILY.length);
        Ok(Principal::new(self.authority.domain(), role, name)?.at(epoch))
    }

    pub(crate) fn client(&self, client: &Identity) -> Outcome<ClientConfig> {
        Ok(client_config(&self.resolver(client)?, &self.verifier())?)
    }

    pub(crate) fn server(&self, server: &Identity) -> Outcome<ServerConfig> {
        Ok(server_config(&self.resolver(server)?, &self.verifier())?)
    }

    /// The key for today. A service that runs on installs the next one before midnight.
    pub(crate) fn resolver(&self, identity: &Identity) -> Outcome<Arc<IdentityResolver>> {
        let key = self.authority.issue(identity).ok_or("not of this domain")?;
        Ok(Arc::new(IdentityResolver::new(
            key,
            EpochPolicy::DAILY,
            Arc::new(aws_lc_rs::default_provider()),
            Arc::new(DefaultTimeProvider),
        )))
    }

    pub(crate) fn verifier(&self) -> Arc<IdentityVerifier> {
        let anchor = self.authority.anchor();
        Arc::new(IdentityVerifier::new(anchor, EpochPolicy::DAILY, Anyone))
    }
}
