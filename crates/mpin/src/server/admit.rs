//! The first move: everything that can be decided before any point is decoded.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G2Point, Transcript};
use milagro_ledger::{Charge, Unspent};

use crate::names::binding::ChannelBinding;
use crate::names::epoch::EpochLength;
use crate::names::identity::Identity;
use crate::proof::encoding::{LoginProof, Message, Signature};
use crate::proof::fresh::Fresh;
use crate::proof::spec::{Aim, Context};
use crate::proof::tags;
use crate::server::attempts;
use crate::server::device::Attempts;
use crate::server::policy::EscrowPolicy;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::verifier::Verifier;

/// How a message came: through which channel, who counts it, which device key is pinned, and when.
#[derive(Debug)]
pub struct Arrival<'a> {
    binding: &'a ChannelBinding,
    attempts: Attempts,
    pinned: Option<&'a PinnedKey>,
    now: Seconds,
}

impl<'a> Arrival<'a> {
    /// A message that came at `now`.
    #[must_use]
    pub const fn new(binding: &'a ChannelBinding, attempts: Attempts, now: Seconds) -> Self {
        Self {
            binding,
            attempts,
            pinned: None,
            now,
        }
    }

    /// When it came.
    #[must_use]
    pub const fn now(&self) -> Seconds {
        self.now
    }

    /// Says which device key is pinned for the user. Look it up by the *inner* identity, and for every login, also
    /// of an identity that brings none: where a key is pinned, no other and no login without is taken.
    #[must_use]
    pub const fn pinned(mut self, key: Option<&'a PinnedKey>) -> Self {
        self.pinned = key;
        self
    }
}

/// A device key that the server pinned when its user registered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PinnedKey(G2Point);

impl PinnedKey {
    /// The key of an identity that registers now; `None` if it has none. Keep it under the inner identity.
    ///
    /// # Security
    /// Pin what a user registers with, once, and never what a login brings: with any key allowed whoever has the
    /// server's secret, or all authorities together, can log in under every name.
    #[must_use]
    pub fn of(identity: &Identity) -> Option<Self> {
        identity.device_key().map(Self)
    }

    /// Reads a pinned key.
    ///
    /// # Errors
    /// [`milagro_base::DecodeError`] of the point.
    pub fn from_bytes(bytes: &[u8; 96]) -> Result<Self, milagro_base::DecodeError> {
        G2Point::from_bytes(bytes).map(Self)
    }

    /// Writes the key, 96 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 96] {
        self.0.to_bytes()
    }
}

/// A proof that is worth checking once its attempt is paid.
pub(crate) struct Case {
    /// Which verifier admitted it.
    pub(crate) verifier: [u8; 32],
    pub(crate) message: Message,
    /// The transcript of y, before any point.
    pub(crate) context: Transcript,
    pub(crate) attempts: Attempts,
    /// The length of the permit's epoch.
    pub(crate) length: Option<EpochLength>,
    pub(crate) pinned: Option<PinnedKey>,
    /// What has to be paid.
    pub(crate) charges: Vec<Charge>,
    /// A hash of it all, which goes into its claims.
    pub(crate) about: [u8; 32],
}

/// A login that is worth checking once its attempt is paid.
pub struct Admitted(pub(crate) Case);

/// A signature that is worth checking once its attempt is paid.
pub struct AdmittedSignature {
    pub(crate) case: Case,
    pub(crate) digest: [u8; 32],
}

milagro_base::opaque_debug!(Case, Admitted, AdmittedSignature);

impl Admitted {
    /// Who wants to log in. Not proven yet.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.0.message.identity
    }
}

impl AdmittedSignature {
    /// Who claims to have signed. Not proven yet.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.case.message.identity
    }
}

