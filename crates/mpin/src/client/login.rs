//! The client's side of a login: one request with named parts.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretG1, SecretScalar, Transcript};

use crate::client::error::SecretMismatch;
use crate::keys::{Binding, ClientSecret};
use crate::names::binding::ChannelBinding;
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::Permit;
use crate::proof::challenge::Challenge;
use crate::proof::encoding::{LoginProof, Message, Signature};
use crate::proof::fresh::Fresh;
use crate::proof::opening::{self, Bases, Witness};
use crate::proof::spec::{self, Context, Mode};

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

/// A login that is about to be made. It ends with [`Self::answer`], [`Self::at`], [`Self::sign`], or, to agree on
/// keys, [`Self::agree`] or [`Self::agree_at`].
#[must_use = "a login that does not end is not made"]
pub struct Login<'a> {
    secret: Whole<'a>,
    target: &'a Target,
    permit: Option<&'a Permit>,
}

impl core::fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// A secret with all that it takes to prove knowledge of it.
#[derive(Clone, Copy)]
pub(crate) struct Whole<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) point: &'a G1Point,
    pub(crate) secret: &'a SecretG1,
    /// z, of a device key, where permits are in use.
    pub(crate) device: Option<&'a SecretScalar>,
    /// Whether the secret is bound to a device key.
    pub(crate) bound: bool,
}

impl Whole<'_> {
    /// A secret of an identity with a device key is bound to it, and takes a permit only where z is at hand.
    fn is_complete(&self, permit: bool) -> bool {
        let keyed = self.identity.inner().is_some();
        self.bound == keyed && (!permit || self.device.is_some() == self.bound)
    }
}

impl<B: Binding> ClientSecret<B> {
    /// Starts a login at a server.
    pub const fn login<'a>(&'a self, target: &'a Target) -> Login<'a> {
        Login::new(
            Whole {
                identity: &self.identity,
                point: &self.point,
                secret: &self.secret,
                device: self.device.as_ref(),
                bound: B::DEVICE_KEY,
            },
            target,
        )
    }
}

impl<'a> Login<'a> {
    pub(crate) const fn new(secret: Whole<'a>, target: &'a Target) -> Self {
        Self {
            secret,
            target,
            permit: None,
        }
    }

    /// Brings a permit, for servers that ask for one.
    pub const fn permit(mut self, permit: &'a Permit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Proves knowledge of the secret in answer to the server's challenge, which is used up.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the permit does not cover this identity, or a device key is missing: the secret is
    /// not bound to it yet, or [`DeviceKey::lend`](crate::client::DeviceKey::lend) was not called for a permit.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "answering a challenge spends it"
    )]
    pub fn answer<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        challenge: Challenge,
    ) -> Result<LoginProof, SecretMismatch> {
        let fresh = Fresh::Challenge(challenge.0);
        let proven = self.prove(rng, Mode::Challenge, fresh, None)?;
        Ok(LoginProof(proven.message))
    }

    /// Proves knowledge of the secret at a time, without a challenge: one message, for servers that take them.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn at<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        time: Seconds,
    ) -> Result<LoginProof, SecretMismatch> {
        let proven = self.prove(rng, Mode::OnePass, Fresh::Time(time), None)?;
        Ok(LoginProof(proven.message))
    }

    /// Signs a message at a time, for the target server to check.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn sign<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        time: Seconds,
        message: &[u8],
    ) -> Result<Signature, SecretMismatch> {
        let proven = self.prove(rng, Mode::Sign, Fresh::Time(time), Some(message))?;
        Ok(Signature(proven.message))
    }

    /// A proof of any mode.
    pub(crate) fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        mode: Mode,
        fresh: Fresh,
        message: Option<&[u8]>,
    ) -> Result<Proven, SecretMismatch> {
        let Target {
            domain,
            server,
            binding,
        } = self.target;
        let identity = self.secret.identity;
        let label = self.permit.map(Permit::label);
        if label.is_some_and(|label| !label.covers(identity, domain)) {
            return Err(SecretMismatch);
        }
        let context = Context {
            mode,
            fresh: &fresh,
            domain,
            server,
            binding,
            identity,
            label,
            message,
        };
        let keys = self.keys()?;
        let agreement = mode.shape(label.is_some()).agreement;
        let made = keys.prove(rng, context.transcript(), agreement)?;
        Ok(Proven {
            message: Message {
                mode,
                fresh,
                aim: context.aim(),
                identity: identity.clone(),
                label: label.copied(),
                parts: made.statement.encode(mode.shape(label.is_some()).form),
            },
            x: made.x,
            r: made.r,
            said: made.said,
            statement: made.statement,
        })
    }

    fn keys(&self) -> Result<Keys<'a>, SecretMismatch> {
        let Whole {
            identity,
            point,
            secret,
            device,
            ..
        } = self.secret;
        if !self.secret.is_complete(self.permit.is_some()) {
            return Err(SecretMismatch);
        }
        let n = self.permit.map(|permit| {
            let length = permit.epoch_length();
            permit
                .label()
                .to_point(&self.target.domain, length, identity)
        });
        let permit = self.permit.map(Permit::point);
        Ok(Keys {
            a: point,
            b: spec::base(point, n.as_ref()).ok_or(SecretMismatch)?,
            s_b: spec::secret(secret, permit, device).ok_or(SecretMismatch)?,
            permit: permit.is_some(),
        })
    }
}

/// A proof, with what a key agreement goes on from.
pub(crate) struct Proven {
    pub(crate) message: Message,
    pub(crate) statement: crate::proof::statement::Statement,
    pub(crate) x: SecretScalar,
    /// r of a key agreement.
    pub(crate) r: Option<SecretScalar>,
    /// The transcript of y.
    pub(crate) said: Transcript,
}

/// What one proof is made with.
struct Keys<'a> {
    a: &'a G1Point,
    b: G1Point,
    s_b: SecretG1,
    permit: bool,
}

struct Made {
    statement: crate::proof::statement::Statement,
    x: SecretScalar,
    r: Option<SecretScalar>,
    said: Transcript,
}

impl Keys<'_> {
    /// r and G = r·A of a key agreement first, as x is hedged over G; then x, U = x·B, W = x·A, y, V and the
    /// opening.
    fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        context: Transcript,
        agreement: bool,
    ) -> Result<Made, SecretMismatch> {
        let r = agreement.then(|| spec::nonce(rng, "r", &self.s_b, &context));
        let g = r.as_ref().map(|r| self.a * r);
        let g_bytes = g.map(|g| g.to_bytes());
        let context = spec::with_agreement(context, g_bytes.as_ref());
        let x = spec::nonce(rng, "x", &self.s_b, &context);
        let u = &self.b * &x;
        let w = self.permit.then(|| self.a * &x);
        let w_bytes = w.map(|w| w.to_bytes());
        let (y, said) = spec::challenge(context, &u.to_bytes(), w_bytes.as_ref(), agreement);
        let v = spec::response(&x, &y, &self.s_b).ok_or(SecretMismatch)?;
        let witness = Witness {
            x: &x,
            u,
            w,
            agreement: r.as_ref().zip(g),
        };
        let bases = Bases {
            a: self.a,
            b: &self.b,
        };
        let statement = opening::open(rng, &witness, bases, &said, v);
        Ok(Made {
            statement,
            x,
            r,
            said,
        })
    }
}
