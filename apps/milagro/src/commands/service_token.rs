//! `milagro service-token`

use milagro_tls::Principal;
use milagro_tls::raw_keys::client_config;
use milagro_wire::client::{Endpoint, Patience, ServiceTokenClient, TokenWanted};
use milagro_wire::login::names::ClientId;
use reqwest::ClientBuilder;
use serde::Serialize;

use crate::cli::service_token::ServiceTokenArguments;
use crate::exit::{Code, Failure, Outcome};
use crate::identities::{Files, Identities};
use crate::out::print;
use crate::serve::runtime;

/// The answer, as RFC 6749 has it.
#[derive(Serialize)]
struct Printed<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    scope: &'a str,
}

pub(crate) fn run(arguments: &ServiceTokenArguments) -> Outcome<()> {
    let id = ClientId::new(&arguments.client);
    let id = id.map_err(|_| Failure::config("not the id of a client"))?;
    let provider: Principal = arguments
        .provider
        .parse()
        .map_err(|error| Failure::config(format!("--provider: {error}")))?;
    let identities = Identities::read(Files {
        keys: arguments.keys.clone(),
        anchor: arguments.anchor.clone(),
    })?;
    let config = client_config(&identities.own, &identities.others).map_err(Failure::other)?;
    // Identities are no DNS names: the address is given, and the name says whose key is expected there.
    let host = provider.server_name();
    let builder = ClientBuilder::new()
        .tls_backend_preconfigured(config)
        .resolve(&host, arguments.at);
    let address = format!("https://{host}:{}", arguments.at.port());
    let endpoint = Endpoint::new(&address, builder, Patience::default());
    let client = ServiceTokenClient::new(endpoint.map_err(Failure::other)?, id);
    let wanted = TokenWanted {
        scopes: &arguments.scopes,
        resource: arguments.resource.as_deref(),
    };
    let token = runtime()?.block_on(client.token(wanted));
    let token = token.map_err(|error| Failure::new(Code::Network, error))?;
    print(&Printed {
        access_token: token.as_str(),
        token_type: "Bearer",
        expires_in: token.expires_in(),
        scope: token.scope(),
    })
}
