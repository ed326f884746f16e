//! All cover permits of an epoch in one public document.
//!
//! For r revoked leaves there are at most r + 1 gaps, whatever the number of users. The document can be
//! copied by anybody, and checked by anybody who knows the domain:
//!
//! ```text
//! ρj = 128 bits of a hash of the whole document, for each gap j
//! M  = Σ ρj·Nj,   Nj = H_cover(domain, epoch length, epoch, low, high)
//! Zi = si·M with a proof of equal discrete logarithms against si·P, from each of t authorities
//! accept iff the proofs hold and Σ λi·Zi = Σ ρj·pointj
//! ```
//!
//! The ρj cannot be chosen, so a wrong point goes through with probability 2^-128 (M. Bellare, J. Garay
//! and T. Rabin, "Fast batch verification", EUROCRYPT '98, small exponents test).
//!
//! | step | who | from | to |
//! |---|---|---|---|
//! | 1 | each authority | its [`RevocationList`](crate::permits::RevocationList) | [`CoverBatch`] |
//! | 2 | whoever publishes | t batches | [`Draft`] |
//! | 3 | each authority | the draft, if it agrees with its list and epoch | [`ProofShare`] |
//! | 4 | whoever publishes | t proof shares | [`Bulletin`] |
//! | 5 | everybody | bytes | [`UncheckedBulletin`], then [`Bulletin`]; or [`Scanner`] and [`Checker`], in little memory |
//!
//! Whoever has checked it can cut it into slices for others, who rely on that: see [`SliceIndex`].

mod document;
mod make;
mod proof;
mod slices;
mod stream;
#[cfg(test)]
mod tests;

pub use document::{Bulletin, Draft, Head, ProofShare, UncheckedBulletin};
pub use make::{CoverBatch, DraftRejected};
pub use proof::BulletinRejected;
pub use slices::{SliceIndex, SliceRejected, Sliced};
pub use stream::{Checker, Scanned, Scanner};
