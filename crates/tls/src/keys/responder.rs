//! Keys in G2, for the side that answers.

use core::fmt;
use core::marker::PhantomData;

use milagro_curve::SecretG2;
use milagro_dta::{
    TrustDomain,
    grants::Enrolment,
    issue::{Combined, G2Share, Received, SecondKey, combine},
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::Side;
use crate::keys::anchor::PairAnchor;
use crate::keys::error::{IssueError, KeyError};
use crate::keys::two_sided::{Kind, check_subject, is_responder_key, open, read_subject, write};
use crate::keys::usage::TwoSided;
use crate::names::Identity;
use milagro_base::DecodeError;

/// A responder's key D = s·H2(identity) for one usage, 96 bytes. Wiped when dropped.
///
/// # Security
/// As for [`IdentityKey`](crate::keys::IdentityKey); and whoever holds it can also pose *to* this responder as
/// anybody, where the protocol of the usage does not prevent it (the README has the table).
pub struct ResponderKey<U: TwoSided> {
    identity: Identity,
    secret: SecretG2,
    usage: PhantomData<U>,
}

impl<U: TwoSided> ResponderKey<U> {
    pub(super) const fn new(identity: Identity, secret: SecretG2) -> Self {
        Self {
            identity,
            secret,
            usage: PhantomData,
        }
    }

    /// Whose key it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// D.
    pub(crate) const fn secret(&self) -> &SecretG2 {
        &self.secret
    }

    /// The key that came on a grant, once max(t, n - t + 1) authorities have booked it for this node: nobody else gets
    /// it on another grant. Each share was checked when it came.
    ///
    /// # Errors
    /// [`IssueError`]: a subject that is no identity, of another domain or of a role that answers no connections, before
    /// anything is combined; or too few good shares.
    pub fn enrolled(enrolment: Enrolment<'_, SecondKey<U>>) -> Result<Combined<Self>, IssueError> {
        let domain = *enrolment.domain().id();
        let identity = read_subject(enrolment.subject(), Side::Server, &domain)?;
        let Combined { key, culprits } = enrolment.finish()?;
        let (_, secret) = key.into_parts();
        let key = Self::new(identity, secret);
        Ok(Combined { key, culprits })
    }

    /// Combines t shares, each checked by e(si·P, H2(identity)) = e(P, Di) ([`milagro_dta::issue::combine`]).
    ///
    /// # Security
    /// Who has booked the identity is not looked at: for shares that authorities gave uncounted, without a grant.
    /// [`Self::enrolled`] is for all others.
    ///
    /// # Errors
    /// [`IssueError`]: an identity of another domain or of a role that answers no connections, before any
    /// share is looked at; or too few good shares.
    pub fn combine(
        domain: &TrustDomain<U>,
        identity: &Identity,
        shares: impl IntoIterator<Item = Received<G2Share<SecondKey<U>>>>,
    ) -> Result<Combined<Self>, IssueError> {
        check_subject(identity, Side::Server, domain.id())?;
        let Combined { key, culprits } = combine(domain, identity.to_subject(), shares)?;
        let (_, secret) = key.into_parts();
        let key = Self::new(identity.clone(), secret);
        Ok(Combined { key, culprits })
    }

    /// Version (1), usage (1), 2, identity (framed), key (96); into a buffer that is wiped. For storage,
    /// and for the way from an authority that works alone, through an encrypted channel whose ends are
    /// known.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write::<U>(Kind::Responder, &self.identity, &[&*self.secret.to_bytes()])
    }

    /// Reads what [`Self::to_bytes`] wrote, and checks the key: e(P, D) = e(s·P, H2(identity)).
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another usage, another kind of key, a field that has no valid
    /// value; [`DecodeError::Value`] for an identity of another domain or of a role that answers no
    /// connections, and for a key that is not that of its identity.
    pub fn from_bytes(bytes: &[u8], anchor: &PairAnchor<U>) -> Result<Self, DecodeError> {
        let (identity, mut reader) = open::<U>(bytes, Kind::Responder)?;
        let secret = SecretG2::from_bytes(reader.array()?)?;
        reader.finish()?;
        Self::new(identity, secret)
            .checked(anchor)
            .map_err(|_| DecodeError::Value)
    }

    fn checked(self, anchor: &PairAnchor<U>) -> Result<Self, KeyError> {
        check_subject(&self.identity, Side::Server, &anchor.domain())?;
        if is_responder_key::<U>(*anchor.commitment(), &self.identity, &self.secret) {
            Ok(self)
        } else {
            Err(KeyError::Key)
        }
    }
}

impl<U: TwoSided> fmt::Debug for ResponderKey<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponderKey").finish_non_exhaustive()
    }
}

impl<U: TwoSided> ZeroizeOnDrop for ResponderKey<U> {}
