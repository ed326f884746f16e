//! What a member can say that an honest one would not.

use super::{G, Member};
use crate::ceremony::commit::{Commit, commitment};
use crate::ceremony::envelope::{Envelope, context};
use crate::ceremony::message::{Message, Step, place};
use crate::ceremony::open::content;
use crate::ceremony::plan::Task;
use crate::ceremony::{Plan, Seat};
use crate::domain::roster::MemberKey;
use crate::sharing::group::Group as _;
use crate::sharing::polynomial::Polynomial;
use crate::sharing::schnorr::{Proof, Statement};
use crate::{AuthorityId, Mpin, tags};
use milagro_base::Writer;
use milagro_curve::{Scalar, SecretResidue};

/// The step of a message.
pub(super) fn step(message: &[u8]) -> Step {
    Message::<G>::read(message).unwrap().step
}

/// Who a message says it is from.
pub(super) fn from(message: &[u8]) -> AuthorityId {
    Message::<G>::read(message).unwrap().from
}

/// The body of a message.
pub(super) fn body(message: &[u8]) -> &[u8] {
    &message[36..message.len() - 64]
}

/// A body, signed.
pub(super) fn sign(
    plan: &Plan<Mpin>,
    key: &MemberKey<G>,
    step: Step,
    from: AuthorityId,
    body: &[u8],
) -> Vec<u8> {
    let place = (plan.digest, step, from);
    let message = Message::sign(place, body.to_vec(), key.secret(), &key.public(), &[9; 32]);
    message.unwrap().to_bytes()
}

/// What a dealer deals, and what it can do otherwise.
pub(super) struct Deal<'a> {
    pub(super) polynomial: Polynomial<G>,
    /// Whether the commitments leave the constant term out.
    pub(super) zero: bool,
    /// What each receiver gets instead of f(j).
    pub(super) bend: &'a dyn Fn(AuthorityId, SecretResidue) -> SecretResidue,
    /// ε, and instead of E and its proof those of somebody else.
    pub(super) ephemeral: SecretResidue,
    /// Another proof of possession.
    pub(super) possession: Option<Proof<G>>,
    /// Whom to leave out.
    pub(super) not_to: Option<AuthorityId>,
}

impl Deal<'_> {
    /// An honest one.
    pub(super) fn of(seat: &Seat<'_, Mpin>) -> Self {
        Self {
            polynomial: seat.polynomial().unwrap(),
            zero: seat.plan.task == Task::Refresh,
            bend: &|_, share| share,
            ephemeral: seat.draw("ephemeral key", &[]),
            possession: None,
            not_to: None,
        }
    }

    /// The body of an opening, for those who have joined on a member's board.
    pub(super) fn opening(&self, plan: &Plan<Mpin>, liar: &Member, me: AuthorityId) -> Vec<u8> {
        let survey = super::survey(&liar.board);
        let commitments = if self.zero {
            self.polynomial.commit_without_constant().unwrap()
        } else {
            self.polynomial.commit().unwrap()
        };
        let place = place(plan.digest, Step::Open, me);
        let possession = (plan.task == Task::Found).then(|| {
            let secret = self.polynomial.constant().unwrap();
            let constant = G::commit(secret).unwrap();
            let statement = Statement::new(tags::POSSESSION, &place, &constant);
            let honest = statement.prove(secret, &[9; 32]).unwrap();
            self.possession.unwrap_or(honest)
        });
        let content = content(&survey.joined, &commitments, possession.as_ref());
        let values = survey.receivers().filter(|to| Some(to.to) != self.not_to);
        let values = values.map(|to| (to, (self.bend)(to.to, self.polynomial.share(to.to))));
        let context = context(&place, &survey.joined);
        let envelope = Envelope::seal(context, &content, &self.ephemeral, values, &[9; 32]);
        let envelope = envelope.unwrap();
        envelope.write(Writer::new().bytes(&content)).finish()
    }
}

/// A commitment to the body of an opening.
pub(super) fn commit(plan: &Plan<Mpin>, liar: &Member, me: AuthorityId, opening: &[u8]) -> Vec<u8> {
    let survey = super::survey(&liar.board);
    let commit = Commit {
        seen: survey.joined,
        opening: commitment(plan.digest, me, opening),
    };
    sign(plan, &liar.key, Step::Commit, me, &commit.to_bytes())
}

/// Another share than the right one.
pub(super) fn bent(share: &SecretResidue) -> SecretResidue {
    G::secret_add_product(share, &SecretResidue::from(1), &Scalar::from(1_u64))
}
