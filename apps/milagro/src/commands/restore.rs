//! `milagro restore`

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use getrandom::SysRng;
use milagro_authority::safe::{Held, all};
use milagro_authority::{LISTS, issued};
use milagro_dta::rand_core::{Rng as _, UnwrapErr};
use milagro_ledger::Ledger as _;
use milagro_wire::forms::ProtocolName;
use milagro_wire::name::Name;
use milagro_wire::server::audit::{Audit, verify};
use milagro_wire::server::lists::Lists;
use milagro_wire::server::locked::OperatorKey;
use serde::Serialize;

use crate::ask::domains;
use crate::audits::{Said, id_text};
use crate::cli::RestoreArguments;
use crate::commands::ceremony::safe_failure;
use crate::copies::{Backup, directory};
use crate::directory::{Directory, Opened, now, operator_key};
use crate::exit::{Code, Failure, Outcome};
use crate::kept;
use crate::keys::BESIDE;
use crate::out::print;
use crate::progress::Talk;
use crate::serve::runtime;
use crate::settings::Common;

/// What was put back, or could be.
#[derive(Serialize)]
struct Restored {
    /// When the backup was made, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<u64>,
    /// Lines of the audit file.
    lines: u64,
    /// The name of the new ledger, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<Name>,
    domains: Vec<Domain>,
    /// Whose records there are.
    services: Vec<&'static str>,
}

#[derive(Serialize)]
struct Domain {
    #[serde(rename = "domain")]
    id: String,
    protocol: ProtocolName,
    authority: u16,
    generation: u64,
    /// How many subjects the log of this authority has.
    issued: usize,
    /// Whether the share issues: not before `ceremony count`.
    counts: bool,
}

pub(crate) fn run(common: &Common, arguments: &RestoreArguments) -> Outcome<()> {
    let Some(from) = &arguments.backup else {
        return rename(common, arguments);
    };
    if common.store.is_some() {
        Directory::of(common)?.expect_embedded()?;
    }
    let (key, backup) = (Arc::new(key_of(common, from)?), Backup::read(from)?);
    if arguments.verify {
        return try_out(&backup, from, key);
    }
    let to = Directory::of(common)?;
    check_empty(to.root())?;
    let others = others(arguments)?;
    let restored = put_back((&backup, from), arguments, &to, key);
    let checked = restored.and_then(|(restored, said)| {
        let domains = stop_lists(&restored, (&said, &others))?;
        check_generations(&domains, &others)?;
        let services = services(&restored)?;
        Ok((restored, domains, services))
    });
    match checked {
        Ok((opened, domains, services)) => {
            let ledger = Name::from_bytes(opened.store.id().to_bytes());
            note(&to, ledger)?;
            print(&Restored {
                made: Some(backup.made),
                lines: lines(&to)?,
                ledger: Some(ledger),
                domains,
                services,
            })
        }
        Err(failure) => {
            // Nobody finds half of it there.
            let _left = fs::remove_dir_all(to.root());
            Err(failure)
        }
    }
}

/// The database was put back with its own tools: its ledger gets another name.
fn rename(common: &Common, arguments: &RestoreArguments) -> Outcome<()> {
    let directory = Directory::of(common)?;
    if directory.database().is_none() {
        let words = "--database: no database is named; give --store";
        return Err(Failure::config(words));
    }
    let key = Arc::new(operator_key(common)?);
    let others = others(arguments)?;
    directory.prepare()?;
    let opened = revive(&directory, key)?;
    let said = Said::read(&directory.audit())?;
    let domains = stop_lists(&opened, (&said, &others))?;
    check_generations(&domains, &others)?;
    let services = services(&opened)?;
    let ledger = Name::from_bytes(opened.store.id().to_bytes());
    note(&directory, ledger)?;
    print(&Restored {
        made: None,
        lines: lines(&directory)?,
        ledger: Some(ledger),
        domains,
        services,
    })
}

/// The operator's key: what it is made of or wrapped in lies in the backup, not in the directory, which is empty.
fn key_of(common: &Common, backup: &Path) -> Outcome<OperatorKey> {
    let mut from = common.clone();
    if BESIDE.iter().any(|name| backup.join(name).is_file()) {
        from.data = Some(backup.to_owned());
    }
    operator_key(&from)
}

fn put_back(
    (backup, from): (&Backup, &Path),
    arguments: &RestoreArguments,
    to: &Directory,
    key: Arc<OperatorKey>,
) -> Outcome<(Opened, Said)> {
    backup.put(from, to.root())?;
    if let Some(audit) = &arguments.audit {
        go_on(&to.audit(), audit)?;
    }
    if to.audit().is_file() {
        verify(&to.audit()).map_err(Failure::other)?;
    }
    Ok((revive(to, key)?, Said::read(&to.audit())?))
}

/// Says for each domain which list the next one has to follow, as far as the audit file and the others know.
fn stop_lists(
    opened: &Opened,
    (said, others): (&Said, &BTreeMap<String, Other>),
) -> Outcome<Vec<Domain>> {
    runtime()?.block_on(async {
        let held = all(&*opened.store).await.map_err(safe_failure)?;
        let mpin = held.iter();
        for held in mpin.filter(|held| held.protocol == ProtocolName::Mpin) {
            let id = id_text(&held.edition.id);
            let last = said.lists.get(&id).copied().unwrap_or(0);
            let number = others.get(&id).map_or(last, |other| last.max(other.list));
            let stopped = Lists::restored(&*opened.store, LISTS, &held.edition.id, number).await;
            stopped.map_err(Failure::other)?;
        }
        // A registrar's own lists: its lines of the audit file name no domain.
        let last = said.lists.get("").copied().unwrap_or(0);
        let marked = milagro_registrar::restored(&*opened.store, last).await;
        marked.map_err(|_| Failure::other("the records did not answer"))?;
        look(opened, &held).await
    })
}

