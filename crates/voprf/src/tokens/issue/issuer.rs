//! The issuer: window, budget, quota, and only then the evaluation.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use core::future::Future;

use milagro_base::Seconds;
use milagro_ledger::{Claim, Ledger, LedgerId, LocalLedger, Paid, Unspent};
use rand_core::CryptoRng;

use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::issue::budget::{Budget, QueryBudget, Reserved};
use crate::tokens::issue::claims::Claims;
use crate::tokens::issue::context::context;
use crate::tokens::issue::message::{TokenResponse, UncheckedRequest};
use crate::tokens::issue::quota::{Draw, Quota};
use crate::tokens::issue::recent::Recent;
use crate::tokens::issue::refusal::IssueRefusal;
use crate::tokens::keys::ring::KeyRing;
use crate::tokens::keys::secret::TokenSecretKey;
use crate::tokens::schedule::list::{KeySchedule, NotLater};

/// Answers users who are known, from any number of threads and servers over one ledger.
///
/// A request goes through four steps, and nothing is decoded or computed before it is paid for:
///
/// 1. [`UncheckedRequest::from_bytes`] reads the header.
/// 2. [`Self::lease`] checks what costs nothing to check, and sets evaluations of the key's budget aside, which
///    seldom asks the ledger.
/// 3. [`Self::check`] gives what is to be answered, locked behind the user's quota; spending it charges the
///    quota. If that is refused, the evaluations go back to the lease and the user has lost nothing; if the
///    ledger does not answer, the same can be asked again.
/// 4. [`Self::answer`] decodes, evaluates and proves. Nothing is given back from here on.
///
/// The same request of the same user is charged once in each window of the quota and answered the same, byte
/// by byte, by every server: spending says [`Again`](milagro_ledger::Refused::Again), which carries what is to
/// be answered like a first time.
///
/// # Security
/// The user must be authenticated, by whatever the application logs in with. Nothing here can be linked to a
/// later redemption, but a user who is alone in an epoch is known all the same. Whoever repeats a request that
/// is paid for makes the issuer work again, [`Quota::REPEATS`] times where a server remembers it and
/// [`Quota::ANSWERS`] times where none does, which costs budget again: limit the rate in front of it.
pub struct Issuer<S: Suite = Ristretto255> {
    schedule: KeySchedule,
    keys: Arc<KeyRing<S>>,
    quota: Quota,
    budget: QueryBudget,
    /// Where quota and budget are counted.
    ledger: LedgerId,
    claims: Claims,
    /// The budgets of the primary keys on the ring.
    budgets: BTreeMap<[u8; 32], Arc<Budget>>,
    recent: Recent,
}

/// How many requests are remembered as answered, so that asking again for the same costs no budget. What is
/// forgotten costs some again, as often as the quota allows.
const RECENT: usize = 1024;

impl<S: Suite> Issuer<S> {
    /// An issuer over the published schedule, the keys, what a user may draw, what each primary key may answer,
    /// and the ledger that counts both.
    ///
    /// # Errors
    /// [`NotLater`] if the schedule is for another suite.
    ///
    /// # Security
    /// After a restart, the schedule is no earlier than the last one that was used: keep its
    /// [`Edition`](crate::tokens::schedule::Edition). All servers of one primary key share one ledger, or the
    /// key answers its budget and its users draw their quotas once on each: take the name of the ledger from
    /// where all servers have it, not from the ledger that is at hand.
    pub fn new(
        schedule: KeySchedule,
        keys: Arc<KeyRing<S>>,
        quota: Quota,
        budget: QueryBudget,
        ledger: LedgerId,
    ) -> Result<Self, NotLater> {
        if !schedule.plan().is_for::<S>() {
            return Err(NotLater(()));
        }
        let mut issuer = Self {
            schedule,
            keys: Arc::new(KeyRing::new()),
            quota,
            budget,
            ledger,
            claims: Claims::default(),
            budgets: BTreeMap::new(),
            recent: Recent::new(RECENT, Quota::REPEATS),
        };
        issuer.take_up(keys);
        Ok(issuer)
    }

