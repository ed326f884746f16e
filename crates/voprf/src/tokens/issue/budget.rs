//! How much a primary key may answer before its answers help to find it, counted for a whole fleet.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::num::NonZeroU32;
use core::task::{Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Claim, Kind, Ledger, Life, LocalLedger, Verdict};

use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};
use crate::tokens::issue::refusal::IssueRefusal;

/// How many evaluations each primary key may make, over all keys derived from it, and how many of them a
/// server leases at a time.
///
/// Each evaluation is a static Diffie-Hellman answer, and Q of them cost log2(Q)/2 bits of security (RFC 9497
/// section 7.2.3, after Brown and Gallant, and Cheon). A budget allows a loss of b bits: Q ≤ 2^(2b).
///
/// The ledger counts leases: a server charges a block before it evaluates anything, and takes from it what
/// each request needs. A server that dies loses what is left of its block; no evaluation is ever made that
/// was not counted before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueryBudget {
    limit: u64,
    block: NonZeroU32,
}

impl QueryBudget {
    /// How many evaluations are leased at a time unless another number is said.
    pub const BLOCK: NonZeroU32 = NonZeroU32::MIN.saturating_add(9_999);

    /// A budget that may cost `bits` of security, at most 31.
    ///
    /// # Errors
    /// [`OutOfRange`] for more than 31 bits.
    pub const fn for_loss(bits: u32) -> Result<Self, OutOfRange> {
        if bits > 31 {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self::new(1 << (2 * bits)))
    }

    /// A budget of so many evaluations.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self {
            limit,
            block: Self::BLOCK,
        }
    }

    /// How many evaluations.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// The same budget, leased in blocks of that size.
    #[must_use]
    pub const fn in_blocks_of(self, block: NonZeroU32) -> Self {
        Self { block, ..self }
    }
}

/// The budget of one primary key, as one server sees it.
pub(super) struct Budget {
    account: Account,
    limits: QueryBudget,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Evaluations that are leased and not made.
    left: u64,
    /// Derived keys that this server has taken up and not paid for: publishing each was an answer of the
    /// primary key.
    owed: u64,
    /// Leases that the ledger may have granted without this server knowing.
    lost: Vec<Ask>,
    /// How many are being asked for, each of which may be lost.
    asking: usize,
    /// Whoever waits until fewer are.
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy)]
struct Ask {
    claim: Claim,
    amount: NonZeroU32,
    /// Whether it was asked before, and no answer came.
    lost: bool,
}

/// How many leases one server asks for at a time; whoever comes then waits. A request for each of many clients
/// would take a block for each, and those that are lost, because clients hang up, be asked for again too late:
/// a ledger knows the last claims of an account alone.
const MOST: usize = 4;

impl Budget {
    /// The budget of the primary key that `name` stands for.
    pub(super) fn new(name: &[u8; 32], budget: QueryBudget) -> Self {
        Self {
            account: Account::new(Kind::KEY_BUDGET, name, Life::Lasting),
            limits: budget,
            state: Mutex::default(),
        }
    }

    /// One more derived key is taken up.
    pub(super) fn owe_one(&self) {
        let mut state = self.state();
        state.owed = state.owed.saturating_add(1);
    }

    /// Sets `tokens` evaluations aside, and what is owed besides; leases blocks until there are so many.
    pub(super) async fn lease(
        self: &Arc<Self>,
        fresh: [Claim; 2],
        tokens: NonZeroU32,
        ledger: &dyn Ledger,
        now: Seconds,
    ) -> Result<Reserved, IssueRefusal> {
        let mut asking = Asking::new(fresh, tokens);
        loop {
            let step = poll_fn(|context| self.step(&mut asking, Some(context.waker())));
            match step.await? {
                Step::Enough(reserved) => return Ok(reserved),
                Step::Ask(lease) => {
                    let verdicts = ledger.charge(now, &[lease.charge()]).await;
                    if let Some(reserved) = lease.settle(&verdicts, &mut asking)? {
                        return Ok(reserved);
                    }
                }
            }
        }
    }

    /// As [`Self::lease`], without waiting for anybody else.
    pub(super) fn lease_local<L: LocalLedger + ?Sized>(
        self: &Arc<Self>,
        fresh: [Claim; 2],
        tokens: NonZeroU32,
        ledger: &L,
        now: Seconds,
    ) -> Result<Reserved, IssueRefusal> {
        let mut asking = Asking::new(fresh, tokens);
        loop {
            let Poll::Ready(step) = self.step(&mut asking, None) else {
                return Err(IssueRefusal::Ledger);
            };
            match step? {
                Step::Enough(reserved) => return Ok(reserved),
                Step::Ask(lease) => {
                    let verdicts = ledger.charge(now, &[lease.charge()]);
                    if let Some(reserved) = lease.settle(&verdicts, &mut asking)? {
                        return Ok(reserved);
                    }
                }
            }
        }
    }

