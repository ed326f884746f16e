//! `milagro ceremony`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::settings::CeremonySettings;

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
    /// Prints the plan by which a domain is handed over to others, or to more or fewer.
    Reshare(ReshareArguments),
    /// Prints the plan by which a share that was lost is made anew.
    Repair(RepairArguments),
    /// Writes into a file, as hashes, to whom this authority has issued.
    Issued {
        /// The id of the domain, which may begin with a hyphen.
        #[arg(long, allow_hyphen_values = true)]
        domain: String,
        /// The file, which is not there yet.
        file: PathBuf,
    },
    /// Prints the digest of a plan, which members compare by telephone.
    Digest(SessionArguments),
    /// Takes part until there is a result, or goes on where it was left.
    Run {
        #[command(flatten)]
        session: SessionArguments,
        #[command(flatten)]
        settings: CeremonySettings,
    },
    /// Gives a session up for good, that has no result on any board. All members do it.
    Leave(SessionArguments),
    /// Erases the share of a domain that was handed over to others, once they say that they have finished.
    Retire {
        /// The id of the domain, which may begin with a hyphen.
        #[arg(long, allow_hyphen_values = true)]
        domain: String,
    },
    /// Begins to count anew whom a share is issued to, after the store was put back from a backup.
    Count(CountArguments),
}

/// A session.
#[derive(Debug, Args)]
pub(crate) struct SessionArguments {
    /// The plan.
    pub(crate) plan: PathBuf,
    /// The file of issued subjects that comes with the plan of a handed over or repaired domain.
    #[arg(long, value_name = "FILE")]
    pub(crate) set: Option<PathBuf>,
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

/// Other members, or more or fewer.
#[derive(Debug, Args)]
pub(crate) struct ReshareArguments {
    /// The id of the domain, which may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) domain: String,
    /// How many of the new members it takes to use the key.
    #[arg(long)]
    pub(crate) needed: u16,
    /// The public key of a member; once for each, in the order of their numbers.
    #[arg(long = "member", required = true, value_name = "KEY")]
    pub(crate) members: Vec<String>,
    /// The public key of a new member, who may be an old one; once for each, in the order of their new numbers.
    #[arg(long = "receiver", required = true, value_name = "KEY")]
    pub(crate) receivers: Vec<String>,
    #[command(flatten)]
    pub(crate) issued: IssuedArguments,
}

/// A share that was lost.
#[derive(Debug, Args)]
pub(crate) struct RepairArguments {
    /// The id of the domain, which may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) domain: String,
    /// The public key of a member; once for each, in the order of their numbers. The seat has that of whoever gets the share.
    #[arg(long = "member", required = true, value_name = "KEY")]
    pub(crate) members: Vec<String>,
    /// The number of the member whose share was lost.
    #[arg(long)]
    pub(crate) seat: u16,
    /// The number of a member that helps; once for each, and for as many as the key needs.
    #[arg(long = "helper", required = true, value_name = "NUMBER")]
    pub(crate) helpers: Vec<u16>,
    #[command(flatten)]
    pub(crate) issued: IssuedArguments,
}

/// To whom keys were issued.
#[derive(Debug, Args)]
pub(crate) struct IssuedArguments {
    /// What `ceremony issued` has written for another authority; once for each, and with this one for as many as the key needs.
    #[arg(long, value_name = "FILE")]
    pub(crate) issued: Vec<PathBuf>,
    /// The file, not there yet, for all of them together. It goes with the plan.
    #[arg(long, value_name = "FILE")]
    pub(crate) set: PathBuf,
}

/// A ledger that is begun anew.
#[derive(Debug, Args)]
pub(crate) struct CountArguments {
    /// The id of the domain, which may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) domain: String,
    /// What `ceremony issued` has written for another authority; once for each, and for as many as the key needs.
    #[arg(long, value_name = "FILE")]
    pub(crate) issued: Vec<PathBuf>,
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
