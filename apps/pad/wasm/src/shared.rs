//! The part of the memory that the page writes what it asks into, and reads the answer from.

use core::sync::atomic::{AtomicU8, Ordering};

use zeroize::Zeroizing;

/// Longest request or answer, in bytes.
pub(crate) const SIZE: usize = 1 << 18;

/// Atomics, as they can be written without unsafe code; there is one thread, and none of them costs more than a byte.
static SHARED: [AtomicU8; SIZE] = [const { AtomicU8::new(0) }; SIZE];

/// Where it is.
pub(crate) fn address() -> *const u8 {
    SHARED.as_ptr().cast()
}

/// Takes a request out, and leaves zeros.
pub(crate) fn take(length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let cells = SHARED.get(..length)?;
    let mut taken = Zeroizing::new(Vec::with_capacity(length));
    taken.extend(cells.iter().map(|cell| cell.swap(0, Ordering::Relaxed)));
    Some(taken)
}

/// Puts an answer in.
pub(crate) fn put(bytes: &[u8]) -> Option<usize> {
    let cells = SHARED.get(..bytes.len())?;
    for (cell, byte) in cells.iter().zip(bytes) {
        cell.store(*byte, Ordering::Relaxed);
    }
    Some(bytes.len())
}
