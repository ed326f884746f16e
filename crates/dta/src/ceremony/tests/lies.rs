//! Lies, by whom they are told, and what strangers make of the evidence.

use super::liar::{Deal, bent, body, commit, sign, step};
use super::{Member, founding};
use crate::ceremony::dispute::{Dispute, Disputes};
use crate::ceremony::fault;
use crate::ceremony::{Ended, Fault, Offence, Party, Plan, Step, proven};
use crate::sharing::polynomial::Polynomial;
use crate::tests::{id, rng};
use crate::{AuthorityId, Mpin};
use milagro_curve::{DecodeError, G1Point, SecretResidue};

/// A member's disputes, with one more: of a right share.
pub(super) fn false_dispute(
    plan: &Plan<Mpin>,
    liar: &Member,
    me: AuthorityId,
    against: AuthorityId,
) -> Vec<u8> {
    let survey = super::survey(&liar.board);
    let (message, opening) = survey.openings[&against];
    let x = liar.with(plan, |seat| seat.session_key());
    let address = survey.address(me).unwrap();
    let shown = opening.envelope.show(address, &x, &[9; 32]).unwrap();
    let item = Dispute {
        against,
        message: message.digest,
        shown,
    };
    let said = Disputes {
        seen: survey.opened,
        items: vec![item],
    };
    sign(plan, &liar.key, Step::Dispute, me, &said.to_bytes())
}

/// Faults, with evidence that a stranger has checked.
fn checked(plan: &Plan<Mpin>, faults: &[Fault]) -> Vec<(Party, Offence)> {
    for fault in faults {
        let stranger = proven(plan, &fault.evidence).unwrap();
        let same = |other: &Fault| (other.culprit, other.offence) == (fault.culprit, fault.offence);
        assert!(stranger.iter().any(same), "{fault}");
        assert!(
            stranger.iter().all(|other| other.culprit == fault.culprit),
            "{fault}"
        );
        // Without any one of its messages it proves nothing of the kind.
        let messages = fault::read(&fault.evidence).unwrap();
        for lost in 0..messages.len() {
            let rest = messages
                .iter()
                .enumerate()
                .filter(|(place, _)| *place != lost);
            let rest = fault::write(rest.map(|(_, message)| message.to_vec()));
            let rest = proven(plan, &rest).unwrap();
            assert!(
                !rest.iter().any(same),
                "{fault}: message {lost} is not needed"
            );
        }
    }
    faults
        .iter()
        .map(|fault| (fault.culprit, fault.offence))
        .collect()
}

/// What comes of a session of four in which member 2 says these things instead of its own.
pub(super) struct Story {
    pub(super) faults: Vec<(Party, Offence)>,
    pub(super) ended: Option<Ended>,
    pub(super) dealers: Option<Vec<u16>>,
}

/// What the liar says in a step, given its own state; `None` for what an honest member would say.
pub(super) type Act<'a> = &'a dyn Fn(&Plan<Mpin>, &Member, Step) -> Option<Vec<u8>>;

pub(super) fn tell(plan: &Plan<Mpin>, mut members: Vec<Member>, act: Act<'_>) -> Story {
    for last in [
        Step::Join,
        Step::Commit,
        Step::Open,
        Step::Dispute,
        Step::Confirm,
    ] {
        let mut said = Vec::new();
        for (place, member) in members.iter_mut().enumerate() {
            let lie = if place == 1 {
                act(plan, member, last)
            } else {
                None
            };
            let next = lie.or_else(|| {
                member
                    .look(plan)
                    .send
                    .filter(|message| step(message) == last)
            });
            if let Some(message) = next {
                member.log.push(message.clone());
                said.push(message);
            }
        }
        members.iter_mut().for_each(|member| member.hear(&said));
    }
    let honest = members[0].look(plan);
    for place in [2, 3] {
        let other = members[place].look(plan);
        assert_eq!(other.faults, honest.faults);
        assert_eq!(other.ended, honest.ended);
        let domains = [&other.result, &honest.result]
            .map(|result| result.as_ref().map(|result| &result.domain));
        assert_eq!(domains[0], domains[1]);
    }
    let dealers = honest
        .result
        .map(|outcome| outcome.dealers.iter().map(|id| id.get()).collect());
    Story {
        faults: checked(plan, &honest.faults),
        ended: honest.ended,
        dealers,
    }
}

