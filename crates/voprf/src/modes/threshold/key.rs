//! The public side of a shared key.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::{DecodeError, Writer};
use milagro_dta::sharing::Group as _;
use milagro_dta::{AuthorityId, Edition, Threshold, TrustDomain};

use crate::error::Error;
use crate::modes::context::Context;
use crate::modes::dleq::Statement;
use crate::modes::key::PublicKey;
use crate::modes::threshold::message::Partial;
use crate::modes::threshold::sharing::Shared;
use crate::modes::wire::{Blinded, Element, Evaluated};
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// The trust domain of `milagro-dta` behind a shared key, from a dealer or from a ceremony.
pub type Domain<S = Ristretto255> = TrustDomain<milagro_dta::Voprf<<S as Shared>::Sharing>>;

/// The public side of a key that n issuers share: K = k·G, what an unshared key would have, and the
/// verification keys Kj = kj·G of the shares.
///
/// # Security
/// Whoever made the domain's bytes up knows its key: take the domain from configuration, or compare its
/// [`Edition`] with the one that you trust.
#[derive(Clone)]
pub struct SharedKey<S: Shared = Ristretto255>(Arc<Parts<S>>);

struct Parts<S: Shared> {
    domain: Domain<S>,
    public: PublicKey<Voprf, S>,
    /// Kj for the numbers 1 to n.
    keys: Vec<Element<S>>,
}

impl<S: Shared> SharedKey<S> {
    /// Takes a domain's keys.
    ///
    /// # Errors
    /// [`DecodeError`] never in fact: the elements of a domain are elements of the suite.
    pub fn new(domain: Domain<S>) -> Result<Self, DecodeError> {
        let public = element::<S>(domain.commitment())?;
        let ids = domain.threshold().ids();
        let keys = ids.filter_map(|id| domain.verification_key(id).map(element::<S>));
        Ok(Self(Arc::new(Parts {
            keys: keys.collect::<Result<_, _>>()?,
            public: PublicKey::new(public),
            domain,
        })))
    }

    /// K, which clients blind for as for any key of the mode VOPRF.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey<Voprf, S> {
        &self.0.public
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain<S> {
        &self.0.domain
    }

    /// Which domain, and which generation of its shares.
    #[must_use]
    pub fn edition(&self) -> &Edition {
        self.0.domain.edition()
    }

    /// How many issuers there are, and how many are needed.
    #[must_use]
    pub fn threshold(&self) -> Threshold {
        self.0.domain.threshold()
    }

    /// Kj; `None` for an issuer that is not of the domain.
    pub(super) fn key_of(&self, issuer: AuthorityId) -> Option<&Element<S>> {
        self.0.keys.get(usize::from(issuer.get()).checked_sub(1)?)
    }

    pub(super) fn edition_bytes(&self) -> [u8; Edition::LEN] {
        edition_bytes(self.edition())
    }

    /// Whether a part, as long as the batch, is this issuer's.
    pub(super) fn check_part(
        &self,
        issuer: AuthorityId,
        blinded: &[Blinded<S>],
        part: &Partial<S>,
    ) -> Result<(), Error> {
        let key = self.key_of(issuer).ok_or(Error::ProofRejected)?;
        let context = self.context_of(issuer);
        statement(&context, key, blinded, &part.evaluated).verify(&part.proof)
    }

    /// The context of a proof by one issuer: label, suite, edition, number.
    pub(super) fn context_of(&self, issuer: AuthorityId) -> Context<S> {
        Context::new(&[
            tags::THRESHOLD_PARTIAL,
            S::IDENTIFIER.as_bytes(),
            &self.edition_bytes(),
            &issuer.get().to_be_bytes(),
        ])
    }
}

impl<S: Shared> Debug for SharedKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKey")
            .field("public", &self.0.public)
            .field("threshold", &self.threshold())
            .field("edition", self.edition())
            .finish()
    }
}

/// Id (32), generation (8), digest (32).
pub(super) fn edition_bytes(edition: &Edition) -> [u8; Edition::LEN] {
    let bytes = Writer::with_capacity(Edition::LEN)
        .bytes(&edition.id.to_bytes())
        .u64(edition.generation)
        .bytes(&edition.digest)
        .finish();
    // These three have this length.
    bytes.try_into().unwrap_or([0; Edition::LEN])
}

/// An element of the domain as one of the suite: their encodings are the same.
fn element<S: Shared>(
    element: &<S::Sharing as milagro_dta::sharing::Group>::Element,
) -> Result<Element<S>, DecodeError> {
    Element::from_bytes(&S::Sharing::element_to_bytes(element))
}

/// That one issuer's key evaluated all of a batch.
pub(super) fn statement<'a, S: Shared>(
    context: &'a Context<S>,
    key: &'a Element<S>,
    blinded: &'a [Blinded<S>],
    evaluated: &'a [Evaluated<S>],
) -> Statement<'a, S> {
    let pairs: Vec<_> = blinded
        .iter()
        .zip(evaluated)
        .map(|(c, d)| (&c.0, &d.0))
        .collect();
    Statement {
        context,
        key,
        pairs,
    }
}
