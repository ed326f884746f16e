//! Refuses servers that would lose what they had granted.

use std::collections::HashMap;

use milagro_store::{OpenError, Unfit};

use crate::link::Link;
use crate::settings::{Settings, Sync};

/// Looks at every master.
pub(crate) async fn check(link: &Link, settings: &Settings) -> Result<(), OpenError> {
    let unreachable = |error: redis::RedisError| OpenError::Unreachable(error.into());
    let mut info = redis::cmd("INFO");
    info.arg(&["server", "memory", "persistence", "replication"]);
    for info in link
        .ask_masters::<String>(&info)
        .await
        .map_err(unreachable)?
    {
        check_info(&info, settings)?;
    }
    let wanted = match settings.sync {
        Sync::Unchecked => return Ok(()),
        Sync::EverySecond => "always or everysec",
        Sync::Always => "always",
    };
    let mut config = redis::cmd("CONFIG");
    config.arg("GET").arg("appendfsync").arg(ON_REWRITE);
    let answers = link
        .ask_masters::<HashMap<String, String>>(&config)
        .await
        .map_err(unreachable)?;
    for answer in answers {
        let found = |name| answer.get(name).map_or("", String::as_str);
        let sync = found("appendfsync");
        let is_fit = sync == "always" || (settings.sync == Sync::EverySecond && sync == "everysec");
        if !is_fit {
            return Err(unfit("appendfsync", sync, wanted));
        }
        if found(ON_REWRITE) != "no" {
            return Err(unfit(ON_REWRITE, found(ON_REWRITE), "no"));
        }
    }
    Ok(())
}

fn check_info(info: &str, settings: &Settings) -> Result<(), OpenError> {
    let version = field(info, "redis_version");
    let number = version
        .split('.')
        .next()
        .and_then(|number| number.parse().ok());
    if number.unwrap_or(0) < OLDEST {
        return Err(unfit("redis_version", version, "at least 7.0"));
    }
    for (setting, wanted) in [
        ("role", "master"),
        ("maxmemory_policy", "noeviction"),
        ("aof_enabled", "1"),
        ("aof_last_write_status", "ok"),
    ] {
        let found = field(info, setting);
        if found != wanted {
            return Err(unfit(setting, found, wanted));
        }
    }
    let replicas = field(info, "connected_slaves");
    let count: u16 = replicas.parse().unwrap_or_default();
    if count > 0 && settings.replicas == 0 {
        let wanted =
            "0, or it has to be said how many replicas confirm what lasting accounts are charged";
        return Err(unfit("connected_slaves", replicas, wanted));
    }
    if count < settings.replicas {
        return Err(unfit(
            "connected_slaves",
            replicas,
            "as many as have to confirm",
        ));
    }
    Ok(())
}

fn field<'i>(info: &'i str, name: &str) -> &'i str {
    let mut lines = info.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().trim()
}

fn unfit(setting: &'static str, found: &str, wanted: &'static str) -> OpenError {
    OpenError::Unfit(Unfit {
        setting,
        found: found.to_owned(),
        wanted,
    })
}

/// With this a server syncs nothing as long as it writes its log anew, whatever `appendfsync` says.
const ON_REWRITE: &str = "no-appendfsync-on-rewrite";
/// `SET … NX GET`, and what scripts may say of themselves, came with version 7.
const OLDEST: u32 = 7;

#[cfg(test)]
mod tests;
