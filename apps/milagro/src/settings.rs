//! The configuration: one file of TOML, of which every key is a flag and an environment variable, too. A flag goes before a
//! variable, and a variable before the file.

use core::net::SocketAddr;
use core::num::NonZeroU32;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use milagro_tokens::tenant::TenantSettings;
use serde::{Deserialize, Serialize};

use crate::exit::{Failure, Outcome};

/// Longest configuration file, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// A group of keys that can be given in three ways.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $key:ident: $kind:ty, $variable:literal $(, $more:ident = $value:expr)*;)+ }) => {
        $(#[$doc])*
        #[derive(Args, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
        #[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
        pub(crate) struct $name {
            $(
                $(#[$about])*
                #[arg(long, env = $variable $(, $more = $value)*)]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $key: Option<$kind>,
            )+
        }

        impl $name {
            /// These, and where they say nothing, those of the file.
            pub(crate) fn over(self, file: &Self) -> Self {
                Self { $($key: self.$key.or_else(|| file.$key.clone()),)+ }
            }
        }
    };
}

mod registrar;

pub(crate) use registrar::{RegistrarSettings, RegistrySettings};

settings! {
    /// What every command needs.
    Common {
        /// The directory of this member or board.
        data: PathBuf, "MILAGRO_DATA", global = true;
        /// The database that replicas share: postgres://USER@SERVER/DATABASE, or rediss://SERVER. Without one, the store is a file in the directory.
        store: String, "MILAGRO_STORE", global = true;
        /// A file, `-` or `credential:NAME` with the password of the database's user.
        store_password_file: PathBuf, "MILAGRO_STORE_PASSWORD_FILE", global = true;
        /// A file with certificates, in PEM, that the database's is checked against instead of those of the system.
        store_roots: PathBuf, "MILAGRO_STORE_ROOTS", global = true;
        /// The file with the operator's key, 43 characters of base64url; `-` is standard input, `credential:NAME` one of systemd's.
        key_file: PathBuf, "MILAGRO_KEY_FILE", global = true;
        /// A file, `-` or `credential:NAME` with a passphrase that the operator's key is made of.
        key_passphrase_file: PathBuf, "MILAGRO_KEY_PASSPHRASE_FILE", global = true;
        /// The file with the wrapped operator's key; without it, `operator-key` in the directory.
        key_wrapped: PathBuf, "MILAGRO_KEY_WRAPPED", global = true;
        /// The command that unwraps the operator's key from its standard input to its standard output: a program, then its arguments.
        key_unwrap_command: Vec<String>, "MILAGRO_KEY_UNWRAP_COMMAND", global = true, allow_hyphen_values = true;
        /// The command by which `init` wraps a new operator's key.
        key_wrap_command: Vec<String>, "MILAGRO_KEY_WRAP_COMMAND", global = true, allow_hyphen_values = true;
        /// How many seconds either command may take.
        key_command_seconds: u64, "MILAGRO_KEY_COMMAND_SECONDS", global = true;
        /// The module of PKCS#11, for a token that unwraps the operator's key.
        pkcs11_module: PathBuf, "MILAGRO_PKCS11_MODULE", global = true;
        /// The label of the token.
        pkcs11_token: String, "MILAGRO_PKCS11_TOKEN", global = true;
        /// The label of the AES key in the token. `init` makes it if it is not there.
        pkcs11_key: String, "MILAGRO_PKCS11_KEY", global = true;
        /// A file, `-` or `credential:NAME` with the PIN of the token's user.
        pkcs11_pin_file: PathBuf, "MILAGRO_PKCS11_PIN_FILE", global = true;
        /// What is logged: off, error, warn, info, debug.
        log: String, "MILAGRO_LOG", global = true;
        /// Where a service shows its metrics, by HTTP without TLS, at an address that strangers do not reach; without it, nowhere.
        metrics_listen: SocketAddr, "MILAGRO_METRICS_LISTEN", global = true;
    }
}

