//! How to reach a server, and how long to wait for it.

use alloc::sync::Arc;
use core::fmt;
use core::str::FromStr as _;
use core::time::Duration;

use milagro_ledger::LedgerId;
use milagro_store::{Observer, Silent, Witness};
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

/// How to reach a server, and how long to wait for it.
#[derive(Clone)]
pub struct Settings {
    pub(crate) server: Config,
    pub(crate) transport: Transport,
    pub(crate) schema: String,
    pub(crate) connections: usize,
    pub(crate) patience: Duration,
    pub(crate) isolation: Isolation,
    pub(crate) expected: Option<LedgerId>,
    pub(crate) witness: Option<Witness>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) days: u64,
}

/// What protects the connection.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Transport {
    /// TLS with this configuration; a server without TLS is refused. Where the password is checked by SCRAM, it
    /// is bound to the server's certificate.
    Tls(Arc<rustls::ClientConfig>),
    /// Nothing: for sockets of this machine and networks that nobody else is on.
    PlainText,
}

/// PostgreSQL's isolation of transactions. Both count alike.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Isolation {
    /// `READ COMMITTED`.
    #[default]
    ReadCommitted,
    /// `SERIALIZABLE`, for databases in which all else is.
    Serializable,
}

/// These settings make no sense.
#[derive(Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// The server's address cannot be read.
    Address(tokio_postgres::Error),
    /// A schema's name has 1 to 63 of the characters a-z, 0-9 and _, and does not begin with a digit.
    Schema,
}

impl Settings {
    /// A server by its URL or by key-value pairs, as PostgreSQL's own programs take them.
    ///
    /// # Errors
    /// [`SettingsError::Address`].
    pub fn new(server: &str, transport: Transport) -> Result<Self, SettingsError> {
        Ok(Self {
            server: Config::from_str(server).map_err(SettingsError::Address)?,
            transport,
            schema: "milagro".to_owned(),
            connections: 8,
            patience: Duration::from_secs(2),
            isolation: Isolation::default(),
            expected: None,
            witness: None,
            observer: Arc::new(Silent),
            days: 3,
        })
    }

    /// The schema that holds the ledger, `milagro` unless it is said. A database can hold several.
    ///
    /// # Errors
    /// [`SettingsError::Schema`].
    pub fn schema(mut self, name: &str) -> Result<Self, SettingsError> {
        let letters = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let starts = name
            .bytes()
            .next()
            .is_some_and(|byte| !byte.is_ascii_digit());
        if !starts || name.len() > 63 || !name.as_bytes().iter().all(letters) {
            return Err(SettingsError::Schema);
        }
        name.clone_into(&mut self.schema);
        Ok(self)
    }

    /// At most so many connections; 8 unless it is said, and at least one.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How long a call may take, repetitions included; two seconds unless it is said. After that all that was not
    /// answered is `Unknown`.
    #[must_use]
    pub const fn patience(mut self, longest: Duration) -> Self {
        self.patience = longest;
        self
    }

    /// How transactions are isolated.
    #[must_use]
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Which ledger has to be there: keys that belong to a ledger name it.
    #[must_use]
    pub const fn expecting(mut self, ledger: LedgerId) -> Self {
        self.expected = Some(ledger);
        self
    }

    /// Who remembers how far the ledger had come.
    #[must_use]
    pub fn witness(mut self, witness: Witness) -> Self {
        self.witness = Some(witness);
        self
    }

    /// Who is told what happens.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// For how many days the tables are made ahead; three unless it is said. Those of other days are made when the
    /// first charge of them comes.
    #[must_use]
    pub const fn days_ahead(mut self, days: u64) -> Self {
        self.days = days;
        self
    }

    /// What a connection is opened with.
    pub(crate) fn config(&self) -> Config {
        let mut config = self.server.clone();
        let isolation = match self.isolation {
            Isolation::ReadCommitted => r"read\ committed",
            Isolation::Serializable => "serializable",
        };
        let wait = self.patience.as_millis().max(1);
        // Longer than anybody listens: a commit that the server stops while it waits for its standby is reported as done.
        let stop = wait.saturating_mul(2);
        let mut options = config.get_options().unwrap_or_default().to_owned();
        for (name, value) in [
            ("search_path", self.schema.clone()),
            ("statement_timeout", stop.to_string()),
            ("idle_in_transaction_session_timeout", wait.to_string()),
            ("default_transaction_isolation", isolation.to_owned()),
            ("client_min_messages", "warning".to_owned()),
            ("jit", "off".to_owned()),
        ] {
            options.extend([" -c ", name, "=", &value]);
        }
        // So that nobody turns it off under a ledger that is open. Who wants another value says so in the address.
        if !options.contains("synchronous_commit") {
            options.push_str(" -c synchronous_commit=on");
        }
        config.options(&options);
        config.application_name("milagro");
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.connect_timeout(self.patience);
        config.tcp_user_timeout(self.patience);
        config.keepalives_idle(Duration::from_secs(10));
        config.ssl_mode(match self.transport {
            Transport::Tls(_) => SslMode::Require,
            Transport::PlainText => SslMode::Disable,
        });
        config
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address can hold a password.
        f.debug_struct("Settings")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(error) => write!(f, "the server's address: {error}"),
            Self::Schema => f.write_str(
                "a schema's name is 1 to 63 of a-z, 0-9 and _, and begins with no digit",
            ),
        }
    }
}

impl core::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Address(error) => Some(error),
            Self::Schema => None,
        }
    }
}
