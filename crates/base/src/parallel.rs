//! Work on many things of public number, over the cores of the caller where feature `parallel` is on.
//!
//! It runs in the pool of rayon that the caller is in: `ThreadPool::install` chooses one, and rayon's own is taken where
//! none was chosen. Without the feature, and in a pool of one thread, it runs where it was called. Order and results are
//! the same either way.

use alloc::vec::Vec;

/// Maps in order.
pub fn map<T: Send, U: Send>(items: Vec<T>, work: impl Fn(T) -> U + Send + Sync) -> Vec<U> {
    #[cfg(feature = "parallel")]
    {
        use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
        if parts(items.len(), 1) > 1 {
            return items.into_par_iter().map(work).collect();
        }
    }
    items.into_iter().map(work).collect()
}

/// Into how many parts of at least `least` items work on so many items is split: one for each thread of the pool, and one in
/// all without the feature.
#[must_use]
pub fn parts(items: usize, least: usize) -> usize {
    threads().min(items / least.max(1)).max(1)
}

#[cfg(feature = "parallel")]
fn threads() -> usize {
    rayon::current_num_threads()
}

#[cfg(not(feature = "parallel"))]
const fn threads() -> usize {
    1
}
