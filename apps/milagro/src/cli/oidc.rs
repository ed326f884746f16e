//! The command line of whoever looks after an OpenID provider.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with clients.
#[derive(Debug, Subcommand)]
pub(crate) enum OidcClientCommand {
    /// Registers a client, or changes what was registered; prints the secret of a new one, this once.
    Add(Box<OidcClientArguments>),
    /// Lists clients, 256 at a time.
    List {
        /// Begins after this id.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Shows a client as it was registered.
    Show {
        /// The client.
        client: String,
    },
    /// Gives a client another secret, and prints it this once. The one before is worth nothing from then on.
    Rotate {
        /// The client.
        client: String,
    },
    /// Removes a client, with all that it was given.
    Remove {
        /// The client.
        client: String,
    },
}

/// A client.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags")]
pub(crate) struct OidcClientArguments {
    /// Its id.
    pub(crate) client: String,
    /// What users are shown; without it, the id.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where users are sent back to, byte by byte; once for each.
    #[arg(long = "redirect-uri", required_unless_present = "identity")]
    pub(crate) redirect_uris: Vec<String>,
    /// How it shows who it is.
    #[arg(long, value_enum, default_value_t = Shows::Secret)]
    pub(crate) auth: Shows,
    /// The file with its public keys, a JWK set, for --auth key.
    #[arg(long)]
    pub(crate) jwks: Option<PathBuf>,
    /// The principal that it shows in its connections, for --auth identity: milagro:DOMAIN:client:NAME.
    #[arg(long, requires = "auth")]
    pub(crate) identity: Option<String>,
    /// Where users may be sent after they have logged out; once for each.
    #[arg(long = "post-logout-uri")]
    pub(crate) post_logout_uris: Vec<String>,
    /// Where it is told of sessions that are over.
    #[arg(long)]
    pub(crate) back_channel_uri: Option<String>,
    /// It is the operator's own: users are not asked whether they agree.
    #[arg(long)]
    pub(crate) first_party: bool,
    /// It gets refresh tokens.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// It has to push its requests.
    #[arg(long)]
    pub(crate) pushed_only: bool,
    /// Its ID tokens are signed by Ed25519 rather than by ECDSA on P-256.
    #[arg(long)]
    pub(crate) ed25519: bool,
    /// A scope of its own; once for each.
    #[arg(long = "scope")]
    pub(crate) scopes: Vec<String>,
    /// A resource server that it may ask access tokens for; once for each.
    #[arg(long = "resource")]
    pub(crate) resources: Vec<String>,
}

/// How a client shows who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Shows {
    /// Not at all: a program on a user's machine.
    None,
    /// By a secret.
    Secret,
    /// By a signature of its own key.
    Key,
    /// By identity TLS: a service that acts for nobody but itself.
    Identity,
}
