//! How large a batch may be.

use crate::error::Error;

/// The most elements of a batch: 16,384. Their indices are hashed as two bytes.
pub const MAX_BATCH: usize = 1 << 14;

pub(crate) fn check_len(len: usize) -> Result<(), Error> {
    match len {
        0 => Err(Error::EmptyBatch),
        1..=MAX_BATCH => Ok(()),
        _ => Err(Error::BatchTooLarge),
    }
}
