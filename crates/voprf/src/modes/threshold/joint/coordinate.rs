//! The coordinator's side, which holds no secret.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::Seconds;
use milagro_dta::AuthorityId;
use milagro_dta::issue::{CombineError, Culprit, Fault, Received};
use rand_core::CryptoRng;

use crate::modes::dleq::{Composite, scale_all};
use crate::modes::threshold::collect::Evaluation;
use crate::modes::threshold::faults::Faults;
use crate::modes::threshold::joint::issuer::{joint_challenge, weight};
use crate::modes::threshold::joint::message::{
    Answer, Commitment, Commitments, ProofRequest, Session,
};
use crate::modes::threshold::sharing::Shared;
use crate::modes::wire::{Evaluated, Proof};
use crate::suite::ristretto::Ristretto255;

/// A session that waits for commitments.
pub struct Joint<S: Shared = Ristretto255> {
    evaluation: Evaluation<S>,
    session: Session,
    /// Ascending, whatever the order of their parts was.
    signers: Vec<AuthorityId>,
    commitments: Vec<Received<Commitment<S>>>,
}

/// A session that waits for answers.
pub struct Challenged<S: Shared = Ristretto255> {
    evaluation: Evaluation<S>,
    signers: Vec<AuthorityId>,
    commitments: Commitments<S>,
    composite: Composite<S>,
    /// The weights of the statement, in scaled form.
    weights: Vec<S::Scalar>,
    c: S::Scalar,
    answers: Vec<Received<Answer<S>>>,
    faults: Faults,
}

impl<S: Shared> Evaluation<S> {
    /// Opens a session, in which the issuers that evaluated prove together that the group's key did.
    ///
    /// An issuer that does not answer, or is named, spoils the session: collect the parts anew without it. Then t
    /// others make the same evaluation, and another session its proof.
    pub fn prove_jointly<R: CryptoRng + ?Sized>(self, rng: &mut R, now: Seconds) -> Joint<S> {
        let mut id = [0; 32];
        rng.fill_bytes(&mut id);
        let mut signers: Vec<_> = self.issuers().collect();
        signers.sort_unstable();
        Joint {
            evaluation: self,
            session: Session { id, opened: now },
            signers,
            commitments: Vec::new(),
        }
    }
}

impl<S: Shared> Joint<S> {
    /// What to send to all signers.
    #[must_use]
    pub fn request(&self) -> ProofRequest<S> {
        let mut parts = self.evaluation.parts.clone();
        parts.sort_unstable_by_key(|part| part.from);
        ProofRequest {
            edition: self.evaluation.shared.edition_bytes(),
            session: self.session,
            blinded: self.evaluation.blinded.clone(),
            parts,
        }
    }

    /// Who has to answer it, ascending.
    #[must_use]
    pub fn signers(&self) -> &[AuthorityId] {
        &self.signers
    }

    /// Adds the commitment that came over the channel of an issuer.
    ///
    /// # Errors
    /// The culprit: [`Fault::Unknown`] for one that is no signer, [`Fault::Duplicate`].
    pub fn add(&mut self, from: AuthorityId, commitment: Commitment<S>) -> Result<(), Culprit> {
        let value = commitment;
        vacant(&self.signers, &self.commitments, from)?;
        self.commitments.push(Received { from, value });
        Ok(())
    }

    /// The challenge, once all signers have committed.
    ///
    /// # Errors
    /// [`CombineError::TooFew`].
    pub fn challenge(self) -> Result<Challenged<S>, CombineError> {
        complete(&self.signers, self.commitments.len(), Faults::new())?;
        let mut all = self.commitments;
        all.sort_unstable_by_key(|one| one.from);
        let commitments = Commitments(all);
        let Evaluation {
            shared,
            blinded,
            evaluated,
            ..
        } = &self.evaluation;
        let public = shared.public_key();
        let statement = public.statement(&public.context, blinded, evaluated);
        let composite = statement.composite();
        let weights = scale_all::<S>(&statement.weights());
        let c = joint_challenge(shared, &composite, &commitments);
        Ok(Challenged {
            composite,
            weights,
            c,
            commitments,
            signers: self.signers,
            answers: Vec::new(),
            faults: Faults::new(),
            evaluation: self.evaluation,
        })
    }
}

