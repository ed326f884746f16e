//! `milagro admin oidc-client` and `oidc-keys`

use std::fs;

use milagro_wire::client::{CallError, OperatorClient, Verb};
use serde_json::{Value, json};

use crate::cli::oidc::{OidcClientArguments, OidcClientCommand, Shows};
use crate::exit::{Failure, Outcome};

/// A request to the operator's routes.
pub(crate) enum Asked {
    /// A page of ids.
    List(String),
    /// Something with one client.
    One {
        verb: Verb,
        client: String,
        more: Option<&'static str>,
        form: Option<Value>,
    },
}

/// What a command asks for. Files are read here.
pub(crate) fn asked(command: &OidcClientCommand) -> Outcome<Asked> {
    let one = |verb, client: &str, more| Asked::One {
        verb,
        client: client.to_owned(),
        more,
        form: None,
    };
    Ok(match command {
        OidcClientCommand::List { after } => Asked::List(after.clone()),
        OidcClientCommand::Show { client } => one(Verb::Get, client, None),
        OidcClientCommand::Rotate { client } => one(Verb::Post, client, Some("secret")),
        OidcClientCommand::Remove { client } => one(Verb::Delete, client, None),
        OidcClientCommand::Add(arguments) => Asked::One {
            verb: Verb::Put,
            client: arguments.client.clone(),
            more: None,
            form: Some(registration(arguments)?),
        },
    })
}

pub(crate) async fn ask(client: &OperatorClient, asked: &Asked) -> Result<Value, CallError> {
    let mut path = vec!["admin", "v1", "oidc", "clients"];
    match asked {
        Asked::List(after) => client.names(&path, after).await,
        Asked::One {
            verb,
            client: id,
            more,
            form,
        } => {
            path.push(id);
            path.extend(more);
            client.ask(*verb, &path, form.as_ref()).await
        }
    }
}

fn registration(arguments: &OidcClientArguments) -> Outcome<Value> {
    let auth = match arguments.auth {
        Shows::None => "none",
        Shows::Secret => "client_secret_basic",
        Shows::Key => "private_key_jwt",
        Shows::Identity => "identity_tls_client_auth",
    };
    let mut form = json!({
        "client_name": arguments.name.as_ref().unwrap_or(&arguments.client),
        "redirect_uris": arguments.redirect_uris,
        "token_endpoint_auth_method": auth,
        "post_logout_redirect_uris": arguments.post_logout_uris,
        "first_party": arguments.first_party,
        "refresh": arguments.refresh,
        "require_pushed_authorization_requests": arguments.pushed_only,
        "id_token_signed_response_alg": if arguments.ed25519 { "EdDSA" } else { "ES256" },
        "scopes": arguments.scopes,
        "resources": arguments.resources,
    });
    let mut more = Vec::new();
    if let Some(identity) = &arguments.identity {
        more.push(("identity".to_owned(), json!(identity)));
    }
    if let Some(uri) = &arguments.back_channel_uri {
        more.push(("backchannel_logout_uri".to_owned(), json!(uri)));
    }
    if let Some(path) = &arguments.jwks {
        let fault = |words: &dyn core::fmt::Display| {
            Failure::config(format!("{}: {words}", path.display()))
        };
        let text = fs::read(path).map_err(|error| fault(&error))?;
        let set: Value = serde_json::from_slice(&text).map_err(|error| fault(&error))?;
        more.push(("jwks".to_owned(), set));
    }
    if let Some(form) = form.as_object_mut() {
        form.extend(more);
    }
    Ok(form)
}