settings! {
    /// Keys of the section `[authority]`.
    AuthoritySettings {
        /// Where to listen.
        listen: SocketAddr, "MILAGRO_AUTHORITY_LISTEN";
        /// The file with the certificates of TLS, in PEM.
        tls_certificate: PathBuf, "MILAGRO_AUTHORITY_TLS_CERTIFICATE";
        /// The file with the key of the first certificate, in PEM.
        tls_key: PathBuf, "MILAGRO_AUTHORITY_TLS_KEY";
        /// The names, with ports, that the service is asked under; without any, all.
        hosts: Vec<String>, "MILAGRO_AUTHORITY_HOSTS", value_delimiter = ',';
        /// For each domain its id, `=`, and the public key of its registrar.
        registrars: Vec<String>, "MILAGRO_AUTHORITY_REGISTRARS", value_delimiter = ',', allow_hyphen_values = true;
        /// How long an epoch is, in seconds.
        epoch_seconds: u64, "MILAGRO_AUTHORITY_EPOCH_SECONDS";
        /// For how many epochs ahead permits are issued.
        epochs_ahead: u64, "MILAGRO_AUTHORITY_EPOCHS_AHEAD";
        /// How many grants of a registrar are answered in a minute.
        grants_per_minute: u32, "MILAGRO_AUTHORITY_GRANTS_PER_MINUTE";
        /// How many threads compute.
        threads: usize, "MILAGRO_AUTHORITY_THREADS";
        /// How many requests may wait for one.
        queue: usize, "MILAGRO_AUTHORITY_QUEUE";
        /// How many seconds a request may take.
        request_seconds: u64, "MILAGRO_AUTHORITY_REQUEST_SECONDS";
        /// The addresses of the other authorities, which `doctor` compares with.
        peers: Vec<String>, "MILAGRO_AUTHORITY_PEERS", value_delimiter = ',';
        /// A file with certificates, in PEM, that those of the others are checked against instead of those of the system.
        roots: PathBuf, "MILAGRO_AUTHORITY_ROOTS";
        /// How many seconds requests that are being answered have when the service ends.
        drain_seconds: u64, "MILAGRO_AUTHORITY_DRAIN_SECONDS";
    }
}

settings! {
    /// Keys of the section `[board]`.
    BoardSettings {
        /// Where to listen.
        listen: SocketAddr, "MILAGRO_BOARD_LISTEN";
        /// The file with the certificates of TLS, in PEM.
        tls_certificate: PathBuf, "MILAGRO_BOARD_TLS_CERTIFICATE";
        /// The file with the key of the first certificate, in PEM.
        tls_key: PathBuf, "MILAGRO_BOARD_TLS_KEY";
        /// The names, with ports, that the board is asked under; without any, all.
        hosts: Vec<String>, "MILAGRO_BOARD_HOSTS", value_delimiter = ',';
        /// How many messages there may be, ever.
        messages: u64, "MILAGRO_BOARD_MESSAGES";
    }
}

settings! {
    /// Keys of the section `[ceremony]`.
    CeremonySettings {
        /// The board: a directory, or the address of a board.
        board: String, "MILAGRO_CEREMONY_BOARD";
        /// A file with certificates, in PEM, that the board's is checked against instead of those of the system.
        roots: PathBuf, "MILAGRO_CEREMONY_ROOTS";
        /// How many seconds to wait for the others; 0 looks once.
        wait_seconds: u64, "MILAGRO_CEREMONY_WAIT_SECONDS";
    }
}

settings! {
    /// Keys of the section `[tokens]`.
    TokensSettings {
        /// Where to listen.
        listen: SocketAddr, "MILAGRO_TOKENS_LISTEN";
        /// The file with the certificates of TLS, in PEM.
        tls_certificate: PathBuf, "MILAGRO_TOKENS_TLS_CERTIFICATE";
        /// The file with the key of the first certificate, in PEM.
        tls_key: PathBuf, "MILAGRO_TOKENS_TLS_KEY";
        /// The names, with ports, that the service is asked under; without any, all.
        hosts: Vec<String>, "MILAGRO_TOKENS_HOSTS", value_delimiter = ',';
        /// The OpenID provider whose users may draw, as its tokens name it.
        provider: String, "MILAGRO_TOKENS_PROVIDER";
        /// The name of this service with the provider.
        audience: String, "MILAGRO_TOKENS_AUDIENCE";
        /// The file with the provider's JWK set.
        jwks_file: PathBuf, "MILAGRO_TOKENS_JWKS_FILE";
        /// Where the provider's JWK set is fetched instead: an https address.
        jwks: String, "MILAGRO_TOKENS_JWKS";
        /// A file with certificates, in PEM, that the provider's is checked against instead of those of the system.
        roots: PathBuf, "MILAGRO_TOKENS_ROOTS";
        /// Redeems with keys that were exported, and issues nothing: there is no primary key here.
        redeem_only: bool, "MILAGRO_TOKENS_REDEEM_ONLY", num_args = 0..=1, default_missing_value = "true";
        /// Files of `milagro tokens export`, which are read at the start and at each reload.
        exported: Vec<PathBuf>, "MILAGRO_TOKENS_EXPORTED", value_delimiter = ',';
        /// The name of this issuer for Privacy Pass, which is served where there is one.
        privacy_pass_issuer: String, "MILAGRO_TOKENS_PRIVACY_PASS_ISSUER";
        /// The name of the origin whose gate this is.
        privacy_pass_origin: String, "MILAGRO_TOKENS_PRIVACY_PASS_ORIGIN";
        /// How many tokens of Privacy Pass a user may draw in each window.
        privacy_pass_quota: NonZeroU32, "MILAGRO_TOKENS_PRIVACY_PASS_QUOTA";
        /// How long a window is, in seconds, at least an hour; a day where nothing is said. Each has keys of its own.
        privacy_pass_seconds: u64, "MILAGRO_TOKENS_PRIVACY_PASS_SECONDS";
        /// How many threads compute.
        threads: usize, "MILAGRO_TOKENS_THREADS";
        /// How many requests may wait for one.
        queue: usize, "MILAGRO_TOKENS_QUEUE";
        /// How many seconds requests that are being answered have when the service ends.
        drain_seconds: u64, "MILAGRO_TOKENS_DRAIN_SECONDS";
    }
}