/// The liar commits to an opening of its own making, and opens it.
pub(super) fn dealt(
    make: &dyn Fn(&Plan<Mpin>, &Member) -> Vec<u8>,
) -> impl Fn(&Plan<Mpin>, &Member, Step) -> Option<Vec<u8>> + '_ {
    move |plan, liar, step| match step {
        Step::Commit => Some(commit(plan, liar, id(2), &make(plan, liar))),
        Step::Open => Some(sign(plan, &liar.key, Step::Open, id(2), &make(plan, liar))),
        _ => None,
    }
}

fn altered(at: usize, with: &'static [u8]) -> impl Fn(&Plan<Mpin>, &Member) -> Vec<u8> {
    move |plan, liar| {
        let mut body = liar.with(plan, |seat| Deal::of(seat).opening(plan, liar, id(2)));
        body[at..at + with.len()].copy_from_slice(with);
        body
    }
}

fn told(make: &dyn Fn(&Plan<Mpin>, &Member) -> Vec<u8>) -> Story {
    let (plan, members) = founding(2, 4);
    tell(&plan, members, &dealt(make))
}

/// A compressed point outside the subgroup: x = 4 is on the curve and of another order.
fn outside() -> [u8; 48] {
    let mut bytes = [0; 48];
    (bytes[0], bytes[47]) = (0x80, 4);
    assert_eq!(G1Point::from_bytes(&bytes), Err(DecodeError::NotInSubgroup));
    bytes
}

pub(super) const LIAR: Party = Party::Dealer(AuthorityId::new(2).unwrap());

#[test]
fn lies_are_named() {
    // Openings; the run goes on without the dealer.
    let deal = |change: &dyn Fn(&mut Deal<'_>)| {
        let make = |plan: &Plan<Mpin>, liar: &Member| {
            liar.with(plan, |seat| {
                let mut deal = Deal::of(seat);
                change(&mut deal);
                deal.opening(plan, liar, id(2))
            })
        };
        told(&make)
    };
    let polynomial = |deal: &mut Deal<'_>, t: u16| {
        let constant = deal.polynomial.constant().unwrap().clone();
        deal.polynomial = Polynomial::random(&mut rng(), constant, t);
    };
    let outside = outside();
    let outside: &'static [u8] = Box::leak(Box::new(outside));
    let stories: Vec<(&str, Story, Offence)> = vec![
        (
            "t + 1 commitments",
            deal(&|deal| polynomial(deal, 3)),
            Offence::Malformed(Step::Open),
        ),
        (
            "t - 1 commitments",
            deal(&|deal| polynomial(deal, 1)),
            Offence::Malformed(Step::Open),
        ),
        (
            "no constant term",
            deal(&|deal| deal.zero = true),
            Offence::Malformed(Step::Open),
        ),
        (
            "point outside the subgroup",
            told(&altered(80, outside)),
            Offence::Malformed(Step::Open),
        ),
        (
            "proof of possession changed",
            told(&altered(190, &[1, 2])),
            Offence::Possession,
        ),
        ("rogue constant", told(&rogue), Offence::Possession),
        (
            "masked value changed",
            told(&altered(260, &[1])),
            Offence::Ephemeral,
        ),
        (
            "scalar that is none",
            told(&altered(244, &[0xff; 8])),
            Offence::Malformed(Step::Open),
        ),
        (
            "receiver left out",
            deal(&|deal| deal.not_to = Some(id(3))),
            Offence::Receivers,
        ),
        (
            "wrong share to one",
            deal(&|deal| deal.bend = &|to, share| if to == id(4) { bent(&share) } else { share }),
            Offence::Share(id(4)),
        ),
        (
            "seven bytes",
            told(&|_, _| vec![1; 7]),
            Offence::Malformed(Step::Open),
        ),
        (
            "nothing",
            told(&|_, _| Vec::new()),
            Offence::Malformed(Step::Open),
        ),
    ];
    for (name, story, offence) in stories {
        assert_eq!(story.faults, [(LIAR, offence)], "{name}");
        assert_eq!(
            (story.ended, story.dealers),
            (None, Some(vec![1, 3, 4])),
            "{name}"
        );
    }
    // A wrong share to everybody: three disputes, and one of them is proof enough.
    let all = deal(&|deal| deal.bend = &|_, share| bent(&share));
    assert_eq!(all.faults, [(LIAR, Offence::Share(id(1)))]);
    assert_eq!(all.dealers, Some(vec![1, 3, 4]));
}

