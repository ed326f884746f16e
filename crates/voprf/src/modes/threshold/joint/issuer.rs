//! An issuer's side of a joint proof.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::error;
use core::fmt::{self, Display, Formatter};
use core::num::NonZeroU32;
use core::ops::Range;

use milagro_base::Seconds;
use milagro_dta::AuthorityId;
use milagro_dta::issue::{Culprit, Fault, Received};
use milagro_dta::sharing::Coefficients;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, Paid, Unspent};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::modes::context::Hedge;
use crate::modes::dleq::{Composite, challenge, transcript};
use crate::modes::threshold::collect::{Collector, Evaluation, check_edition};
use crate::modes::threshold::joint::message::{
    Answer, Commitment, Commitments, ProofRequest, Session,
};
use crate::modes::threshold::key::SharedKey;
use crate::modes::threshold::share::KeyShare;
use crate::modes::threshold::sharing::Shared;
use crate::modes::threshold::small::Weights;
use crate::modes::wire::Element;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// Why an issuer does not take part, or not any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JointRefusal {
    /// The request is of another domain, generation or set of keys.
    Edition,
    /// The session was opened too long ago, or in the future.
    Time,
    /// The signers are not t members, this issuer among them.
    Signers,
    /// A part is not its issuer's, or not for these elements: issuers prove what they have evaluated, and nothing
    /// else.
    Part,
    /// The session was answered before.
    Repeated,
    /// The session was counted on another ledger than the share's.
    OtherLedger,
    /// The commitments are not those of the signers, or this issuer's is another than it sent.
    Commitments,
}

impl Display for JointRefusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edition => "of another edition of the domain",
            Self::Time => "session opened at another time",
            Self::Signers => "not a set of signers with this issuer",
            Self::Part => "not what these issuers have evaluated",
            Self::Repeated => "session answered before",
            Self::OtherLedger => "session counted on another ledger",
            Self::Commitments => "not the commitments of the signers",
        })
    }
}

impl error::Error for JointRefusal {}

/// A request that was checked. In a [`Paid`] it is what [`KeyShare::commit`] commits for.
#[must_use = "a session that is not answered makes no proof"]
pub struct Admitted<S: Shared = Ristretto255> {
    id: AuthorityId,
    session: Session,
    evaluation: Evaluation<S>,
}

/// An issuer between its commitment and its answer. It holds the nonce, so it answers once only:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::modes::threshold::{KeyShare, joint::{Commitments, Committed}};
/// # fn demo(share: &KeyShare, committed: Committed, all: &Commitments) {
/// let first = committed.answer(share, all);
/// let second = committed.answer(share, all); // moved: a nonce answers one challenge
/// # }
/// ```
///
/// It is not stored: after a restart, the coordinator opens another session.
pub struct Committed<S: Shared = Ristretto255> {
    shared: SharedKey<S>,
    id: AuthorityId,
    signers: Vec<AuthorityId>,
    composite: Composite<S>,
    own: Commitment<S>,
    nonce: Box<Zeroizing<S::Scalar>>,
}

/// How long a session may take.
const LIFE: Seconds = Seconds::minutes(5);
/// How far clocks may differ.
const LEEWAY: Seconds = Seconds::minutes(1);

impl<S: Shared> KeyShare<S> {
    /// Checks a request at time `now`: what the issuer answers, locked behind the charge that counts the session on
    /// the share's ledger.
    /// The same session again is not answered, whatever the ledger says of it ([`JointRefusal::Repeated`]).
    ///
    /// Nothing is had by it that the issuer has not given: the request carries the parts of all signers, the issuer's
    /// own among them, by whose proofs it knows what was evaluated. It puts the evaluation together itself, so that
    /// no coordinator can have something else proven.
    ///
    /// # Security
    /// Checking costs what checking t parts costs, before
    /// anything is charged: take requests from coordinators that you know.
    ///
    /// # Errors
    /// [`JointRefusal`].
    pub fn join(
        &self,
        request: ProofRequest<S>,
        now: Seconds,
    ) -> Result<Unspent<Admitted<S>>, JointRefusal> {
        check_edition(&request.edition, &self.shared().edition_bytes())
            .map_err(|_: Fault| JointRefusal::Edition)?;
        let life = request.session.opened.minus(LEEWAY)..request.session.opened.plus(LIFE);
        if !life.contains(&now) {
            return Err(JointRefusal::Time);
        }
        let needed = usize::from(self.shared().threshold().needed());
        let members = request
            .signers()
            .all(|id| self.shared().key_of(id).is_some());
        let among = request.signers().any(|id| id == self.id());
        if request.parts.len() != needed || !members || !among {
            return Err(JointRefusal::Signers);
        }
        let charge = self.charge(&request, life);
        let mut collector = Collector::new(self.shared(), &request.blinded);
        for Received { from, value } in request.parts {
            collector
                .add(from, value)
                .map_err(|_: Culprit| JointRefusal::Part)?;
        }
        let evaluation = collector.finish().map_err(|_| JointRefusal::Part)?;
        let admitted = Admitted {
            id: self.id(),
            session: request.session,
            evaluation,
        };
        Ok(Unspent::new(admitted, vec![charge]).on(self.ledger()))
    }

