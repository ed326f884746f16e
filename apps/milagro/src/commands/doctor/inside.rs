//! The directory: store, clock, shares, lists, audit file.

use std::sync::Arc;

use milagro_authority::safe::{Held, all};
use milagro_authority::{LISTS, ceremony};
use milagro_ledger::Ledger as _;
use milagro_wire::forms::ProtocolName;
use milagro_wire::name::Name;
use milagro_wire::server::StoreTime;
use milagro_wire::server::audit::verify;
use milagro_wire::server::lists::{ListError, Lists};

use crate::audits::id_text;
use crate::commands::authority::Checked;
use crate::commands::doctor::report::Report;
use crate::directory::{Directory, Opened, operator_key};
use crate::exit::{Code, Outcome};
use crate::kept;
use crate::serve::runtime;
use crate::settings::Common;

/// A share that is there.
pub(super) struct Here {
    pub(super) id: String,
    pub(super) authority: u16,
    pub(super) generation: u64,
    pub(super) digest: Name,
    pub(super) list: u64,
}

/// Opens everything, unless another process has it open.
pub(super) fn look(
    common: &Common,
    directory: &Directory,
    checked: Option<&Checked>,
    report: &mut Report,
) -> Vec<Here> {
    audit(directory, report);
    let key = match operator_key(common) {
        Ok(key) => Arc::new(key),
        Err(error) => {
            report.bad("operator's key", error);
            return Vec::new();
        }
    };
    let opened = match directory.open(key) {
        Ok(opened) => opened,
        Err(error) if error.code() == Code::InUse => {
            let words =
                "a process has it open: its /readyz says the rest, and so does `status --at`";
            report.unknown("store", words);
            return Vec::new();
        }
        Err(error) => {
            report.bad("store", error);
            return Vec::new();
        }
    };
    clock(&opened, report);
    let others = runtime().and_then(|runtime| {
        let others = kept::look(&*opened.store, &opened.key);
        runtime.block_on(others)
    });
    match others {
        Ok(kept) => {
            let words = format!("{} open", kept.secrets);
            report.good("secrets", words);
            report.good("records", format!("of: {}", kept.services.join(", ")));
        }
        Err(error) => report.bad("secrets", error),
    }
    shares(&opened, checked, report).unwrap_or_else(|error| {
        report.bad("shares", error);
        Vec::new()
    })
}

fn audit(directory: &Directory, report: &mut Report) {
    let path = directory.audit();
    if !path.is_file() {
        report.unknown("audit file", "there is none yet");
        return;
    }
    match verify(&path) {
        Ok(head) => report.good(
            "audit file",
            format!("{} lines, {}", head.lines, head.chain),
        ),
        Err(error) => report.bad("audit file", error),
    }
}

fn clock(opened: &Opened, report: &mut Report) {
    let id = Name::from_bytes(opened.store.id().to_bytes());
    let store = opened.store.what();
    report.good("store", format!("ledger {id}, {store}"));
    let agrees = match opened.store.time() {
        Some(StoreTime::AtLeast(_)) => "not behind what the store has seen",
        Some(StoreTime::Now(_)) => "that of the store",
        None => return report.unknown("clock", "the database does not tell its time"),
    };
    match opened.effects().clock_fault() {
        Some(fault) => report.bad("clock", fault),
        None => report.good("clock", agrees),
    }
}

fn shares(opened: &Opened, checked: Option<&Checked>, report: &mut Report) -> Outcome<Vec<Here>> {
    runtime()?.block_on(async {
        let (store, mut here) = (&*opened.store, Vec::new());
        match ceremony::open_sessions(store).await {
            Ok(0) => {}
            Ok(open) => report.unknown("ceremonies", format!("{open} are not over")),
            Err(error) => report.bad("ceremonies", error),
        }
        let held = match all(store).await {
            Ok(held) => held,
            Err(error) => {
                report.bad("shares", error);
                return Ok(here);
            }
        };
        if held.is_empty() {
            report.unknown("shares", "there is none yet");
        }
        for held in &held {
            here.extend(share(opened, checked, held, report).await);
        }
        Ok(here)
    })
}

async fn share(
    opened: &Opened,
    checked: Option<&Checked>,
    held: &Held,
    report: &mut Report,
) -> Option<Here> {
    let (store, id) = (&*opened.store, held.edition.id);
    let name = id_text(&id);
    let what = format!("share of {name}");
    let share = match opened.safe().open_held(store, &opened.key, held).await {
        Ok(share) => share,
        Err(error) => {
            report.bad(what, error);
            return None;
        }
    };
    if ceremony::hands_over(store, &id).await.unwrap_or(true) {
        let words = "it is handed over or lent in a ceremony, and issues nothing: end it, `ceremony leave`, or `ceremony retire`";
        report.bad(what, words);
    } else if share.counts_in(&store.id()) {
        report.good(what, format!("generation {}", held.edition.generation));
    } else {
        let words = "it counts in another ledger: after a restore, `ceremony count`";
        report.bad(what, words);
    }
    let mut list = 0;
    if let Some(checked) = checked {
        match checked.registrar(held) {
            Err(error) => report.bad(format!("registrar of {name}"), error),
            Ok(registrar) if held.protocol == ProtocolName::Mpin => {
                let last = Lists::new(LISTS, id, registrar).last(store).await;
                list = lists(
                    &name,
                    checked,
                    last.map(|last| last.map(|list| list.mark().sequence)),
                    report,
                );
            }
            Ok(_) => {}
        }
    }
    Some(Here {
        id: name,
        authority: share.number().get(),
        generation: held.edition.generation,
        digest: Name::from_bytes(held.edition.digest),
        list,
    })
}

/// Whether there are permits, now and when the epoch changes.
fn lists(
    name: &str,
    checked: &Checked,
    last: Result<Option<u64>, ListError>,
    report: &mut Report,
) -> u64 {
    let what = format!("permits of {name}");
    if checked.window.ahead == 0 {
        let words = "epochs-ahead is 0: nobody has one when the epoch changes";
        report.bad(what.as_str(), words);
    }
    match last {
        Ok(Some(number)) => {
            report.good(what, format!("by the revocation list {number}"));
            number
        }
        Ok(None) => {
            report.bad(what, "no revocation list yet");
            0
        }
        Err(error) => {
            report.bad(what, error);
            0
        }
    }
}