    /// What to do next; pending for whoever can be woken while enough leases are being asked for.
    fn step(
        self: &Arc<Self>,
        asking: &mut Asking,
        waker: Option<&Waker>,
    ) -> Poll<Result<Step<'_>, IssueRefusal>> {
        let mut state = self.state();
        if let Some(reserved) = self.reserve(&mut state, asking.tokens) {
            return Poll::Ready(Ok(Step::Enough(reserved)));
        }
        if let Some(waker) = waker.filter(|_| state.asking >= MOST) {
            // Whoever is asked again before it is woken waits once.
            if !state.waiting.iter().any(|other| other.will_wake(waker)) {
                state.waiting.push(waker.clone());
            }
            return Poll::Pending;
        }
        Poll::Ready(self.ask(&mut state, asking).map(Step::Ask))
    }

    /// A lease whose answer was lost is asked for again before a new one is, each by one call at a time.
    fn ask(
        self: &Arc<Self>,
        state: &mut State,
        asking: &mut Asking,
    ) -> Result<Lease<'_>, IssueRefusal> {
        let needed = u64::from(asking.tokens.get()).saturating_add(state.owed);
        let ask = if let Some(lost) = state.lost.pop() {
            lost
        } else {
            let missing = u32::try_from(needed.saturating_sub(state.left));
            let missing = missing.map_err(|_| IssueRefusal::Budget)?;
            let amount = match asking.rest {
                None => missing.max(self.limits.block.get()),
                Some(rest) if rest >= missing => rest,
                Some(_) => return Err(IssueRefusal::Budget),
            };
            Ask {
                claim: asking.fresh.next().ok_or(IssueRefusal::Budget)?,
                amount: NonZeroU32::new(amount).ok_or(IssueRefusal::Budget)?,
                lost: false,
            }
        };
        state.asking = state.asking.saturating_add(1);
        Ok(Lease {
            budget: self,
            ask: Some(ask),
        })
    }

    fn reserve(self: &Arc<Self>, state: &mut State, tokens: NonZeroU32) -> Option<Reserved> {
        let amount = u64::from(tokens.get());
        state.left = state.left.checked_sub(amount.checked_add(state.owed)?)?;
        state.owed = 0;
        Some(Reserved {
            budget: Arc::clone(self),
            amount,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under this lock panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Step<'a> {
    /// They are set aside.
    Enough(Reserved),
    /// The ledger has to be asked for more.
    Ask(Lease<'a>),
}

/// One server's wish for enough of a lease.
struct Asking {
    tokens: NonZeroU32,
    /// Claims for a block and, if that is too much, for what is left of the budget.
    fresh: core::array::IntoIter<Claim, 2>,
    rest: Option<u32>,
}

impl Asking {
    fn new(fresh: [Claim; 2], tokens: NonZeroU32) -> Self {
        Self {
            tokens,
            fresh: fresh.into_iter(),
            rest: None,
        }
    }
}

/// A lease that is being asked for. Without an answer, also where the asking is given up half-way, its claim
/// is kept, to ask for the same again.
struct Lease<'a> {
    budget: &'a Arc<Budget>,
    ask: Option<Ask>,
}

impl Lease<'_> {
    fn charge(&self) -> Charge {
        let ask = self.ask.as_ref();
        Charge {
            account: self.budget.account,
            amount: ask.map_or(NonZeroU32::MIN, |ask| ask.amount),
            limit: self.budget.limits.limit,
            claim: ask.map_or(Claim::public([0; 32]), |ask| ask.claim),
        }
    }

    /// What was asked for, if it is granted and enough: taken in the same step, before any other request can.
    fn settle(
        mut self,
        verdicts: &[Verdict],
        asking: &mut Asking,
    ) -> Result<Option<Reserved>, IssueRefusal> {
        let verdict = verdicts.first().copied().unwrap_or(Verdict::Unknown);
        if matches!(verdict, Verdict::Unknown) {
            return Err(IssueRefusal::Ledger);
        }
        let ask = self.ask.take().ok_or(IssueRefusal::Ledger)?;
        match verdict {
            // A generator that repeats has made somebody else's claim: that block is not this server's.
            Verdict::Granted(grant) if grant.again && !ask.lost => Err(IssueRefusal::Ledger),
            Verdict::Granted(_) => {
                let amount = u64::from(ask.amount.get());
                let mut state = self.budget.state();
                state.left = state.left.saturating_add(amount);
                Ok(self.budget.reserve(&mut state, asking.tokens))
            }
            Verdict::Exhausted { used, .. } => {
                let QueryBudget { limit, block } = self.budget.limits;
                let rest = limit.saturating_sub(used).min(block.get().into());
                asking.rest = u32::try_from(rest).ok();
                Ok(None)
            }
            _ => Err(IssueRefusal::Ledger),
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let lost = self.ask.take().map(|ask| Ask { lost: true, ..ask });
        let mut state = self.budget.state();
        state.asking = state.asking.saturating_sub(1);
        state.lost.extend(lost);
        let waiting = core::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Evaluations that are set aside for one request. Dropped unmade, they go back to the lease.
pub(super) struct Reserved {
    budget: Arc<Budget>,
    amount: u64,
}

impl Reserved {
    /// They are made now, or nobody can say that they were not.
    pub(super) fn use_up(mut self) {
        self.amount = 0;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.left = state.left.saturating_add(self.amount);
    }
}
