//! `milagro ceremony`

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use milagro_authority::ceremony::{Session, SessionError, Step, Task};
use milagro_authority::safe::{SafeError, Stored, all};
use milagro_dta::{Edition, rand_core::Rng as _, rand_core::UnwrapErr};
use milagro_mpin::TrustDomainId;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ProtocolName;
use milagro_wire::name::Name;
use serde::Serialize;

use crate::boards::{Board, BoardFault};
use crate::cli::{CeremonyCommand, FoundArguments, ProtocolArgument, RefreshArguments};
use crate::directory::{Directory, Opened, operator_key};
use crate::exit::{Code, Failure, Outcome};
use crate::out::print;
use crate::plan::{New, PlanFile, for_protocol, members};
use crate::serve::runtime;
use crate::settings::{CeremonySettings, Common};

/// How long to wait for the others where nothing is said: a day.
const PATIENCE: u64 = 86_400;
/// The pause between two looks at the board.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) fn run(
    common: &Common,
    file: &CeremonySettings,
    command: CeremonyCommand,
) -> Outcome<()> {
    match command {
        CeremonyCommand::Key => key(&open(common)?),
        CeremonyCommand::Found(arguments) => found(&arguments),
        CeremonyCommand::Refresh(arguments) => refresh(&open(common)?, &arguments),
        CeremonyCommand::Digest { plan } => digest(&plan),
        CeremonyCommand::Run { plan, settings } => {
            let (plan, settings) = (PlanFile::read(&plan)?, settings.over(file));
            let opened = open(common)?;
            let held = for_protocol!(plan.protocol, hold(&opened, &plan, &settings));
            print(&held?)
        }
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

fn found(arguments: &FoundArguments) -> Outcome<()> {
    let plan = PlanFile {
        protocol: match arguments.protocol {
            ProtocolArgument::Mpin => ProtocolName::Mpin,
            ProtocolArgument::Signing => ProtocolName::Signing,
            ProtocolArgument::Psk => ProtocolName::Psk,
            ProtocolArgument::Agreement => ProtocolName::Agreement,
        },
        session: session()?,
        found: Some(New {
            name: arguments.name.clone(),
            needed: arguments.needed,
        }),
        refresh: None,
        members: members(&arguments.members)?,
    };
    show(&plan)
}

fn refresh(opened: &Opened, arguments: &RefreshArguments) -> Outcome<()> {
    let id = Blob::<32>::from_text(&arguments.domain)
        .ok()
        .and_then(|id| id.to_array());
    let id = TrustDomainId::from_bytes(id.ok_or_else(|| Failure::config("no id of a domain"))?);
    let share = runtime()?.block_on(async {
        let held = all(&*opened.store).await?;
        let held = held
            .iter()
            .find(|held| held.edition.id == id)
            .ok_or(SafeError::Unknown)?;
        opened
            .safe()
            .open_held(&*opened.store, &opened.key, held)
            .await
    });
    let share = share.map_err(safe_failure)?;
    let plan = PlanFile {
        protocol: share.protocol(),
        session: session()?,
        found: None,
        refresh: Some(Blob::new(share.domain()).map_err(Failure::other)?),
        members: members(&arguments.members)?,
    };
    show(&plan)
}

/// A number that nobody has used.
fn session() -> Outcome<Blob<32>> {
    let mut number = [0; 32];
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut number);
    Blob::new(number).map_err(Failure::other)
}

/// Prints a plan that is right, and what to compare.
fn show(plan: &PlanFile) -> Outcome<()> {
    let digest = for_protocol!(plan.protocol, plan_digest(plan))?;
    eprintln!("compare by telephone: {digest}");
    print!("{}", plan.to_text()?);
    Ok(())
}

fn digest(plan: &Path) -> Outcome<()> {
    let plan = PlanFile::read(plan)?;
    println!("{}", for_protocol!(plan.protocol, plan_digest(&plan))?);
    Ok(())
}

fn plan_digest<P: Stored>(plan: &PlanFile) -> Outcome<String> {
    Ok(plan.task::<P>()?.plan.digest().to_string())
}

/// What a ceremony came to.
#[derive(Serialize)]
struct Held {
    domain: Blob<32>,
    generation: u64,
    digest: Name,
}

fn hold<P: Stored>(opened: &Opened, plan: &PlanFile, settings: &CeremonySettings) -> Outcome<Held> {
    let place = settings.board.as_deref();
    let place = place.ok_or_else(|| {
        Failure::config("no board: give --board, MILAGRO_CEREMONY_BOARD or board")
    })?;
    let mut board = Board::new(place, settings.roots.as_deref())?;
    let patience = Duration::from_secs(settings.wait_seconds.unwrap_or(PATIENCE));
    let task: Task<P> = plan.task()?;
    eprintln!("plan {}", task.plan.digest());
    runtime()?.block_on(async {
        let member = opened.member();
        let mut session = member.join(task).await.map_err(failure)?;
        let edition = attend(&mut session, &mut board, patience).await?;
        Ok(Held {
            domain: Blob::new(edition.id.to_bytes()).map_err(Failure::other)?,
            generation: edition.generation,
            digest: Name::from_bytes(edition.digest),
        })
    })
}

/// Takes part until there is a result. A board that does not answer is asked again as long as others would be waited for.
async fn attend<P: Stored>(
    session: &mut Session<'_, P>,
    board: &mut Board,
    patience: Duration,
) -> Outcome<Edition> {
    let (start, mut told) = (Instant::now(), String::new());
    // Whatever was written may not have gone out.
    let mut open = session.said().to_vec();
    loop {
        match look(session, board, &mut open).await {
            Ok(Look::Result(edition)) => return Ok(edition),
            Ok(Look::Ended) => {
                let words = "nothing comes of this session; agree on another";
                return Err(Failure::new(Code::NoResult, words));
            }
            Ok(Look::Waiting(words)) => {
                if words != told {
                    eprint!("{words}");
                    told = words;
                }
                if start.elapsed() >= patience {
                    let words = "others are still waited for; start again later";
                    return Err(Failure::new(Code::Waiting, words));
                }
            }
            Err(Trouble::Board(fault)) if fault.may_pass && start.elapsed() < patience => {
                let words = format!("{}\n", fault.failure);
                if words != told {
                    eprint!("{words}");
                    told = words;
                }
            }
            Err(Trouble::Board(BoardFault { failure, .. }) | Trouble::Other(failure)) => {
                return Err(failure);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a look at the board came to.
enum Look {
    Result(Edition),
    Ended,
    Waiting(String),
}

enum Trouble {
    Board(BoardFault),
    Other(Failure),
}

impl From<BoardFault> for Trouble {
    fn from(fault: BoardFault) -> Self {
        Self::Board(fault)
    }
}

/// Puts up what is open, reads, and says what is to be said. What could not be put up stays open.
async fn look<P: Stored>(
    session: &mut Session<'_, P>,
    board: &mut Board,
    open: &mut Vec<Vec<u8>>,
) -> Result<Look, Trouble> {
    put(board, open).await?;
    let mut messages = board.new_messages().await?;
    loop {
        let step = session.look(&messages).await;
        let Step {
            send,
            words,
            result,
            ended,
            ..
        } = step.map_err(|error| Trouble::Other(failure(error)))?;
        if let Some(edition) = result {
            return Ok(Look::Result(edition));
        }
        if ended {
            return Ok(Look::Ended);
        }
        if send.is_empty() {
            return Ok(Look::Waiting(words));
        }
        open.extend(send);
        put(board, open).await?;
        messages.clear();
    }
}

async fn put(board: &Board, open: &mut Vec<Vec<u8>>) -> Result<(), BoardFault> {
    while let Some(message) = open.first() {
        board.put(message).await?;
        open.remove(0);
    }
    Ok(())
}

fn failure(error: SessionError) -> Failure {
    match error {
        SessionError::Safe(error) => safe_failure(error),
        SessionError::Over | SessionError::OtherPlan | SessionError::Log(_) => {
            Failure::new(Code::NoResult, error)
        }
        SessionError::Seat(_) | SessionError::Secret(_) => Failure::config(error),
        error => Failure::other(error),
    }
}

pub(crate) fn safe_failure(error: SafeError) -> Failure {
    match error {
        SafeError::Generation { .. } | SafeError::Older | SafeError::Backwards => {
            Failure::new(Code::Stale, error)
        }
        SafeError::Unknown | SafeError::Missing(_) | SafeError::Vault(_) => Failure::config(error),
        error => Failure::other(error),
    }
}
