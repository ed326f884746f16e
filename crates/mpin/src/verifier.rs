//! The server's side of a login.

use milagro_curve::G2Prepared;
use milagro_curve::rand_core::CryptoRng;

use crate::spec::{self, Context};
use crate::{
    Challenge, ChallengeStore, ChannelBinding, Identity, LoginProof, PermitLabel, Policy, Reason,
    Rejected, ServerId, ServerSecret, Taken, TrustDomainId,
};

/// A server that checks logins. It stores no credential: stealing all it has reveals nobody's PIN or
/// secret.
#[derive(Debug)]
pub struct Verifier {
    domain: TrustDomainId,
    server: ServerId,
    policy: Policy,
    qs: G2Prepared,
    s_qs: G2Prepared,
}

/// Proof that a login ended well. Only [`Verifier::verify`] makes one.
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

impl Authenticated {
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

impl Verifier {
    /// A server of a domain, with its secret and what it asks of logins.
    #[must_use]
    pub fn new(domain: TrustDomainId, secret: &ServerSecret, policy: Policy) -> Self {
        Self {
            domain,
            server: secret.server.clone(),
            policy,
            qs: G2Prepared::from(&secret.server.to_point()),
            s_qs: G2Prepared::from(&secret.secret),
        }
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
        match store.take(&proof.nonce, now) {
            Taken::Fresh => self.check(proof, binding, now).map_err(Rejected),
            Taken::Expired => Err(Rejected(Reason::ExpiredChallenge)),
            Taken::Unknown => Err(Rejected(Reason::UnknownChallenge)),
        }
    }

    fn check(
        &self,
        proof: &LoginProof,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Authenticated, Reason> {
        let admitted = self.policy.permits.admit(proof.label.as_ref(), now)?;
        if admitted.is_some_and(|(label, _)| !label.covers(&proof.identity, &self.domain)) {
            return Err(Reason::PermitDoesNotCover);
        }
        let n = admitted
            .map(|(label, epochs)| label.to_point(&self.domain, epochs.length, &proof.identity));
        let b = spec::base(&proof.identity.to_point(), n.as_ref()).ok_or(Reason::Proof)?;
        let context = Context {
            domain: &self.domain,
            server: &self.server,
            identity: &proof.identity,
            label: proof.label.as_ref(),
            binding,
            nonce: &proof.nonce,
        };
        let y = spec::challenge(&context, &proof.u.to_bytes());
        let keys = (&self.qs, &self.s_qs);
        if spec::holds((&proof.u, &proof.v), &y, &b, keys) {
            Ok(Authenticated {
                identity: proof.identity.clone(),
                label: proof.label,
            })
        } else {
            Err(Reason::Proof)
        }
    }
}
