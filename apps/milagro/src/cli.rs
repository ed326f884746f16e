//! The command line.

pub(crate) mod admin;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::settings::{
    AuthoritySettings, BoardSettings, CeremonySettings, Common, LoginSettings, RegistrarSettings,
    RegistrySettings,
};

/// Exit codes, as the manual shows them.
const CODES: &str = "Exit codes: 0 done; 1 something failed; 2 wrong command line; 3 wrong configuration; 4 an older \
state was put back; 5 another process works in the directory; 6 a ceremony has no result, or is over; 7 the time is \
up and others are still waited for; 8 another machine does not answer, or says no.";

/// Trust authorities that share a key which nobody has.
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
    /// Serves a registrar: enrols users, revokes them, publishes bulletins.
    Registrar(Box<RegistrarArguments>),
    /// Asks a registrar that runs to do something.
    Registry(RegistryArguments),
    /// Serves logins.
    Login(LoginSettings),
    /// Seals the key of the login service, and binds it to the store of the directory.
    ServerKey(admin::ServerKeyArguments),
    /// Looks after users, devices, applications and sessions of a login service that runs.
    Admin(admin::AdminArguments),
    /// Founds a domain with others, or renews its shares.
    Ceremony(CeremonyArguments),
    /// Says what is in the directory, and whether it opens.
    Status(Form),
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

/// A step of a ceremony.
#[derive(Debug, Args)]
pub(crate) struct CeremonyArguments {
    #[command(subcommand)]
    pub(crate) command: CeremonyCommand,
}

/// A step of a ceremony.
#[derive(Debug, Subcommand)]
pub(crate) enum CeremonyCommand {
    /// Prints the public key that this member signs its messages with.
    Key,
    /// Prints the plan of a new domain. One member makes it, and all use the same.
    Found(FoundArguments),
    /// Prints the plan by which all members of a domain get new shares of the same key.
    Refresh(RefreshArguments),
    /// Prints the digest of a plan, which members compare by telephone.
    Digest {
        /// The plan.
        plan: PathBuf,
    },
    /// Takes part until there is a result, or goes on where it was left.
    Run {
        /// The plan.
        plan: PathBuf,
        #[command(flatten)]
        settings: CeremonySettings,
    },
}

/// A new domain.
#[derive(Debug, Args)]
pub(crate) struct FoundArguments {
    /// The name of the domain, at most 255 bytes.
    #[arg(long)]
    pub(crate) name: String,
    /// What its key is for.
    #[arg(long, value_enum, default_value_t = ProtocolArgument::Mpin)]
    pub(crate) protocol: ProtocolArgument,
    /// How many members it takes to use the key.
    #[arg(long)]
    pub(crate) needed: u16,
    /// The public key of a member; once for each, in the order of their numbers.
    #[arg(long = "member", required = true, value_name = "KEY")]
    pub(crate) members: Vec<String>,
}

/// New shares.
#[derive(Debug, Args)]
pub(crate) struct RefreshArguments {
    /// The id of the domain, which may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) domain: String,
    /// The public key of a member; once for each, in the order of their numbers.
    #[arg(long = "member", required = true, value_name = "KEY")]
    pub(crate) members: Vec<String>,
}

/// What a master key is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProtocolArgument {
    /// Logins by M-Pin.
    Mpin,
    /// Identity-based signatures.
    Signing,
    /// Identity-based pre-shared keys.
    Psk,
    /// Identity-based key agreement.
    Agreement,
}
