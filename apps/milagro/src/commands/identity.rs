//! `milagro identity`: an authority for identities that works alone, for one operator's own services.

use std::io::Write as _;
use std::path::Path;

use getrandom::SysRng;
use milagro_dta::rand_core::UnwrapErr;
use milagro_tls::signing::SigningMaster;
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};
use milagro_wire::bounded::Blob;
use serde::Serialize;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::cli::identity::{End, IdentityCommand, IssueArguments};
use crate::directory::{now, secret_file};
use crate::exit::{Failure, Outcome};
use crate::out::print;

/// The longest key or secret.
const MOST: usize = 512;

/// A domain that was founded.
#[derive(Serialize)]
struct Founded {
    anchor: String,
}

/// Keys that were issued.
#[derive(Serialize)]
struct Issued {
    /// Whose they are.
    identity: String,
    /// The first second at which none of them counts any more.
    until: u64,
}

pub(crate) fn run(command: &IdentityCommand) -> Outcome<()> {
    match command {
        IdentityCommand::Found {
            domain,
            master,
            anchor,
        } => found(domain, master, anchor),
        IdentityCommand::Issue(arguments) => issue(arguments),
    }
}

fn found(domain: &str, master: &Path, anchor: &Path) -> Outcome<()> {
    let drawn = SigningMaster::random(&mut UnwrapErr(SysRng), domain);
    let file = written(master, &text(&drawn.to_bytes())?)?;
    // Keys of a domain whose secret was overwritten could not be renewed.
    file.persist_noclobber(master)
        .map_err(|error| fault(master, &error.error))?;
    let public = text(&drawn.anchor().to_bytes())?;
    std::fs::write(anchor, &*public).map_err(|error| fault(anchor, &error))?;
    print(&Founded {
        anchor: public.to_string(),
    })
}

fn issue(arguments: &IssueArguments) -> Outcome<()> {
    let master = secret_file::<MOST>(&arguments.master)?;
    let master = Zeroizing::new(master.as_bytes().to_vec());
    let master = SigningMaster::from_bytes(&master, &arguments.domain).map_err(|_| {
        let words = format!("no secret of an authority of {}", arguments.domain);
        fault(&arguments.master, &words)
    })?;
    let role = match arguments.role {
        End::Client => Role::Client,
        End::Server => Role::Server,
        End::Peer => Role::Peer,
    };
    let principal = Principal::new(master.domain(), role, &arguments.name);
    let principal = principal.map_err(|error| Failure::config(format!("name: {error}")))?;
    let today = Epoch::at(now(), EpochPolicy::DAILY.length).0;
    let mut lines = Zeroizing::new(String::with_capacity(8 * MOST * 2));
    let mut until = now();
    for day in 0..arguments.days {
        let epoch = Epoch(today.saturating_add(day));
        let key = master.issue(&principal.at(epoch));
        let key = key.ok_or_else(|| Failure::other("another domain"))?;
        lines.push_str(&text(&key.to_bytes())?);
        lines.push('\n');
        until = EpochPolicy::DAILY.end(epoch);
    }
    let to = &arguments.to;
    let file = written(to, &lines)?;
    file.persist(to).map_err(|error| fault(to, &error.error))?;
    print(&Issued {
        identity: principal.to_string(),
        until: until.get(),
    })
}

fn text(bytes: &[u8]) -> Outcome<Zeroizing<String>> {
    let blob = Blob::<MOST>::new(bytes).map_err(Failure::other)?;
    Ok(Zeroizing::new(blob.to_text()))
}

/// A file beside that one, which its owner alone may read.
fn written(path: &Path, text: &str) -> Outcome<NamedTempFile> {
    let beside = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let write = || {
        let mut file = NamedTempFile::new_in(beside.unwrap_or_else(|| Path::new(".")))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error: std::io::Error| fault(path, &error))
}

fn fault(path: &Path, words: &dyn core::fmt::Display) -> Failure {
    Failure::config(format!("{}: {words}", path.display()))
}