settings! {
    /// Keys of the section `[login]`.
    LoginSettings {
        /// Where to listen.
        listen: SocketAddr, "MILAGRO_LOGIN_LISTEN";
        /// The file with the certificates of TLS, in PEM.
        tls_certificate: PathBuf, "MILAGRO_LOGIN_TLS_CERTIFICATE";
        /// The file with the key of the first certificate, in PEM.
        tls_key: PathBuf, "MILAGRO_LOGIN_TLS_KEY";
        /// The names, with ports, that the service is asked under; without any, all.
        hosts: Vec<String>, "MILAGRO_LOGIN_HOSTS", value_delimiter = ',';
        /// The origins under which browsers know the service, as https://login.example.
        origins: Vec<String>, "MILAGRO_LOGIN_ORIGINS", value_delimiter = ',';
        /// The origin under which the OpenID provider is reached, as https://login.example; without it there is none.
        issuer: String, "MILAGRO_LOGIN_ISSUER";
        /// How many requests for tokens one client, and one address, may make in a minute; 1200 where nothing is said.
        tokens_per_minute: NonZeroU32, "MILAGRO_LOGIN_TOKENS_PER_MINUTE";
        /// Whether a proxy of yours is in front that adds to X-Forwarded-For: its last address is then the one that is counted.
        forwarded: bool, "MILAGRO_LOGIN_FORWARDED";
        /// How often a device may come in a minute, to one process; 300 where nothing is said.
        visits_per_minute: NonZeroU32, "MILAGRO_LOGIN_VISITS_PER_MINUTE";
        /// How many numbers for hand-offs browsers of one network are given in five minutes, beside those to which somebody was
        /// handed over before; 100 where nothing is said.
        numbers_of_network: u32, "MILAGRO_LOGIN_NUMBERS_OF_NETWORK";
        /// Where to listen for services that ask for tokens over identity TLS; without it they cannot.
        identity_listen: SocketAddr, "MILAGRO_LOGIN_IDENTITY_LISTEN";
        /// The file with this service's own keys for that: one for each epoch, a line of base64url each. Read again at each reload.
        identity_keys: PathBuf, "MILAGRO_LOGIN_IDENTITY_KEYS";
        /// The file with the public key of the authorities that issue identities, in base64url.
        identity_anchor: PathBuf, "MILAGRO_LOGIN_IDENTITY_ANCHOR";
        /// Whether clients may be told of ended sessions at private addresses and over http.
        tell_private: bool, "MILAGRO_LOGIN_TELL_PRIVATE";
        /// A file with certificates, in PEM, that those of clients are checked against when they are told.
        tell_roots: PathBuf, "MILAGRO_LOGIN_TELL_ROOTS";
        /// Where to listen for the operator: an address of this machine, where there is no TLS.
        admin_listen: SocketAddr, "MILAGRO_LOGIN_ADMIN_LISTEN";
        /// The file with the key of the operator's routes, 43 characters of base64url; without it there are none.
        admin_key_file: PathBuf, "MILAGRO_LOGIN_ADMIN_KEY_FILE";
        /// The directory of the built pad, for the pages; without it there are none.
        pad: PathBuf, "MILAGRO_LOGIN_PAD";
        /// The address at which the registrar listens for administrators: it is asked at each login.
        registrar: String, "MILAGRO_LOGIN_REGISTRAR";
        /// The file with the registrar's key for administrators, 43 characters of base64url.
        registrar_key_file: PathBuf, "MILAGRO_LOGIN_REGISTRAR_KEY_FILE";
        /// A file with certificates, in PEM, that the registrar's is checked against instead of those of the system.
        registrar_roots: PathBuf, "MILAGRO_LOGIN_REGISTRAR_ROOTS";
        /// What becomes of logins while the registrar does not answer: refuse, or let-in for devices that have logged in before.
        registrar_away: String, "MILAGRO_LOGIN_REGISTRAR_AWAY";
        /// Which daily permits logins need: none, personal, cover or either.
        permits: String, "MILAGRO_LOGIN_PERMITS";
        /// Whether logins may say a time instead of answering a challenge: whoever can set a device's clock ahead can collect them.
        one_pass: bool, "MILAGRO_LOGIN_ONE_PASS";
        /// After how many minutes without use a session ends.
        idle_minutes: u64, "MILAGRO_LOGIN_IDLE_MINUTES";
        /// After how many hours a session ends.
        session_hours: u64, "MILAGRO_LOGIN_SESSION_HOURS";
        /// How many threads compute.
        threads: usize, "MILAGRO_LOGIN_THREADS";
        /// How many logins may be on their way at once.
        queue: usize, "MILAGRO_LOGIN_QUEUE";
        /// How many seconds requests that are being answered have when the service ends.
        drain_seconds: u64, "MILAGRO_LOGIN_DRAIN_SECONDS";
    }
}

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// What every command needs.
    #[serde(flatten)]
    pub(crate) common: Common,
    /// An authority.
    pub(crate) authority: AuthoritySettings,
    /// A board.
    pub(crate) board: BoardSettings,
    /// Ceremonies.
    pub(crate) ceremony: CeremonySettings,
    /// The token service.
    pub(crate) tokens: TokensSettings,
    /// Its tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) token_tenants: Vec<TenantSettings>,
    /// A registrar.
    pub(crate) registrar: RegistrarSettings,
    /// Administrators of a registrar.
    pub(crate) registry: RegistrySettings,
    /// Logins.
    pub(crate) login: LoginSettings,
}

