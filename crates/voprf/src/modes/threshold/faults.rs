//! Who did what wrong, and how often anybody is listened to.

use alloc::vec::Vec;

use milagro_dta::AuthorityId;
use milagro_dta::issue::{Culprit, Fault};

/// The faults of all issuers, at most [`Self::MAX`] of each, so that neither the list nor the work behind it grows
/// with what a faulty issuer sends.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Culprit>);

impl Faults {
    /// How many faults of one issuer are looked into. A fault in transit is mended by sending the same again.
    pub(super) const MAX: usize = 3;

    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether this issuer may still send something that is looked at.
    ///
    /// # Errors
    /// [`Fault::Duplicate`] if it had its [`Self::MAX`] tries: whatever it sends now is one thing too many, and is
    /// remembered no more.
    pub(super) fn admit(&self, issuer: AuthorityId) -> Result<(), Culprit> {
        let own = self.0.iter().filter(|one| one.authority == issuer);
        if own.count() < Self::MAX {
            Ok(())
        } else {
            Err(Culprit {
                authority: issuer,
                fault: Fault::Duplicate,
            })
        }
    }

    /// Remembers a fault of an issuer that was admitted.
    pub(super) fn blame(&mut self, authority: AuthorityId, fault: Fault) -> Culprit {
        let culprit = Culprit { authority, fault };
        self.0.push(culprit);
        culprit
    }

    pub(super) fn as_slice(&self) -> &[Culprit] {
        &self.0
    }

    pub(super) fn into_vec(self) -> Vec<Culprit> {
        self.0
    }
}
