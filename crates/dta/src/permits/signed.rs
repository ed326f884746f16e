//! Revocation lists that a registrar has signed.

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::TrustDomainId;

use crate::domain::registrar::{RegistrarKey, RegistrarPublicKey, Signature};
use crate::errors::errors;
use crate::permits::mark::ListMark;
use crate::permits::revocation::RevocationList;
use crate::tags;

/// A revocation list under its registrar's signature, checked, with its number and its hash: what authorities issue
/// permits by. It does not change.
#[derive(Clone, Debug)]
pub struct SignedList {
    list: RevocationList,
    mark: ListMark,
    signature: Signature,
}

errors! {
    /// Why a list is not taken.
    ListRejected {
        /// The bytes are no signed list, or its list is not the one that was signed.
        Format => "no signed revocation list",
        /// Not signed by the registrar for this domain.
        Signature => "list is not signed by the registrar of this domain",
        /// A list with a lower number than the last one.
        Older => "list is older than the last one",
        /// Another list with the number of the last one: with it, evidence against the registrar.
        Forked => "another list with the number of the last one",
    }
}

impl RevocationList {
    /// Signs the list as the one after `last`.
    ///
    /// # Security
    /// The registrar keeps the mark of its last list before it publishes the list: two lists of one number are
    /// evidence against it, and authorities stay with the one that they saw first.
    ///
    /// # Errors
    /// [`ListRejected::Format`] for more than [`Self::MAX`] leaves, or if there is no number left.
    pub fn sign<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        key: &RegistrarKey,
        last: &ListMark,
    ) -> Result<SignedList, ListRejected> {
        let sequence = last.sequence.checked_add(1);
        let sequence = sequence.filter(|_| self.len() <= Self::MAX);
        let mark = ListMark {
            sequence: sequence.ok_or(ListRejected::Format)?,
            hash: self.hash(),
        };
        let signature = key.sign(rng, tags::LIST, &message(self.domain(), &mark));
        Ok(SignedList {
            list: self,
            mark,
            signature: signature.ok_or(ListRejected::Signature)?,
        })
    }
}

impl SignedList {
    const VERSION: u8 = 1;

    /// The list.
    #[must_use]
    pub const fn list(&self) -> &RevocationList {
        &self.list
    }

    /// Its number and hash: to be kept, durably, before the list is used.
    #[must_use]
    pub const fn mark(&self) -> &ListMark {
        &self.mark
    }

    /// Version (1), sequence number (8), hash of the list (32), signature (64), list.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = self.mark.write(Writer::new().u8(Self::VERSION));
        let writer = self.signature.write(writer);
        writer.bytes(&self.list.to_bytes()).finish()
    }

    /// Reads a list of this domain and registrar which comes after the last one, or is the last one. Number and
    /// signature are checked before anything of the list is read.
    ///
    /// # Errors
    /// [`ListRejected`].
    pub fn from_bytes(
        bytes: &[u8],
        domain: &TrustDomainId,
        registrar: &RegistrarPublicKey,
        last: &ListMark,
    ) -> Result<Self, ListRejected> {
        let format = |_: DecodeError| ListRejected::Format;
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION).map_err(format)?;
        let mark = ListMark::read(&mut reader).map_err(format)?;
        if mark.sequence < last.sequence {
            return Err(ListRejected::Older);
        }
        let signature = Signature::read(&mut reader).map_err(format)?;
        let signed = message(domain, &mark);
        if !registrar.has_signed_vartime(tags::LIST, &signed, &signature) {
            return Err(ListRejected::Signature);
        }
        if mark.sequence == last.sequence && mark.hash != last.hash {
            return Err(ListRejected::Forked);
        }
        let list = reader.bytes(reader.remaining()).map_err(format)?;
        let list = RevocationList::from_bytes(list).map_err(format)?;
        if list.domain() != domain || list.hash() != mark.hash {
            return Err(ListRejected::Format);
        }
        Ok(Self {
            list,
            mark,
            signature,
        })
    }
}

/// Domain (32), mark (40).
fn message(domain: &TrustDomainId, mark: &ListMark) -> Vec<u8> {
    mark.write(Writer::new().bytes(&domain.to_bytes())).finish()
}
