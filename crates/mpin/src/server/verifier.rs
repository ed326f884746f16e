//! The server's side of a login.

use core::fmt;
use std::sync::{Mutex, PoisonError};

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, G1Sum, G2Prepared, Scalar, Transcript, loose::E1Point};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::keys::ServerSecret;
use crate::names::binding::ChannelBinding;
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::PermitLabel;
use crate::proof::challenge::Challenge;
use crate::proof::encoding::{LoginProof, OnePassProof};
use crate::proof::opening::Bases;
use crate::proof::signature::Signature;
use crate::proof::spec::{self, Context, Mode};
use crate::proof::statement::Statement;
use crate::proof::tags;
use crate::server::bounded::BoundedMap;
use crate::server::pin_error::OpenedFailure;
use crate::server::policy::Policy;
use crate::server::rejected::{Reason, Rejected};
use crate::server::replay::{Recorded, ReplayKey, ReplayStore};
use crate::server::store::{ChallengeStore, Taken};

/// A server that checks logins. It stores no credential: stealing all it has reveals nobody's PIN or
/// secret.
pub struct Verifier {
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerId,
    pub(crate) policy: Policy,
    pub(crate) qs: G2Prepared,
    pub(crate) s_qs: G2Prepared,
    /// A hash of s·Qs, for nonces and weights that do not hang on randomness alone.
    pub(crate) hedge: Zeroizing<[u8; 32]>,
    points: Option<Mutex<BoundedMap<Identity, G1Point>>>,
}

/// Proof that a login ended well. Only a [`Verifier`] makes one.
///
/// ```compile_fail,E0451
/// # fn demo(identity: milagro_mpin::Identity) {
/// let forged = milagro_mpin::Authenticated { identity, label: None };
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an authentication that nobody looks at authenticates nobody"]
pub struct Authenticated {
    identity: Identity,
    label: Option<PermitLabel>,
}

/// Proof that a signature on a message is good. Only a [`Verifier`] makes one.
#[derive(Debug)]
#[must_use = "a signature that nobody looks at signs nothing"]
pub struct Signed {
    identity: Identity,
    time: u64,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("server", &self.server)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for Verifier {}

/// What the equation needs of a proof that the policy lets through.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) a: G1Point,
    pub(crate) b: G1Point,
    pub(crate) y: Scalar,
    pub(crate) transcript: Transcript,
    /// Pa, of an identity with a device key.
    pub(crate) pa: Option<G2Prepared>,
}

impl Authenticated {
    pub(crate) fn new(identity: &Identity, label: Option<PermitLabel>) -> Self {
        Self {
            identity: identity.clone(),
            label,
        }
    }

    /// Who has logged in.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The permit that was used.
    #[must_use]
    pub const fn permit(&self) -> Option<&PermitLabel> {
        self.label.as_ref()
    }
}

impl Signed {
    /// Who has signed.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// When, by the signer's clock, in seconds.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }
}

impl Verifier {
    /// A server of a domain, with its secret and what it asks of logins.
    #[must_use]
    pub fn new(domain: TrustDomainId, secret: &ServerSecret, policy: Policy) -> Self {
        let mut hedge = Transcript::new(tags::NONCE);
        hedge.append("s·Qs", &*secret.secret.to_bytes());
        Self {
            domain,
            hedge: hedge.secret_bytes("hedge"),
            server: secret.server.clone(),
            policy,
            qs: G2Prepared::from(&secret.server.to_point()),
            s_qs: G2Prepared::from(&secret.secret),
            points: None,
        }
    }

    /// Remembers the points of up to `capacity` identities that have logged in, 96 bytes each beside
    /// the identity, and saves hashing them again.
    #[must_use]
    pub fn with_point_cache(mut self, capacity: usize) -> Self {
        self.points = Some(Mutex::new(BoundedMap::new(capacity)));
        self
    }

    /// The domain whose logins it checks.
    #[must_use]
    pub const fn domain(&self) -> &TrustDomainId {
        &self.domain
    }

    /// A challenge for one login, remembered in the store until it is used or expires.
    pub fn challenge<R, S>(&self, rng: &mut R, store: &S, now: u64) -> Challenge
    where
        R: CryptoRng + ?Sized,
        S: ChallengeStore + ?Sized,
    {
        let challenge = Challenge::random(rng);
        let expires = now.saturating_add(self.policy.challenge_lifetime);
        store.insert(challenge.0, expires);
        challenge
    }

