//! A login in a batch.

use crate::server::check::Prepared;

/// A login that passed everything but the equations.
pub(super) struct Candidate {
    pub(super) index: usize,
    pub(super) prepared: Prepared,
    pub(super) weights: Weights,
    /// Its opening is known to hold.
    pub(super) opened: bool,
}

/// ρ, τ and τ' of one proof.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) rho: u128,
    pub(super) tau: u128,
    pub(super) tau2: u128,
}

impl From<[u128; 3]> for Weights {
    fn from([rho, tau, tau2]: [u128; 3]) -> Self {
        Self { rho, tau, tau2 }
    }
}
