//! The command line of whoever looks after a login service.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::oidc::OidcClientCommand;

/// The key of a login service.
#[derive(Debug, Args)]
pub(crate) struct ServerKeyArguments {
    /// The id of the domain, which may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) domain: String,
    /// The file with the server's secret, in base64url, as the authorities' shares combine to; `-` reads standard input.
    #[arg(required_unless_present = "registrar", conflicts_with = "registrar")]
    pub(crate) secret: Option<PathBuf>,
    /// The address at which a registrar listens for administrators: the authorities are asked for the secret through it, and it
    /// stands in no file.
    #[arg(long, requires_all = ["registrar_key_file", "server"])]
    pub(crate) registrar: Option<String>,
    /// The file with the registrar's key for administrators, 43 characters of base64url.
    #[arg(long, requires = "registrar")]
    pub(crate) registrar_key_file: Option<PathBuf>,
    /// A file with certificates, in PEM, that the registrar's is checked against instead of those of the system.
    #[arg(long, requires = "registrar")]
    pub(crate) registrar_roots: Option<PathBuf>,
    /// The name of the server, which devices name in every login.
    #[arg(long, requires = "registrar")]
    pub(crate) server: Option<String>,
}

/// Where the operator's routes are, and what to do.
#[derive(Debug, Args)]
pub(crate) struct AdminArguments {
    /// The address of the operator's routes.
    #[arg(
        long,
        env = "MILAGRO_ADMIN_ADDRESS",
        default_value = "http://127.0.0.1:8443"
    )]
    pub(crate) address: String,
    /// The file with the key of the operator's routes, 43 characters of base64url; `-` reads it from standard input.
    #[arg(long, env = "MILAGRO_ADMIN_KEY_FILE")]
    pub(crate) admin_key_file: PathBuf,
    /// A file with certificates, in PEM, that the service's is checked against instead of those of the system.
    #[arg(long, env = "MILAGRO_ADMIN_ROOTS")]
    pub(crate) roots: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

/// What to do with a login service.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Lists users, 256 at a time.
    Users {
        /// Begins after this name.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Shows a user and the user's devices.
    User {
        /// The user.
        user: String,
    },
    /// Locks a user, which ends all sessions.
    Lock {
        /// The user.
        user: String,
    },
    /// Unlocks a user.
    Unlock {
        /// The user.
        user: String,
    },
    /// Enrols a device, and prints its first cookie.
    Enrol {
        /// The user.
        user: String,
        /// The identity that the device has a secret for, in base64url.
        #[arg(allow_hyphen_values = true)]
        identity: String,
    },
    /// Prints a new cookie for a device that has lost its own.
    Recover {
        /// The user.
        user: String,
        /// The device.
        #[arg(allow_hyphen_values = true)]
        device: String,
    },
    /// Removes a device for ever: lost, stolen, or no longer used.
    Remove {
        /// The user.
        user: String,
        /// The device.
        #[arg(allow_hyphen_values = true)]
        device: String,
    },
    /// Lists the sessions of a user.
    Sessions {
        /// The user.
        user: String,
    },
    /// Ends the sessions of a user.
    EndSessions {
        /// The user.
        user: String,
    },
    /// Lists applications, 256 at a time.
    Clients {
        /// Begins after this id.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Adds an application, or gives it other origins and another secret, which is printed this once.
    Client {
        /// The application.
        client: String,
        /// An origin of its pages, as https://shop.example; once for each.
        #[arg(long = "origin", required = true)]
        origins: Vec<String>,
    },
    /// Removes an application.
    RemoveClient {
        /// The application.
        client: String,
    },
    /// Looks after the clients of the OpenID provider.
    #[command(subcommand)]
    OidcClient(OidcClientCommand),
    /// Makes new keys for the OpenID provider, which sign in a quarter of an hour.
    OidcKeys,
    /// Makes a new key for device cookies, which is used in ten minutes; cookies under the one before are good for 400 days.
    RotateCookies,
    /// Makes a new key for statements about signatures, which signs in ten minutes; the one before stays published.
    RotateCountersigning,
    /// Shows how far the audit file has come.
    AuditHead,
}
