//! `milagro tokens`

mod door;
mod exported;
pub(crate) mod keys;
mod passes;
pub(crate) mod serve;
pub(crate) mod tenants;
mod wallet;

use std::path::PathBuf;

use crate::cli::tokens::{TokensArguments, TokensCommand};
use crate::commands::tokens::tenants::tenants;
use crate::exit::Outcome;
use crate::serve::Host;
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
            serve::run(&Host::Process, config, common, *settings, file)
        }
        TokensCommand::Rotate(arguments) => keys::rotate(common, &tenants(file)?, &arguments),
        TokensCommand::Renew => keys::renew(common, &tenants(file)?),
        TokensCommand::Ledger => exported::ledger(common),
        TokensCommand::Export(arguments) => exported::export(common, &tenants(file)?, &arguments),
        TokensCommand::Import(arguments) => exported::import(common, &tenants(file)?, &arguments),
        TokensCommand::Draw(arguments) => wallet::draw(&arguments),
        TokensCommand::Report(arguments) => wallet::report(&arguments),
    }
}
