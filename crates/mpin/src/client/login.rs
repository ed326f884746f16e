//! The client's side of a login.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretG1, SecretScalar, Transcript, loose::E1Point};
use zeroize::ZeroizeOnDrop;

use crate::client::error::SecretMismatch;
use crate::keys::ClientSecret;
use crate::names::binding::ChannelBinding;
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::{Permit, PermitLabel};
use crate::proof::challenge::Challenge;
use crate::proof::encoding::{LoginProof, OnePassProof};
use crate::proof::opening::{Bases, Opening};
use crate::proof::signature::Signature;
use crate::proof::spec::{self, Context, Mode};
use crate::proof::statement::Statement;

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
    keys: Keys,
    target: Target,
    nonce: [u8; 32],
}

impl ZeroizeOnDrop for Committed {}

/// What one proof is made with.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) identity: Identity,
    pub(crate) label: Option<PermitLabel>,
    pub(crate) a: G1Point,
    pub(crate) b: G1Point,
    pub(crate) s_b: SecretG1,
    pub(crate) x: SecretScalar,
    pub(crate) u: G1Point,
}

impl<B> ClientSecret<B> {
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

    /// As [`Self::prove`], with an opening, for servers that ask for one.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn prove_opened<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        challenge: Challenge,
        permit: Option<&Permit>,
    ) -> Result<LoginProof, SecretMismatch> {
        self.commit(rng, target, challenge, permit)?
            .respond_opened(rng)
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
        let mode = Mode::Challenge(&challenge.0);
        Ok(Committed {
            keys: self.keys(rng, target, mode, permit)?,
            target: target.clone(),
            nonce: challenge.0,
        })
    }

    /// Proves knowledge of the secret to the target at a time, without a challenge: one message, for
    /// servers that remember what they have taken.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn prove_one_pass<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        time: u64,
        permit: Option<&Permit>,
    ) -> Result<OnePassProof, SecretMismatch> {
        let mode = Mode::OnePass(time);
        let keys = self.keys(rng, target, mode, permit)?;
        let (statement, _) = keys.closed(target, mode)?;
        Ok(OnePassProof { time, statement })
    }

    /// As [`Self::prove_one_pass`], with an opening.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn prove_one_pass_opened<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        time: u64,
        permit: Option<&Permit>,
    ) -> Result<OnePassProof, SecretMismatch> {
        let mode = Mode::OnePass(time);
        let keys = self.keys(rng, target, mode, permit)?;
        let (statement, _) = keys.opened(rng, target, mode)?;
        Ok(OnePassProof { time, statement })
    }

    /// Signs a message at a time, for the target server to check.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn sign<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        (time, message): (u64, &[u8]),
        permit: Option<&Permit>,
    ) -> Result<Signature, SecretMismatch> {
        let mode = Mode::Sign(time, message);
        let keys = self.keys(rng, target, mode, permit)?;
        let (v, _) = keys.respond(target, mode)?;
        Ok(Signature {
            time,
            identity: keys.identity,
            label: keys.label,
            u: keys.u,
            v,
        })
    }

    pub(crate) fn keys<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        mode: Mode<'_>,
        permit: Option<&Permit>,
    ) -> Result<Keys, SecretMismatch> {
        let label = permit.map(|permit| permit.label);
        if label.is_some_and(|label| !label.covers(&self.identity, &target.domain)) {
            return Err(SecretMismatch);
        }
        let n = permit.map(|p| p.label.to_point(&target.domain, p.length, &self.identity));
        let b = spec::base(&self.point, n.as_ref()).ok_or(SecretMismatch)?;
        let point = permit.map(Permit::point);
        let s_b = spec::secret(&self.secret, point, self.device.as_ref()).ok_or(SecretMismatch)?;
        let context = target.context(&self.identity, label.as_ref(), mode);
        let x = context.nonce(rng, &s_b);
        Ok(Keys {
            u: &b * &x,
            identity: self.identity.clone(),
            label,
            a: self.point,
            b,
            s_b,
            x,
        })
    }
}

impl Keys {
    /// The proof without an opening, and the transcript of y.
    pub(crate) fn closed(
        &self,
        target: &Target,
        mode: Mode<'_>,
    ) -> Result<(Statement, Transcript), SecretMismatch> {
        let (v, transcript) = self.respond(target, mode)?;
        Ok((self.statement(&v, None), transcript))
    }

    /// The proof with an opening, and the transcript of y.
    pub(crate) fn opened<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        mode: Mode<'_>,
    ) -> Result<(Statement, Transcript), SecretMismatch> {
        let (v, transcript) = self.respond(target, mode)?;
        let opening = Opening::new(rng, &self.x, self.bases(), &transcript, &v);
        Ok((self.statement(&v, Some(&opening)), transcript))
    }

    /// y = Hs(everything), V = -(x + y)·S_B.
    pub(crate) fn respond(
        &self,
        target: &Target,
        mode: Mode<'_>,
    ) -> Result<(G1Point, Transcript), SecretMismatch> {
        let context = target.context(&self.identity, self.label.as_ref(), mode);
        let (y, transcript) = context.challenge(&self.u.to_bytes());
        let v = spec::response(&self.x, &y, &self.s_b).ok_or(SecretMismatch)?;
        Ok((v, transcript))
    }

    pub(crate) fn bases(&self) -> Bases<'_> {
        Bases {
            b: &self.b,
            a: self.label.is_some().then_some(&self.a),
        }
    }

    pub(crate) fn statement(&self, v: &G1Point, opening: Option<&Opening>) -> Statement {
        Statement {
            identity: self.identity.clone(),
            label: self.label,
            u: E1Point::from(self.u),
            v: E1Point::from(*v),
            opening: opening.copied(),
        }
    }
}

impl Committed {
    /// The second half: y = Hs(everything), V = -(x + y)·S_B.
    ///
    /// # Errors
    /// [`SecretMismatch`] in the one case in 2^255 where x + y = 0.
    pub fn respond(self) -> Result<LoginProof, SecretMismatch> {
        let mode = Mode::Challenge(&self.nonce);
        let (statement, _) = self.keys.closed(&self.target, mode)?;
        Ok(LoginProof {
            statement,
            nonce: self.nonce,
        })
    }

    /// As [`Self::respond`], with an opening.
    ///
    /// # Errors
    /// As [`Self::respond`].
    pub fn respond_opened<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
    ) -> Result<LoginProof, SecretMismatch> {
        let mode = Mode::Challenge(&self.nonce);
        let (statement, _) = self.keys.opened(rng, &self.target, mode)?;
        Ok(LoginProof {
            statement,
            nonce: self.nonce,
        })
    }
}

impl Target {
    pub(crate) fn context<'a>(
        &'a self,
        identity: &'a Identity,
        label: Option<&'a PermitLabel>,
        mode: Mode<'a>,
    ) -> Context<'a> {
        Context {
            mode,
            domain: &self.domain,
            server: &self.server,
            identity,
            label,
            binding: &self.binding,
        }
    }
}
