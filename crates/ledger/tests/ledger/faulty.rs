//! Records that lose the call that they are told to lose, and no other.

use alloc::sync::Arc;

use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Kind, Records, Unavailable};

const KIND: Kind = Kind::new(200);

/// Writes one record, looks for it, lists it and deletes it: four calls, two of them writes. Which of them were answered.
async fn four(records: &FaultyRecords) -> [bool; 4] {
    let entry = Entry {
        kind: KIND,
        key: b"key",
        value: b"value",
        expected: None,
        until: None,
    };
    let put = records.put(entry).await;
    let get = records.get(KIND, &[b"key"]).await;
    let list = records.list(KIND, b"", b"", 9).await;
    let version = match put {
        Ok(Put::Stored(version)) => version,
        _ => version(records).await.unwrap_or(Version(0)),
    };
    let gone = records.delete(KIND, b"key", version).await;
    [put.is_ok(), get.is_ok(), list.is_ok(), gone.is_ok()]
}

/// What is behind them is asked, which is no call.
async fn version(records: &FaultyRecords) -> Option<Version> {
    let found = records.memory().get(KIND, &[b"key"]).await.unwrap();
    found[0].as_ref().map(|record| record.version)
}

#[tokio::test]
async fn the_call_whose_turn_it_is() {
    for loss in Loss::ALL {
        for turn in 0..5 {
            let records = FaultyRecords::new(1 << 20);
            records.lose_call(turn, loss);
            let expected: [bool; 4] = core::array::from_fn(|call| call != turn);
            assert_eq!(four(&records).await, expected, "{loss:?}");
            assert_eq!(records.writes(), 2);
            // A deletion that did not arrive has deleted nothing.
            let left = usize::from(turn == 3 && loss == Loss::Request);
            assert_eq!(records.memory().len(), left, "{loss:?} {turn}");
            assert_eq!(records.recover(), turn < 4);
            assert!(!records.recover());
        }
    }
}

#[tokio::test]
async fn the_write_whose_turn_it_is() {
    for loss in Loss::ALL {
        let records = FaultyRecords::new(1 << 20);
        for (turn, lost) in [(0, 0), (1, 3)] {
            records.lose_write(turn, loss);
            let expected: [bool; 4] = core::array::from_fn(|call| call != lost);
            assert_eq!(four(&records).await, expected, "{loss:?}");
            assert!(records.recover());
        }
        assert_eq!(records.writes(), 4);
    }
}

#[tokio::test]
async fn nothing_unless_it_is_told_to() {
    let behind = Arc::new(MemoryRecords::new(1 << 20));
    let records = FaultyRecords::over(Arc::clone(&behind));
    assert_eq!(four(&records).await, [true; 4]);
    records.lose_call(0, Loss::Request);
    assert!(!records.recover());
    assert_eq!(four(&records).await, [true; 4]);
    // What was told last counts, from then on.
    records.lose_write(0, Loss::Request);
    records.lose_call(1, Loss::Reply);
    assert_eq!(four(&records).await, [true, false, true, true]);
    assert_eq!(records.get(KIND, &[b"key"]).await, Ok(vec![None]));
    records.lose_call(0, Loss::Reply);
    assert_eq!(records.get(KIND, &[b"key"]).await, Err(Unavailable));
    assert!(behind.is_empty());
}
