//! `milagro status`, `milagro config check`, `milagro audit`

use std::sync::Arc;

use clap::{Args, Parser};
use milagro_authority::safe::all;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ProtocolName;
use milagro_wire::name::Name;
use milagro_wire::server::audit::{Head, verify};
use serde::Serialize;

use crate::commands::authority::Checked;
use crate::commands::ceremony::safe_failure;
use crate::commands::login;
use crate::commands::registrar;
use crate::directory::{Directory, operator_key};
use crate::exit::{Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::{
    AuthoritySettings, BoardSettings, CeremonySettings, Common, LoginSettings, RegistrarSettings,
    RegistrySettings, Settings,
};
use crate::tls;

#[derive(Serialize)]
struct Status {
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

/// Opens everything that is in the directory.
pub(crate) fn status(common: &Common, json: bool) -> Outcome<()> {
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
        domains: domains.collect::<Outcome<_>>()?,
    };
    if json {
        return print(&status);
    }
    for held in &status.domains {
        let (domain, number, generation) = (held.domain.to_text(), held.authority, held.generation);
        println!(
            "{domain} {:?} authority {number} generation {generation}",
            held.protocol
        );
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

/// File and environment, without opening anything.
pub(crate) fn config(file: Settings) -> Outcome<()> {
    let Settings {
        common,
        authority,
        board,
        ceremony,
        registrar: registering,
        registry,
        login,
    } = file;
    let settings = Settings {
        common,
        authority: from_environment::<AuthoritySettings>()?.over(&authority),
        board: from_environment::<BoardSettings>()?.over(&board),
        ceremony: from_environment::<CeremonySettings>()?.over(&ceremony),
        login: from_environment::<LoginSettings>()?.over(&login),
        registrar: from_environment::<RegistrarSettings>()?.over(&registering),
        registry: from_environment::<RegistrySettings>()?.over(&registry),
    };
    Checked::new(&settings.authority)?;
    login::Checked::new(&settings.login)?;
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
    Ok(())
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
