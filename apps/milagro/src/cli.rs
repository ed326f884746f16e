//! The command line.

pub(crate) mod admin;
pub(crate) mod ceremony;
pub(crate) mod demo;
pub(crate) mod identity;
pub(crate) mod oidc;
pub(crate) mod service_token;
pub(crate) mod tokens;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::cli::ceremony::CeremonyArguments;
use crate::settings::{
    AuthoritySettings, BoardSettings, Common, LoginSettings, RegistrarSettings, RegistrySettings,
};

/// Exit codes, as the manual shows them.
const CODES: &str = "Exit codes: 0 done; 1 something failed; 2 wrong command line; 3 wrong configuration; 4 an older \
state was put back; 5 another process works in the directory; 6 a ceremony has no result, or is over; 7 the time is \
up and others are still waited for; 8 another machine does not answer, or says no.";

/// Trust authorities and their ceremonies, a registrar, logins with an OpenID provider, and anonymous tokens.
#[derive(Debug, Parser)]
#[command(name = "milagro", version, about, after_long_help = CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The configuration, in TOML.
    #[arg(long, global = true, env = "MILAGRO_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) common: Common,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes the directory of a new member, board or login service, and draws its keys.
    Init {
        /// Nothing was ever counted for the keys that this directory will serve, as for those of a new domain: logins need not
        /// wait until nothing from before can be good any more, which takes two minutes.
        #[arg(long)]
        at_once: bool,
    },
    /// Serves the shares of this member.
    Authority(AuthoritySettings),
    /// Serves a board for ceremonies.
    Board(BoardSettings),
    /// Issues anonymous tokens, redeems them, and spends them.
    Tokens(tokens::TokensArguments),
    /// Serves a registrar: enrols users, revokes them, publishes bulletins.
    Registrar(Box<RegistrarArguments>),
    /// Asks a registrar that runs to do something.
    Registry(RegistryArguments),
    /// Serves logins.
    Login(Box<LoginSettings>),
    /// Seals the key of the login service, and binds it to the store of the directory.
    ServerKey(admin::ServerKeyArguments),
    /// Looks after users, devices, applications and sessions of a login service that runs.
    Admin(admin::AdminArguments),
    /// Issues keys of identities to an operator's own services, as an authority that works alone.
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    /// Asks an OpenID provider for a token of a service's own, by the service's identity.
    ServiceToken(service_token::ServiceTokenArguments),
    /// Founds a domain with others; renews, hands over or repairs its shares.
    Ceremony(CeremonyArguments),
    /// Shows everything at once on this machine: authorities, logins, a shop, tokens.
    Demo(demo::DemoArguments),
    /// Says what is in the directory, and whether it opens; or what a service says of itself.
    Status(StatusArguments),
    /// Checks everything that can be wrong around an authority.
    Doctor(Form),
    /// Copies what a new machine needs, but not the operator's key. Nothing else may work in the directory meanwhile.
    Backup {
        /// The directory for the copy, which is not there yet.
        #[arg(long, value_name = "DIRECTORY")]
        to: PathBuf,
    },
    /// Puts a backup back where nothing is yet, under a ledger of a new name.
    Restore(RestoreArguments),
    /// Looks at the configuration.
    Config(ConfigArguments),
    /// Looks at the audit file, and fails if a line was changed.
    Audit(Form),
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Writes the manual pages into a directory.
    Man {
        /// The directory.
        directory: PathBuf,
    },
}

/// A registrar.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RegistrarArguments {
    #[command(subcommand)]
    pub(crate) command: Option<RegistrarCommand>,
    #[command(flatten)]
    pub(crate) settings: RegistrarSettings,
}

/// Beside serving.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum RegistrarCommand {
    /// Prints the public key that authorities know the registrar by; draws the registrar's keys if there are none.
    Key,
}

/// What an administrator wants.
#[derive(Debug, Args)]
pub(crate) struct RegistryArguments {
    #[command(flatten)]
    pub(crate) settings: RegistrySettings,
    #[command(subcommand)]
    pub(crate) command: RegistryCommand,
}

/// What an administrator wants.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Makes an activation code for a user.
    Code {
        /// The user's name.
        user: String,
    },
    /// Prints the devices of a user.
    Devices {
        /// The user's name.
        user: String,
    },
    /// Revokes a device, or all devices of a user, and gives the list to the authorities.
    Remove(Whom),
    /// Takes the revocation of a device back.
    Restore {
        /// The device, as `devices` and `remove` print it.
        #[arg(allow_hyphen_values = true)]
        subject: String,
    },
    /// Gives the last revocation list to the authorities again.
    List,
    /// Publishes the bulletins that are due.
    Publish,
}

/// A device, or all devices of a user.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whom {
    /// The device, as `devices` prints it.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) subject: Option<String>,
    /// The user.
    #[arg(long)]
    pub(crate) user: Option<String>,
}

/// How something is printed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Form {
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Of what the status is asked.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) form: Form,
    /// The address of a service that runs, which is asked instead of the directory.
    #[arg(long, value_name = "URL")]
    pub(crate) at: Option<String>,
    /// A file with certificates, in PEM, that the service's is checked against instead of those of the system.
    #[arg(long, value_name = "FILE", requires = "at")]
    pub(crate) roots: Option<PathBuf>,
}

/// A backup that is put back.
#[derive(Args, Clone, Debug)]
pub(crate) struct RestoreArguments {
    /// The directory that `backup` has made.
    #[arg(required_unless_present = "database", conflicts_with = "database")]
    pub(crate) backup: Option<PathBuf>,
    /// The database was put back from a copy, or a replica of it was promoted: its ledger goes on under another name.
    #[arg(long, conflicts_with_all = ["verify", "audit"])]
    pub(crate) database: bool,
    /// Looks whether everything in it opens under the operator's key, and puts nothing back.
    #[arg(long)]
    pub(crate) verify: bool,
    /// An audit file that goes on where the one of the backup ends.
    #[arg(long, value_name = "FILE", conflicts_with = "verify")]
    pub(crate) audit: Option<PathBuf>,
    /// The address of another authority of the same domains, which is asked how far these have come.
    #[arg(long = "peer", value_name = "URL", conflicts_with = "verify")]
    pub(crate) peers: Vec<String>,
    /// A file with certificates, in PEM, that the others' are checked against instead of those of the system.
    #[arg(long, value_name = "FILE")]
    pub(crate) roots: Option<PathBuf>,
}

/// What to do with the configuration.
#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What to do with the configuration.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Says whether the configuration is right, and prints it as it is understood.
    Check,
}
