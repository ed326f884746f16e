//! A provider with a listener for services, and its callers.

use alloc::sync::Arc;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use axum::http::StatusCode;
use milagro_tls::admission::{Anyone, IdentityVerifier, Replaceable};
use milagro_tls::raw_keys::{IdentityResolver, client_config, server_config};
use milagro_tls::rustls::crypto::aws_lc_rs;
use milagro_tls::rustls::pki_types::UnixTime;
use milagro_tls::rustls::time_provider::TimeProvider;
use milagro_tls::signing::SigningMaster;
use milagro_tls::{Epoch, EpochPolicy, Identity, Principal, Role, Seconds};
use milagro_wire::server::{Frame, Limits, Listening, frame, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::services::{Door, router};
use crate::settings::{Issuer, Settings};
use crate::tests::world::{OWN, Replica, World, form, merged, rng};

/// The clock of a world, as TLS reads it.
#[derive(Debug)]
struct Clock(Arc<AtomicU64>);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Some(UnixTime::since_unix_epoch(now))
    }
}

/// A provider with a listener for services.
pub(super) struct House {
    pub(super) world: World,
    pub(super) replica: Replica,
    pub(super) master: SigningMaster,
    pub(super) welcome: Replaceable,
    pub(super) address: SocketAddr,
}

pub(super) fn verifier(master: &SigningMaster, welcome: Replaceable) -> Arc<IdentityVerifier> {
    let verifier = IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, welcome);
    Arc::new(verifier)
}

pub(super) fn master(name: &str) -> SigningMaster {
    SigningMaster::random(&mut rng(), name)
}

impl House {
    pub(super) async fn new() -> Self {
        let (world, master) = (World::new().await, master("services"));
        let welcome = Replaceable::new(Anyone);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut house = Self {
            replica: world.replica().await,
            world,
            master,
            welcome,
            address,
        };
        let settings = Settings {
            services: Some(Door {
                principal: house.principal(Role::Server, "login"),
                port: address.port(),
            }),
            ..Settings::new(Issuer::new(OWN).unwrap())
        };
        house.replica = house.world.with(settings).await;
        let verifier = verifier(&house.master, house.welcome.clone());
        let own = house.resolver(&house.master, &house.today(Role::Server, "login"));
        let tls = server_config(&own, &verifier).unwrap();
        let routes = router(Arc::clone(&house.replica.service), verifier);
        let (_, tls) = watch::channel(Some(Arc::new(tls)));
        let (_, routes) = watch::channel(frame(routes, Frame::default()));
        let listening = Listening {
            listener,
            tls,
            routes,
            limits: Limits::default(),
        };
        tokio::spawn(serve(listening, core::future::pending()));
        house
    }

    pub(super) fn principal(&self, role: Role, name: &str) -> Principal {
        Principal::new(self.master.domain(), role, name).unwrap()
    }

    /// Somebody in the epoch that it is now.
    pub(super) fn today(&self, role: Role, name: &str) -> Identity {
        let now = Seconds::new(self.world.now());
        let epoch = Epoch::at(now, EpochPolicy::DAILY.length);
        self.principal(role, name).at(epoch)
    }

    pub(super) fn resolver(
        &self,
        master: &SigningMaster,
        identity: &Identity,
    ) -> Arc<IdentityResolver> {
        let clock = Arc::new(Clock(Arc::clone(&self.world.clock)));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = master.issue(identity).unwrap();
        Arc::new(IdentityResolver::new(
            key,
            EpochPolicy::DAILY,
            provider,
            clock,
        ))
    }

    /// A client with the key of an identity of that authority; it believes the provider's.
    pub(super) fn caller_of(&self, master: &SigningMaster, identity: &Identity) -> Caller {
        let verifier = verifier(&self.master, Replaceable::new(Anyone));
        let config = client_config(&self.resolver(master, identity), &verifier).unwrap();
        let host = self.principal(Role::Server, "login").server_name();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .resolve(&host, self.address)
            .no_proxy()
            .build();
        Caller {
            client: client.unwrap(),
            base: format!("https://{host}:{}", self.address.port()),
        }
    }

    pub(super) fn caller(&self, identity: &Identity) -> Caller {
        self.caller_of(&self.master, identity)
    }

    /// A service that may ask for `read` and `write` at the stock, and the client that it is.
    pub(super) async fn orders(&self) -> Caller {
        self.registers("orders", Role::Client, json!({})).await;
        self.caller(&self.today(Role::Client, "orders"))
    }

    pub(super) async fn registers(&self, name: &str, role: Role, more: Value) {
        let identity = self.principal(role, name).to_string();
        let base = service(&identity);
        let secret = self.replica.register(name, merged(base, more)).await;
        assert_eq!(secret, None);
    }
}

pub(super) fn service(identity: &str) -> Value {
    json!({
        "client_name": "A service", "token_endpoint_auth_method": "identity_tls_client_auth",
        "identity": identity, "scopes": ["read", "write"], "resources": ["stock"],
    })
}

pub(super) struct Caller {
    client: reqwest::Client,
    base: String,
}

pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) json: Value,
}

impl Said {
    pub(super) fn error(&self) -> &str {
        self.json["error"].as_str().unwrap_or_default()
    }

    pub(super) fn token(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.json);
        self.json["access_token"].as_str().unwrap().to_owned()
    }
}

impl Caller {
    /// `None` where there is no connection.
    pub(super) async fn posts(&self, path: &str, pairs: &[(&str, &str)]) -> Option<Said> {
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = form(pairs.iter().copied());
        let answer = request.body(body).send().await.ok()?;
        assert!(!answer.headers().contains_key("www-authenticate"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let status = answer.status();
        let json = serde_json::from_slice(&answer.bytes().await.ok()?).unwrap_or_default();
        Some(Said { status, json })
    }

    pub(super) async fn asks(&self, id: &str, more: &[(&str, &str)]) -> Option<Said> {
        let base = [("grant_type", "client_credentials"), ("client_id", id)];
        let pairs: Vec<_> = base.iter().chain(more).copied().collect();
        self.posts("/oauth/token", &pairs).await
    }

    pub(super) async fn introspects(&self, id: &str, token: &str) -> Value {
        let pairs = [("client_id", id), ("token", token)];
        self.posts("/oauth/introspect", &pairs).await.unwrap().json
    }
}
