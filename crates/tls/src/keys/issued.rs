//! Keys in G1, for the side that opens connections.

use core::fmt;

use milagro_curve::SecretG1;
use milagro_curve::dleq::Proof;
use milagro_dta::grants::Enrolment;
use milagro_dta::issue::{Combined, FirstKey, G1Share, Received, combine};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::Side;
use crate::keys::anchor::PairAnchor;
use crate::keys::error::{IssueError, KeyError};
use crate::keys::identity_key::IdentityKey;
use crate::keys::two_sided::{Kind, check_subject, open, read_subject, statement, write};
use crate::keys::usage::TwoSided;
use crate::names::Identity;
use milagro_base::DecodeError;

/// A key s·H1(identity) on its way from an authority that works alone, with the proof that it is one.
/// Wiped when dropped.
pub struct IssuedKey<U: TwoSided> {
    key: IdentityKey<U>,
    proof: Proof,
}

impl<U: TwoSided> IssuedKey<U> {
    pub(super) const fn new(key: IdentityKey<U>, proof: Proof) -> Self {
        Self { key, proof }
    }

    /// Whose key it says it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        self.key.identity()
    }

    /// The key, if the proof is good: log_P(s·P) = log_A(D) for A = H1(identity).
    ///
    /// # Errors
    /// [`KeyError`]: domain, role, key.
    pub fn accept(self, anchor: &PairAnchor<U>) -> Result<IdentityKey<U>, KeyError> {
        let Self { key, proof } = self;
        check_subject(key.identity(), Side::Client, &anchor.domain())?;
        statement::<U>(*anchor.commitment(), key.identity(), key.secret())
            .verify_vartime(&proof)
            .map_err(|_| KeyError::Key)?;
        Ok(key)
    }

    /// Version (1), usage (1), 3, identity (framed), key (48), proof (64); into a buffer that is wiped. For
    /// an encrypted channel whose ends are known.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let secret = self.key.secret().to_bytes();
        let parts: [&[u8]; 2] = [&*secret, &self.proof.to_bytes()];
        write::<U>(Kind::Issued, self.identity(), &parts)
    }

    /// Reads what [`Self::to_bytes`] wrote. [`Self::accept`] looks at the proof.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another usage, another kind of key, a field that has no valid
    /// value.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (identity, mut reader) = open::<U>(bytes, Kind::Issued)?;
        let secret = SecretG1::from_bytes(reader.array()?)?;
        let proof = Proof::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self::new(IdentityKey::new(identity, secret), proof))
    }
}

impl<U: TwoSided> IdentityKey<U> {
    /// The key that came on a grant, once max(t, n - t + 1) authorities have booked it for this node: nobody else gets
    /// it on another grant. Each share was checked when it came.
    ///
    /// # Errors
    /// [`IssueError`]: a subject that is no identity, of another domain or of a role that opens no connections, before
    /// anything is combined; or too few good shares.
    pub fn enrolled(enrolment: Enrolment<'_, FirstKey<U>>) -> Result<Combined<Self>, IssueError> {
        let domain = *enrolment.domain().id();
        let identity = read_subject(enrolment.subject(), Side::Client, &domain)?;
        let Combined { key, culprits } = enrolment.finish()?;
        let (_, secret) = key.into_parts();
        let key = Self::new(identity, secret);
        Ok(Combined { key, culprits })
    }

    /// Combines t shares, each of which its authority has proven ([`milagro_dta::issue::combine`]).
    ///
    /// # Security
    /// Who has booked the identity is not looked at: for shares that authorities gave uncounted, without a grant.
    /// [`Self::enrolled`] is for all others.
    ///
    /// # Errors
    /// [`IssueError`]: an identity of another domain or of a role that opens no connections, before any
    /// share is looked at; or too few good shares.
    pub fn combine(
        domain: &milagro_dta::TrustDomain<U>,
        identity: &Identity,
        shares: impl IntoIterator<Item = Received<G1Share<FirstKey<U>>>>,
    ) -> Result<Combined<Self>, IssueError> {
        check_subject(identity, Side::Client, domain.id())?;
        let Combined { key, culprits } = combine(domain, identity.to_subject(), shares)?;
        let (_, secret) = key.into_parts();
        let key = Self::new(identity.clone(), secret);
        Ok(Combined { key, culprits })
    }

    /// Version (1), usage (1), 1, identity (framed), key (48); into a buffer that is wiped. For the own
    /// storage.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write::<U>(
            Kind::Initiator,
            self.identity(),
            &[&*self.secret().to_bytes()],
        )
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Security
    /// The proof was checked when the key came ([`IssuedKey::accept`], [`Self::combine`]) and is gone, and
    /// with no public s·Q nothing else tells a key from another point. So these bytes come from a place
    /// that nobody else can write to: who puts k·P there can pose to this node as any server.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another usage, another kind of key, a field that has no valid
    /// value; [`DecodeError::Value`] for an identity of another domain or of a role that opens no
    /// connections.
    pub fn from_bytes(bytes: &[u8], anchor: &PairAnchor<U>) -> Result<Self, DecodeError> {
        let (identity, mut reader) = open::<U>(bytes, Kind::Initiator)?;
        let secret = SecretG1::from_bytes(reader.array()?)?;
        reader.finish()?;
        check_subject(&identity, Side::Client, &anchor.domain()).map_err(|_| DecodeError::Value)?;
        Ok(Self::new(identity, secret))
    }
}

impl<U: TwoSided> fmt::Debug for IssuedKey<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey").finish_non_exhaustive()
    }
}

impl<U: TwoSided> ZeroizeOnDrop for IssuedKey<U> {}
