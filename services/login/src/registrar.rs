//! The registrar that has enrolled the devices: what it is asked and told, by whatever way the application has to it.
//!
//! | when | what | if it does not answer |
//! |---|---|---|
//! | a login has passed every check | may this device log in now? | refused with `503`, or let in: [`WhenAway`] |
//! | the first login of a device | it has logged in, which ends what its code can do | `503`: until then another device may take its place |
//! | each later login | it has logged in, for the application to hear | it hears nothing; the login goes on |
//! | a user who has just logged in adds a device | a code for it | `503` |
//! | a device is removed, or a copy is found | it is removed | frozen here already; removing it again tells the registrar again |
//!
//! The device's identity is what both call it. In the other direction the registrar has devices enrolled
//! ([`Service::enrol`](crate::Service::enrol)) and closed ([`Service::set_away`](crate::Service::set_away)).

use alloc::sync::Arc;
use core::fmt;

use milagro_ledger::Answer;
use milagro_mpin::Identity;
use milagro_wire::forms::registrar::CodeAnswer;
use milagro_wire::problem::{Problem, ProblemType};
use tokio::sync::Semaphore;

/// A registrar. What it says of a device that it does not know is [`ProblemType::NotFound`], or no.
pub trait Registrar: Send + Sync {
    /// Whether a device may log in now.
    fn may_log_in<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<bool, Problem>>;

    /// Notes that a device has logged in. [`ProblemType::Refused`] for one that was removed, or that another has taken the
    /// place of.
    fn logged_in<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<(), Problem>>;

    /// An activation code for another device of the same user.
    fn code_for_device<'a>(
        &'a self,
        device: &'a Identity,
    ) -> Answer<'a, Result<CodeAnswer, Problem>>;

    /// Removes a device, whether or not it was removed before.
    fn remove<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<(), Problem>>;
}

/// What becomes of logins while the registrar does not answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum WhenAway {
    /// Nobody logs in: a device that was removed a second ago does not either.
    #[default]
    Refuse,
    /// Devices that have logged in before do. One that was removed meanwhile is told to the login service late, and logs in
    /// until then.
    LetIn,
}

/// A registrar, and what becomes of logins without it.
pub(crate) struct Link {
    pub(crate) registrar: Arc<dyn Registrar>,
    pub(crate) when_away: WhenAway,
    notices: Arc<Semaphore>,
}

/// Most notices that are on their way.
const NOTICES: u16 = 256;

impl Link {
    pub(crate) fn new(registrar: Arc<dyn Registrar>, when_away: WhenAway) -> Self {
        let notices = Arc::new(Semaphore::new(usize::from(NOTICES)));
        Self {
            registrar,
            when_away,
            notices,
        }
    }

    /// Says something to the registrar that nobody waits for.
    pub(crate) fn say(&self, what: Notice, device: &Identity) {
        let Ok(place) = Arc::clone(&self.notices).try_acquire_owned() else {
            what.lost();
            return;
        };
        let (registrar, device) = (Arc::clone(&self.registrar), device.clone());
        tokio::spawn(async move {
            let said = match what {
                Notice::LoggedIn => registrar.logged_in(&device).await,
                Notice::Copied => registrar.remove(&device).await,
            };
            match said {
                Err(problem) if problem.known() != Some(ProblemType::NotFound) => what.lost(),
                _ => {}
            }
            drop(place);
        });
    }

    /// Waits until everything is said.
    pub(crate) async fn drain(&self) {
        // The semaphore is never closed.
        let _all = self.notices.acquire_many(u32::from(NOTICES)).await;
    }
}

/// What nobody waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Notice {
    LoggedIn,
    Copied,
}

impl Notice {
    fn lost(self) {
        let word = match self {
            Self::LoggedIn => "login",
            Self::Copied => {
                tracing::error!("the registrar was not told of a copied device: remove it there");
                "copy"
            }
        };
        metrics::counter!("milagro_login_untold_total", "what" => word).increment(1);
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// What a peer is told of a registrar's problem: the word, and nothing that the registrar says beside it.
pub(crate) fn passed_on(problem: &Problem) -> Problem {
    match problem.known() {
        Some(known @ (ProblemType::Refused | ProblemType::Conflict | ProblemType::NotFound)) => {
            known.problem()
        }
        Some(ProblemType::Rate) => ProblemType::Rate.problem().after(60),
        _ => ProblemType::Unavailable.problem().after(1),
    }
}