    /// One session of one issuer, under a claim that hashes the whole request.
    fn charge(&self, request: &ProofRequest<S>, life: Range<Seconds>) -> Charge {
        let thing = Sha256::new()
            .chain_update(tags::THRESHOLD_SESSION)
            .chain_update(request.edition)
            .chain_update(self.id().get().to_be_bytes())
            .chain_update(request.session.id)
            .finalize();
        let claim = Sha256::new()
            .chain_update(tags::THRESHOLD_SESSION_CLAIM)
            .chain_update(thing)
            .chain_update(request.to_bytes())
            .finalize();
        let life = Life::Span {
            from: Some(life.start),
            until: life.end,
        };
        Charge {
            account: Account::new(Kind::CHALLENGE, &thing.into(), life),
            amount: NonZeroU32::MIN,
            limit: 1,
            claim: Claim::public(claim.into()),
        }
    }

    /// Draws the nonce of a session that was paid for, and commits to it.
    ///
    /// # Errors
    /// [`JointRefusal::Repeated`] if the session was paid for before: nobody can know whether its nonce has
    /// answered; [`JointRefusal::OtherLedger`] if it was paid for elsewhere; [`JointRefusal::Signers`] if another
    /// issuer, or a share of another edition, was paid for.
    pub fn commit<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        paid: Paid<Admitted<S>>,
    ) -> Result<(Commitment<S>, Committed<S>), JointRefusal> {
        if paid.ledger() != self.ledger() {
            return Err(JointRefusal::OtherLedger);
        }
        if paid.charges().any(|(_, grant)| grant.again) {
            return Err(JointRefusal::Repeated);
        }
        let Admitted {
            id,
            session,
            evaluation,
        } = paid.into_value();
        if id != self.id() || evaluation.shared.edition() != self.shared().edition() {
            return Err(JointRefusal::Signers);
        }
        let public = self.shared().public_key();
        let statement =
            public.statement(&public.context, &evaluation.blinded, &evaluation.evaluated);
        let digest = transcript::<S>(&statement.weights());
        let composite = statement.composite();
        let hedge = Hedge::<S>::new(rng, tags::THRESHOLD_JOINT_NONCE);
        let (k, key) = (Zeroizing::new(S::encode_scalar(self.scalar())), self.key());
        let signers: Vec<_> = evaluation.issuers().collect();
        let numbers: Vec<u8> = signers
            .iter()
            .flat_map(|id| id.get().to_be_bytes())
            .collect();
        // All but the last two have fixed lengths, and the signers are t.
        let nonce = hedge.scalar(&[
            k.as_ref(),
            key.as_slice(),
            &self.shared().edition_bytes(),
            &session.id,
            &session.opened.to_bytes(),
            &numbers,
            &digest,
        ]);
        let nonce = Box::new(nonce);
        // R' = rj·M, of which the composite is a scaled point.
        let on_m = Element::from_point(S::unscale(&S::mul(&composite.m, &nonce)));
        let on_g = Element::from_point(S::mul_base(&nonce));
        if S::is_identity(&on_m.point) {
            return Err(JointRefusal::Part);
        }
        let own = Commitment { on_g, on_m };
        let committed = Committed {
            shared: self.shared().clone(),
            id: self.id(),
            signers,
            composite,
            own,
            nonce,
        };
        Ok((own, committed))
    }
}

impl<S: Shared> Committed<S> {
    /// Answers the challenge that the commitments of all signers give: sj = rj - c·λj·kj.
    ///
    /// # Errors
    /// [`JointRefusal::Commitments`]; [`JointRefusal::Signers`] for a share of another issuer or edition than the
    /// one that committed. The session is spent either way.
    pub fn answer(
        self,
        share: &KeyShare<S>,
        all: &Commitments<S>,
    ) -> Result<Answer<S>, JointRefusal> {
        let same = share.shared().edition() == self.shared.edition();
        if share.id() != self.id || !same {
            return Err(JointRefusal::Signers);
        }
        let signers = all.0.iter().map(|one| one.from);
        let own = all.0.iter().find(|one| one.from == self.id);
        if !signers.eq(self.signers.iter().copied()) || own.map(|one| one.value) != Some(self.own) {
            return Err(JointRefusal::Commitments);
        }
        let weight = weight::<S>(&self.signers, self.id).ok_or(JointRefusal::Signers)?;
        let c = joint_challenge(&self.shared, &self.composite, all);
        Ok(Answer(**self.nonce - c * weight * *share.scalar()))
    }
}

/// λj of one of the signers.
pub(super) fn weight<S: Shared>(signers: &[AuthorityId], of: AuthorityId) -> Option<S::Scalar> {
    let weights = Weights::<S>::new(&Coefficients::at_zero(signers)?)?;
    let mut pairs = signers.iter().zip(weights.scalars);
    pairs.find(|(id, _)| **id == of).map(|(_, weight)| weight)
}

/// c = HashToScalar(K, M, Z, Σ Rj, Σ R'j), as in RFC 9497, section 2.2.1.
pub(super) fn joint_challenge<S: Shared>(
    shared: &SharedKey<S>,
    composite: &Composite<S>,
    all: &Commitments<S>,
) -> S::Scalar {
    let one = S::scale(&S::one());
    let scaled = |points: Vec<S::Point>| S::msm_vartime(&vec![one; points.len()], &points);
    let on_g = scaled(all.0.iter().map(|each| each.value.on_g.point).collect());
    let on_m = scaled(all.0.iter().map(|each| each.value.on_m.point).collect());
    let public = shared.public_key();
    let points = [composite.m, composite.z, on_g, on_m];
    challenge(&public.context, &public.element, &points)
}

milagro_base::opaque_debug!(Admitted<S: Shared>, Committed<S: Shared>);

impl<S: Shared> ZeroizeOnDrop for Committed<S> {}
