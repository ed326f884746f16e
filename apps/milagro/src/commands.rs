//! The commands.

mod admin;
pub(crate) mod authority;
mod backup;
mod board;
pub(crate) mod ceremony;
mod doctor;
mod identity;
pub(crate) mod init;
pub(crate) mod login;
mod look;
mod oidc_client;
pub(crate) mod registrar;
mod registry;
mod restore;
pub(crate) mod server_key;
mod service_token;
pub(crate) mod tokens;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command};
use crate::demo;
use crate::exit::{Failure, Outcome};
use crate::serve::Host;
use crate::settings::Settings;

pub(crate) fn run(cli: Cli) -> Outcome<()> {
    let file = Settings::read(cli.config.as_deref())?;
    let common = cli.common.over(&file.common);
    match cli.command {
        Command::Init { at_once } => init::run(&common, at_once),
        Command::Authority(settings) => authority::run(
            &Host::Process,
            cli.config,
            &common,
            settings,
            &file.authority,
        ),
        Command::Board(settings) => board::run(&common, settings.over(&file.board)),
        Command::Tokens(arguments) => tokens::run(cli.config, &common, &file, arguments),
        Command::Registrar(arguments) => {
            let asked = registrar::Asked {
                config: cli.config,
                given: arguments.settings,
            };
            registrar::run(&common, asked, &file.registrar, arguments.command)
        }
        Command::Registry(arguments) => {
            registry::run(&arguments.settings.over(&file.registry), arguments.command)
        }
        Command::Login(settings) => {
            login::run(&Host::Process, cli.config, &common, *settings, &file.login)
        }
        Command::ServerKey(arguments) => server_key::run(&common, &arguments),
        Command::Admin(arguments) => admin::run(&arguments),
        Command::Identity(command) => identity::run(&command),
        Command::ServiceToken(arguments) => service_token::run(&arguments),
        Command::Ceremony(arguments) => ceremony::run(&common, &file.ceremony, arguments.command),
        Command::Demo(arguments) => demo::run(&common, &arguments),
        Command::Status(arguments) => look::status(&common, &arguments),
        Command::Doctor(form) => doctor::run(&Settings { common, ..file }, form.json),
        Command::Backup { to } => backup::run(&common, &to),
        Command::Restore(arguments) => restore::run(&common, &arguments),
        Command::Config(_) => look::config(Settings { common, ..file }),
        Command::Audit(form) => look::audit(&common, form.json),
        Command::Completions { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(shell, &mut command, "milagro", &mut std::io::stdout());
            Ok(())
        }
        Command::Man { directory } => {
            clap_mangen::generate_to(Cli::command(), directory).map_err(Failure::other)
        }
    }
}
