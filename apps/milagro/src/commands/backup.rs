//! `milagro backup`

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use milagro_authority::ceremony;
use milagro_authority::safe::all;
use serde::Serialize;

use crate::commands::ceremony::safe_failure;
use crate::copies::Backup;
use crate::directory::{Directory, Opened, now, operator_key};
use crate::exit::{Code, Failure, Outcome};
use crate::kept;
use crate::keys::BESIDE;
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

#[derive(Serialize)]
struct Kept<'a> {
    backup: &'a Path,
    domains: usize,
    /// Whose records are in it.
    services: Vec<&'static str>,
    made: u64,
}

/// Opens everything first: what does not open is no backup.
pub(crate) fn run(common: &Common, to: &Path) -> Outcome<()> {
    let directory = Directory::of(common)?;
    directory.expect_embedded()?;
    let opened = directory.open(Arc::new(operator_key(common)?))?;
    let (domains, kept) = look(&opened)?;
    drop(opened);
    let store = directory.store();
    let fault = |error: std::io::Error| Failure::other(format!("{}: {error}", store.display()));
    // The database takes the same lock, so nobody opens it while it is copied.
    let locked = File::open(&store).map_err(fault)?;
    match locked.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let words = "store: it was opened in another process";
            return Err(Failure::new(Code::InUse, words));
        }
        Err(TryLockError::Error(error)) => return Err(fault(error)),
    }
    let backup = Backup::make(directory.root(), &files(&directory)?, to, now())?;
    drop(locked);
    print(&Kept {
        backup: to,
        domains,
        services: kept.services,
        made: backup.made,
    })
}

/// How many shares open, and what else does. Whoever is in the middle of a ceremony has a seed, and that is in no backup.
fn look(opened: &Opened) -> Outcome<(usize, kept::Kept)> {
    let (store, safe) = (&*opened.store, opened.safe());
    runtime()?.block_on(async {
        let open = ceremony::open_sessions(store).await;
        let open = open.map_err(|_| Failure::other("the records did not answer"))?;
        if open > 0 {
            let words = format!("{open} ceremonies are not over: end them, or `ceremony leave`");
            return Err(Failure::new(Code::NoResult, words));
        }
        let held = all(store).await.map_err(safe_failure)?;
        for held in &held {
            let share = safe.open_held(store, &opened.key, held).await;
            share.map_err(safe_failure)?;
        }
        let others = kept::look(store, &opened.key).await?;
        Ok((held.len(), others))
    })
}

/// The store without its witness, the sealed shares, the audit file, and what the operator's key is made of or wrapped in:
/// without that nothing would ever open again.
fn files(directory: &Directory) -> Outcome<Vec<PathBuf>> {
    let mut files = vec![PathBuf::from("store")];
    let shares = directory.shares();
    let fault = |error: std::io::Error| Failure::other(format!("{}: {error}", shares.display()));
    for entry in fs::read_dir(&shares).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        if entry.file_type().map_err(fault)?.is_file() {
            files.push(Path::new("shares").join(entry.file_name()));
        }
    }
    if directory.audit().is_file() {
        files.push("audit.jsonl".into());
    }
    let beside = BESIDE
        .iter()
        .filter(|name| directory.root().join(name).is_file());
    files.extend(beside.map(PathBuf::from));
    Ok(files)
}
