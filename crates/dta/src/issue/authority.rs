//! One authority: the holder of a share.

use std::sync::OnceLock;

use milagro_base::opaque_debug;
use milagro_curve::SecretScalar;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::LedgerId;
use zeroize::ZeroizeOnDrop;

use crate::domain::issued::Book;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Protocol, Secret, Voprf};
use crate::domain::registrar::{RegistrarPublicKey, RegistrarTable, Signed};
use crate::domain::trust_domain::{DomainError, TrustDomain};
use crate::issue::error::IssueError;
use crate::issue::purpose::{InG1, InG2};
use crate::issue::share::{G1Share, G2Share, Header};
use crate::sharing::group::{Bls12381G1, Group};

/// A distributed trust authority (D-TA): its domain, its number, and its share si of the master key.
/// The share is wiped when this is dropped.
///
/// Keys are issued on a registrar's grants, once for each subject: [`grants`](crate::grants). Permits are issued by
/// a signed revocation list, for epochs of the authority's own clock: [`permits`](crate::permits).
///
/// # Security
/// It takes identities and labels, never points: there is no way to have it multiply a point of the
/// caller's choice.
pub struct Authority<P: Protocol> {
    domain: TrustDomain<P>,
    id: AuthorityId,
    book: Book,
    /// Where it stays when the authority is moved: a move leaves the bytes behind.
    share: Box<Secret<P>>,
    /// Multiples of the key of the first registrar that it has answered, which is mostly the only one.
    registrar: OnceLock<RegistrarTable>,
}

impl<P: Protocol> Authority<P> {
    pub(crate) fn new(
        domain: TrustDomain<P>,
        id: AuthorityId,
        share: Secret<P>,
    ) -> Result<Self, DomainError> {
        let key = domain.verification_key(id).ok_or(DomainError::Member)?;
        if P::Group::commit(&share).as_ref() == Some(key) {
            Ok(Self {
                book: Book::of_new(domain.id()),
                domain,
                id,
                share: Box::new(share),
                registrar: OnceLock::new(),
            })
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

    /// Whether it counts in this ledger whom it has issued to. One that does not answers no grant.
    #[must_use]
    pub fn counts_in(&self, ledger: &LedgerId) -> bool {
        matches!(&self.book, Book::Open(open) if open == ledger)
    }

    /// Where it counts whom it has issued to.
    pub(crate) const fn book(&self) -> &Book {
        &self.book
    }

    pub(crate) fn with_book(mut self, book: Book) -> Self {
        self.book = book;
        self
    }

    /// Counts in a ledger that everybody has been entered in.
    pub(crate) const fn open_book(&mut self, ledger: LedgerId) {
        self.book = Book::Open(ledger);
    }

    /// Whether a registrar has signed each of these. Variable time; all of it is public.
    pub(crate) fn registrar_has_signed(
        &self,
        registrar: &RegistrarPublicKey,
        all: &[Signed<'_>],
    ) -> Vec<bool> {
        let table = self
            .registrar
            .get_or_init(|| RegistrarTable::new(registrar));
        if table.registrar() == registrar {
            return table.have_signed(all);
        }
        all.iter()
            .map(|one| registrar.has_signed_vartime(one.tag, one.message, one.signature))
            .collect()
    }

    pub(crate) fn secret(&self) -> &Secret<P> {
        &self.share
    }

    pub(crate) fn header(&self) -> Header {
        Header::of(&self.domain, self.id)
    }
}

impl<P: Protocol<Group = Bls12381G1>> Authority<P> {
    pub(crate) fn issue_in_g1<U, R>(
        &self,
        rng: &mut R,
        subject: &U::Subject,
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

impl<G: Group> Authority<Voprf<G>> {
    /// The share, for the partial evaluations of this protocol and no other.
    #[must_use]
    pub fn key_share(&self) -> &G::Secret {
        &self.share
    }
}

opaque_debug!(Authority<P: Protocol>);

impl<P: Protocol> ZeroizeOnDrop for Authority<P> {}
