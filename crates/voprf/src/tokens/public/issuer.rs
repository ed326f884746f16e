//! The issuer: window, budget and quota, and only then the evaluation.

use alloc::vec;

use milagro_base::Seconds;
use milagro_curve::G1Point;
use milagro_ledger::{Account, Charge, Claim, Kind, LedgerId, Life, Paid, Unspent};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::tags;
use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};
use crate::tokens::frame::digest;
use crate::tokens::issue::budget::QueryBudget;
use crate::tokens::issue::quota::{Draw, Quota};
use crate::tokens::issue::refusal::IssueRefusal;
use crate::tokens::plan::Slot;
use crate::tokens::public::message::{Response, UncheckedRequest};
use crate::tokens::public::secret::SeriesKey;
use crate::tokens::public::series::Series;

/// Answers users who are known, from any number of threads and servers over one ledger.
///
/// 1. [`UncheckedRequest::from_bytes`] reads the header.
/// 2. [`Self::check`] checks what costs nothing to check, and gives what is to be answered, locked behind the user's
///    quota and the key's budget.
/// 3. [`Self::answer`] decodes and evaluates. Nothing is given back from here on.
///
/// The same request of the same user is charged once in each window of the quota, and answered the same: spending
/// says [`Again`](milagro_ledger::Refused::Again), which carries what is to be answered like a first time. An
/// answer takes no random numbers and no proof. The ledger remembers few claims of an account that all users share, so
/// a request that is repeated late can take evaluations from the budget again: no user does that more than
/// [`Quota::ANSWERS`] times over.
///
/// # Security
/// The user must be authenticated. Every evaluation is a static Diffie-Hellman answer on a curve where that costs
/// most: r - 1 is divisible by every power of two up to 2³², so Q answers cost log2(Q)/2 bits (Cheon, EUROCRYPT 2006)
/// of the about 127 that BLS12-381 has in G1: [`Self::bits_left`].
pub struct Issuer {
    key: SeriesKey,
    quota: Quota,
    budget: QueryBudget,
    account: Account,
    ledger: LedgerId,
}

impl Issuer {
    /// The budget that leaves 111 bits: 2³² evaluations over all epochs of the series.
    pub const BUDGET: QueryBudget = QueryBudget::new(1 << 32);

    /// An issuer with its key, what a user may draw, what the key may answer, and the ledger that counts both.
    ///
    /// # Errors
    /// [`OutOfRange`] for a budget that leaves fewer than 100 bits.
    pub fn new(
        key: SeriesKey,
        quota: Quota,
        budget: QueryBudget,
        ledger: LedgerId,
    ) -> Result<Self, OutOfRange> {
        if Self::bits_left(budget) < 100 {
            return Err(OUT_OF_RANGE);
        }
        let account = Account::new(Kind::KEY_BUDGET, &key.budget(), Life::Lasting);
        Ok(Self {
            key,
            quota,
            budget,
            account,
            ledger,
        })
    }

    /// How many bits of security a key has left that has answered all of a budget: 127 - log2(Q)/2, rounded down.
    #[must_use]
    pub const fn bits_left(budget: QueryBudget) -> u32 {
        let answers = budget.limit().saturating_sub(1);
        let bits = u64::BITS - answers.leading_zeros();
        127 - bits.div_ceil(2)
    }

    /// What everybody may know.
    #[must_use]
    pub const fn series(&self) -> &Series {
        self.key.series()
    }

    /// The most tokens that one request may ask for: what a user may draw in one window.
    #[must_use]
    pub const fn maximum(&self) -> u32 {
        self.quota.tokens()
    }

    /// Locks what is to be answered behind the quota of this caller at time `now`, behind what the caller may be
    /// answered with all repeats, and behind the key's budget.
    ///
    /// # Errors
    /// [`IssueRefusal::UnknownKey`], [`IssueRefusal::Closed`], [`IssueRefusal::TooMany`].
    pub fn check<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        caller: &[u8],
        request: UncheckedRequest,
        now: Seconds,
    ) -> Result<Unspent<Admitted>, IssueRefusal> {
        let plan = self.series().plan();
        let slot = plan.slot(request.epoch());
        let slot = slot.map_err(|_| IssueRefusal::UnknownKey)?;
        let windows = self.series().windows(&slot);
        let windows = windows.map_err(|_| IssueRefusal::UnknownKey)?;
        if self.series().id_at(&slot) != *request.key_id() {
            return Err(IssueRefusal::UnknownKey);
        }
        if !windows.issue_with_leeway().contains(&now) {
            return Err(IssueRefusal::Closed);
        }
        if request.count().get() > self.maximum() {
            return Err(IssueRefusal::TooMany);
        }
        let draw = Draw {
            use_case: plan.use_case(),
            caller,
            request: request.as_bytes(),
            tokens: request.count(),
        };
        let evaluations = Charge {
            account: self.account,
            amount: request.count(),
            limit: self.budget.limit(),
            claim: Claim::public(digest(&[
                tags::PUBLIC_BUDGET_CLAIM,
                caller,
                request.as_bytes(),
            ])),
        };
        let charges = vec![
            self.quota.charge(&draw, now),
            self.quota.answer(&draw, Claim::fresh(rng), now),
            evaluations,
        ];
        Ok(Unspent::new(Admitted { slot, request }, charges).on(self.ledger))
    }

    /// Evaluates what was paid for, a first time or again: Dᵢ = k·Cᵢ.
    ///
    /// # Errors
    /// [`IssueRefusal::Elements`] if the request holds anything but elements of G1, whose sender has paid for it;
    /// [`IssueRefusal::Evaluation`] if the epoch gives the key away; [`IssueRefusal::OtherLedger`] and
    /// [`IssueRefusal::UnknownKey`] for what another issuer was paid for.
    pub fn answer(&self, paid: Paid<Admitted>) -> Result<Response, IssueRefusal> {
        if paid.ledger() != self.ledger {
            return Err(IssueRefusal::OtherLedger);
        }
        let Admitted { slot, request } = paid.into_value();
        if self.series().id_at(&slot) != *request.key_id() {
            return Err(IssueRefusal::UnknownKey);
        }
        let blinded = request.decode().map_err(IssueRefusal::Elements)?;
        let key = self.key.at(&slot);
        let key = key.ok_or(IssueRefusal::Evaluation(Error::KeyExposed))?;
        let evaluate = |blinded: &G1Point| key.evaluate(blinded);
        Ok(Response {
            evaluated: blinded.iter().map(evaluate).collect(),
        })
    }
}

/// A request that was checked. In a [`Paid`] it is what [`Issuer::answer`] answers.
#[must_use = "a request that is not answered gives no tokens"]
pub struct Admitted {
    slot: Slot,
    request: UncheckedRequest,
}

milagro_base::opaque_debug!(Issuer, Admitted);
