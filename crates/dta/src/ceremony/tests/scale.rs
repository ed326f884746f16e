//! Large groups: with release builds alone, since each member does the work of all.

use super::{founding, talk_through};
use crate::ceremony::Step;

/// 33 of 65 and 22 of 65, every member with a board of its own, one core.
#[test]
fn large_groups_come_to_a_result() {
    let sizes: &[(u16, u16)] = if cfg!(debug_assertions) {
        &[(4, 10)]
    } else {
        &[(33, 65), (22, 65)]
    };
    for (t, n) in sizes {
        let start = std::time::Instant::now();
        let (plan, mut members) = founding(*t, *n);
        let mut bytes = 0;
        for step in [
            Step::Join,
            Step::Commit,
            Step::Open,
            Step::Dispute,
            Step::Confirm,
        ] {
            let said = talk_through(&plan, &mut members, step);
            assert_eq!(said.len(), usize::from(*n));
            bytes += said.iter().map(Vec::len).sum::<usize>();
        }
        let domain = members[0].outcome(&plan).unwrap().domain;
        for member in &members {
            assert_eq!(member.outcome(&plan).unwrap().domain, domain);
        }
        let seconds = start.elapsed().as_secs_f64();
        std::eprintln!("{t} of {n}: {seconds:.1} s for all members, {bytes} bytes on the board");
    }
}
