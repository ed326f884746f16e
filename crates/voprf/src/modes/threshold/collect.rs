//! Parts come in, an evaluation goes out, and whoever lied is named.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_dta::issue::{CombineError, Culprit, Fault, Received};
use milagro_dta::sharing::Coefficients;
use milagro_dta::{AuthorityId, Edition};

use crate::error::Error;
use crate::modes::output::Output;
use crate::modes::threshold::faults::Faults;
use crate::modes::threshold::key::SharedKey;
use crate::modes::threshold::message::Partial;
use crate::modes::threshold::sharing::Shared;
use crate::modes::threshold::small::Weights;
use crate::modes::voprf::Pending;
use crate::modes::wire::{Blinded, Element, Evaluated};
use crate::suite::ristretto::Ristretto255;

/// Collects the parts of one batch's evaluation, checking each as it comes.
///
/// Every part is added together with the issuer that the *channel* authenticated, so that nobody can put a
/// wrong part on another's account. What comes first from an issuer counts; a second is its fault. A part that was
/// damaged on its way can be sent again: of each issuer [`Self::MAX_FAULTS`] faults are looked into and remembered,
/// and what it sends after them is refused unread.
pub struct Collector<'a, S: Shared = Ristretto255> {
    shared: &'a SharedKey<S>,
    blinded: &'a [Blinded<S>],
    good: Vec<Received<Partial<S>>>,
    faults: Faults,
}

/// An evaluation that was put together from t checked parts: the elements are those that the unshared key
/// would have given, byte for byte.
pub struct Evaluation<S: Shared = Ristretto255> {
    pub(super) shared: SharedKey<S>,
    pub(super) blinded: Vec<Blinded<S>>,
    pub(super) evaluated: Vec<Evaluated<S>>,
    /// The parts it was made of, t of them.
    pub(super) parts: Vec<Received<Partial<S>>>,
    culprits: Vec<Culprit>,
}

impl<'a, S: Shared> Collector<'a, S> {
    /// How many faults of one issuer are looked into. So the work and the list of culprits are bounded, whatever
    /// anybody sends.
    pub const MAX_FAULTS: usize = Faults::MAX;

    /// For what a client blinded: its own list, or the one that a server forwards for it.
    #[must_use]
    pub const fn new(shared: &'a SharedKey<S>, blinded: &'a [Blinded<S>]) -> Self {
        Self {
            shared,
            blinded,
            good: Vec::new(),
            faults: Faults::new(),
        }
    }

    /// Adds what came over the channel of an issuer.
    ///
    /// # Errors
    /// The culprit, who is also remembered. The other parts are not affected. After [`Self::MAX_FAULTS`] faults of one
    /// issuer, [`Fault::Duplicate`], whatever it sends.
    pub fn add(&mut self, from: AuthorityId, partial: Partial<S>) -> Result<(), Culprit> {
        self.admit(from)?;
        match self.check(from, &partial) {
            Ok(()) => {
                let value = partial;
                self.good.push(Received { from, value });
                Ok(())
            }
            Err(fault) => Err(self.faults.blame(from, fault)),
        }
    }

    /// As [`Self::add`], of bytes.
    ///
    /// # Errors
    /// As [`Self::add`]; bytes that are no part are a fault too.
    pub fn add_bytes(&mut self, from: AuthorityId, bytes: &[u8]) -> Result<(), Culprit> {
        self.admit(from)?;
        match Partial::from_bytes(bytes, self.blinded.len()) {
            Ok(partial) => self.add(from, partial),
            Err(error) => Err(self.faults.blame(from, Fault::Bytes(error))),
        }
    }

