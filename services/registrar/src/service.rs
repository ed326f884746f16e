//! A registrar's service: whom it registers for, whom it asks, and what it keeps.

pub(crate) mod routes;

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, AtomicU64};
use std::path::PathBuf;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use milagro_base::Seconds;
use milagro_dta::permits::Window;
use milagro_dta::{Mpin, TrustDomain};
use milagro_mpin::Identity;
use milagro_wire::bounded::Text;
use milagro_wire::forms::registrar::USER_MAX;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::lists::Lists;

use crate::authorities::Member;
use crate::codes::Codes;
use crate::hooks::Hooks;
use crate::keys::Keys;
use crate::kinds::LIST;
use crate::logins::Logins;
use crate::mail::Mailer;
use crate::parts::Parts;
use crate::subjects::{Pseudonym, Subjects, identity};

/// What a registrar registers for.
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct Configured {
    /// The name of the application, which stands in every identity. It never changes.
    pub application: Text<USER_MAX>,
    /// The domain, as its authorities have it.
    pub domain: TrustDomain<Mpin>,
    /// The registrar's keys.
    pub keys: Keys,
    /// The authorities.
    pub members: Vec<Member>,
    /// The application's hooks.
    pub hooks: Hooks,
    /// Sends codes by mail.
    pub mailer: Option<Mailer>,
    /// For which epochs the authorities issue permits.
    pub window: Window,
    /// How often strangers can have hooks called and mails sent, in a minute.
    pub strangers_per_minute: NonZeroU32,
    /// Where bulletins go.
    pub bulletins: Option<PathBuf>,
    /// How long after the end of its epoch a bulletin stays there.
    pub keep: Seconds,
}

/// Why there is no such service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// An authority that is none of the domain's, or occurs twice.
    Member,
    /// So few authorities that nobody could be enrolled: fewer than max(t, n - t + 1).
    TooFew,
}

/// The service. State that a second process over the same store would miss there is none, but for the rate of strangers.
pub struct Service {
    pub(crate) parts: Parts,
    pub(crate) domain: TrustDomain<Mpin>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) members: Vec<Member>,
    pub(crate) hooks: Hooks,
    pub(crate) mailer: Option<Mailer>,
    pub(crate) window: Window,
    pub(crate) bulletins: Option<PathBuf>,
    pub(crate) keep: Seconds,
    /// The epoch in which old bulletins were deleted last.
    pub(crate) swept: AtomicU64,
    pub(crate) lists: Lists,
    pub(crate) logins: Option<Arc<dyn Logins>>,
    /// Whether the records are known to be no copy.
    pub(crate) whole: AtomicBool,
    application: Text<USER_MAX>,
    strangers: DefaultDirectRateLimiter,
}

impl Service {
    /// Puts a service together.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn new(parts: Parts, configured: Configured) -> Result<Self, Fault> {
        let Configured {
            application,
            domain,
            keys,
            members,
            hooks,
            mailer,
            window,
            strangers_per_minute,
            bulletins,
            keep,
        } = configured;
        for (place, member) in members.iter().enumerate() {
            let mut before = members.iter().take(place);
            if domain.verification_key(member.number).is_none()
                || before.any(|one| one.number == member.number)
            {
                return Err(Fault::Member);
            }
        }
        let (t, n) = (domain.threshold().needed(), domain.threshold().members());
        if members.len() < usize::from(t.max(n - t + 1)) {
            return Err(Fault::TooFew);
        }
        Ok(Self {
            lists: Lists::new(LIST, *domain.id(), keys.public()),
            strangers: RateLimiter::direct(Quota::per_minute(strangers_per_minute)),
            keys: Arc::new(keys),
            parts,
            domain,
            members,
            hooks,
            mailer,
            window,
            bulletins,
            logins: None,
            keep,
            whole: AtomicBool::new(false),
            swept: AtomicU64::new(u64::MAX),
            application,
        })
    }

    /// Has a login service enrol devices, give them their first cookies, and hear of those that are removed.
    #[must_use]
    pub fn with_logins(mut self, logins: Arc<dyn Logins>) -> Self {
        self.logins = Some(logins);
        self
    }

    pub(crate) fn application(&self) -> &str {
        self.application.as_str()
    }

    pub(crate) fn subjects(&self) -> Subjects<'_> {
        Subjects {
            records: &*self.parts.records,
            domain: self.domain.id(),
        }
    }

    pub(crate) fn codes(&self) -> Codes<'_> {
        Codes {
            records: &*self.parts.records,
            domain: self.domain.id(),
        }
    }

    /// The pseudonym of the device of a user that has a client key.
    pub(crate) fn pseudonym(&self, user: &str, client: &[u8; 32]) -> Result<Pseudonym, Problem> {
        let identity =
            identity(self.application(), user, client).map_err(|_| ProblemType::Malformed)?;
        name(&self.keys.hides.pseudonym(self.domain.id(), &identity))
    }

    /// Counts something that strangers can bring about.
    pub(crate) fn admit_stranger(&self) -> Result<(), Problem> {
        self.strangers.check().map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            ProblemType::Rate
                .problem()
                .after(wait.as_secs().saturating_add(1))
        })
    }
}

/// The bytes of a pseudonym; what is none is nobody here.
pub(crate) fn name(identity: &Identity) -> Result<Pseudonym, Problem> {
    let bytes = identity.as_bytes().try_into().ok();
    let bytes: Option<Pseudonym> = bytes.filter(|bytes| Identity::pseudonym(bytes) == *identity);
    Ok(bytes.ok_or(ProblemType::NotFound)?)
}

impl fmt::Debug for Configured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured").finish_non_exhaustive()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Member => "an authority that is none of the domain's, or occurs twice",
            Self::TooFew => "too few authorities for anybody to be enrolled",
        })
    }
}

impl core::error::Error for Fault {}
