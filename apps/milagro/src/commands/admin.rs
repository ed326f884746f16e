//! `milagro admin`

use milagro_wire::client::{CallError, Endpoint, OperatorClient, Patience, Verb};
use serde_json::{Value, json};

use crate::cli::admin::{AdminArguments, AdminCommand};
use crate::commands::oidc_client;
use crate::directory::sent_key;
use crate::exit::{Code, Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;

pub(crate) fn run(arguments: &AdminArguments) -> Outcome<()> {
    let key = sent_key(&arguments.admin_key_file)?;
    let builder = crate::tls::client(arguments.roots.as_deref())?;
    let endpoint = Endpoint::new(&arguments.address, builder, Patience::default());
    let endpoint =
        endpoint.map_err(|error| Failure::config(format!("{}: {error}", arguments.address)))?;
    let client = OperatorClient::new(endpoint, key);
    let asked = match &arguments.command {
        AdminCommand::OidcClient(command) => Some(oidc_client::asked(command)?),
        _ => None,
    };
    let answer = runtime()?.block_on(async {
        match &asked {
            Some(asked) => oidc_client::ask(&client, asked).await,
            None => ask(&client, &arguments.command).await,
        }
    });
    let answer =
        answer.map_err(|error| Failure::new(Code::Network, format!("login service: {error}")))?;
    match answer {
        Value::Null => Ok(()),
        answer => print(&answer),
    }
}

async fn ask(client: &OperatorClient, command: &AdminCommand) -> Result<Value, CallError> {
    let users = |rest: &[&str]| -> Vec<String> {
        let path = ["admin", "v1", "users"].iter().chain(rest);
        path.map(|part| (*part).to_owned()).collect()
    };
    let (verb, path, form) = match command {
        AdminCommand::Users { after } => {
            return client.names(&["admin", "v1", "users"], after).await;
        }
        AdminCommand::Clients { after } => {
            return client.names(&["admin", "v1", "clients"], after).await;
        }
        AdminCommand::Client {
            client: id,
            origins,
        } => {
            let form = json!({ "origins": origins });
            let path = ["admin", "v1", "clients", id];
            return client.ask(Verb::Put, &path, Some(&form)).await;
        }
        AdminCommand::RemoveClient { client: id } => {
            let path = ["admin", "v1", "clients", id];
            return client.ask(Verb::Delete, &path, None).await;
        }
        // Asked for in a file of its own.
        AdminCommand::OidcClient(_) => return Ok(Value::Null),
        AdminCommand::OidcKeys => {
            let path = ["admin", "v1", "oidc", "keys"];
            return client.ask(Verb::Post, &path, None).await;
        }
        AdminCommand::RotateCookies => {
            let path = ["admin", "v1", "keys", "cookies"];
            return client.ask(Verb::Post, &path, None).await;
        }
        AdminCommand::RotateCountersigning => {
            let path = ["admin", "v1", "keys", "countersigning"];
            return client.ask(Verb::Post, &path, None).await;
        }
        AdminCommand::AuditHead => {
            return client.ask(Verb::Get, &["admin", "v1", "audit"], None).await;
        }
        AdminCommand::Enrol { user, identity } => {
            let form = json!({ "user": user, "identity": identity });
            let path = ["admin", "v1", "devices"];
            return client.ask(Verb::Post, &path, Some(&form)).await;
        }
        AdminCommand::User { user } => (Verb::Get, users(&[user]), None::<&Value>),
        AdminCommand::Lock { user } => (Verb::Post, users(&[user, "lock"]), None),
        AdminCommand::Unlock { user } => (Verb::Post, users(&[user, "unlock"]), None),
        AdminCommand::Sessions { user } => (Verb::Get, users(&[user, "sessions"]), None),
        AdminCommand::EndSessions { user } => (Verb::Delete, users(&[user, "sessions"]), None),
        AdminCommand::Remove { user, device } => {
            (Verb::Delete, users(&[user, "devices", device]), None)
        }
        AdminCommand::Recover { user, device } => (
            Verb::Post,
            users(&[user, "devices", device, "recover"]),
            None,
        ),
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    client.ask(verb, &path, form).await
}