    /// Checks a login. Its challenge is used up, whatever comes of it.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason.
    pub fn verify<S: ChallengeStore + ?Sized>(
        &self,
        store: &S,
        proof: &LoginProof,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Authenticated, Rejected> {
        take(store, &proof.nonce, now)?;
        let mode = Mode::Challenge(&proof.nonce);
        self.check(&proof.statement, mode, binding, now)
    }

    /// Checks a login without a challenge, and records it in the store before it is accepted.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason.
    pub fn verify_one_pass<S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        proof: &OnePassProof,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Authenticated, Rejected> {
        let until = self.policy.timely(proof.time, now)?;
        let mode = Mode::OnePass(proof.time);
        let login = self.check(&proof.statement, mode, binding, now)?;
        self.record(store, (login.identity(), &proof.statement.u), until, now)?;
        Ok(login)
    }

    /// Checks a signature on a message, and records it in the store before it is accepted: every
    /// signature counts once, within the window around its time. Signatures have no openings, so a policy
    /// that asks for them takes none: use another verifier, and count its failures.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason.
    pub fn verify_signature<S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        (signature, message): (&Signature, &[u8]),
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Signed, Rejected> {
        let until = self.policy.timely(signature.time, now)?;
        let statement = Statement {
            identity: signature.identity.clone(),
            label: signature.label,
            u: signature.u.into(),
            v: signature.v.into(),
            opening: None,
        };
        let mode = Mode::Sign(signature.time, message);
        let admitted = self.examine(&statement, mode, binding, now)?;
        if !self.holds(&statement, &admitted) {
            return Err(Reason::Proof.into());
        }
        self.record(store, (&statement.identity, &statement.u), until, now)?;
        Ok(Signed {
            identity: statement.identity,
            time: signature.time,
        })
    }

    fn check(
        &self,
        statement: &Statement,
        mode: Mode<'_>,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Authenticated, Rejected> {
        let admitted = self.examine(statement, mode, binding, now)?;
        if !self.holds(statement, &admitted) {
            return Err(Self::refuse(statement, admitted));
        }
        Ok(self.accept(statement, &admitted))
    }

    /// Checks everything but the equation.
    pub(crate) fn examine(
        &self,
        statement: &Statement,
        mode: Mode<'_>,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Admitted, Reason> {
        self.policy.admit(statement)?;
        let admitted = self.admit(statement, mode, binding, now)?;
        if opening_holds(statement, &admitted) {
            Ok(admitted)
        } else {
            Err(Reason::Opening)
        }
    }

    /// Computes what the equation needs, of a proof whose permit the policy takes.
    pub(crate) fn admit(
        &self,
        statement: &Statement,
        mode: Mode<'_>,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Admitted, Reason> {
        let identity = &statement.identity;
        let label = statement.label.as_ref();
        let permit = self.policy.permits.admit(label, now)?;
        if permit.is_some_and(|(label, _)| !label.covers(identity, &self.domain)) {
            return Err(Reason::PermitDoesNotCover);
        }
        let n = permit.map(|(label, epochs)| label.to_point(&self.domain, epochs.length, identity));
        let a = self.point_of(identity);
        let b = spec::base(&a, n.as_ref()).ok_or(Reason::Proof)?;
        let context = Context {
            mode,
            domain: &self.domain,
            server: &self.server,
            identity,
            label,
            binding,
        };
        let (y, transcript) = context.challenge(&statement.u.to_bytes());
        Ok(Admitted {
            a,
            b,
            y,
            transcript,
            pa: identity.device_key().map(G2Prepared::from),
        })
    }

    pub(crate) fn holds(&self, statement: &Statement, admitted: &Admitted) -> bool {
        self.holds_with(statement, admitted, &admitted.b * &admitted.y)
    }

    /// Whether the equation holds, where y·B is known.
    pub(crate) fn holds_with(
        &self,
        statement: &Statement,
        admitted: &Admitted,
        y_b: G1Sum,
    ) -> bool {
        let first = admitted.pa.as_ref().unwrap_or(&self.qs);
        let points = (&statement.u, &statement.v);
        spec::holds(points, y_b, (first, &self.s_qs))
    }

    pub(crate) fn accept(&self, statement: &Statement, admitted: &Admitted) -> Authenticated {
        if let Some(points) = &self.points {
            let mut points = points.lock().unwrap_or_else(PoisonError::into_inner);
            if points.get(&statement.identity).is_none() {
                points.insert(statement.identity.clone(), admitted.a);
            }
        }
        Authenticated::new(&statement.identity, statement.label)
    }

    /// The refusal of a proof whose opening, if it has one, holds, and whose equation does not.
    pub(crate) fn refuse(statement: &Statement, admitted: Admitted) -> Rejected {
        let opened = OpenedFailure::new(statement, admitted);
        Rejected {
            reason: Reason::Proof,
            opened: opened.map(Box::new),
        }
    }

    fn point_of(&self, identity: &Identity) -> G1Point {
        let cached = self.points.as_ref().and_then(|points| {
            let points = points.lock().unwrap_or_else(PoisonError::into_inner);
            points.get(identity).copied()
        });
        cached.unwrap_or_else(|| identity.to_point())
    }

    pub(crate) fn record<S: ReplayStore + ?Sized>(
        &self,
        store: &S,
        (identity, u): (&Identity, &E1Point),
        until: u64,
        now: u64,
    ) -> Result<(), Reason> {
        let key = ReplayKey::new(&self.domain, identity, &u.to_bytes());
        match store.record(key, until, now) {
            Recorded::New => Ok(()),
            Recorded::Known => Err(Reason::Replayed),
            Recorded::Full => Err(Reason::StoreFull),
        }
    }
}

/// Spends a challenge.
pub(crate) fn take<S: ChallengeStore + ?Sized>(
    store: &S,
    nonce: &[u8; 32],
    now: u64,
) -> Result<(), Reason> {
    match store.take(nonce, now) {
        Taken::Fresh => Ok(()),
        Taken::Expired => Err(Reason::ExpiredChallenge),
        Taken::Unknown => Err(Reason::UnknownChallenge),
    }
}

/// Whether the opening holds, where there is one.
pub(crate) fn opening_holds(statement: &Statement, admitted: &Admitted) -> bool {
    let Some(opening) = &statement.opening else {
        return true;
    };
    let c = opening.challenge(&admitted.transcript, &statement.v);
    let bases = Bases {
        b: &admitted.b,
        a: statement.label.is_some().then_some(&admitted.a),
    };
    opening.holds(&c, bases, &statement.u)
}
