//! Shares come in, a key goes out, and whoever lied is named.

use crate::domain::member::AuthorityId;
use crate::domain::trust_domain::TrustDomain;
use crate::issue::error::{CombineError, Culprit, Fault};
use crate::issue::received::Received;
use crate::issue::share::Share;
use milagro_base::opaque_debug;

/// Collects the shares of one key, checking each as it comes.
///
/// Every share is added together with the authority that the *channel* authenticated, so that nobody
/// can put a bad share on another's account.
pub struct Collector<'a, S: Share> {
    domain: &'a TrustDomain<S::Protocol>,
    subject: S::Subject,
    base: S::Base,
    /// Whose shares are good.
    authorities: Vec<AuthorityId>,
    /// Those of the first t of them.
    shares: Vec<S>,
    culprits: Vec<Culprit>,
}

/// A key, and the authorities that did not help to make it.
#[derive(Debug)]
pub struct Combined<T> {
    /// The key.
    pub key: T,
    /// Whose shares were bad.
    pub culprits: Vec<Culprit>,
}

/// Combines shares: any t good ones make the key, whatever else there is.
///
/// ```
/// # use milagro_dta::issue::{ClientSecret, CombineError, G1Share, combine};
/// # use milagro_dta::issue::Received;
/// # use milagro_dta::{Mpin, TrustDomain};
/// # fn demo(domain: &TrustDomain<Mpin>, identity: milagro_mpin::Identity,
/// #   shares: Vec<Received<G1Share<ClientSecret>>>) -> Result<(), CombineError> {
/// let combined = combine(domain, identity, shares)?;
/// for culprit in &combined.culprits {
///     println!("{culprit}");
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`CombineError`], which names all culprits.
pub fn combine<S: Share>(
    domain: &TrustDomain<S::Protocol>,
    subject: S::Subject,
    shares: impl IntoIterator<Item = Received<S>>,
) -> Result<Combined<S::Output>, CombineError> {
    let mut collector = Collector::new(domain, subject);
    for Received { from, value } in shares {
        // The collector remembers the culprit.
        let _ = collector.add(from, value);
    }
    collector.finish()
}

opaque_debug!(Collector<'a, S: Share>);

impl<'a, S: Share> Collector<'a, S> {
    /// For a subject's key in a domain.
    #[must_use]
    pub fn new(domain: &'a TrustDomain<S::Protocol>, subject: S::Subject) -> Self {
        Self {
            base: S::base(domain, &subject),
            domain,
            subject,
            authorities: Vec::new(),
            shares: Vec::new(),
            culprits: Vec::new(),
        }
    }

    /// Adds what came over the channel of an authority.
    ///
    /// # Errors
    /// The culprit, who is also remembered. The other shares are not affected.
    pub fn add(&mut self, from: AuthorityId, share: S) -> Result<(), Culprit> {
        match self.check(from, &share) {
            Ok(()) => {
                self.authorities.push(from);
                if self.shares.len() < self.needed() {
                    self.shares.push(share);
                }
                Ok(())
            }
            Err(fault) => Err(self.blame(from, fault)),
        }
    }

    /// As [`Self::add`], of bytes.
    ///
    /// # Errors
    /// As [`Self::add`]; bytes that are no share are a fault too.
    pub fn add_bytes(&mut self, from: AuthorityId, bytes: &[u8]) -> Result<(), Culprit> {
        match S::from_bytes(bytes) {
            Ok(share) => self.add(from, share),
            Err(error) => Err(self.blame(from, Fault::Bytes(error))),
        }
    }

    /// Whether there are as many good shares as it takes.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.authorities.len() >= self.needed()
    }

    /// The key.
    ///
    /// # Errors
    /// [`CombineError`], which names all culprits.
    pub fn finish(mut self) -> Result<Combined<S::Output>, CombineError> {
        let needed = self.needed();
        if !self.is_enough() {
            return Err(self.too_few(needed));
        }
        self.authorities.truncate(needed);
        let Some(coefficients) = self.domain.coefficients(&self.authorities) else {
            return Err(CombineError::Degenerate);
        };
        match S::join(&self.shares, &coefficients, &self.subject) {
            Some(key) => Ok(Combined {
                key,
                culprits: self.culprits,
            }),
            None => Err(CombineError::Degenerate),
        }
    }

    /// Whose shares are good.
    pub(crate) fn authorities(&self) -> &[AuthorityId] {
        &self.authorities
    }

    /// The error for fewer good shares than needed.
    pub(crate) fn too_few(self, needed: usize) -> CombineError {
        let count = (self.authorities.len(), needed);
        too_few(count, self.domain.generation(), self.culprits)
    }

    fn needed(&self) -> usize {
        self.domain.threshold().needed().into()
    }

    fn check(&self, from: AuthorityId, share: &S) -> Result<(), Fault> {
        let key = share.header().check(self.domain, from)?;
        if self.authorities.contains(&from) {
            return Err(Fault::Duplicate);
        }
        share.check(key, &self.base)
    }

    pub(crate) fn blame(&mut self, authority: AuthorityId, fault: Fault) -> Culprit {
        let culprit = Culprit { authority, fault };
        self.culprits.push(culprit);
        culprit
    }
}

/// The error for too few good shares.
pub(crate) fn too_few(
    (good, needed): (usize, usize),
    expected: u64,
    culprits: Vec<Culprit>,
) -> CombineError {
    let mixed = culprits
        .iter()
        .any(|culprit| matches!(culprit.fault, Fault::Generation | Fault::Keys));
    if mixed {
        CombineError::MixedGenerations { expected, culprits }
    } else {
        CombineError::TooFew {
            good,
            needed,
            culprits,
        }
    }
}
