//! `milagro ceremony`

mod attend;
mod failure;
mod plans;

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use milagro_authority::ceremony::Task;
use milagro_authority::safe::Stored;
use milagro_dta::{Edition, Mpin};
use milagro_wire::bounded::Blob;
use milagro_wire::name::Name;
use serde::Serialize;

use crate::boards::Board;
use crate::cli::ceremony::{CeremonyCommand, CountArguments, SessionArguments};
use crate::commands::ceremony::attend::attend;
use crate::commands::ceremony::failure::failure;
use crate::commands::ceremony::plans::threshold;
use crate::directory::{Directory, Opened, operator_key};
use crate::exit::{Failure, Outcome};
use crate::out::print;
use crate::plan::{PlanFile, for_protocol};
use crate::progress::Talk;
use crate::serve::runtime;
use crate::sets::{SetFile, domain_id, united};
use crate::settings::{CeremonySettings, Common};

pub(crate) use crate::commands::ceremony::failure::safe_failure;
pub(crate) use crate::commands::ceremony::plans::founding;

/// How long to wait for the others where nothing is said: a day.
const PATIENCE: u64 = 86_400;

pub(crate) fn run(
    common: &Common,
    file: &CeremonySettings,
    command: CeremonyCommand,
) -> Outcome<()> {
    match command {
        CeremonyCommand::Key => key(&open(common)?),
        CeremonyCommand::Found(arguments) => plans::found(&arguments),
        CeremonyCommand::Refresh(arguments) => plans::refresh(&open(common)?, &arguments),
        CeremonyCommand::Reshare(arguments) => plans::reshare(&open(common)?, &arguments),
        CeremonyCommand::Repair(arguments) => plans::repair(&open(common)?, &arguments),
        CeremonyCommand::Issued { domain, file } => issued(&open(common)?, &domain, &file),
        CeremonyCommand::Digest(SessionArguments { plan, set }) => {
            plans::digest(&plan, set.as_deref())
        }
        CeremonyCommand::Run { session, settings } => {
            let (plan, set) = read(&session)?;
            let (opened, settings) = (open(common)?, settings.over(file));
            let task = Joining {
                plan: &plan,
                set: set.as_ref(),
                talks: true,
            };
            let held = for_protocol!(plan.protocol, hold(&opened, &task, &settings));
            print(&held?)
        }
        CeremonyCommand::Leave(session) => {
            let (plan, set) = read(&session)?;
            let opened = open(common)?;
            for_protocol!(plan.protocol, leave(&opened, &plan, set.as_ref()))
        }
        CeremonyCommand::Retire { domain } => {
            let (opened, id) = (open(common)?, domain_id(&domain)?);
            let retired = runtime()?.block_on(opened.member().retire(&id));
            retired.map_err(failure)
        }
        CeremonyCommand::Count(arguments) => count(&open(common)?, &arguments),
    }
}

fn open(common: &Common) -> Outcome<Opened> {
    Directory::of(common)?.open(Arc::new(operator_key(common)?))
}

fn key(opened: &Opened) -> Outcome<()> {
    let key = runtime()?
        .block_on(opened.member().signing_key())
        .map_err(failure)?;
    let key = Blob::<48>::new(key.public().to_bytes()).map_err(Failure::other)?;
    println!("{}", key.to_text());
    Ok(())
}

fn read(session: &SessionArguments) -> Outcome<(PlanFile, Option<SetFile>)> {
    let set = session.set.as_deref().map(SetFile::read).transpose()?;
    Ok((PlanFile::read(&session.plan)?, set))
}

/// What is known of a set that was written.
#[derive(Serialize)]
struct Written {
    subjects: usize,
    sha256: Name,
}

fn issued(opened: &Opened, domain: &str, file: &Path) -> Outcome<()> {
    let id = domain_id(domain)?;
    // Of a domain that is held: an empty file of another one says nothing.
    plans::share(opened, &id)?;
    let set = SetFile::of(plans::log(opened, &id)?);
    set.write(file)?;
    print(&Written {
        subjects: set.set.len(),
        sha256: set.name,
    })
}

