//! How to reach a server or a cluster, and how long to wait for it.

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU16;
use core::time::Duration;

use milagro_ledger::LedgerId;
use milagro_store::{Observer, Silent, Witness};
use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisError, TlsCertificates};

/// How to reach a server or a cluster, and how long to wait for it.
#[derive(Clone)]
pub struct Settings {
    pub(crate) servers: Vec<ConnectionInfo>,
    pub(crate) is_cluster: bool,
    pub(crate) transport: Transport,
    pub(crate) name: String,
    pub(crate) buckets: NonZeroU16,
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    pub(crate) patience: Duration,
    pub(crate) sync: Sync,
    pub(crate) replicas: u16,
    pub(crate) expected: Option<LedgerId>,
    pub(crate) witness: Option<Witness>,
    pub(crate) observer: Arc<dyn Observer>,
}

/// What protects the connection.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Transport {
    /// TLS by rustls, to addresses `rediss://…`. The process has to install a default `CryptoProvider` of rustls.
    Tls {
        /// Certificates of authorities, in PEM; `None` for those of the system.
        roots: Option<Vec<u8>>,
        /// The client's certificate and its key, in PEM, where the server asks for one.
        client: Option<redis::ClientTlsConfig>,
    },
    /// Nothing: for sockets of this machine and networks that nobody else is on.
    PlainText,
}

/// How much of what was granted the server's machine may lose when it fails.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Sync {
    /// Nothing: `appendfsync always`.
    #[default]
    Always,
    /// About a second: `appendfsync everysec`, too.
    EverySecond,
    /// Whatever the operator of a service says that does not let its settings be read.
    Unchecked,
}

/// These settings make no sense.
#[derive(Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// A server's address cannot be read.
    Address(RedisError),
    /// There is no address.
    NoAddress,
    /// Addresses begin with `rediss://` where the transport is TLS, and else do not.
    Transport,
    /// An address says that nobody looks at the server's certificate.
    Unverified,
    /// A ledger's name has 1 to 63 of the characters a-z, 0-9, `_`, `.` and `-`.
    Name,
}

impl Settings {
    /// One server, by its URL.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn server(url: &str, transport: Transport) -> Result<Self, SettingsError> {
        Self::new(&[url], transport, false)
    }

    /// A cluster, by the URLs of some of its nodes.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn cluster(urls: &[&str], transport: Transport) -> Result<Self, SettingsError> {
        Self::new(urls, transport, true)
    }

    fn new(urls: &[&str], transport: Transport, is_cluster: bool) -> Result<Self, SettingsError> {
        let is_tls = matches!(transport, Transport::Tls { .. });
        let mut servers = Vec::new();
        for url in urls {
            let server = url.into_connection_info().map_err(SettingsError::Address)?;
            match server.addr() {
                ConnectionAddr::TcpTls { insecure: true, .. } => {
                    return Err(SettingsError::Unverified);
                }
                ConnectionAddr::TcpTls { .. } if is_tls => {}
                ConnectionAddr::Tcp(..) | ConnectionAddr::Unix(_) if !is_tls => {}
                _ => return Err(SettingsError::Transport),
            }
            servers.push(server);
        }
        if servers.is_empty() {
            return Err(SettingsError::NoAddress);
        }
        Ok(Self {
            servers,
            is_cluster,
            transport,
            name: "milagro".to_owned(),
            buckets: NonZeroU16::MIN.saturating_add(if is_cluster { 63 } else { 0 }),
            connections: 2,
            in_flight: 256,
            patience: Duration::from_secs(2),
            sync: Sync::default(),
            replicas: 0,
            expected: None,
            witness: None,
            observer: Arc::new(Silent),
        })
    }

    /// What all keys begin with, `milagro` unless it is said. A database can hold several ledgers.
    ///
    /// # Errors
    /// [`SettingsError::Name`].
    pub fn name(mut self, name: &str) -> Result<Self, SettingsError> {
        let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
        if name.is_empty() || name.len() > 63 || !name.bytes().all(letters) {
            return Err(SettingsError::Name);
        }
        name.clone_into(&mut self.name);
        Ok(self)
    }

    /// Into how many buckets `init` divides the accounts; a batch makes one call for each bucket that it meets. One
    /// on a server and 64 on a cluster unless it is said: more than there are masters, so that they have equal shares.
    #[must_use]
    pub const fn buckets(mut self, number: NonZeroU16) -> Self {
        self.buckets = number;
        self
    }

    /// How many connections there are to a server, each for many calls at a time; two unless it is said. To each node
    /// of a cluster there is one.
    #[must_use]
    pub fn connections(mut self, number: usize) -> Self {
        self.connections = number.max(1);
        self
    }

    /// How many calls may be on their way at a time; 256 unless it is said. Others wait, with patience.
    #[must_use]
    pub fn in_flight(mut self, most: usize) -> Self {
        self.in_flight = most.max(1);
        self
    }

    /// How long a call may take, repetitions included; two seconds unless it is said. After that all that was not
    /// answered is `Unknown`.
    #[must_use]
    pub const fn patience(mut self, longest: Duration) -> Self {
        self.patience = longest;
        self
    }

    /// How much the server's machine may lose when it fails; nothing unless it is said.
    #[must_use]
    pub const fn sync(mut self, sync: Sync) -> Self {
        self.sync = sync;
        self
    }

    /// How many replicas have to confirm what lasting accounts are charged (attempts, budgets) before it is answered.
    /// A server that has replicas is not opened without this: one of them may take its place.
    #[must_use]
    pub const fn replicas(mut self, number: u16) -> Self {
        self.replicas = number;
        self
    }

    /// Which ledger has to be there: keys that belong to a ledger name it.
    #[must_use]
    pub const fn expecting(mut self, ledger: LedgerId) -> Self {
        self.expected = Some(ledger);
        self
    }

    /// Who remembers how far the ledger had come. Without one, a ledger whose server was started anew while nobody had
    /// it open stays closed.
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

    /// Servers with what every connection to them needs.
    pub(crate) fn connections_to(&self) -> Vec<ConnectionInfo> {
        let tcp = TcpSettings::default().set_nodelay(true);
        let servers = self.servers.iter().cloned();
        servers
            .map(|server| server.set_tcp_settings(tcp.clone()))
            .collect()
    }

    pub(crate) fn certificates(&self) -> Option<TlsCertificates> {
        match &self.transport {
            Transport::PlainText => None,
            Transport::Tls { roots, client } => Some(TlsCertificates {
                client_tls: client.clone(),
                root_cert: roots.clone(),
            }),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The addresses can hold passwords.
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(error) => write!(f, "a server's address: {error}"),
            Self::NoAddress => f.write_str("there is no server's address"),
            Self::Transport => f.write_str(
                "addresses begin with rediss:// where the transport is TLS, and only there",
            ),
            Self::Unverified => f.write_str(
                "an address must not say that the server's certificate is not looked at",
            ),
            Self::Name => f.write_str("a ledger's name is 1 to 63 of a-z, 0-9, '_', '.' and '-'"),
        }
    }
}

impl core::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Address(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
