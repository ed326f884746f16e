//! Records that lose calls, for tests of whatever stands on records.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kind::Kind;
use crate::ledger::{Answer, Unavailable};
use crate::memory::MemoryRecords;
use crate::records::{Entry, Page, Put, Record, Records, Version};

/// What is lost of a call, which answers [`Unavailable`] in either case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// It does not arrive.
    Request,
    /// It takes effect, and nobody hears of it.
    Reply,
}

impl Loss {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Request, Self::Reply];
}

/// Records in memory that lose one call when they are told to: as a process sees them whose store goes away, or that is killed
/// itself. A test lets each call of what it tests be the lost one, until none is.
///
/// ```
/// use milagro_ledger::conformance::{FaultyRecords, Loss, block_on};
/// use milagro_ledger::records::Entry;
/// use milagro_ledger::{Kind, Records};
///
/// let records = FaultyRecords::new(1 << 20);
/// let put = |value| {
///     let kind = Kind::new(200);
///     let entry = Entry { kind, key: value, value, expected: None, until: None };
///     block_on(records.put(entry)).is_ok()
/// };
/// records.lose_write(1, Loss::Reply);
/// assert_eq!([put(b"one"), put(b"two"), put(b"three")], [true, false, true]);
/// assert!(records.recover());
/// // The second has taken effect all the same.
/// assert_eq!(records.memory().len(), 3);
/// ```
pub struct FaultyRecords {
    records: Arc<MemoryRecords>,
    state: Mutex<State>,
}

struct State {
    calls: usize,
    writes: usize,
    /// What is to be lost.
    next: Option<Next>,
    has_lost: bool,
}

#[derive(Clone, Copy)]
enum Next {
    /// The call of this number.
    Call(usize, Loss),
    /// The write of this number.
    Write(usize, Loss),
}

impl FaultyRecords {
    /// Empty ones, that hold so many bytes.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self::over(Arc::new(MemoryRecords::new(capacity)))
    }

    /// In front of others, which lose nothing themselves.
    #[must_use]
    pub const fn over(records: Arc<MemoryRecords>) -> Self {
        Self {
            records,
            state: Mutex::new(State {
                calls: 0,
                writes: 0,
                next: None,
                has_lost: false,
            }),
        }
    }

    /// What is behind them.
    #[must_use]
    pub fn memory(&self) -> &MemoryRecords {
        &self.records
    }

    /// Loses one call of any kind, that which comes after so many others, instead of whatever was to be lost.
    pub fn lose_call(&self, after: usize, loss: Loss) {
        let mut state = self.state();
        let number = state.calls.saturating_add(after);
        state.next = Some(Next::Call(number, loss));
        state.has_lost = false;
    }

    /// Loses one write or deletion, that which comes after so many others, instead of whatever was to be lost.
    pub fn lose_write(&self, after: usize, loss: Loss) {
        let mut state = self.state();
        let number = state.writes.saturating_add(after);
        state.next = Some(Next::Write(number, loss));
        state.has_lost = false;
    }

    /// Loses nothing from now on. Whether the call that was to be lost was lost.
    pub fn recover(&self) -> bool {
        let mut state = self.state();
        state.next = None;
        core::mem::take(&mut state.has_lost)
    }

    /// How many writes and deletions there were, those that were lost included.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.state().writes
    }

    /// What becomes of a call.
    fn loss(&self, is_write: bool) -> Option<Loss> {
        let mut state = self.state();
        let (call, write) = (state.calls, state.writes);
        state.calls = call.saturating_add(1);
        state.writes = write.saturating_add(usize::from(is_write));
        let loss = match state.next {
            Some(Next::Call(number, loss)) if number == call => loss,
            Some(Next::Write(number, loss)) if is_write && number == write => loss,
            _ => return None,
        };
        state.next = None;
        state.has_lost = true;
        Some(loss)
    }

    /// A call, unless it is lost.
    fn through<'a, T: 'a>(
        &'a self,
        is_write: bool,
        call: Answer<'a, Result<T, Unavailable>>,
    ) -> Answer<'a, Result<T, Unavailable>> {
        Box::pin(async move {
            match self.loss(is_write) {
                None => call.await,
                Some(Loss::Request) => Err(Unavailable),
                Some(Loss::Reply) => {
                    let _lost = call.await;
                    Err(Unavailable)
                }
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FaultyRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyRecords").finish_non_exhaustive()
    }
}

impl Records for FaultyRecords {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.through(false, self.records.get(kind, keys))
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        self.through(true, self.records.put(entry))
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        self.through(true, self.records.delete(kind, key, expected))
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        self.through(false, self.records.list(kind, prefix, after, limit))
    }
}