impl Verifier {
    /// Looks at a login as far as it can be judged without decoding a point or computing anything of the curve.
    /// What comes back costs an attempt.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason. Nothing is charged then.
    pub fn admit<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        proof: &LoginProof,
        arrival: Arrival<'_>,
    ) -> Result<Unspent<Admitted>, Rejected> {
        let case = self.case(rng, &proof.0, arrival, None)?;
        let charges = case.charges.clone();
        Ok(Unspent::new(Admitted(case), charges).on(self.ledger))
    }

    /// As [`Self::admit`], of a signature on a message, which its signer submits.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn admit_signature<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        signature: &Signature,
        message: &[u8],
        arrival: Arrival<'_>,
    ) -> Result<Unspent<AdmittedSignature>, Rejected> {
        let case = self.case(rng, &signature.0, arrival, Some(message))?;
        let charges = case.charges.clone();
        let mut digest = Transcript::new(tags::SIGNED);
        digest.append("domain", &self.domain.to_bytes());
        digest.append("server", self.server.as_bytes());
        case.message.identity.absorb(&mut digest);
        let label = crate::permit::PermitLabel::write(
            case.message.label.as_ref(),
            milagro_base::Writer::new(),
        );
        digest.append("permit", &label.finish());
        digest.append("time", &case.message.fresh.time().to_bytes());
        digest.append("message", message);
        let admitted = AdmittedSignature {
            case,
            digest: digest.bytes("digest"),
        };
        Ok(Unspent::new(admitted, charges).on(self.ledger))
    }

    pub(crate) fn case<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &Message,
        arrival: Arrival<'_>,
        signed: Option<&[u8]>,
    ) -> Result<Case, Rejected> {
        let context = Context {
            mode: message.mode,
            fresh: &message.fresh,
            domain: &self.domain,
            server: &self.server,
            binding: arrival.binding,
            identity: &message.identity,
            label: message.label.as_ref(),
            message: signed,
        };
        self.policy.takes(message.mode)?;
        self.policy.timely(&message.fresh, arrival.now)?;
        aimed(message.aim, context.aim())?;
        if let Fresh::Challenge(challenge) = &message.fresh
            && !self.challenges.made(challenge)
        {
            return Err(Reason::Challenge.into());
        }
        let length = self.admit_label(message, arrival.now)?;
        self.admit_device_key(&message.identity, arrival.pinned)?;
        if let Attempts::Device(presented) = &arrival.attempts {
            let here = presented.domain == self.domain && presented.server == self.server;
            if !here || presented.identity() != &message.identity {
                return Err(Reason::Cookie.into());
            }
        }
        let policy = &self.policy.attempts;
        let accounts = policy.accounts(&self.domain, &message.identity, &arrival.attempts);
        let context = context.transcript();
        let mut said = context.clone();
        said.append("parts", &message.parts);
        let about = said.bytes::<32>("claim");
        let charge = |(account, limit)| attempts::charge(rng, account, limit, &about);
        Ok(Case {
            verifier: self.name,
            charges: accounts.map(charge).to_vec(),
            context,
            about,
            message: message.clone(),
            attempts: arrival.attempts,
            length,
            pinned: arrival.pinned.copied(),
        })
    }

    /// Whether the policy takes the permit, which has to cover the identity; and the length of its epoch.
    pub(crate) fn admit_label(
        &self,
        message: &Message,
        now: Seconds,
    ) -> Result<Option<EpochLength>, Reason> {
        let Some((label, epochs)) = self.policy.permits.admit(message.label.as_ref(), now)? else {
            return Ok(None);
        };
        if label.covers(&message.identity, &self.domain) {
            Ok(Some(epochs.length))
        } else {
            Err(Reason::PermitDoesNotCover)
        }
    }

    fn admit_device_key(
        &self,
        identity: &Identity,
        pinned: Option<&PinnedKey>,
    ) -> Result<(), Reason> {
        let key = identity.device_key_bytes();
        match (self.policy.escrow, key, pinned) {
            (EscrowPolicy::AuthoritiesTrusted, Some(_), _)
            | (EscrowPolicy::DeviceKeys, None, _) => Err(Reason::DeviceKey),
            (_, Some(_), None) | (_, None, Some(_)) => Err(Reason::DeviceKeyUnpinned),
            (_, Some(key), Some(pinned)) if *key != pinned.to_bytes() => {
                Err(Reason::DeviceKeyUnpinned)
            }
            _ => Ok(()),
        }
    }
}

impl PinnedKey {
    pub(crate) const fn point(&self) -> &G2Point {
        &self.0
    }
}

/// Which of domain, server and channel a message is not for.
fn aimed(says: Aim, here: Aim) -> Result<(), Reason> {
    if says.domain != here.domain {
        Err(Reason::Domain)
    } else if says.server != here.server {
        Err(Reason::Server)
    } else if says.binding != here.binding {
        Err(Reason::Binding)
    } else {
        Ok(())
    }
}
