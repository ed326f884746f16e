//! Every message of a session keeps its bytes: all that is in them comes from plan, keys and seeds.

use super::liar::{Deal, bent, commit, sign, step};
use super::{G, Member, talk, talk_through};
use crate::Mpin;
use crate::ceremony::{Party, Plan, Step};
use crate::domain::roster::{MemberKey, Roster};
use crate::tests::frozen::{assert_frozen, short};
use crate::tests::{id, threshold};
use milagro_curve::SecretResidue;

fn fixed() -> (Plan<Mpin>, Vec<Member>) {
    let keys = [1_u8, 2, 3, 4].map(|byte| MemberKey::<G>::from_bytes(&[byte; 32]).unwrap());
    let roster = Roster::new(keys.iter().map(MemberKey::public)).unwrap();
    let plan = Plan::found([9; 32], "frozen", threshold(2, 4), roster).unwrap();
    let members = keys.iter().zip(11_u8..).map(|(key, byte)| {
        let mut member = Member::new(&plan, key, None);
        member.seed = [byte; 32];
        member
    });
    let members = members.collect();
    (plan, members)
}

#[test]
fn messages() {
    let (plan, mut members) = fixed();
    let mut lines = vec![("plan", plan.digest().to_string())];
    let said = talk(&plan, &mut members);
    for (name, what) in [
        ("join", Step::Join),
        ("commit", Step::Commit),
        ("open", Step::Open),
        ("dispute", Step::Dispute),
        ("confirm", Step::Confirm),
    ] {
        let message = said.iter().find(|message| step(message) == what).unwrap();
        lines.push((name, short(message)));
    }
    let domain = members[0].outcome(&plan).unwrap().domain;
    lines.push(("domain", short(&domain.to_bytes())));
    assert_frozen(&lines, MESSAGES);
}

#[test]
fn exclusions_and_evidence() {
    let (plan, mut members) = fixed();
    talk_through(&plan, &mut members, Step::Join);
    let silent = members[0].give_up(&plan, Party::Dealer(id(2)));
    let mut lines = vec![("exclude", short(&silent))];
    let (plan, mut members) = fixed();
    talk_through(&plan, &mut members, Step::Join);
    let opening = members[0].with(&plan, |seat| {
        let bend = |to, share: SecretResidue| if to == id(4) { bent(&share) } else { share };
        Deal {
            bend: &bend,
            ..Deal::of(seat)
        }
        .opening(&plan, &members[0], id(1))
    });
    let messages = [
        commit(&plan, &members[0], id(1), &opening),
        sign(&plan, &members[0].key, Step::Open, id(1), &opening),
    ];
    let mut rest = members.split_off(1);
    for message in messages {
        rest.iter_mut()
            .for_each(|member| member.hear(core::slice::from_ref(&message)));
        talk(&plan, &mut rest);
    }
    let fault = rest[0].look(&plan).faults.remove(0);
    lines.push(("evidence", short(&fault.evidence)));
    assert_frozen(&lines, EVIDENCE);
}

const MESSAGES: &str = "
plan 5172 b0c6 a694 a434 0ec7 ceb6 4a9b 4aff 8121 f482 675f 8d5b 305f beda 66c8 ae96
join 212 dd616b35631b2678
commit 164 31357cbe049ad99a
open 542 999ec2b6e0e077fa
dispute 134 1603489efd8e8772
confirm 694 53359ab4a2f789b6
domain 283 8e2a27e81c24586d
";

const EVIDENCE: &str = "
exclude 103 b6d537b6a7e63a38
evidence 1695 8dde3b9fe31515a6
";
