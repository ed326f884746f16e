//! What all moves of a server need: its keys, its policy, its accounts and the equation.

use alloc::borrow::Cow;
use core::fmt;

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, G1Sum, G2Point, G2Prepared, Gt, Scalar, Transcript,
    pairing::{Term, pairing_product},
};
use milagro_ledger::{Account, Charge, Kind, LedgerId, Life};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::compat::device_key::DevicePublicKey;
use crate::compat::identity::{Base, LegacyIdentity};
use crate::compat::keys::LegacyServerSecret;
use crate::compat::refused::{Failure, Refused};
use crate::proof::{SKEW, WINDOW_MAX, tags};
use crate::server::attempts;

/// What a server asks of logins with old tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacyPolicy {
    /// How long a client has to answer y, and how old a one-pass login or a signature may be; at most
    /// [`WINDOW_MAX`].
    pub lifetime: Seconds,
    /// How many failures an identity has, until the application clears [`Server::attempts_of`].
    pub attempts: u32,
}

/// A server's keys, its ledger and its policy.
pub struct Server {
    pub(super) q: G2Prepared,
    pub(super) s_q: G2Prepared,
    /// Derived from s·Q: for what is hedged, and for MACs.
    pub(super) key: Zeroizing<[u8; 32]>,
    /// Tells what this server has admitted from what another has.
    pub(super) name: [u8; 32],
    pub(super) ledger: LedgerId,
    pub(super) policy: LegacyPolicy,
}

impl ZeroizeOnDrop for Server {}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// U, y and V of a proof, with what it is made against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof<L> {
    pub(super) base: Base<L>,
    pub(super) u: G1Point,
    pub(super) y: Scalar,
    pub(super) v: G1Point,
}

impl<L> Proof<L> {
    /// A hash of it, which goes into its claims.
    pub(super) fn about(&self) -> [u8; 32] {
        let mut transcript = Transcript::new(tags::COMPAT_ACCOUNT);
        transcript.append("B", &self.base.b.to_bytes());
        transcript.append("U", &self.u.to_bytes());
        transcript.append("y", &self.y.to_bytes());
        transcript.append("V", &self.v.to_bytes());
        transcript.bytes("claim")
    }
}

impl LegacyPolicy {
    /// A minute, and five failures.
    pub const DEFAULT: Self = Self {
        lifetime: Seconds::minutes(1),
        attempts: 5,
    };

    /// Whether something of this time is neither too old nor ahead by more than clocks may differ.
    pub(super) fn takes(&self, time: Seconds, now: Seconds) -> bool {
        let lifetime = self.lifetime.min(WINDOW_MAX);
        now <= time.plus(lifetime) && time <= now.plus(SKEW)
    }
}

/// The life of what says this time, by the protocol's constants alone.
pub(super) const fn life(time: Seconds) -> Life {
    Life::Span {
        from: Some(time.minus(SKEW)),
        // The last second at which a policy takes it is that of its age.
        until: time.plus(WINDOW_MAX).plus(SKEW),
    }
}

impl Server {
    /// A server with its ledger.
    ///
    /// # Security
    /// Nothing in a proof names a server, so all servers of a master secret share one ledger: over two of them a
    /// one-pass login or a signature is good twice.
    #[must_use]
    pub fn new(secret: &LegacyServerSecret, ledger: LedgerId, policy: LegacyPolicy) -> Self {
        let mut transcript = Transcript::new(tags::COMPAT_KEY);
        transcript.append("s·Q", &*secret.0.to_bytes());
        transcript.append("ledger", &ledger.to_bytes());
        Self {
            q: G2Prepared::from(&G2Point::generator()),
            s_q: G2Prepared::from(&secret.0),
            key: transcript.secret_bytes("key"),
            name: transcript.bytes("name"),
            ledger,
            policy,
        }
    }

    /// The ledger that it counts on.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The account of an identity's failures: clear it to unlock the identity.
    ///
    /// # Security
    /// It counts whatever comes under a name, so strangers can lock people out. Device cookies, which prevent that,
    /// belong to the current protocol.
    #[must_use]
    pub fn attempts_of<L: Copy>(&self, identity: &LegacyIdentity<L>) -> Account {
        let mut transcript = Transcript::new(tags::COMPAT_ACCOUNT);
        transcript.append("A", &identity.point().to_bytes());
        let digest = transcript.bytes("attempts");
        Account::new(Kind::ATTEMPT, &digest, Life::Lasting)
    }

    /// What an attempt is charged.
    pub(super) fn attempt<L: Copy, R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        proof: &Proof<L>,
    ) -> Charge {
        let account = self.attempts_of(&proof.base.identity);
        attempts::charge(rng, account, self.policy.attempts.into(), &proof.about())
    }

    /// What stands for Q in an equation about an identity: Pa if it has one.
    pub(super) fn q(&self, device_key: Option<&DevicePublicKey>) -> Cow<'_, G2Prepared> {
        device_key.map_or(Cow::Borrowed(&self.q), |key| Cow::Owned(key.prepared()))
    }

    /// Whether e(V, Q)·e(U + y·B, s·Q) = 1, with Pa for Q if the identity has one.
    pub(super) fn holds<L: Copy>(&self, proof: &Proof<L>) -> Result<(), Refused> {
        let Proof { base, u, y, v } = *proof;
        let sum = G1Sum::from(u) + &base.b * &y;
        if sum.is_identity() {
            return Err(Refused::plain());
        }
        let device_key = base.identity.device_key().copied();
        let q = self.q(device_key.as_ref());
        let e = pairing_product(Term::new(v, &q), &[Term::new(sum, &self.s_q)]);
        if e == Gt::one() {
            Ok(())
        } else if base.permit {
            Err(Refused::plain())
        } else {
            Err(Refused::failed(Failure { e, sum, device_key }))
        }
    }
}
