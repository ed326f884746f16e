//! `milagro tokens`

mod keys;
mod serve;
mod wallet;

use std::path::PathBuf;

use milagro_tokens::tenant::Tenant;

use crate::cli::tokens::{TokensArguments, TokensCommand};
use crate::exit::{Failure, Outcome};
use crate::settings::{Common, Settings};

pub(crate) fn run(
    config: Option<PathBuf>,
    common: &Common,
    file: &Settings,
    arguments: TokensArguments,
) -> Outcome<()> {
    match arguments.command {
        TokensCommand::Init => keys::init(common, &tenants(file)?),
        TokensCommand::Serve(settings) => {
            serve::run(config, common, settings.over(&file.tokens), tenants(file)?)
        }
        TokensCommand::Rotate(arguments) => keys::rotate(common, &tenants(file)?, &arguments),
        TokensCommand::Export(arguments) => keys::export(common, &tenants(file)?, &arguments),
        TokensCommand::Import(arguments) => keys::import(common, &tenants(file)?, &arguments),
        TokensCommand::Draw(arguments) => wallet::draw(&arguments),
        TokensCommand::Report(arguments) => wallet::report(&arguments),
    }
}

/// The tenants of the file, checked.
pub(crate) fn tenants(file: &Settings) -> Outcome<Vec<Tenant>> {
    let checked = file.token_tenants.iter().map(|settings| {
        Tenant::new(settings)
            .map_err(|error| Failure::config(format!("token-tenants: {}: {error}", settings.name)))
    });
    checked.collect()
}

fn named<'a>(tenants: &'a [Tenant], name: &str) -> Outcome<&'a Tenant> {
    let found = tenants.iter().find(|tenant| tenant.name().as_str() == name);
    found.ok_or_else(|| Failure::config(format!("token-tenants: there is no {name}")))
}
