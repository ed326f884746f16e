//! What a quorum has signed.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::{DecodeError, Reader, Writer};
use milagro_dta::AuthorityId;
use milagro_dta::issue::{CombineError, Fault, Received};

use crate::attributes::list::Attributes;
use crate::modes::key::PublicKey;
use crate::modes::threshold::council::list::{Council, CouncilError};
use crate::modes::threshold::faults::Faults;
use crate::modes::threshold::share::KeyShare;
use crate::modes::threshold::sharing::Shared;
use crate::modes::voprf::VerifiedKey;
use crate::modes::wire::Element;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;
use crate::tokens::signature::SIGNATURE_LEN;

/// What is said of a key.
#[derive(Clone, Copy)]
pub(super) struct Claimed<S: Shared> {
    domain: [u8; 32],
    key: Element<S>,
}

impl<S: Shared> Claimed<S> {
    pub(super) fn of(share: &KeyShare<S>) -> Self {
        Self {
            domain: share.shared().edition().id.to_bytes(),
            key: share.shared().public_key().element,
        }
    }

    pub(super) fn key(&self) -> &[u8] {
        self.key.as_slice()
    }

    /// ⟨label⟩ ‖ ⟨council⟩ ‖ ⟨suite⟩ ‖ ⟨domain id⟩ ‖ ⟨K⟩ ‖ ⟨attributes⟩, each behind its length.
    pub(super) fn message(&self, council: &Council, attributes: &Attributes) -> Vec<u8> {
        let parts = [
            tags::COUNCIL_KEY,
            &council.id,
            S::IDENTIFIER.as_bytes(),
            &self.domain,
            self.key.as_slice(),
            attributes.as_bytes(),
        ];
        parts
            .into_iter()
            .fold(Writer::new(), Writer::string)
            .finish()
    }
}

/// A key of a shared issuer with the signatures that tie it to its attributes. [`Council::verify`] tells.
///
/// Bytes, version 1: `01 ‖ domain id (32) ‖ K ‖ number of signatures (2)`, then `member (2) ‖ signature (64)` for each,
/// ascending.
#[derive(Clone)]
pub struct Certificate<S: Shared = Ristretto255> {
    claim: Claimed<S>,
    signatures: Vec<Received<[u8; SIGNATURE_LEN]>>,
}

impl<S: Shared> Certificate<S> {
    const VERSION: u8 = 1;

    /// The key, by the certificate's word.
    #[must_use]
    pub fn claimed_key(&self) -> PublicKey<Voprf, S> {
        PublicKey::new(self.claim.key)
    }

    /// Encodes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.signatures.len()).unwrap_or(u16::MAX);
        let head = Writer::new()
            .u8(Self::VERSION)
            .bytes(&self.claim.domain)
            .bytes(self.claim.key.as_slice())
            .u16(count);
        let signatures = self.signatures.iter();
        signatures
            .fold(head, |writer, one| {
                writer.u16(one.from.get()).bytes(&one.value)
            })
            .finish()
    }

    /// Decodes it. What it says is checked by [`Council::verify`].
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; `Value` for members out of order or twice there;
    /// [`DecodeError`] as for elements.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let domain = *reader.array()?;
        let key = Element::from_bytes(reader.bytes(S::ELEMENT_LEN)?)?;
        let mut signatures = Vec::<Received<[u8; SIGNATURE_LEN]>>::new();
        for _ in 0..reader.u16()? {
            let from = AuthorityId::new(reader.u16()?).ok_or(DecodeError::Value)?;
            if signatures.last().is_some_and(|last| last.from >= from) {
                return Err(DecodeError::Value);
            }
            let value = *reader.array()?;
            signatures.push(Received { from, value });
        }
        reader.finish()?;
        Ok(Self {
            claim: Claimed { domain, key },
            signatures,
        })
    }
}

impl<S: Shared> Debug for Certificate<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("key", &self.claimed_key())
            .field("signatures", &self.signatures.len())
            .finish_non_exhaustive()
    }
}

impl Council {
    /// Checks that a key is the one that the council has certified for these attributes.
    ///
    /// # Security
    /// The list comes from the published schedule, never from whoever sends the certificate.
    ///
    /// # Errors
    /// [`CouncilError::Uncertified`].
    pub fn verify<S: Shared>(
        &self,
        attributes: &Attributes,
        certificate: &Certificate<S>,
    ) -> Result<VerifiedKey<S>, CouncilError> {
        let message = certificate.claim.message(self, attributes);
        let all_good = certificate
            .signatures
            .iter()
            .all(|one| self.has_signed(one, &message));
        if !all_good || certificate.signatures.len() < self.quorum() {
            return Err(CouncilError::Uncertified);
        }
        Ok(VerifiedKey::pin(PublicKey::new(certificate.claim.key)))
    }

    /// Collects signatures of members on the key of a share for these attributes.
    ///
    /// # Errors
    /// [`CombineError::TooFew`], which names all whose signatures are none. After three faults of one member, no
    /// signature of it is looked at.
    pub fn certificate<S: Shared>(
        &self,
        attributes: &Attributes,
        share: &KeyShare<S>,
        signatures: impl IntoIterator<Item = Received<[u8; SIGNATURE_LEN]>>,
    ) -> Result<Certificate<S>, CombineError> {
        let claim = Claimed::of(share);
        let message = claim.message(self, attributes);
        let (mut good, mut faults) = (Vec::<Received<[u8; SIGNATURE_LEN]>>::new(), Faults::new());
        for one in signatures {
            let from = one.from;
            if faults.admit(from).is_err() {
                continue;
            }
            let fault = if self.key(from).is_none() {
                Fault::Unknown
            } else if good.iter().any(|other| other.from == from) {
                Fault::Duplicate
            } else if self.has_signed(&one, &message) {
                good.push(one);
                continue;
            } else {
                Fault::Proof
            };
            faults.blame(from, fault);
        }
        if good.len() < self.quorum() {
            return Err(CombineError::TooFew {
                good: good.len(),
                needed: self.quorum(),
                culprits: faults.into_vec(),
            });
        }
        good.sort_unstable_by_key(|one| one.from);
        Ok(Certificate {
            claim,
            signatures: good,
        })
    }
}
