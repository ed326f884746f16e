//! Where an authority issues permits: by a signed list, for epochs of its own clock.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::rules::SKEW;
use milagro_mpin::Identity;
use milagro_mpin::names::{Epoch, EpochLength};

use crate::domain::protocol::Mpin;
use crate::issue::authority::Authority;
use crate::issue::batch::Batch;
use crate::issue::error::IssueError;
use crate::issue::period::Period;
use crate::issue::purpose::{PersonalPermit, PersonalSubject};
use crate::issue::share::G1Share;
use crate::permits::signed::SignedList;

/// For which epochs an authority issues permits: the present one, and some ahead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// How long an epoch is.
    pub length: EpochLength,
    /// How many epochs ahead. A user who is revoked keeps the permits that were issued ahead.
    pub ahead: u64,
}

/// An authority with its list at a certain time. Permits are public, so whoever asks may have them.
#[derive(Debug)]
pub struct Desk<'a> {
    pub(super) authority: &'a Authority<Mpin>,
    pub(super) list: &'a SignedList,
    window: Window,
    now: Seconds,
}

impl Window {
    /// Epochs of a day, today's and tomorrow's.
    pub const DAILY: Self = Self {
        length: EpochLength::DAY,
        ahead: 1,
    };

    /// Whether an authority issues for an epoch now. Its clock may be wrong by [`SKEW`].
    #[must_use]
    pub const fn allows(&self, epoch: Epoch, now: Seconds) -> bool {
        let first = Epoch::at(now.minus(SKEW), self.length);
        let last = Epoch::at(now.plus(SKEW), self.length);
        first.0 <= epoch.0 && epoch.0 <= last.0.saturating_add(self.ahead)
    }
}

impl Authority<Mpin> {
    /// Issues permits by a list, at the time of this authority's own clock.
    ///
    /// # Errors
    /// [`IssueError::WrongList`] for the list of another domain.
    pub fn permits<'a>(
        &'a self,
        list: &'a SignedList,
        window: Window,
        now: Seconds,
    ) -> Result<Desk<'a>, IssueError> {
        if list.list().domain() != self.domain().id() {
            return Err(IssueError::WrongList);
        }
        Ok(Desk {
            authority: self,
            list,
            window,
            now,
        })
    }
}

impl Desk<'_> {
    /// The epoch, if it is one for which this authority issues now.
    pub(super) fn period(&self, epoch: Epoch) -> Result<Period, IssueError> {
        let length = self.window.length;
        let allowed = self.window.allows(epoch, self.now);
        allowed
            .then_some(Period { epoch, length })
            .ok_or(IssueError::Epoch)
    }

    /// This authority's share of a personal permit.
    ///
    /// # Errors
    /// [`IssueError::Revoked`], [`IssueError::Epoch`].
    pub fn personal<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identity: &Identity,
        epoch: Epoch,
    ) -> Result<G1Share<PersonalPermit>, IssueError> {
        let subject = self.subject(identity, self.period(epoch)?)?;
        self.authority.issue_in_g1(rng, &subject)
    }

    /// This authority's shares of many personal permits.
    ///
    /// # Errors
    /// [`IssueError::Revoked`] if one of them is, [`IssueError::Epoch`], [`IssueError::Count`].
    pub fn personal_batch<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        identities: &[Identity],
        epoch: Epoch,
    ) -> Result<Batch<PersonalPermit>, IssueError> {
        let period = self.period(epoch)?;
        let subjects = identities.iter().map(|one| self.subject(one, period));
        let subjects = subjects.collect::<Result<Vec<_>, _>>()?;
        self.authority.batch(rng, &subjects)
    }

    fn subject(&self, identity: &Identity, period: Period) -> Result<PersonalSubject, IssueError> {
        if self.list.list().contains(identity) {
            return Err(IssueError::Revoked);
        }
        Ok(PersonalSubject {
            identity: identity.clone(),
            period,
        })
    }
}
