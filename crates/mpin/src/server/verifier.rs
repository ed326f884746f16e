//! The server's side of a login: three moves.
//!
//! ```text
//! verifier.admit(rng, &proof, arrival)  -> Unspent<Admitted>       form, age, policy: no point is decoded
//!         .spend(ledger, now)           -> Paid<Admitted>          the attempt is counted
//! verifier.check(rng, paid, now)        -> Unspent<Authenticated>  points, opening, pairing
//!         .spend(ledger, now)           -> Paid<Authenticated>     the challenge is used up, the attempt given back
//! ```
//!
//! A verdict about V is a PIN guess, so there is no way to one that has not been paid for.

use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, G2Prepared, Transcript};
use milagro_ledger::{Account, LedgerId};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::keys::ServerKey;
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::proof::challenge::{Challenge, ChallengeKey};
use crate::proof::tags;
use crate::server::attempts;
use crate::server::bounded::BoundedMap;
use crate::server::policy::Policy;

/// A server that checks logins. It stores no credential: stealing all it has reveals nobody's PIN or
/// secret.
///
/// Its methods stand in the files of its moves: admitting, checking, checking many, searching for a PIN's
/// distance, and agreeing on keys.
pub struct Verifier {
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerId,
    pub(crate) ledger: LedgerId,
    pub(crate) policy: Policy,
    pub(crate) qs: G2Prepared,
    pub(crate) s_qs: G2Prepared,
    /// A hash of s·Qs, for nonces and weights that do not hang on randomness alone.
    pub(crate) hedge: Zeroizing<[u8; 32]>,
    pub(crate) challenges: ChallengeKey,
    /// Seals sessions of key agreements.
    pub(crate) sessions: Zeroizing<[u8; 32]>,
    /// Tells what this verifier has admitted from what another has.
    pub(crate) name: [u8; 32],
    /// In a box: what an empty place in here would hold is left over from the stack, where s·Qs has been, and goes
    /// to the heap with the verifier.
    points: Option<Box<Mutex<BoundedMap<Identity, G1Point>>>>,
}

/// The ledger at hand is not the one that the server's key belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WrongLedger;

impl core::fmt::Display for WrongLedger {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("this is not the ledger that the server's key belongs to")
    }
}

impl core::error::Error for WrongLedger {}

impl ZeroizeOnDrop for Verifier {}

impl core::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Verifier")
            .field("server", &self.server)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl Verifier {
    /// A server of a domain, with its key, the ledger that it finds at hand, and what it asks of logins.
    ///
    /// # Errors
    /// [`WrongLedger`] if the key belongs to another ledger.
    pub fn new(
        domain: TrustDomainId,
        key: &ServerKey,
        ledger: LedgerId,
        policy: Policy,
    ) -> Result<Self, WrongLedger> {
        if key.ledger != ledger {
            return Err(WrongLedger);
        }
        let mut transcript = Transcript::new(tags::SERVER_KEYS);
        transcript.append("s·Qs", &*key.secret.as_point().to_bytes());
        let server = key.server().clone();
        let derived = |label| transcript.secret_bytes::<32>(label);
        let mut name = Transcript::new(tags::SERVER_KEYS);
        name.append("key", &*derived("name"));
        name.append("domain", &domain.to_bytes());
        name.append("server", server.as_bytes());
        name.append("ledger", &ledger.to_bytes());
        name.append("policy", &policy.to_bytes());
        Ok(Self {
            domain,
            ledger,
            policy,
            hedge: derived("hedge"),
            challenges: ChallengeKey::new(derived("challenges"), server.clone(), ledger),
            sessions: derived("sessions"),
            name: name.bytes("name"),
            qs: G2Prepared::from(&server.to_point()),
            s_qs: G2Prepared::from(key.secret.as_point()),
            server,
            points: None,
        })
    }

    /// Remembers the points of up to `capacity` identities that have logged in, 96 bytes each beside
    /// the identity, and saves hashing them again.
    #[must_use]
    pub fn with_point_cache(mut self, capacity: usize) -> Self {
        self.points = Some(Box::new(Mutex::new(BoundedMap::new(capacity))));
        self
    }

    /// The domain whose logins it checks.
    #[must_use]
    pub const fn domain(&self) -> &TrustDomainId {
        &self.domain
    }

    /// The server's name.
    #[must_use]
    pub const fn server(&self) -> &ServerId {
        &self.server
    }

    /// The ledger that it counts on.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// What it asks of logins.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A challenge for one login. Nothing is stored: a million of them that nobody answers cost no memory.
    pub fn challenge<R: CryptoRng + ?Sized>(&self, rng: &mut R, now: Seconds) -> Challenge {
        self.challenges.issue(rng, now)
    }

    /// The account that counts the attempts of all who say a name, where no device cookies are in use: clear it
    /// in the ledger to unlock the identity, as long as [`Self::attempts_ever_of`] has not come to its limit too.
    #[must_use]
    pub fn attempts_of(&self, identity: &Identity) -> Account {
        attempts::whole(identity).short(&self.domain, 0)
    }

    /// The account that counts them over all unlocking.
    ///
    /// # Security
    /// It bounds what a thief of the token comes to between one unlocking and the next, and strangers fill it as well:
    /// clear it only for a user who has shown by another way that it was strangers, or who gets another secret.
    #[must_use]
    pub fn attempts_ever_of(&self, identity: &Identity) -> Account {
        attempts::whole(identity).long(&self.domain)
    }

    /// A, from memory if it is there.
    pub(crate) fn point_of(&self, identity: &Identity) -> G1Point {
        let cached = self.points.as_ref().and_then(|points| {
            let points = points.lock().unwrap_or_else(PoisonError::into_inner);
            points.get(identity).copied()
        });
        cached.unwrap_or_else(|| identity.to_point())
    }

    /// Remembers A of an identity that has logged in: failing logins do not fill the memory.
    pub(crate) fn remember(&self, identity: &Identity, a: &G1Point) {
        if let Some(points) = &self.points {
            let mut points = points.lock().unwrap_or_else(PoisonError::into_inner);
            if points.get(identity).is_none() {
                points.insert(identity.clone(), *a);
            }
        }
    }

    /// Whether A is in memory.
    #[cfg(test)]
    pub(crate) fn remembers(&self, identity: &Identity) -> bool {
        self.points
            .as_ref()
            .is_some_and(|points| points.lock().unwrap().get(identity).is_some())
    }
}
