//! The client's side of a login.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{E1Point, G1Point, SecretG1, SecretScalar};

use crate::spec::{self, Context};
use crate::{
    Challenge, ChannelBinding, ClientSecret, Identity, LoginProof, Permit, PermitLabel,
    SecretMismatch, ServerId, TrustDomainId,
};

/// Where a login goes: the domain, the server, the channel.
#[derive(Clone, Debug)]
pub struct Target {
    /// The trust domain of both.
    pub domain: TrustDomainId,
    /// The server that the client means to reach.
    pub server: ServerId,
    /// What ties the proof to the channel.
    pub binding: ChannelBinding,
}

/// A login between its two halves: x and U are chosen, V is not. Holds x, so it answers once.
///
/// ```compile_fail,E0382
/// # fn demo(committed: milagro_mpin::Committed) {
/// let first = committed.respond();
/// let second = committed.respond(); // moved: x is used once
/// # }
/// ```
#[derive(Debug)]
pub struct Committed {
    x: SecretScalar,
    s_b: SecretG1,
    u: G1Point,
    target: Target,
    identity: Identity,
    label: Option<PermitLabel>,
    nonce: [u8; 32],
}

impl ClientSecret {
    /// Proves knowledge of the secret to the target, in answer to its challenge, which is used up.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the permit does not cover this identity.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        challenge: Challenge,
        permit: Option<&Permit>,
    ) -> Result<LoginProof, SecretMismatch> {
        self.commit(rng, target, challenge, permit)?.respond()
    }

    /// The first half of [`Self::prove`]: x <- hedged, U = x·B.
    ///
    /// # Errors
    /// As [`Self::prove`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "answering a challenge spends it"
    )]
    pub fn commit<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        challenge: Challenge,
        permit: Option<&Permit>,
    ) -> Result<Committed, SecretMismatch> {
        let nonce = challenge.0;
        let label = permit.map(|permit| permit.label);
        if label.is_some_and(|label| !label.covers(&self.identity, &target.domain)) {
            return Err(SecretMismatch);
        }
        let n = permit.map(|p| p.label.to_point(&target.domain, p.length, &self.identity));
        let b = spec::base(&self.point, n.as_ref()).ok_or(SecretMismatch)?;
        let s_b = spec::secret(&self.secret, permit.map(Permit::point)).ok_or(SecretMismatch)?;
        let context = Context {
            domain: &target.domain,
            server: &target.server,
            identity: &self.identity,
            label: label.as_ref(),
            binding: &target.binding,
            nonce: &nonce,
        };
        let x = spec::nonce(rng, &s_b, &context);
        Ok(Committed {
            u: &b * &x,
            x,
            s_b,
            target: target.clone(),
            identity: self.identity.clone(),
            label,
            nonce,
        })
    }
}

impl Committed {
    /// The second half: y = Hs(everything), V = -(x + y)·S_B.
    ///
    /// # Errors
    /// [`SecretMismatch`] in the one case in 2^255 where x + y = 0.
    pub fn respond(self) -> Result<LoginProof, SecretMismatch> {
        let u = self.u.to_bytes();
        let context = Context {
            domain: &self.target.domain,
            server: &self.target.server,
            identity: &self.identity,
            label: self.label.as_ref(),
            binding: &self.target.binding,
            nonce: &self.nonce,
        };
        let y = spec::challenge(&context, &u);
        let v = spec::response(&self.x, &y, &self.s_b).ok_or(SecretMismatch)?;
        Ok(LoginProof {
            nonce: self.nonce,
            identity: self.identity,
            label: self.label,
            u: E1Point::from(self.u),
            v: E1Point::from(v),
        })
    }
}