/// What a ceremony came to.
#[derive(Serialize)]
pub(crate) struct Held {
    pub(crate) domain: Blob<32>,
    generation: u64,
    digest: Name,
}

impl Held {
    fn of(edition: &Edition) -> Outcome<Self> {
        Ok(Self {
            domain: Blob::new(edition.id.to_bytes()).map_err(Failure::other)?,
            generation: edition.generation,
            digest: Name::from_bytes(edition.digest),
        })
    }
}

/// Takes part in the founding of a domain, without a word.
pub(crate) fn found(
    common: &Common,
    plan: &PlanFile,
    settings: &CeremonySettings,
) -> Outcome<Held> {
    let joining = Joining {
        plan,
        set: None,
        talks: false,
    };
    hold::<Mpin>(&open(common)?, &joining, settings)
}

/// A plan and what goes with it.
struct Joining<'a> {
    plan: &'a PlanFile,
    set: Option<&'a SetFile>,
    /// Whether it is said what is waited for.
    talks: bool,
}

fn hold<P: Stored>(
    opened: &Opened,
    joining: &Joining<'_>,
    settings: &CeremonySettings,
) -> Outcome<Held> {
    let place = settings.board.as_deref();
    let place = place.ok_or_else(|| {
        Failure::config("no board: give --board, MILAGRO_CEREMONY_BOARD or board")
    })?;
    let mut board = Board::new(place, settings.roots.as_deref())?;
    let patience = Duration::from_secs(settings.wait_seconds.unwrap_or(PATIENCE));
    let task: Task<P> = joining.plan.task(joining.set)?;
    let talk = if joining.talks {
        eprintln!("plan {}", task.plan.digest());
        Talk::new()
    } else {
        Talk::none()
    };
    runtime()?.block_on(async {
        let member = opened.member();
        let mut session = member.join(task).await.map_err(failure)?;
        Held::of(&attend(&mut session, &mut board, patience, talk).await?)
    })
}

fn leave<P: Stored>(opened: &Opened, plan: &PlanFile, set: Option<&SetFile>) -> Outcome<()> {
    let task: Task<P> = plan.task(set)?;
    let left = runtime()?.block_on(opened.member().leave(&task));
    left.map_err(failure)
}

/// Begins to count anew, once and not again: a share that counts here goes on counting.
fn count(opened: &Opened, arguments: &CountArguments) -> Outcome<()> {
    let id = domain_id(&arguments.domain)?;
    let share = plans::share(opened, &id)?;
    if share.counts_in(&milagro_ledger::Ledger::id(&*opened.store)) {
        return Err(Failure::config("the share counts in this ledger already"));
    }
    let threshold = for_protocol!(share.protocol(), threshold(&share))?;
    // Its own log is from before, and counts for nothing: t of the others know whoever has a key, or all of them.
    let others = threshold.members().saturating_sub(1);
    let needed = usize::from(threshold.needed().min(others));
    let set = united(plans::log(opened, &id)?, &arguments.issued, needed)?;
    let missing = crate::audits::unknown_to(opened, &id, &set)?;
    if missing > 0 {
        return Err(Failure::config(format!(
            "the audit file has {missing} subjects that no log has: give --issued of more of the others"
        )));
    }
    let talk = Talk::of("entering subjects");
    let counted = for_protocol!(share.protocol(), count_anew(opened, &id, &set));
    drop(talk);
    print(&Held::of(&counted?)?)
}

fn count_anew<P: Stored>(
    opened: &Opened,
    id: &milagro_mpin::TrustDomainId,
    set: &milagro_dta::grants::IssuedSet,
) -> Outcome<Edition> {
    let counted = runtime()?.block_on(opened.member().count_anew::<P>(id, set));
    counted.map_err(failure)
}
