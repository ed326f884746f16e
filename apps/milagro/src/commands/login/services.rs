//! The listener of an OpenID provider for services, which show identities of their own.

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use milagro_oidc::Service as Provider;
use milagro_oidc::services::{Door, router};
use milagro_tls::raw_keys::server_config;
use milagro_wire::server::{Frame, Limits, Listening, frame};
use tokio::sync::watch;

use crate::exit::{Failure, Outcome};
use crate::identities::{Files, Identities};
use crate::serve::{Sides, listen};
use crate::settings::LoginSettings;

/// What lasts as long as the process.
pub(super) struct Services {
    at: SocketAddr,
    identities: Identities,
    routes: watch::Sender<Router>,
}

impl Services {
    /// `None` where no listener is named.
    pub(super) fn new(settings: &LoginSettings) -> Outcome<Option<Self>> {
        let (at, files) = match (
            settings.identity_listen,
            &settings.identity_keys,
            &settings.identity_anchor,
        ) {
            (None, None, None) => return Ok(None),
            (Some(at), Some(keys), Some(anchor)) => {
                let (keys, anchor) = (keys.clone(), anchor.clone());
                (at, Files { keys, anchor })
            }
            _ => {
                let words = "identity-listen, identity-keys, identity-anchor: all three or none";
                return Err(Failure::config(words));
            }
        };
        if settings.issuer.is_none() {
            return Err(Failure::config("identity-listen: there is no issuer"));
        }
        // The provider's documents name it.
        if at.port() == 0 {
            return Err(Failure::config("identity-listen: a port is needed"));
        }
        Ok(Some(Self {
            at,
            identities: Identities::read(files)?,
            routes: watch::channel(Router::new()).0,
        }))
    }

    /// What the provider's documents say of it.
    pub(super) fn door(&self) -> Door {
        Door {
            principal: self.identities.own.principal().clone(),
            port: self.at.port(),
        }
    }

    /// Reads keys again, so that those of the next epoch are there when it begins.
    pub(super) fn read_again(&self) -> Outcome<()> {
        self.identities.read_again()
    }

    /// Serves another provider from now on.
    pub(super) fn serve(&self, provider: &Arc<Provider>) {
        let verifier = Arc::clone(&self.identities.others);
        let routes = router(Arc::clone(provider), verifier);
        let _before = self.routes.send_replace(frame(routes, Frame::default()));
    }

    /// Listens until the service ends.
    pub(super) async fn listen(&self, sides: &mut Sides, drain: Duration) -> Outcome<()> {
        let listener = listen(self.at).await?;
        let Identities { own, others, .. } = &self.identities;
        let config = server_config(own, others).map_err(Failure::other)?;
        let (_, tls) = watch::channel(Some(Arc::new(config)));
        let limits = Limits::default();
        sides.begin(Listening {
            listener,
            tls,
            routes: self.routes.subscribe(),
            limits: Limits { drain, ..limits },
        });
        Ok(())
    }
}
