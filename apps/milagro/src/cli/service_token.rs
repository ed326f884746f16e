//! The command line of a service that asks an OpenID provider for a token.

use core::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Who asks, whom, and for what.
#[derive(Debug, Args)]
pub(crate) struct ServiceTokenArguments {
    /// The client that the service is registered as.
    pub(crate) client: String,
    /// Where the provider listens for services.
    #[arg(long, env = "MILAGRO_SERVICE_TOKEN_AT")]
    pub(crate) at: SocketAddr,
    /// The provider's principal, as its documents name it: `milagro_identity`.
    #[arg(long, env = "MILAGRO_SERVICE_TOKEN_PROVIDER")]
    pub(crate) provider: String,
    /// The file with the service's keys: one for each epoch, a line of base64url each.
    #[arg(long, env = "MILAGRO_SERVICE_TOKEN_KEYS")]
    pub(crate) keys: PathBuf,
    /// The file with the public key of the authorities that issue identities, in base64url.
    #[arg(long, env = "MILAGRO_SERVICE_TOKEN_ANCHOR")]
    pub(crate) anchor: PathBuf,
    /// A scope; once for each. Without any, all that the client has.
    #[arg(long = "scope")]
    pub(crate) scopes: Vec<String>,
    /// The resource server that the token is for; needed where the client has several.
    #[arg(long)]
    pub(crate) resource: Option<String>,
}
