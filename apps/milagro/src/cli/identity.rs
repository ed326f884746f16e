//! The command line of an authority for identities that works alone.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What an authority does.
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Draws the secret of an authority that works alone: whoever reads it can be everybody. Prints the public key.
    Found {
        /// The name of the trust domain.
        domain: String,
        /// The file for the secret, which is not there yet.
        #[arg(long)]
        master: PathBuf,
        /// The file for the public key, which everybody gets.
        #[arg(long)]
        anchor: PathBuf,
    },
    /// Issues the keys of somebody for today and the days after it.
    Issue(IssueArguments),
}

/// Whose keys.
#[derive(Debug, Args)]
pub(crate) struct IssueArguments {
    /// The name of the trust domain.
    pub(crate) domain: String,
    /// The name of whoever gets the keys.
    pub(crate) name: String,
    /// Which end of connections it may be.
    #[arg(long, value_enum)]
    pub(crate) role: End,
    /// The file with the authority's secret.
    #[arg(long)]
    pub(crate) master: PathBuf,
    /// For how many days, today among them.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=8))]
    pub(crate) days: u64,
    /// The file for the keys, a line each; what is there is replaced.
    #[arg(long)]
    pub(crate) to: PathBuf,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum End {
    /// The one that opens it.
    Client,
    /// The one that is called.
    Server,
    /// Both.
    Peer,
}
