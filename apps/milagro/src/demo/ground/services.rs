//! Registrar, login service and token service.

use std::fs;
use std::path::PathBuf;

use milagro_tokens::tenant::{KeyForm, TenantSettings};
use milagro_voprf::tokens::schedule::ScheduleVerifier;

use crate::cli::admin::ServerKeyArguments;
use crate::commands::tokens::{keys, serve, tenants};
use crate::commands::{login, registrar, server_key};
use crate::demo::part::Part;
use crate::demo::place::Place;
use crate::demo::site::network;
use crate::exit::{Failure, Outcome};
use crate::serve::runtime;
use crate::settings::{LoginSettings, RegistrarSettings, Settings, TokensSettings};

/// A registrar.
pub(crate) struct Registrar {
    pub(crate) place: Place,
    pub(crate) key_file: PathBuf,
    /// Where it listens for administrators.
    pub(crate) admin: u16,
    /// Where the login service listens for its operator.
    pub(crate) login_admin: u16,
}

impl Registrar {
    /// Its address for administrators.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin)
    }

    pub(crate) fn bulletins(&self) -> PathBuf {
        self.place.path("bulletins")
    }

    pub(crate) fn serve(&self, domain: &str, authorities: &[(u16, Part)]) -> Outcome<Part> {
        fs::create_dir(self.bulletins()).map_err(Failure::other)?;
        let authorities = authorities.iter();
        let authorities = authorities.map(|(number, part)| format!("{number}={}", part.address));
        let given = RegistrarSettings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            admin_listen: Some(([127, 0, 0, 1], self.admin).into()),
            admin_key_file: Some(self.key_file.clone()),
            login: Some(format!("http://127.0.0.1:{}", self.login_admin)),
            login_key_file: Some(self.key_file.clone()),
            application: Some("demo".to_owned()),
            domain: Some(domain.to_owned()),
            authorities: Some(authorities.collect()),
            bulletins: Some(self.bulletins()),
            drain_seconds: Some(2),
            ..RegistrarSettings::default()
        };
        let common = self.place.common.clone();
        Part::start(move |host| {
            let asked = registrar::Asked {
                config: None,
                given,
            };
            registrar::serve_registrar(host, &common, asked, &RegistrarSettings::default())
        })
    }
}

/// A login service with an OpenID provider.
pub(crate) struct Login {
    pub(crate) place: Place,
    pub(crate) key_file: PathBuf,
    /// Where it listens for its operator.
    pub(crate) admin: u16,
    /// The registrar's address for administrators.
    pub(crate) registrar: String,
    pub(crate) issuer: String,
    /// The directory of the built pad.
    pub(crate) pad: Option<PathBuf>,
}

impl Login {
    /// Has the authorities give it its secret, and starts it.
    pub(crate) fn serve(&self, domain: &str) -> Outcome<Part> {
        let common = self.place.common.clone();
        let arguments = ServerKeyArguments {
            domain: domain.to_owned(),
            secret: None,
            registrar: Some(self.registrar.clone()),
            registrar_key_file: Some(self.key_file.clone()),
            registrar_roots: None,
            server: Some("login.demo".to_owned()),
        };
        server_key::seal(&common, &arguments)?;
        let given = LoginSettings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            admin_listen: Some(([127, 0, 0, 1], self.admin).into()),
            admin_key_file: Some(self.key_file.clone()),
            issuer: Some(self.issuer.clone()),
            tell_private: Some(true),
            pad: self.pad.clone(),
            registrar: Some(self.registrar.clone()),
            registrar_key_file: Some(self.key_file.clone()),
            // Of the day, which devices take out of the bulletin.
            permits: Some("either".to_owned()),
            drain_seconds: Some(2),
            ..LoginSettings::default()
        };
        Part::start(move |host| login::run(host, None, &common, given, &LoginSettings::default()))
    }
}

/// The audience of tokens that the token service takes, and the name of what it issues.
pub(crate) const AUDIENCE: &str = "tokens";
pub(crate) const TENANT: &str = "vouchers";
/// The name that redemptions are bound to.
pub(crate) const REDEEMER: &str = "shop.demo";

/// A token service for the users of an OpenID provider.
pub(crate) struct Tokens {
    pub(crate) place: Place,
    pub(crate) issuer: String,
}

impl Tokens {
    pub(crate) fn serve(&self) -> Outcome<(Part, ScheduleVerifier)> {
        let file = Settings {
            token_tenants: vec![tenant()],
            ..Settings::default()
        };
        let common = self.place.common.clone();
        let drawn = keys::draw(&common, &tenants::tenants(&file)?)?;
        let signer = drawn.first().and_then(|keys| keys.signer.to_array());
        let signer = signer.and_then(|bytes| ScheduleVerifier::from_bytes(&bytes).ok());
        let signer = signer.ok_or_else(|| Failure::other("no signer of schedules"))?;
        let keys = self.place.path("jwks.json");
        fs::write(&keys, self.provider_keys()?).map_err(Failure::other)?;
        let given = TokensSettings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            provider: Some(self.issuer.clone()),
            audience: Some(AUDIENCE.to_owned()),
            jwks_file: Some(keys),
            drain_seconds: Some(2),
            ..TokensSettings::default()
        };
        let part = Part::start(move |host| serve::run(host, None, &common, given, &file))?;
        Ok((part, signer))
    }

    /// The public keys of the provider, which the service would fetch itself over TLS.
    fn provider_keys(&self) -> Outcome<Vec<u8>> {
        let address = format!("{}/oauth/jwks", self.issuer);
        runtime()?.block_on(async {
            let client = reqwest::ClientBuilder::new().no_proxy().build();
            let asked = client.map_err(Failure::other)?.get(address).send().await;
            let answer = asked.and_then(reqwest::Response::error_for_status);
            let body = answer.map_err(network)?.bytes().await.map_err(network)?;
            Ok(body.to_vec())
        })
    }
}

fn tenant() -> TenantSettings {
    TenantSettings {
        name: TENANT.to_owned(),
        use_case: None,
        redeemer: REDEEMER.to_owned(),
        origin: 0,
        epoch_seconds: 86_400,
        issue_overlap_seconds: 0,
        redeem_overlap_seconds: 3600,
        leeway_seconds: Some(1),
        uses: 1,
        quota: 10,
        quota_seconds: 86_400,
        budget_bits: 16,
        budget_block: None,
        epochs_ahead: 3,
        withdrawn: Vec::new(),
        keys: KeyForm::Compact,
    }
}