/// Puts a backup back into a directory that is gone afterwards.
fn try_out(backup: &Backup, from: &Path, key: Arc<OperatorKey>) -> Outcome<()> {
    let place = Scratch::new()?;
    backup.put(from, &place.0)?;
    let to = Directory::at(place.0.clone());
    let opened = revive(&to, key)?;
    let domains = runtime()?.block_on(async {
        let held = all(&*opened.store).await.map_err(safe_failure)?;
        look(&opened, &held).await
    })?;
    print(&Restored {
        made: Some(backup.made),
        lines: lines(&to)?,
        ledger: None,
        domains,
        services: services(&opened)?,
    })
}

/// The store under a new name: what can have been charged until now is over, and what it knows counts as used up.
fn revive(directory: &Directory, key: Arc<OperatorKey>) -> Outcome<Opened> {
    let _talk = Talk::of("restoring the store");
    directory.restore_store().map(|store| Opened {
        store: Arc::new(store),
        key,
        directory: directory.clone(),
    })
}

/// Whose records there are, once every secret has opened.
fn services(opened: &Opened) -> Outcome<Vec<&'static str>> {
    let kept = runtime()?.block_on(kept::look(&*opened.store, &opened.key));
    Ok(kept?.services)
}

/// Opens every share.
async fn look(opened: &Opened, held: &[Held]) -> Outcome<Vec<Domain>> {
    let (store, safe, mut domains) = (&*opened.store, opened.safe(), Vec::new());
    for held in held {
        let share = safe.open_held(store, &opened.key, held).await;
        let share = share.map_err(safe_failure)?;
        let log = issued::of(store, &held.edition.id).await;
        let log = log.map_err(|_| Failure::other("the records did not answer"))?;
        domains.push(Domain {
            id: id_text(&held.edition.id),
            protocol: share.protocol(),
            authority: share.number().get(),
            generation: share.edition().generation,
            issued: log.len(),
            counts: share.counts_in(&store.id()),
        });
    }
    Ok(domains)
}

/// How far others have come with a domain.
struct Other {
    generation: u64,
    list: u64,
}

fn others(arguments: &RestoreArguments) -> Outcome<BTreeMap<String, Other>> {
    let mut others: BTreeMap<String, Other> = BTreeMap::new();
    for peer in &arguments.peers {
        for domain in domains(peer, arguments.roots.as_deref())? {
            let other = others.entry(domain.id).or_insert(Other {
                generation: 0,
                list: 0,
            });
            other.generation = other.generation.max(domain.generation);
            other.list = other.list.max(domain.list);
        }
    }
    Ok(others)
}

/// A share of an earlier generation is of no use to anybody but a thief.
fn check_generations(domains: &[Domain], others: &BTreeMap<String, Other>) -> Outcome<()> {
    for domain in domains {
        let last = others.get(&domain.id).map(|other| other.generation);
        if let Some(last) = last.filter(|last| *last > domain.generation) {
            let (id, own) = (&domain.id, domain.generation);
            return Err(Failure::new(
                Code::Stale,
                format!(
                    "{id}: the backup is of generation {own}, and the others have generation {last}: repair the share"
                ),
            ));
        }
    }
    Ok(())
}

/// Puts a longer audit file in the place of the one of the backup.
fn go_on(own: &Path, longer: &Path) -> Outcome<()> {
    let fault = |path: &Path, error: &dyn core::fmt::Display| {
        Failure::config(format!("{}: {error}", path.display()))
    };
    verify(longer).map_err(|error| fault(longer, &error))?;
    if own.is_file() && !begins_with(longer, own).map_err(|error| fault(longer, &error))? {
        return Err(fault(
            longer,
            &"it does not go on where that of the backup ends",
        ));
    }
    fs::copy(longer, own).map_err(|error| fault(own, &error))?;
    Ok(())
}

/// Whether a file begins with all of another.
fn begins_with(longer: &Path, other: &Path) -> io::Result<bool> {
    let (longer, other) = (fs::File::open(longer)?, fs::File::open(other)?);
    let mut longer = io::BufReader::new(longer).bytes();
    for byte in io::BufReader::new(other).bytes() {
        if longer.next().transpose()? != Some(byte?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn lines(directory: &Directory) -> Outcome<u64> {
    let audit = directory.audit();
    if !audit.is_file() {
        return Ok(0);
    }
    Ok(verify(&audit).map_err(Failure::other)?.lines)
}

/// A line in the audit file: from here on in another ledger.
fn note(directory: &Directory, ledger: Name) -> Outcome<()> {
    #[derive(Serialize)]
    struct Event {
        what: &'static str,
        ledger: Name,
    }
    let audit = Audit::open(&directory.audit()).map_err(Failure::other)?;
    let what = "restored";
    let event = Event { what, ledger };
    audit.record(now(), &event).map_err(Failure::other)?;
    Ok(())
}

fn check_empty(path: &Path) -> Outcome<()> {
    let found = fs::read_dir(path).map(|mut entries| entries.next().is_some());
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(false) => Ok(()),
        Ok(true) => Err(Failure::config(format!(
            "{}: something is there; restore overwrites nothing",
            path.display()
        ))),
        Err(error) => Err(Failure::config(format!("{}: {error}", path.display()))),
    }
}

/// A directory of nobody else that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Outcome<Self> {
        let mut number = [0; 16];
        UnwrapErr(SysRng).fill_bytes(&mut number);
        let digits = number.map(|byte| format!("{byte:02x}")).concat();
        let path = std::env::temp_dir().join(format!("milagro-verify-{digits}"));
        directory(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}
