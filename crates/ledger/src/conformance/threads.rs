//! Enough of a runtime to run the checks on threads.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};

use crate::ledger::Answer;

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

/// Runs a task on a thread of its own; what is returned waits for its end, also for an end by panic.
#[must_use]
pub fn on_a_thread(task: Answer<'static, ()>) -> Answer<'static, ()> {
    let gate = Arc::new(Gate::new(2));
    let end = Arrival(Arc::clone(&gate));
    thread::spawn(move || {
        let _end = end;
        block_on(task);
    });
    Box::pin(async move { gate.pass().await })
}

/// Lets nobody pass before all have arrived.
pub(super) struct Gate(Mutex<Waiting>);

struct Waiting {
    missing: usize,
    wakers: Vec<Waker>,
}

impl Gate {
    /// A gate that waits for so many.
    pub(super) const fn new(missing: usize) -> Self {
        let wakers = Vec::new();
        Self(Mutex::new(Waiting { missing, wakers }))
    }

    /// Arrives, and waits for the others.
    pub(super) async fn pass(&self) {
        self.arrive();
        poll_fn(|context| self.poll(context)).await;
    }

    fn arrive(&self) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.missing = waiting.missing.saturating_sub(1);
        if waiting.missing == 0 {
            waiting.wakers.drain(..).for_each(Waker::wake);
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.missing == 0 {
            return Poll::Ready(());
        }
        waiting.wakers.push(context.waker().clone());
        Poll::Pending
    }
}

/// Arrives at a gate when it is dropped.
struct Arrival(Arc<Gate>);

impl Drop for Arrival {
    fn drop(&mut self) {
        self.0.arrive();
    }
}
