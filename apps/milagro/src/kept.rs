//! What services keep in a directory: whose records there are, and whether their secrets open.

use milagro_ledger::{Kind, Records};
use milagro_wire::server::locked::{self, OperatorKey};

use crate::exit::{Failure, Outcome};

/// The kinds of each service's records, as the README of `milagro-wire` lists them. Secrets, 132, are everybody's.
const SERVICES: [(&str, u8, u8); 6] = [
    ("authority", 128, 131),
    ("authority", 133, 139),
    ("registrar", 140, 159),
    ("login", 160, 179),
    ("openid", 180, 199),
    ("tokens", 200, 219),
];
/// How many names are read in one call.
const PAGE: u16 = 256;

/// What is kept in a directory.
pub(crate) struct Kept {
    /// Whose records there are.
    pub(crate) services: Vec<&'static str>,
    /// How many secrets open under the operator's key: all of them.
    pub(crate) secrets: usize,
}

/// Looks through all kinds, and opens every secret.
///
/// # Errors
/// A secret that does not open: it is sealed under another key, or altered.
pub(crate) async fn look(records: &dyn Records, key: &OperatorKey) -> Outcome<Kept> {
    let mut services = Vec::new();
    for (service, first, last) in SERVICES {
        if !services.contains(&service) && any(records, first, last).await? {
            services.push(service);
        }
    }
    let secrets = open_all(records, key).await?;
    Ok(Kept { services, secrets })
}

async fn any(records: &dyn Records, first: u8, last: u8) -> Outcome<bool> {
    for kind in first..=last {
        let page = records.list(Kind::new(kind), &[], &[], 1).await;
        if !page.map_err(silent)?.keys.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn open_all(records: &dyn Records, key: &OperatorKey) -> Outcome<usize> {
    let (mut opened, mut after) = (0_usize, Vec::new());
    loop {
        let page = records.list(locked::KIND, &[], &after, PAGE).await;
        let page = page.map_err(silent)?;
        for name in &page.keys {
            let name = String::from_utf8_lossy(name);
            let found = locked::find_bytes(records, key, &name).await;
            found.map_err(|error| Failure::other(format!("{name}: {error}")))?;
            opened = opened.saturating_add(1);
        }
        match page.keys.last() {
            Some(last) if page.more => after.clone_from(last),
            _ => return Ok(opened),
        }
    }
}

fn silent(_: milagro_ledger::Unavailable) -> Failure {
    Failure::other("the records did not answer")
}
