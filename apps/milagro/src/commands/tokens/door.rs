//! Whom tokens are issued to: users of an OpenID provider, whose keys stand in a file or are fetched.

use core::time::Duration;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use milagro_base::Seconds;
use milagro_tokens::authenticate::{Bearer, KeySet, Provider, UserKey};
use milagro_tokens::client::KeySource;
use milagro_wire::client::{Endpoint, Patience};

use crate::directory::now;
use crate::exit::{Failure, Outcome};
use crate::settings::TokensSettings;
use crate::tls;

/// The door, and where its keys are fetched, if they are.
pub(crate) struct Door {
    pub(crate) bearer: Arc<Bearer>,
    pub(crate) source: Option<Arc<KeySource>>,
}

impl Door {
    /// Whose tokens say who asks.
    pub(crate) async fn new(settings: &TokensSettings, users: Arc<UserKey>) -> Outcome<Self> {
        let provider = provider(settings)?;
        match (settings.jwks_file.as_deref(), settings.jwks.as_deref()) {
            (Some(path), None) => Ok(Self {
                bearer: Arc::new(Bearer::new(provider, from_file(path)?, users)),
                source: None,
            }),
            (None, Some(address)) => {
                let builder = tls::client(settings.roots.as_deref())?;
                let patience = Patience {
                    tries: 2,
                    request: Duration::from_secs(10),
                    ..Patience::default()
                };
                let endpoint = Endpoint::new(address, builder, patience)
                    .map_err(|error| Failure::config(format!("tokens: jwks: {error}")))?;
                let bearer = Arc::new(Bearer::waiting(provider, users));
                let source = Arc::new(KeySource::new(endpoint, Arc::clone(&bearer)));
                // A provider that is away is no reason not to redeem.
                fetch(&source).await;
                let source = Some(source);
                Ok(Self { bearer, source })
            }
            _ => Err(Failure::config(
                "tokens: jwks-file or jwks is missing, or both are there",
            )),
        }
    }
}

/// Fetches keys that are due.
pub(crate) async fn fetch(source: &KeySource) {
    if let Err(error) = source.renew(now()).await {
        tracing::warn!(%error, "the provider's keys are not fetched");
    }
}

fn provider(settings: &TokensSettings) -> Outcome<Provider> {
    let needed = |key: &Option<String>, name: &str| {
        key.clone()
            .ok_or_else(|| Failure::config(format!("tokens: {name} is missing")))
    };
    Ok(Provider {
        issuer: needed(&settings.provider, "provider")?,
        audience: needed(&settings.audience, "audience")?,
        leeway: Seconds::minutes(1),
    })
}

fn from_file(path: &Path) -> Outcome<KeySet> {
    let fault =
        |words: &dyn core::fmt::Display| Failure::config(format!("{}: {words}", path.display()));
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| fault(&error))?;
    let most = u64::try_from(KeySet::BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    file.take(most)
        .read_to_end(&mut text)
        .map_err(|error| fault(&error))?;
    KeySet::from_json(&text).map_err(|error| fault(&error))
}
