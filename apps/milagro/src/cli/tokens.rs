//! The command line of `milagro tokens`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::settings::TokensSettings;

/// What to do with tokens.
#[derive(Debug, Args)]
pub(crate) struct TokensArguments {
    #[command(subcommand)]
    pub(crate) command: TokensCommand,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// Draws the keys of every tenant in the configuration that has none, and prints the public ones.
    Init,
    /// Issues and redeems.
    Serve(Box<TokensSettings>),
    /// Publishes what the configuration asks for, or says what that would be.
    Rotate(RotateArguments),
    /// After a restore: draws other keys for the tenants whose keys belong to the ledger that is gone, and withdraws those.
    Renew,
    /// Prints the name of the ledger that redemptions are counted in here, for `export`.
    Ledger,
    /// Prints the keys of the published epochs of a tenant, for redeemers that must not hold its primary key. Secret.
    Export(ExportArguments),
    /// Reads keys that were exported from standard input, and keeps them.
    Import(TenantArguments),
    /// As a user who is known: fills a wallet.
    Draw(DrawArguments),
    /// As nobody: spends a token on what stands in standard input.
    Report(ReportArguments),
}

/// What to publish.
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// Prints what would change, and changes nothing.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Compares with a schedule that was fetched from the service, instead of the store.
    #[arg(long, requires = "plan", value_name = "FILE")]
    pub(crate) schedule: Option<PathBuf>,
}

/// What to export, and for whom.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The name of the tenant.
    #[arg(long)]
    pub(crate) tenant: String,
    /// The ledger that the redeemer counts in, as `milagro tokens ledger` says there; without it, the one here. From then
    /// on, nothing is redeemed in any other.
    #[arg(long)]
    pub(crate) ledger: Option<String>,
    /// Redemptions are counted in that ledger from now on, instead of the one before, where nobody redeems any more.
    #[arg(long)]
    pub(crate) moved: bool,
}

/// Which tenant.
#[derive(Debug, Args)]
pub(crate) struct TenantArguments {
    /// The name of the tenant.
    #[arg(long)]
    pub(crate) tenant: String,
}

/// What a client knows of a service.
#[derive(Debug, Args)]
pub(crate) struct ServiceArguments {
    /// The address of the service.
    #[arg(long)]
    pub(crate) service: String,
    /// The name of the tenant.
    #[arg(long)]
    pub(crate) tenant: String,
    /// The name that redemptions are bound to.
    #[arg(long)]
    pub(crate) redeemer: String,
    /// The public key of the signer of the schedule, which may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) signer: String,
    /// The file with the tokens; whoever reads it can spend them.
    #[arg(long)]
    pub(crate) wallet: PathBuf,
    /// A file with certificates, in PEM, that the service's is checked against instead of those of the system.
    #[arg(long)]
    pub(crate) roots: Option<PathBuf>,
}

/// A wallet to fill.
#[derive(Debug, Args)]
pub(crate) struct DrawArguments {
    #[command(flatten)]
    pub(crate) service: ServiceArguments,
    /// The file with the token of the OpenID provider that says who asks.
    #[arg(long, value_name = "FILE")]
    pub(crate) bearer_file: PathBuf,
    /// With fewer tokens than this, more are drawn.
    #[arg(long, default_value_t = 1)]
    pub(crate) low: u16,
    /// So many tokens there are then.
    #[arg(long, default_value_t = 10)]
    pub(crate) full: u16,
}

/// Something to report.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) service: ServiceArguments,
    /// What the payload is for.
    #[arg(long, default_value = "")]
    pub(crate) context: String,
}
