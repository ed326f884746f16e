//! The client's side: shares come in sealed, and a key goes out once enough authorities have booked it.

use milagro_base::opaque_debug;

use crate::domain::issued::Hash;
use crate::domain::member::AuthorityId;
use crate::domain::trust_domain::TrustDomain;
use crate::grants::error::GrantError;
use crate::grants::grant::SignedGrant;
use crate::grants::purpose::Granted;
use crate::grants::seal::ClientKey;
use crate::issue::combine::{Collector, Combined};
use crate::issue::error::{CombineError, Culprit, Fault};

/// Collects the answers to a grant. It is finished when max(t, n - t + 1) authorities have given good shares, and
/// so have booked the subject for this client: fewer than t are left to whoever asks for the same subject with
/// another key. Ask all; those that come later protect too, against authorities that book and give all the same.
pub struct Enrolment<'a, U: Granted> {
    collector: Collector<'a, U::Share>,
    key: &'a ClientKey,
    info: Hash,
    needed: usize,
}

impl<'a, U: Granted> Enrolment<'a, U> {
    /// For the key that a grant is about. That the grant names oneself, the caller checks.
    ///
    /// # Errors
    /// [`GrantError::Domain`] for a grant of another domain, [`GrantError::Client`] for one to another key.
    pub fn new(
        domain: &'a TrustDomain<U::Protocol>,
        key: &'a ClientKey,
        signed: &SignedGrant<U>,
    ) -> Result<Self, GrantError> {
        let grant = signed.grant();
        if grant.domain != *domain.id() {
            return Err(GrantError::Domain);
        }
        if key.public() != Ok(grant.client) {
            return Err(GrantError::Client);
        }
        let (t, n) = (domain.threshold().needed(), domain.threshold().members());
        Ok(Self {
            collector: Collector::new(domain, grant.subject.clone()),
            key,
            info: signed.info(),
            needed: t.max(n - t + 1).into(),
        })
    }

    /// Adds what came over the channel of an authority.
    ///
    /// # Errors
    /// The culprit, who is also remembered. The other answers are not affected.
    pub fn add(&mut self, from: AuthorityId, sealed: &[u8]) -> Result<(), Culprit> {
        match self.key.open(&self.info, sealed) {
            Some(share) => self.collector.add_bytes(from, &share),
            None => Err(self.collector.blame(from, Fault::Sealed)),
        }
    }

    /// How many authorities have given a good share.
    #[must_use]
    pub fn booked(&self) -> usize {
        self.collector.authorities().len()
    }

    /// How many have to: max(t, n - t + 1).
    #[must_use]
    pub const fn needed(&self) -> usize {
        self.needed
    }

    /// Whether that many have.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.booked() >= self.needed
    }

    /// The key.
    ///
    /// # Errors
    /// [`CombineError`], which names all culprits; [`CombineError::TooFew`] also if the shares would do, but
    /// too few authorities have booked the subject.
    pub fn finish(self) -> Result<Combined<U::Output>, CombineError> {
        if self.is_enough() {
            self.collector.finish()
        } else {
            Err(self.collector.too_few(self.needed))
        }
    }
}

opaque_debug!(Enrolment<'a, U: Granted>);
