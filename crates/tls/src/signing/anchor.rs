//! What verifiers hold: the public key of the authorities that they believe.

use core::fmt;
use std::sync::{Mutex, PoisonError};

use milagro_base::{Reader, Writer};
use milagro_curve::{G2Point, G2Prepared};
use milagro_dta::issue::MasterPublicKey;
use milagro_mpin::TrustDomainId;

use crate::bounded::BoundedMap;
use crate::names::Identity;
use crate::signing::base::Base;
use crate::signing::signature::{BadSignature, Context, Signature};
use crate::signing::spec;
use milagro_base::DecodeError;

/// Identities that are remembered unless the application says otherwise: 3 MB.
const CACHE: usize = 1024;

/// The public key s·Q of a trust domain for signatures, prepared for pairings (39 kB), with a bounded
/// cache of the identities that signed last. Verifiers pin it as others pin a root certificate.
pub struct TrustAnchor {
    domain: TrustDomainId,
    key: G2Point,
    q: G2Prepared,
    s_q: G2Prepared,
    points: Mutex<BoundedMap<Identity, Base>>,
}

impl TrustAnchor {
    /// Bytes of an encoding.
    pub const LEN: usize = 1 + TrustDomainId::LEN + G2Point::LEN;

    const VERSION: u8 = 1;

    pub(crate) fn new(domain: TrustDomainId, key: G2Point) -> Self {
        Self {
            domain,
            q: G2Prepared::from(&G2Point::generator()),
            s_q: G2Prepared::from(&key),
            key,
            points: Mutex::new(BoundedMap::new(CACHE)),
        }
    }

    /// The anchor of a domain whose authorities combined their public key.
    #[must_use]
    pub fn of(key: &MasterPublicKey) -> Self {
        Self::new(*key.domain(), *key.as_point())
    }

    /// Remembers so many identities, with 3 kB each; 0 turns the cache off. Only identities whose
    /// signature was valid get in, so strangers cannot flush it; the oldest goes first.
    ///
    /// # Security
    /// A bad signature under a name that is remembered is refused sooner, by the time of a hash to the curve, so a
    /// stranger can measure who signed lately. Turn it off where that is a secret.
    #[must_use]
    pub fn with_point_cache(mut self, capacity: usize) -> Self {
        self.points = Mutex::new(BoundedMap::new(capacity));
        self
    }

    /// The trust domain whose identities it speaks for.
    #[must_use]
    pub const fn domain(&self) -> TrustDomainId {
        self.domain
    }

    /// Version (1), trust domain (32), s·Q (96).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::with_capacity(Self::LEN)
            .u8(Self::VERSION)
            .bytes(&self.domain.to_bytes())
            .bytes(&self.key.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Security
    /// Whoever chooses these bytes decides who is believed: they come from configuration. That the key
    /// belongs to the domain is checked where authorities combine it ([`MasterPublicKey`]), not here.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let key = G2Point::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self::new(domain, key))
    }

    /// Checks a signature. Whether the identity may sign now, and in which role, is another question:
    /// [`IdentityVerifier`](crate::admission::IdentityVerifier) answers it.
    ///
    /// # Errors
    /// [`BadSignature`], also for identities of other trust domains.
    pub fn verify(
        &self,
        identity: &Identity,
        context: Context,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        if identity.principal().domain() != self.domain {
            return Err(BadSignature);
        }
        let base = self.base(identity);
        let h = spec::challenge(context, identity, signature.u(), message);
        let product = base.mul_vartime(h);
        if spec::holds((signature.u(), signature.v()), product, self.keys()) {
            self.remember(identity, base);
            Ok(())
        } else {
            Err(BadSignature)
        }
    }

    pub(crate) const fn keys(&self) -> (&G2Prepared, &G2Prepared) {
        (&self.q, &self.s_q)
    }

    /// H1(identity), from the cache if it is there.
    pub(crate) fn base(&self, identity: &Identity) -> Base {
        let points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        let known = points.get(identity).cloned();
        drop(points);
        known.unwrap_or_else(|| Base::Fresh(spec::point(identity)))
    }

    /// For an identity whose signature was valid.
    pub(crate) fn remember(&self, identity: &Identity, base: Base) {
        if matches!(base, Base::Fresh(_)) {
            let base = base.tabulated();
            let mut points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
            points.insert(identity, base);
        }
    }

    #[cfg(test)]
    pub(crate) fn remembered(&self) -> usize {
        self.points.lock().unwrap().len()
    }
}

impl fmt::Debug for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustAnchor")
            .field("domain", &self.domain)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