/// The difference of a point and member 1's constant, with member 1's proof.
fn rogue(plan: &Plan<Mpin>, liar: &Member) -> Vec<u8> {
    let mut body = liar.with(plan, |seat| Deal::of(seat).opening(plan, liar, id(2)));
    let point = |body: &[u8]| G1Point::from_slice(&body[32..80]).unwrap();
    let other = super::survey(&liar.board);
    if let Some((message, _)) = other.openings.get(&id(1)) {
        let rogue = (point(&body) - point(&message.body)).to_point().unwrap();
        body[32..80].copy_from_slice(&rogue.to_bytes());
        body[128..192].copy_from_slice(&message.body[128..192]);
    } else {
        // When it commits, it can only guess; the proof of any other constant fails the same way.
        body[32..80].copy_from_slice(&G1Point::generator().to_bytes());
    }
    body
}

#[test]
fn other_lies_are_named() {
    let receiver = Party::Receiver(id(2));
    // A join whose proof is somebody else's, and one that says nothing.
    for (body, offence) in [
        (None, Offence::SessionKey),
        (Some(vec![1, 2, 3]), Offence::Malformed(Step::Join)),
        (Some(Vec::new()), Offence::Malformed(Step::Join)),
    ] {
        let (plan, members) = founding(2, 4);
        let stranger = members[0].look(&plan).send.unwrap();
        let body = body.unwrap_or_else(|| super::liar::body(&stranger).to_vec());
        let story = tell(&plan, members, &|plan, liar, step| {
            (step == Step::Join).then(|| sign(plan, &liar.key, step, id(2), &body))
        });
        assert_eq!(story.faults, [(receiver, offence)]);
        assert_eq!(story.dealers, Some(vec![1, 3, 4]));
    }
    // An opening other than the one committed to.
    let (plan, members) = founding(2, 4);
    let story = tell(&plan, members, &|plan, liar, step| {
        let other = liar.with(plan, |seat| {
            let mut deal = Deal::of(seat);
            deal.polynomial = Polynomial::random(&mut rng(), SecretResidue::from(5), 2);
            deal.opening(plan, liar, id(2))
        });
        (step == Step::Open).then(|| sign(plan, &liar.key, step, id(2), &other))
    });
    assert_eq!(story.faults, [(LIAR, Offence::NotCommitted)]);
    assert_eq!(story.dealers, Some(vec![1, 3, 4]));
    // A commitment that says nothing.
    let (plan, members) = founding(2, 4);
    let story = tell(&plan, members, &|plan, liar, step| {
        (step == Step::Commit).then(|| sign(plan, &liar.key, step, id(2), &[7; 63]))
    });
    assert_eq!(story.faults, [(LIAR, Offence::Malformed(Step::Commit))]);
    assert_eq!(story.dealers, Some(vec![1, 3, 4]));
    // Disputes: of a right share, with a changed proof, and none that can be read.
    let (plan, members) = founding(2, 4);
    let story = tell(&plan, members, &|plan, liar, step| {
        (step == Step::Dispute).then(|| false_dispute(plan, liar, id(2), id(3)))
    });
    assert_eq!(story.faults, [(receiver, Offence::FalseDispute(id(3)))]);
    assert_eq!(
        (story.ended, story.dealers),
        (Some(Ended::FalseDispute(id(2))), None)
    );
    let (plan, members) = founding(2, 4);
    let story = tell(&plan, members, &|plan, liar, step| {
        (step == Step::Dispute).then(|| {
            let mut said = body(&false_dispute(plan, liar, id(2), id(3))).to_vec();
            let last = said.len() - 1;
            said[last] ^= 1;
            sign(plan, &liar.key, step, id(2), &said)
        })
    });
    assert_eq!(story.faults, [(receiver, Offence::FalseDispute(id(3)))]);
    let (plan, members) = founding(2, 4);
    let story = tell(&plan, members, &|plan, liar, step| {
        (step == Step::Dispute).then(|| sign(plan, &liar.key, step, id(2), &[0; 70]))
    });
    assert_eq!(
        story.faults,
        [(receiver, Offence::Malformed(Step::Dispute))]
    );
}