/// As it stands in the file: serde cannot refuse unknown keys beside flattened ones.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Written {
    data: Option<PathBuf>,
    store: Option<String>,
    store_password_file: Option<PathBuf>,
    store_roots: Option<PathBuf>,
    key_file: Option<PathBuf>,
    key_passphrase_file: Option<PathBuf>,
    key_wrapped: Option<PathBuf>,
    key_unwrap_command: Option<Vec<String>>,
    key_wrap_command: Option<Vec<String>>,
    key_command_seconds: Option<u64>,
    pkcs11_module: Option<PathBuf>,
    pkcs11_token: Option<String>,
    pkcs11_key: Option<String>,
    pkcs11_pin_file: Option<PathBuf>,
    log: Option<String>,
    metrics_listen: Option<SocketAddr>,
    authority: AuthoritySettings,
    board: BoardSettings,
    ceremony: CeremonySettings,
    tokens: TokensSettings,
    token_tenants: Vec<TenantSettings>,
    registrar: RegistrarSettings,
    registry: RegistrySettings,
    login: LoginSettings,
}

impl Settings {
    /// Reads a file; without one there is nothing in it.
    pub(crate) fn read(path: Option<&Path>) -> Outcome<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let fault = |words: &dyn core::fmt::Display| {
            Failure::config(format!("{}: {words}", path.display()))
        };
        let long = fs::metadata(path).map_err(|error| fault(&error))?.len() > FILE_MAX;
        if long {
            return Err(fault(&"longer than 1 MiB"));
        }
        let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
        let written: Written = toml::from_str(&text).map_err(|error| fault(&error))?;
        let Written {
            data,
            store,
            store_password_file,
            store_roots,
            key_file,
            key_passphrase_file,
            key_wrapped,
            key_unwrap_command,
            key_wrap_command,
            key_command_seconds,
            pkcs11_module,
            pkcs11_token,
            pkcs11_key,
            pkcs11_pin_file,
            log,
            metrics_listen,
            authority,
            board,
            ceremony,
            tokens,
            token_tenants,
            registrar,
            registry,
            login,
        } = written;
        let common = Common {
            data,
            store,
            store_password_file,
            store_roots,
            key_file,
            key_passphrase_file,
            key_wrapped,
            key_unwrap_command,
            key_wrap_command,
            key_command_seconds,
            pkcs11_module,
            pkcs11_token,
            pkcs11_key,
            pkcs11_pin_file,
            log,
            metrics_listen,
        };
        Ok(Self {
            common,
            authority,
            board,
            ceremony,
            tokens,
            token_tenants,
            registrar,
            registry,
            login,
        })
    }
}