    /// Takes the schedule's next edition and its keys. Leases stay, unless no key of their primary key does.
    ///
    /// # Errors
    /// [`NotLater`] unless the edition may come after the present one: [`KeySchedule::is_followed_by`].
    pub fn update(&mut self, schedule: KeySchedule, keys: Arc<KeyRing<S>>) -> Result<(), NotLater> {
        if !self.schedule.is_followed_by(&schedule) {
            return Err(NotLater(()));
        }
        self.schedule = schedule;
        self.take_up(keys);
        Ok(())
    }

    /// The schedule that it goes by.
    #[must_use]
    pub const fn schedule(&self) -> &KeySchedule {
        &self.schedule
    }

    /// The ledger that it counts on.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The most tokens that one request may ask for: what a user may draw in one window.
    #[must_use]
    pub const fn maximum(&self) -> u32 {
        self.quota.tokens()
    }

    /// Checks what costs nothing to check, and sets aside what the request needs of the key's budget, leased from the
    /// ledger if there is too little. To be asked again if the ledger does not answer; if the future is dropped,
    /// what may have been granted is asked for again, not anew. Where many ask at once, some wait for what
    /// others lease: a future that is neither polled nor dropped keeps them waiting, as a ledger does that never
    /// answers, so give them a time limit.
    ///
    /// # Errors
    /// The [`IssueRefusal`]. Nothing is charged to the user.
    pub fn lease<'a, R: CryptoRng + ?Sized>(
        &'a self,
        rng: &mut R,
        ledger: &'a dyn Ledger,
        request: &UncheckedRequest<S>,
        now: Seconds,
    ) -> impl Future<Output = Result<Leased<S>, IssueRefusal>> + Send + use<'a, R, S> {
        let admitted = self.admit_on(ledger.id(), request, now);
        let admitted = admitted.map(|admission| {
            let fresh = self.claims.draw(rng, request.as_bytes(), now);
            (admission, fresh, request.clone())
        });
        async move {
            let (Admission { key, budget }, fresh, request) = admitted?;
            let [claim, _] = fresh;
            let reserved = budget.lease(fresh, request.tokens(), ledger, now).await?;
            Ok(Leased {
                key: Arc::clone(key),
                request,
                reserved,
                fresh: claim,
                ledger: self.ledger,
            })
        }
    }

    /// As [`Self::lease`], without waiting for anybody else.
    ///
    /// # Errors
    /// As there.
    pub fn lease_local<R: CryptoRng + ?Sized, L: LocalLedger + ?Sized>(
        &self,
        rng: &mut R,
        ledger: &L,
        request: &UncheckedRequest<S>,
        now: Seconds,
    ) -> Result<Leased<S>, IssueRefusal> {
        let Admission { key, budget } = self.admit_on(ledger.id(), request, now)?;
        let fresh = self.claims.draw(rng, request.as_bytes(), now);
        let reserved = budget.lease_local(fresh, request.tokens(), ledger, now)?;
        let [claim, _] = fresh;
        Ok(Leased {
            key: Arc::clone(key),
            request: request.clone(),
            reserved,
            fresh: claim,
            ledger: self.ledger,
        })
    }

    /// Locks what is to be answered behind the quota of this caller at time `now`.
    ///
    /// # Errors
    /// The [`IssueRefusal`], if the key has closed since its budget was leased, or that was leased from another
    /// ledger.
    pub fn check(
        &self,
        caller: &[u8],
        leased: Leased<S>,
        now: Seconds,
    ) -> Result<Unspent<Admitted<S>>, IssueRefusal> {
        self.admit_on(leased.ledger, &leased.request, now)?;
        let draw = Draw {
            use_case: self.schedule.plan().use_case(),
            caller,
            request: leased.request.as_bytes(),
            tokens: leased.request.tokens(),
        };
        let mut charges = vec![self.quota.charge(&draw, now)];
        let remembered = self.recent.comes_again(draw.claim().as_bytes());
        if !remembered {
            charges.push(self.quota.answer(&draw, leased.fresh, now));
        }
        Ok(Unspent::new(Admitted { leased, remembered }, charges).on(self.ledger))
    }

    /// Evaluates what was paid for, a first time or again.
    ///
    /// # Errors
    /// [`IssueRefusal::Elements`] if the request holds anything but elements of the group, whose sender has
    /// paid for it; [`IssueRefusal::OtherLedger`] if another ledger was paid.
    pub fn answer(&self, paid: Paid<Admitted<S>>) -> Result<TokenResponse<S>, IssueRefusal> {
        if paid.ledger() != self.ledger {
            return Err(IssueRefusal::OtherLedger);
        }
        let mut again = false;
        for (charge, grant) in paid.charges() {
            // The claim is a hash of request and caller.
            if charge.claim.is_public() {
                self.recent.insert(*charge.claim.as_bytes());
                again = grant.again;
            }
        }
        let Admitted { leased, remembered } = paid.into_value();
        let Leased {
            key,
            request,
            reserved,
            ..
        } = leased;
        // What this server remembers has taken its evaluations from the budget before.
        if again && remembered {
            drop(reserved);
        } else {
            reserved.use_up();
        }
        let request = request.decode().map_err(IssueRefusal::Elements)?;
        let (evaluated, proof) = key
            .answer(&context(), &request.blinded)
            .map_err(IssueRefusal::Evaluation)?;
        Ok(TokenResponse { proof, evaluated })
    }

    /// What costs nothing to check, of a request that is paid for in this ledger.
    fn admit_on(
        &self,
        ledger: LedgerId,
        request: &UncheckedRequest<S>,
        now: Seconds,
    ) -> Result<Admission<'_, S>, IssueRefusal> {
        if ledger != self.ledger {
            return Err(IssueRefusal::OtherLedger);
        }
        self.admit(request, now)
    }

    fn admit(
        &self,
        request: &UncheckedRequest<S>,
        now: Seconds,
    ) -> Result<Admission<'_, S>, IssueRefusal> {
        let id = request.key_id();
        if self.schedule.key(id).is_none() {
            return Err(IssueRefusal::UnknownKey);
        }
        if !self.schedule.answers(id, now) {
            return Err(IssueRefusal::Closed);
        }
        let key = self.keys.key(id).ok_or(IssueRefusal::KeyMissing)?;
        if request.count() > self.maximum() {
            return Err(IssueRefusal::TooMany);
        }
        let budget = self.budgets.get(key.budget());
        let budget = budget.ok_or(IssueRefusal::KeyMissing)?;
        Ok(Admission { key, budget })
    }

    /// Budgets of primary keys that are gone go too, with what is left of their leases.
    fn take_up(&mut self, keys: Arc<KeyRing<S>>) {
        let stays = |name: &[u8; 32]| keys.keys().any(|key| key.budget() == name);
        self.budgets.retain(|name, _| stays(name));
        for key in keys.keys() {
            let name = *key.budget();
            let new = || Arc::new(Budget::new(&name, self.budget));
            let budget = self.budgets.entry(name).or_insert_with(new);
            if key.is_derived() && self.keys.key(key.id()).is_none() {
                budget.owe_one();
            }
        }
        self.keys = keys;
    }
}

milagro_base::opaque_debug!(Issuer<S: Suite>);

struct Admission<'a, S: Suite> {
    key: &'a Arc<TokenSecretKey<S>>,
    budget: &'a Arc<Budget>,
}

/// A request with the evaluations that are set aside for it. Dropped, they go back to the lease.
#[must_use = "evaluations that nobody makes are set aside for nothing"]
pub struct Leased<S: Suite = Ristretto255> {
    key: Arc<TokenSecretKey<S>>,
    request: UncheckedRequest<S>,
    reserved: Reserved,
    /// For what is counted of the user. Claims are told apart on each account, so it may have served a lease.
    fresh: Claim,
    /// Where they are counted.
    ledger: LedgerId,
}

/// A request that was checked. In a [`Paid`](milagro_ledger::Paid) it is what [`Issuer::answer`] answers.
#[must_use = "a request that is not answered gives no tokens"]
pub struct Admitted<S: Suite = Ristretto255> {
    leased: Leased<S>,
    /// Whether this server had answered it when it was checked.
    remembered: bool,
}

milagro_base::opaque_debug!(Leased<S: Suite>, Admitted<S: Suite>);
