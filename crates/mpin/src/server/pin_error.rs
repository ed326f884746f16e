//! By how much a PIN was mistyped.
//!
//! A holder of the token who types a PIN that is off by δ has S + δ·A for S, and his proof then gives, with
//! W = x·A,
//!
//! ```text
//! g = e(V, Qs)·e(U + y·B, s·Qs) = F^(-δ)   with   F = e(W + y·A, Qs)
//! ```
//!
//! (M. Scott, "M-Pin", on the PIN error.) The search for δ is baby-step giant-step, which never misses;
//! the kangaroo of older libraries does. It serves people ("you hit a neighbouring key") and statistics, and never
//! decides whether a guess counts: a wrong passphrase shows no distance and is a guess all the same.

use std::collections::HashMap;

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    Gt, Transcript,
    loose::E1Sum,
    pairing::{Term, pairing_product},
};
use milagro_ledger::{Account, Charge, Kind, Life, Paid, Unspent};

use crate::client::pin::PinLength;
use crate::proof::fresh::{SKEW, WINDOW_MAX};
use crate::proof::tags;
use crate::server::attempts;
use crate::server::failure::OpenedFailure;
use crate::server::verifier::Verifier;

/// The time over which searches are counted.
const PERIOD: u64 = 3600;

/// δ, the PIN as typed less the true one. Knowing it and the typed PIN is knowing the PIN: it is
/// never printed, and should be neither logged nor kept.
#[derive(Clone, Copy)]
pub struct PinDistance(i32);

impl PinDistance {
    /// δ, not zero.
    #[must_use]
    pub const fn value(&self) -> i32 {
        self.0
    }
}

/// A search that is worth making once it is paid: a stranger's garbage costs one too.
pub struct Search<'a> {
    verifier: [u8; 32],
    /// What it costs.
    charge: Charge,
    failure: &'a OpenedFailure,
    limit: u32,
}

milagro_base::opaque_debug!(PinDistance);

impl core::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Search").finish_non_exhaustive()
    }
}

impl Verifier {
    /// Asks for a search: charges the identity's budget of searches for the hour of its proof. The application knows
    /// how many digits its PINs have.
    pub fn search<'a, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        failure: &'a OpenedFailure,
        length: PinLength,
    ) -> Unspent<Search<'a>> {
        let period = failure.time.get() / PERIOD;
        let end = Seconds::new(period.saturating_add(1).saturating_mul(PERIOD));
        let mut transcript = Transcript::new(tags::ACCOUNT);
        transcript.append("domain", &self.domain.to_bytes());
        failure.identity.absorb(&mut transcript);
        transcript.append("period", &period.to_be_bytes());
        let life = Life::Span {
            from: None,
            // No proof of this hour is taken later.
            until: end.plus(WINDOW_MAX).plus(SKEW),
        };
        let account = Account::new(Kind::SEARCH, &transcript.bytes("searches"), life);
        let limit = self.policy.attempts.searches.into();
        let charge = attempts::charge(rng, account, limit, &failure.v.to_bytes());
        let search = Search {
            verifier: self.name,
            charge,
            failure,
            limit: 10_u32.saturating_pow(length.digits().into()),
        };
        Unspent::new(search, vec![charge]).on(self.ledger)
    }

    /// Finds out by how much the PIN of a failed login was off; `None` if it was no mistyped PIN of a holder of
    /// the token, or another factor was wrong too. Costs about two checks of a login with PINs of four digits, five
    /// with six.
    ///
    /// # Security
    /// It makes all its steps whatever the distance, and looks it up in variable time. Answer the peer first all the
    /// same: that there was a search tells that the opening held.
    #[must_use]
    pub fn distance_vartime(&self, search: Paid<Search<'_>>) -> Option<PinDistance> {
        let paid = search.charges().map(|(charge, _)| charge);
        let here = search.verifier == self.name && search.ledger() == self.ledger;
        if !here || !paid.eq([&search.charge]) {
            return None;
        }
        let Search { failure, limit, .. } = search.into_value();
        let first = failure.pa.as_ref().unwrap_or(&self.qs);
        let sum = E1Sum::from(failure.u) + (&failure.b * &failure.y).into();
        let g = pairing_product(Term::new(failure.v, first), &[Term::new(sum, &self.s_qs)]);
        let sum = E1Sum::from(failure.w) + (&failure.a * &failure.y).into();
        let f = pairing_product(Term::new(sum, first), &[]);
        find(&g.invert(), &f, limit).map(PinDistance)
    }
}

/// The δ with f^δ = g and 0 < |δ| < limit. Every giant step looks both ways at once: g·f^(-i·(2m+1))
/// and its inverse share the coefficient of w^0, which the table of the m + 1 baby steps is sorted by. All steps are
/// made, wherever δ is found: a peer who waits for the end must not count them.
pub(crate) fn find(g: &Gt, f: &Gt, limit: u32) -> Option<i32> {
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
    let mut found = None;
    for i in 0..=i64::from(limit / (2 * m + 1) + 1) {
        for (element, sign) in [(&up, 1), (&down, -1)] {
            if let Some((j, power)) = table.get(&key(element)) {
                let j = i64::from(*j);
                let j = if element == power { j } else { -j };
                let delta = sign * i * width + j;
                let within = delta != 0 && delta.unsigned_abs() < u64::from(limit);
                let exact = element == power || element.invert() == *power;
                if within && exact {
                    found = found.or_else(|| i32::try_from(delta).ok());
                }
            }
        }
        up = &up * &stride.invert();
        down = &down * &stride;
    }
    found
}

/// The coefficient of w^0, which an element of GT shares with its inverse alone (but for chance).
fn key(element: &Gt) -> [u8; 96] {
    let bytes = element.to_bytes();
    let mut key = [0; 96];
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    key
}
