//! One authority: the holder of a share.

use core::fmt;

use milagro_curve::SecretScalar;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::ServerId;
use zeroize::ZeroizeOnDrop;

use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Mpin, Protocol, Secret, Voprf};
use crate::domain::trust_domain::{DomainError, TrustDomain};
use crate::issue::error::IssueError;
use crate::issue::purpose::{
    HashToSecond, IdentityPurpose, InG1, InG2, PersonalPermit, PersonalSubject, SecondKey,
    ServerSecret,
};
use crate::issue::share::{G1Share, G2Share, Header};
use crate::permits::revocation::RevocationList;
use crate::sharing::group::{Bls12381G1, Group};

/// A distributed trust authority (D-TA): its domain, its number, and its share si of the master key.
/// The share is wiped when this is dropped.
///
/// # Security
/// It takes identities and labels, never points: there is no way to have it multiply a point of the
/// caller's choice. It does not ask who is there: the caller authenticates whoever wants a key, and
/// issues a key for that identity alone.
pub struct Authority<P: Protocol> {
    domain: TrustDomain<P>,
    id: AuthorityId,
    /// Where it stays when the authority is moved: a move leaves the bytes behind.
    share: Box<Secret<P>>,
}

impl<P: Protocol> Authority<P> {
    pub(crate) fn new(
        domain: TrustDomain<P>,
        id: AuthorityId,
        share: Secret<P>,
    ) -> Result<Self, DomainError> {
        let key = domain.verification_key(id).ok_or(DomainError::Member)?;
        if P::Group::commit(&share).as_ref() == Some(key) {
            let share = Box::new(share);
            Ok(Self { domain, id, share })
        } else {
            Err(DomainError::Share)
        }
    }

    /// The public side.
    #[must_use]
    pub const fn domain(&self) -> &TrustDomain<P> {
        &self.domain
    }

    /// This authority's number.
    #[must_use]
    pub const fn id(&self) -> AuthorityId {
        self.id
    }

    pub(crate) fn secret(&self) -> &Secret<P> {
        &self.share
    }

    pub(crate) fn header(&self) -> Header {
        Header::of(&self.domain, self.id)
    }
}

impl<P: Protocol<Group = Bls12381G1>> Authority<P> {
    /// This authority's share of an identity's key, with its proof.
    ///
    /// # Security
    /// For an identity that the caller has authenticated. See [`G1Share`].
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which a good generator never gives.
    pub fn issue<U, R>(&self, subject: &U::Subject, rng: &mut R) -> Result<G1Share<U>, IssueError>
    where
        U: IdentityPurpose<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        self.issue_in_g1(subject, rng)
    }

    pub(crate) fn issue_in_g1<U, R>(
        &self,
        subject: &U::Subject,
        rng: &mut R,
    ) -> Result<G1Share<U>, IssueError>
    where
        U: InG1<Protocol = P>,
        R: CryptoRng + ?Sized,
    {
        let base = U::point(self.domain.id(), subject);
        let pair = (&self.scalar()?, self.key()?);
        G1Share::new(self.header(), pair, &base, rng).ok_or(IssueError::Degenerate)
    }

    pub(crate) fn issue_in_g2<U: InG2<Protocol = P>>(
        &self,
        subject: &U::Subject,
    ) -> Result<G2Share<U>, IssueError> {
        Ok(G2Share::new(self.header(), &self.scalar()?, subject))
    }

    /// si, which is not zero: its commitment was checked.
    pub(crate) fn scalar(&self) -> Result<SecretScalar, IssueError> {
        self.share.to_nonzero().ok_or(IssueError::Degenerate)
    }

    /// si·P.
    pub(crate) fn key(&self) -> Result<&milagro_curve::G1Point, IssueError> {
        self.domain
            .verification_key(self.id)
            .ok_or(IssueError::Degenerate)
    }
}

impl Authority<Mpin> {
    /// This authority's share of a server secret.
    ///
    /// # Security
    /// For a server that the caller has authenticated, over a confidential channel: see [`G2Share`].
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which does not happen.
    pub fn issue_server(&self, server: &ServerId) -> Result<G2Share<ServerSecret>, IssueError> {
        self.issue_in_g2(server)
    }

    /// This authority's share of a personal permit, unless the identity is revoked. Permits are public,
    /// so whoever asks may have it.
    ///
    /// # Errors
    /// [`IssueError::Revoked`], [`IssueError::WrongList`].
    pub fn issue_personal_permit<R: CryptoRng + ?Sized>(
        &self,
        list: &RevocationList,
        subject: &PersonalSubject,
        rng: &mut R,
    ) -> Result<G1Share<PersonalPermit>, IssueError> {
        if list.domain() != self.domain.id() {
            Err(IssueError::WrongList)
        } else if list.contains(&subject.identity) {
            Err(IssueError::Revoked)
        } else {
            self.issue_in_g1(subject, rng)
        }
    }
}

impl<P: HashToSecond> Authority<P> {
    /// This authority's share of an identity's key in G2.
    ///
    /// # Security
    /// For an identity that the caller has authenticated, over a confidential channel.
    ///
    /// # Errors
    /// [`IssueError::Degenerate`], which does not happen.
    pub fn issue_second(
        &self,
        identity: &milagro_mpin::Identity,
    ) -> Result<G2Share<SecondKey<P>>, IssueError> {
        self.issue_in_g2(identity)
    }
}

impl<G: Group> Authority<Voprf<G>> {
    /// The share, for the partial evaluations of this protocol and no other.
    #[must_use]
    pub fn key_share(&self) -> &G::Secret {
        &self.share
    }
}

impl<P: Protocol> fmt::Debug for Authority<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl<P: Protocol> ZeroizeOnDrop for Authority<P> {}