impl<S: Shared> Challenged<S> {
    /// What to send to all signers.
    #[must_use]
    pub const fn commitments(&self) -> &Commitments<S> {
        &self.commitments
    }

    /// Adds the answer that came over the channel of an issuer, if it is right: Rj = sj·G + c·λj·Kj, R'j = sj·M +
    /// c·λj·Zj with Zj = Σ dᵢ·Dij.
    ///
    /// # Errors
    /// The culprit: [`Fault::Unknown`] for one that is no signer, [`Fault::Duplicate`], [`Fault::Proof`]. After three
    /// wrong answers of one signer, [`Fault::Duplicate`], whatever it sends.
    pub fn add(&mut self, from: AuthorityId, answer: Answer<S>) -> Result<(), Culprit> {
        vacant(&self.signers, &self.answers, from)?;
        self.faults.admit(from)?;
        let value = answer;
        if !self.is_right(from, &value).unwrap_or(false) {
            return Err(self.faults.blame(from, Fault::Proof));
        }
        self.answers.push(Received { from, value });
        Ok(())
    }

    fn is_right(&self, from: AuthorityId, answer: &Answer<S>) -> Option<bool> {
        let key = self.evaluation.shared.key_of(from)?;
        let parts = &self.evaluation.parts;
        let part = parts.iter().find(|part| part.from == from)?;
        let committed = self.commitments.0.iter().find(|one| one.from == from)?;
        let rights: Vec<_> = part.value.evaluated.iter().map(|d| d.0.point).collect();
        let composite = Composite {
            m: self.composite.m,
            z: S::msm_vartime(&self.weights, &rights),
        };
        let c = self.c * weight::<S>(&self.signers, from)?;
        let [_, _, on_g, on_m] = composite.commitments(key, &c, &answer.0);
        let Commitment {
            on_g: claimed_g,
            on_m: claimed_m,
        } = &committed.value;
        Some(S::unscale(&on_g) == claimed_g.point && S::unscale(&on_m) == claimed_m.point)
    }

    /// The evaluation with one proof for the group's key, as from an unshared key.
    ///
    /// # Errors
    /// [`CombineError::TooFew`]; [`CombineError::Degenerate`] if the proof does not hold, which right answers
    /// exclude.
    pub fn finish(self) -> Result<(Vec<Evaluated<S>>, Proof<S>), CombineError> {
        complete(&self.signers, self.answers.len(), self.faults)?;
        let zero = S::one() - S::one();
        let sum = self.answers.iter().fold(zero, |sum, one| sum + one.value.0);
        let proof = Proof { c: self.c, s: sum };
        let public = self.evaluation.shared.public_key();
        self.composite
            .check(&public.context, &public.element, &proof)
            .map_err(|_| CombineError::Degenerate)?;
        Ok((self.evaluation.evaluated, proof))
    }
}

/// Whether a list still waits for something of that issuer.
fn vacant<T>(
    signers: &[AuthorityId],
    list: &[Received<T>],
    authority: AuthorityId,
) -> Result<(), Culprit> {
    let fault = if !signers.contains(&authority) {
        Fault::Unknown
    } else if list.iter().any(|one| one.from == authority) {
        Fault::Duplicate
    } else {
        return Ok(());
    };
    Err(Culprit { authority, fault })
}

fn complete(signers: &[AuthorityId], good: usize, faults: Faults) -> Result<(), CombineError> {
    if good == signers.len() {
        return Ok(());
    }
    Err(CombineError::TooFew {
        good,
        needed: signers.len(),
        culprits: faults.into_vec(),
    })
}

macro_rules! debug {
    ($($name:ident),*) => {
        $(impl<S: Shared> Debug for $name<S> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("signers", &self.signers)
                    .finish_non_exhaustive()
            }
        })*
    };
}
debug!(Joint, Challenged);
