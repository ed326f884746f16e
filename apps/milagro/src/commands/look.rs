//! `milagro status`, `milagro config check`, `milagro audit`

use std::path::Path;
use std::sync::Arc;

use clap::{Args, Parser};
use milagro_authority::safe::all;
use milagro_ledger::Ledger as _;
use milagro_store_embedded::OpenError;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::{ProtocolName, ReadyAnswer};
use milagro_wire::name::Name;
use milagro_wire::server::audit::{Head, verify};
use serde::Serialize;

use crate::ask::{self, Told};
use crate::cli::StatusArguments;
use crate::commands::authority::Checked;
use crate::commands::ceremony::safe_failure;
use crate::commands::login;
use crate::commands::registrar;
use crate::commands::tokens::tenants::tenants;
use crate::directory::{Directory, operator_key, refused};
use crate::exit::{Code, Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::{
    AuthoritySettings, BoardSettings, CeremonySettings, Common, LoginSettings, RegistrarSettings,
    RegistrySettings, Settings, TokensSettings,
};
use crate::store::database::Database;
use crate::tls;

#[derive(Serialize)]
struct Status {
    store: &'static str,
    domains: Vec<Share>,
}

#[derive(Serialize)]
struct Share {
    domain: Blob<32>,
    protocol: ProtocolName,
    authority: u16,
    generation: u64,
    digest: Name,
}

/// What a service says of itself.
#[derive(Serialize)]
struct Served {
    ready: bool,
    faults: Vec<String>,
    domains: Vec<Told>,
}

/// Opens everything that is in the directory, or asks a service.
pub(crate) fn status(common: &Common, arguments: &StatusArguments) -> Outcome<()> {
    let json = arguments.form.json;
    if let Some(address) = &arguments.at {
        return served(address, arguments.roots.as_deref(), json);
    }
    let opened = Directory::of(common)?.open(Arc::new(operator_key(common)?))?;
    let domains = runtime()?.block_on(async {
        let mut domains = Vec::new();
        for held in all(&*opened.store).await? {
            let share = opened
                .safe()
                .open_held(&*opened.store, &opened.key, &held)
                .await?;
            domains.push((share.protocol(), share.number(), *share.edition()));
        }
        Ok(domains)
    });
    let domains = domains.map_err(safe_failure)?.into_iter();
    let domains = domains.map(|(protocol, number, edition)| {
        Ok(Share {
            domain: Blob::new(edition.id.to_bytes()).map_err(Failure::other)?,
            protocol,
            authority: number.get(),
            generation: edition.generation,
            digest: Name::from_bytes(edition.digest),
        })
    });
    let status = Status {
        store: opened.store.what(),
        domains: domains.collect::<Outcome<_>>()?,
    };
    if json {
        return print(&status);
    }
    println!("store {}", status.store);
    for held in &status.domains {
        let (domain, number, generation) = (held.domain.to_text(), held.authority, held.generation);
        println!(
            "{domain} {:?} authority {number} generation {generation}",
            held.protocol
        );
    }
    Ok(())
}

fn served(address: &str, roots: Option<&Path>, json: bool) -> Outcome<()> {
    let domains = ask::domains(address, roots)?;
    let ReadyAnswer { ready, faults } = ask::ready(address, roots)?;
    let faults = faults.into_vec();
    let served = Served {
        ready,
        faults,
        domains,
    };
    if json {
        return print(&served);
    }
    for told in &served.domains {
        let (domain, number, generation) = (&told.id, told.authority, told.generation);
        println!(
            "{domain} {:?} authority {number} generation {generation} list {}",
            told.protocol, told.list
        );
    }
    for fault in &served.faults {
        println!("not ready: {fault}");
    }
    Ok(())
}

/// Keys of a section from the environment.
#[derive(Parser)]
struct FromEnvironment<S: Args> {
    #[command(flatten)]
    settings: S,
}

fn from_environment<S: Args>() -> Outcome<S> {
    let parsed = FromEnvironment::<S>::try_parse_from(["milagro"]);
    parsed
        .map(|parsed| parsed.settings)
        .map_err(|error| Failure::config(error.render()))
}

/// File and environment, and whether the store would open.
pub(crate) fn config(file: Settings) -> Outcome<()> {
    let Settings {
        common,
        authority,
        board,
        ceremony,
        tokens,
        token_tenants,
        registrar: registering,
        registry,
        login,
    } = file;
    let settings = Settings {
        common,
        authority: from_environment::<AuthoritySettings>()?.over(&authority),
        board: from_environment::<BoardSettings>()?.over(&board),
        ceremony: from_environment::<CeremonySettings>()?.over(&ceremony),
        tokens: from_environment::<TokensSettings>()?.over(&tokens),
        token_tenants,
        login: from_environment::<LoginSettings>()?.over(&login),
        registrar: from_environment::<RegistrarSettings>()?.over(&registering),
        registry: from_environment::<RegistrySettings>()?.over(&registry),
    };
    let _database = Database::of(&settings.common)?;
    Checked::new(&settings.authority)?;
    login::Checked::new(&settings.login)?;
    tenants(&settings)?;
    registrar::check(&settings.registrar)?;
    tls::server(
        settings.authority.tls_certificate.as_deref(),
        settings.authority.tls_key.as_deref(),
    )?;
    tls::server(
        settings.login.tls_certificate.as_deref(),
        settings.login.tls_key.as_deref(),
    )?;
    let text = toml::to_string(&settings).map_err(Failure::other)?;
    print!("{text}");
    store(&settings.common)
}

/// Looks at the store without changing it, or says why not.
fn store(common: &Common) -> Outcome<()> {
    let Ok(directory) = Directory::of(common) else {
        eprintln!("store: not looked at, since no directory is given");
        return Ok(());
    };
    if !directory.root().exists() {
        eprintln!("store: not looked at, since there is no directory yet");
        return Ok(());
    }
    if let Some(database) = directory.database() {
        return joined(&directory, database);
    }
    match milagro_store_embedded::look(&directory.store()) {
        Ok(found) => {
            let (id, birth) = (Name::from_bytes(found.id.to_bytes()), found.birth);
            eprintln!("store: ledger {id}, since {birth}");
            Ok(())
        }
        Err(OpenError::InUse) => {
            eprintln!("store: not looked at, since another process has it open");
            Ok(())
        }
        Err(error) => Err(refused(&error)),
    }
}

/// Looks whether the database would open.
fn joined(directory: &Directory, database: &Database) -> Outcome<()> {
    let address = database.address();
    match directory.open_store() {
        Ok(store) => {
            let (id, what) = (Name::from_bytes(store.id().to_bytes()), store.what());
            eprintln!("store: ledger {id}, in {what} at {address}");
            Ok(())
        }
        Err(error) if error.code() == Code::InUse => {
            eprintln!("store: {address}, not looked at, since another process has it open");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn audit(common: &Common, json: bool) -> Outcome<()> {
    #[derive(Serialize)]
    struct Said {
        lines: u64,
        chain: Name,
    }
    let head = verify(&Directory::of(common)?.audit()).map_err(Failure::other)?;
    let Head { lines, chain } = head;
    if json {
        return print(&Said { lines, chain });
    }
    println!("{lines} lines, {chain}");
    Ok(())
}
