//! By how much a PIN was mistyped.
//!
//! A holder of the token who types a PIN that is off by δ has S + δ·A for S, and an opened proof then
//! gives, with W = x·A,
//!
//! ```text
//! g = e(V, Qs)·e(U + y·B, s·Qs) = F^(-δ)   with   F = e(W + y·A, Qs)
//! ```
//!
//! (M. Scott, "M-Pin", on the PIN error.) The search for δ is baby-step giant-step, which never misses;
//! the kangaroo of older libraries does.

use std::collections::HashMap;

use milagro_curve::{
    G1Point, G2Prepared, Gt, Scalar,
    loose::{E1Point, E1Sum},
    pairing::{Term, pairing_product},
};

use crate::statement::Statement;
use crate::verifier::Admitted;
use crate::{OpeningPolicy, PinLength, Recorded, ReplayKey, ReplayStore, Verifier};

/// A proof that failed although it was fresh and properly opened.
pub struct OpenedFailure {
    a: G1Point,
    b: G1Point,
    y: Scalar,
    u: E1Point,
    v: E1Point,
    w: E1Point,
    pa: Option<G2Prepared>,
    key: ReplayKey,
}

/// What a failed login was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PinError {
    /// The token's holder mistyped the PIN. Counts as an attempt.
    Mistyped(PinDistance),
    /// No PIN guess of a token holder: a stranger's garbage, or a wrong other factor.
    NoGuess,
    /// A mistyped PIN that has been counted before: the same proof, sent again.
    CountedBefore,
    /// The store cannot remember another proof. Treat as an attempt.
    StoreFull,
}

/// δ, the PIN as typed less the true one. Knowing it and the typed PIN is knowing the PIN: it is
/// never printed, and should be neither logged nor kept.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct PinDistance(i32);

impl PinDistance {
    /// δ, not zero.
    #[must_use]
    pub const fn value(&self) -> i32 {
        self.0
    }
}

impl core::fmt::Debug for PinDistance {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PinDistance").finish_non_exhaustive()
    }
}

impl core::fmt::Debug for OpenedFailure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OpenedFailure").finish_non_exhaustive()
    }
}

impl OpenedFailure {
    pub(crate) fn new(statement: &Statement, admitted: Admitted) -> Option<Self> {
        let opening = statement.opening?;
        Some(Self {
            a: admitted.a,
            b: admitted.b,
            y: admitted.y,
            u: statement.u,
            v: statement.v,
            w: opening.second.map_or(statement.u, |second| second.w),
            pa: admitted.pa,
            key: ReplayKey::of_failure(&admitted.transcript, &statement.v.to_bytes()),
        })
    }
}

impl Verifier {
    /// Finds out by how much the PIN of a failed login was off. Costs about two checks of a login with
    /// PINs of four digits, five with six. A distance counts once per proof, that is for every nonce or
    /// time and every V: the store remembers it until `until`. A proof that answered a challenge comes
    /// once only; one-pass proofs can come again until the end of their window.
    ///
    /// # Security
    /// Variable time in the distance, which only the server may know.
    pub fn pin_error_vartime<S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        failure: &OpenedFailure,
        (until, now): (u64, u64),
    ) -> PinError {
        let OpeningPolicy::Opened(length) = self.policy.openings else {
            return PinError::NoGuess;
        };
        let Some(distance) = self.distance(failure, length) else {
            return PinError::NoGuess;
        };
        match store.record(failure.key, until, now) {
            Recorded::New => PinError::Mistyped(distance),
            Recorded::Known => PinError::CountedBefore,
            Recorded::Full => PinError::StoreFull,
        }
    }

    fn distance(&self, failure: &OpenedFailure, length: PinLength) -> Option<PinDistance> {
        let first = failure.pa.as_ref().unwrap_or(&self.qs);
        let sum = E1Sum::from(failure.u) + (&failure.b * &failure.y).into();
        let g = pairing_product(Term::new(failure.v, first), &[Term::new(sum, &self.s_qs)]);
        let sum = E1Sum::from(failure.w) + (&failure.a * &failure.y).into();
        let f = pairing_product(Term::new(sum, first), &[]);
        let limit = 10_u32.checked_pow(length.digits().into())?;
        search(&g.invert(), &f, limit).map(PinDistance)
    }
}

/// The δ with f^δ = g and 0 < |δ| < limit. Every giant step looks both ways at once: g·f^(-i·(2m+1))
/// and its inverse share the coefficient of w^0, which the table of the m + 1 baby steps is sorted by.
pub(crate) fn search(g: &Gt, f: &Gt, limit: u32) -> Option<i32> {
    if *f == Gt::one() {
        return None;
    }
    let m = limit.isqrt();
    let mut table = HashMap::new();
    let mut power = Gt::one();
    for j in 0..=m {
        table.entry(key(&power)).or_insert((j, power));
        power = &power * f;
    }
    // `power` is f^(m + 1), so f^(2m + 1) is its square less f.
    let stride = &(&power * &power) * &f.invert();
    let width = i64::from(2 * m + 1);
    let (mut up, mut down) = (*g, *g);
    for i in 0..=i64::from(limit / (2 * m + 1) + 1) {
        for (element, sign) in [(&up, 1), (&down, -1)] {
            if let Some((j, power)) = table.get(&key(element)) {
                let j = i64::from(*j);
                let j = if element == power { j } else { -j };
                let delta = sign * i * width + j;
                let within = delta != 0 && delta.unsigned_abs() < u64::from(limit);
                let exact = element == power || element.invert() == *power;
                if within && exact {
                    return i32::try_from(delta).ok();
                }
            }
        }
        up = &up * &stride.invert();
        down = &down * &stride;
    }
    None
}

/// The coefficient of w^0, which an element of GT shares with its inverse alone (but for chance).
fn key(element: &Gt) -> [u8; 96] {
    let bytes = element.to_bytes();
    let mut key = [0; 96];
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    key
}
