//! A member that is killed at every one of its writes.

use alloc::sync::Arc;

use milagro_dta::ceremony::Plan;
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{Edition, MemberPublicKey, Mpin, Roster, Threshold};
use milagro_ledger::InPlace;
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_ledger::memory::MemoryLedger;
use tempfile::TempDir;

use crate::ceremony::{Member, SessionError, Task};
use crate::kinds::SESSION;
use crate::safe::Safe;
use crate::tests::effects::{NOW, effects, rng};
use milagro_wire::server::locked::KIND as SECRET;
use milagro_wire::server::locked::OperatorKey;

pub(super) struct Seat {
    pub(super) records: Arc<FaultyRecords>,
    pub(super) member: Member,
    directory: TempDir,
}

impl Seat {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let records = Arc::new(FaultyRecords::new(16 << 20));
        let ledger = Arc::new(InPlace(MemoryLedger::init(&mut rng(), 1_000, NOW)));
        let key = Arc::new(OperatorKey::random(&mut rng()));
        let safe = Safe::new(directory.path());
        let member = Member::new(
            Arc::<FaultyRecords>::clone(&records),
            ledger,
            safe,
            key,
            effects(),
        );
        Self {
            records,
            member,
            directory,
        }
    }

    /// How many files lie in its safe.
    pub(super) fn files(&self) -> usize {
        std::fs::read_dir(self.directory.path()).unwrap().count()
    }
}

pub(super) fn plan(keys: Vec<MemberPublicKey<Bls12381G1>>) -> Task<Mpin> {
    let members = u16::try_from(keys.len()).unwrap();
    let threshold = Threshold::new(members, members).unwrap();
    let roster = Roster::new(keys).unwrap();
    let plan = Plan::found([7; 32], "example", threshold, roster).unwrap();
    Task {
        number: [7; 32],
        plan,
        domain: None,
        issued: None,
    }
}

/// Takes part as a process does, until it is killed or done; what goes out goes onto the board.
pub(super) async fn attend(
    seat: &Seat,
    task: &Task<Mpin>,
    board: &mut Vec<Vec<u8>>,
) -> Result<Option<Edition>, SessionError> {
    let mut session = seat.member.join(task.clone()).await?;
    board.extend_from_slice(session.said());
    loop {
        let step = session.look(board).await?;
        if step.result.is_some() || step.ended || step.send.is_empty() {
            return Ok(step.result);
        }
        board.extend(step.send);
    }
}

/// One round after another, until all are done. A member that is killed comes back in the next.
async fn hold(seats: &[Seat], task: &Task<Mpin>) -> (Vec<Option<Edition>>, u32) {
    let (mut board, mut results, mut kills) = (Vec::new(), vec![None; seats.len()], 0);
    for _ in 0..20 {
        for (seat, result) in seats.iter().zip(&mut results) {
            match attend(seat, task, &mut board).await {
                Ok(edition) => *result = edition.or(*result),
                // Its share was sealed before it was killed.
                Err(SessionError::Over) => {}
                Err(_) => kills += 1,
            }
        }
    }
    (results, kills)
}

#[tokio::test]
async fn goes_on_with_the_same_words() {
    for loss in Loss::ALL {
        let mut write = 0;
        loop {
            // The first write is that of the member's key, which is no part of the session.
            let seats = [Seat::new(), Seat::new()];
            seats[0].records.lose_write(write + 1, loss);
            let mut keys = Vec::new();
            for seat in &seats {
                keys.push(seat.member.draw_key().await.unwrap().public());
            }
            let task = plan(keys);
            let (results, kills) = hold(&seats, &task).await;
            let what = format!("write {write}, {loss:?}, killed {kills} times");
            let founded = results[1].expect(&what);
            if let Some(own) = results[0] {
                assert_eq!(own, founded, "{what}");
            }
            for seat in &seats {
                let (records, key) = (&*seat.member.records, &seat.member.key);
                let opened = seat
                    .member
                    .safe
                    .open::<Mpin>(records, key, &founded.id)
                    .await;
                assert_eq!(
                    *opened.expect(&what).0.domain().edition(),
                    founded,
                    "{what}"
                );
                assert_eq!(seat.files(), 1, "{what}");
                assert!(matches!(
                    seat.member.join(task.clone()).await,
                    Err(SessionError::Over)
                ));
                // Of seed and log nothing is left: one record says that the session is over, one is the member's key.
                for (kind, left) in [(SESSION, 1), (SECRET, 1)] {
                    let page =
                        milagro_ledger::Records::list(seat.records.memory(), kind, &[], &[], 99);
                    assert_eq!(page.await.unwrap().keys.len(), left, "{what}");
                }
            }
            if !seats[0].records.recover() {
                assert!(write > 10, "{what}");
                break;
            }
            assert!(kills <= 1, "{what}");
            write += 1;
        }
    }
}
