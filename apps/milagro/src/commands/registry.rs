//! `milagro registry`

use milagro_mpin::Identity;
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::client::{CallError, Endpoint, Patience, RegistrarAdmin};
use milagro_wire::forms::IDENTITY_MAX;
use milagro_wire::forms::registrar::PushAnswer;
use serde::Serialize;

use crate::cli::{RegistryCommand, Whom};
use crate::directory::key;
use crate::exit::{Code, Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::RegistrySettings;
use crate::tls;

/// Where a registrar listens where nothing is said.
const REGISTRAR: &str = "http://127.0.0.1:8446";

/// What a revocation has come to.
#[derive(Serialize)]
struct Changed {
    /// The devices.
    subjects: Vec<String>,
    /// What the authorities have.
    list: PushAnswer,
}

pub(crate) fn run(settings: &RegistrySettings, command: RegistryCommand) -> Outcome<()> {
    let path = settings.admin_key_file.as_deref();
    let path =
        path.ok_or_else(|| Failure::config("no administrators' key: give --admin-key-file"))?;
    let builder = RegistrarAdmin::with_key(tls::client(settings.roots.as_deref())?, &*key(path)?);
    let address = settings.registrar.as_deref().unwrap_or(REGISTRAR);
    let endpoint = Endpoint::new(
        address,
        builder.map_err(Failure::other)?,
        Patience::default(),
    );
    let registrar = RegistrarAdmin::new(endpoint.map_err(Failure::config)?);
    runtime()?.block_on(ask(&registrar, command))
}

async fn ask(registrar: &RegistrarAdmin, command: RegistryCommand) -> Outcome<()> {
    match command {
        RegistryCommand::Code { user: name } => {
            print(&registrar.code(user(name)?).await.map_err(network)?)
        }
        RegistryCommand::Devices { user: name } => {
            print(&registrar.devices(&user(name)?).await.map_err(network)?)
        }
        RegistryCommand::Remove(whom) => remove(registrar, whom).await,
        RegistryCommand::Restore { subject } => {
            registrar
                .restore(&identity(&subject)?)
                .await
                .map_err(network)?;
            changed(registrar, vec![subject]).await
        }
        RegistryCommand::List => print(&registrar.push().await.map_err(network)?),
        RegistryCommand::Publish => registrar.publish().await.map_err(network),
    }
}

async fn remove(registrar: &RegistrarAdmin, whom: Whom) -> Outcome<()> {
    let mut subjects: Vec<String> = whom.subject.into_iter().collect();
    if let Some(name) = whom.user {
        let devices = registrar.devices(&user(name)?).await.map_err(network)?;
        subjects.extend(
            devices
                .subjects
                .as_slice()
                .iter()
                .map(|device| device.subject.to_text()),
        );
        if subjects.is_empty() {
            return Err(Failure::other("the user has no devices"));
        }
    }
    for subject in &subjects {
        registrar
            .remove(&identity(subject)?)
            .await
            .map_err(network)?;
    }
    changed(registrar, subjects).await
}

/// Gives the new list to the authorities, and fails if one of them does not have it.
async fn changed(registrar: &RegistrarAdmin, subjects: Vec<String>) -> Outcome<()> {
    let list = registrar.push().await.map_err(network)?;
    let faults = list.faults.as_slice().join("; ");
    print(&Changed { subjects, list })?;
    if faults.is_empty() {
        return Ok(());
    }
    let words = format!(
        "removed, and not every authority has the list yet, which it is given again: {faults}"
    );
    Err(Failure::new(Code::Network, words))
}

fn user(name: String) -> Outcome<Text<255>> {
    Text::new(name).map_err(|error| Failure::config(format!("user: {error}")))
}

fn identity(text: &str) -> Outcome<Identity> {
    let bytes = Blob::<IDENTITY_MAX>::from_text(text).ok();
    let identity = bytes.and_then(|bytes| Identity::from_bytes(bytes.as_bytes()).ok());
    identity.ok_or_else(|| Failure::config("no subject, as `milagro registry devices` prints them"))
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn network(error: CallError) -> Failure {
    Failure::new(Code::Network, format!("registrar: {error}"))
}
