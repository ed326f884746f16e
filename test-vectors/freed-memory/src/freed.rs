//! A recording and what is found in it.

use core::fmt;
use core::hint::black_box;
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};

use crate::recorder;
use crate::secret::Secret;

/// One recording at a time.
static TURN: Mutex<()> = Mutex::new(());

/// What every recording frees first, to see that it is seen.
const MARK: &[u8; 40] = b"freed while recorded, to see that it is.";

/// The blocks that were freed during a recording, oldest first.
pub struct Freed(Vec<Box<[u8]>>);

/// Runs `flow` and records every block that any thread frees meanwhile.
///
/// # Panics
/// When [`Recorder`](crate::Recorder) is not the global allocator, and when `flow` panics.
pub fn record<T>(flow: impl FnOnce() -> T) -> (T, Freed) {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    recorder::start();
    drop(black_box(MARK.to_vec()));
    let result = catch_unwind(AssertUnwindSafe(flow));
    let freed = Freed(recorder::stop());
    drop(turn);
    let marked = freed.blocks().any(|block| block == MARK);
    assert!(marked, "the recorder is not the global allocator");
    match result {
        Ok(result) => (result, freed),
        Err(panic) => resume_unwind(panic),
    }
}

impl Freed {
    /// The blocks as they were when they were freed.
    pub fn blocks(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// Where a secret lies in a freed block: one line for every block that holds it in any form.
    #[must_use]
    pub fn leaks(&self, secrets: &[Secret]) -> Vec<String> {
        let mut leaks = Vec::new();
        for block in self.blocks() {
            for secret in secrets {
                leaks.extend(secret.find(block).map(|(form, at)| {
                    let length = block.len();
                    format!("{} as {form} at {at} of {length} bytes", secret.name())
                }));
            }
        }
        leaks
    }
}

impl fmt::Debug for Freed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Freed({} blocks)", self.0.len())
    }
}
