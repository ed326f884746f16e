//! Oblivious pseudorandom functions, the group they are mostly used with, and anonymous credentials.

mod acs;
mod arc;
mod rfc9496;
mod rfc9497;

use core::fmt::Display;

pub(super) use acs::{OWN as ACS, PUBLISHED as ACS_PUBLISHED};
pub(super) use arc::{OWN as ARC, PUBLISHED as ARC_PUBLISHED};
pub(super) use rfc9496::{OWN as RFC9496, PUBLISHED as RFC9496_PUBLISHED};
pub(super) use rfc9497::{OWN as RFC9497, PUBLISHED as RFC9497_PUBLISHED};

use crate::Mismatch;

/// A field that cannot be read, or a value that cannot be computed, and why.
fn of<E: Display>(field: &str) -> impl Fn(E) -> Mismatch {
    move |error| Mismatch::new(field, error)
}