    /// Whether there are as many good parts as it takes.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.good.len() >= self.needed()
    }

    /// Puts the first t good parts together: Di = Σ λj·Dij.
    ///
    /// # Errors
    /// [`CombineError::TooFew`] or [`CombineError::MixedGenerations`], which name all culprits.
    pub fn finish(mut self) -> Result<Evaluation<S>, CombineError> {
        let needed = self.needed();
        if self.good.len() < needed {
            return Err(self.too_few(needed));
        }
        self.good.truncate(needed);
        let issuers: Vec<_> = self.good.iter().map(|part| part.from).collect();
        let weights = Coefficients::at_zero(&issuers)
            .and_then(|coefficients| Weights::<S>::new(&coefficients))
            .ok_or(CombineError::Degenerate)?;
        let sums = (0..self.blinded.len()).map(|place| {
            let parts = self.good.iter();
            let points =
                parts.filter_map(|part| part.value.evaluated.get(place).map(|d| d.0.point));
            weights.combine_vartime(&points.collect::<Vec<_>>())
        });
        let evaluated: Vec<_> = sums.map(Element::from_point).map(Evaluated).collect();
        // Checked parts sum to k·Ci, and neither is zero.
        if evaluated.iter().any(|d| S::is_identity(&d.0.point)) {
            return Err(CombineError::Degenerate);
        }
        Ok(Evaluation {
            shared: self.shared.clone(),
            blinded: self.blinded.to_vec(),
            evaluated,
            parts: self.good,
            culprits: self.faults.into_vec(),
        })
    }

    fn needed(&self) -> usize {
        self.shared.threshold().needed().into()
    }

    /// Whether anything of that issuer is still looked at: it is one of the domain, has not been counted, and has not
    /// had all its faults.
    fn admit(&mut self, from: AuthorityId) -> Result<(), Culprit> {
        self.faults.admit(from)?;
        let fault = if self.shared.key_of(from).is_none() {
            Fault::Unknown
        } else if self.good.iter().any(|part| part.from == from) {
            Fault::Duplicate
        } else {
            return Ok(());
        };
        Err(self.faults.blame(from, fault))
    }

    /// What costs nothing to check first, the proof last.
    fn check(&self, from: AuthorityId, partial: &Partial<S>) -> Result<(), Fault> {
        check_edition(&partial.edition, &self.shared.edition_bytes())?;
        if partial.from != from {
            return Err(Fault::Index);
        }
        if partial.evaluated.len() != self.blinded.len() || self.blinded.is_empty() {
            return Err(Fault::Count);
        }
        self.shared
            .check_part(from, self.blinded, partial)
            .map_err(|_| Fault::Proof)
    }

    fn too_few(self, needed: usize) -> CombineError {
        let of_another = |culprit: &Culprit| matches!(culprit.fault, Fault::Generation);
        let culprits = self.faults.into_vec();
        if culprits.iter().any(of_another) {
            CombineError::MixedGenerations {
                expected: self.shared.edition().generation,
                culprits,
            }
        } else {
            CombineError::TooFew {
                good: self.good.len(),
                needed,
                culprits,
            }
        }
    }
}

/// Whether parts were made under the domain that the caller knows.
pub(super) fn check_edition(
    theirs: &[u8; Edition::LEN],
    ours: &[u8; Edition::LEN],
) -> Result<(), Fault> {
    let (theirs, ours) = (theirs.split_at(32), ours.split_at(32));
    if theirs.0 != ours.0 {
        Err(Fault::Domain)
    } else if theirs.1.get(..8) != ours.1.get(..8) {
        Err(Fault::Generation)
    } else if theirs.1 != ours.1 {
        Err(Fault::Keys)
    } else {
        Ok(())
    }
}

impl<S: Shared> Evaluation<S> {
    /// The elements that go to the client, as from an unshared key.
    #[must_use]
    pub fn evaluated(&self) -> &[Evaluated<S>] {
        &self.evaluated
    }

    /// Whose parts it was made of.
    pub fn issuers(&self) -> impl Iterator<Item = AuthorityId> {
        self.parts.iter().map(|part| part.from)
    }

    /// Whose parts were wrong.
    #[must_use]
    pub fn culprits(&self) -> &[Culprit] {
        &self.culprits
    }
}

impl<S: Shared> Pending<S> {
    /// Unblinds an evaluation that this client put together itself: its proofs are those of the issuers, which
    /// the collector has checked. Who has the evaluation from somebody else calls [`Self::finalize`], with one
    /// proof for the group's key.
    ///
    /// # Errors
    /// [`Error::ProofRejected`] if the evaluation is of another batch or key. The batch is spent either way.
    pub fn finalize_shared(self, evaluation: &Evaluation<S>) -> Result<Vec<Output<S>>, Error> {
        let own = self.key() == evaluation.shared.public_key();
        if !own || self.blinded() != evaluation.blinded {
            return Err(Error::ProofRejected);
        }
        Ok(self.unblind(&evaluation.evaluated))
    }
}

impl<S: Shared> Debug for Collector<'_, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("good", &self.good.len())
            .field("culprits", &self.faults.as_slice())
            .finish_non_exhaustive()
    }
}

impl<S: Shared> Debug for Evaluation<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("evaluated", &self.evaluated)
            .field("culprits", &self.culprits)
            .finish_non_exhaustive()
    }
}
