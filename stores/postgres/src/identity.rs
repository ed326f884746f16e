//! What a server says of itself.

use milagro_store::{Divergence, OpenError, Unfit};
use tokio_postgres::Client;

use crate::settings::Settings;

/// Which server this is, and how far its log has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Identity {
    /// Drawn by `initdb`. Copies of the files have the same.
    pub(crate) system: i64,
    /// One more for every promotion and every recovery of an older state.
    pub(crate) timeline: i64,
    /// The end of what is on disk of the log of writes; only grows while nothing is lost.
    pub(crate) log: u64,
}

impl Identity {
    /// Asks the server.
    pub(crate) async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let row = client.query_one(IDENTITY, &[]).await?;
        let name: String = row.try_get(1)?;
        // The name of a file of the log begins with its timeline: eight hexadecimal digits.
        let timeline = name
            .get(..8)
            .and_then(|hex| i64::from_str_radix(hex, 16).ok());
        Ok(Self {
            system: row.try_get(0)?,
            timeline: timeline.unwrap_or_default(),
            log: u64::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default(),
        })
    }

    /// Whether `self` is the server that `known` was, and has lost nothing since.
    pub(crate) const fn check(&self, known: &Self) -> Result<(), Divergence> {
        if self.system != known.system {
            Err(Divergence::OtherServer)
        } else if self.timeline != known.timeline {
            Err(Divergence::Promoted)
        } else if self.log < known.log {
            Err(Divergence::Behind)
        } else {
            Ok(())
        }
    }
}

/// Refuses servers that would lose what they had confirmed.
pub(crate) async fn check_server(client: &Client, settings: &Settings) -> Result<(), OpenError> {
    let version: String = show(client, "server_version_num").await?;
    if version.parse::<u32>().unwrap_or_default() < OLDEST {
        return Err(unfit("server_version_num", version, "at least 140000"));
    }
    if show(client, "transaction_read_only").await? != "off" {
        return Err(unfit(
            "transaction_read_only",
            "on".to_owned(),
            "off: this is a replica",
        ));
    }
    for name in ["fsync", "full_page_writes"] {
        let found = show(client, name).await?;
        if found != "on" {
            return Err(unfit(name, found, "on"));
        }
    }
    let found = show(client, "synchronous_commit").await?;
    if found == "off" {
        return Err(unfit(
            "synchronous_commit",
            found,
            "on, local, remote_write or remote_apply",
        ));
    }
    let path = show(client, "search_path").await?;
    if path != settings.schema {
        // A pooler that drops what a connection asked for when it was opened.
        return Err(unfit(
            "search_path",
            path,
            "what the connection asked for: connect without a pooler",
        ));
    }
    Ok(())
}

async fn show(client: &Client, name: &str) -> Result<String, OpenError> {
    let row = client
        .query_one("SELECT current_setting($1)", &[&name])
        .await;
    let value = row.and_then(|row| row.try_get(0));
    value.map_err(|error| OpenError::Unreachable(error.into()))
}

fn unfit(setting: &'static str, found: String, wanted: &'static str) -> OpenError {
    OpenError::Unfit(Unfit {
        setting,
        found,
        wanted,
    })
}

/// `DETACH PARTITION … CONCURRENTLY` came with version 14.
const OLDEST: u32 = 140_000;
const IDENTITY: &str = "SELECT system_identifier, pg_walfile_name(pg_current_wal_insert_lsn()), \
    pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint FROM pg_control_system()";
