//! A board that is full, or whose records fail.

use alloc::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use milagro_ledger::InPlace;
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_ledger::memory::MemoryLedger;
use milagro_wire::name::Name;
use milagro_wire::problem::ProblemType;
use milagro_wire::server::Octets;

use crate::board::{Board, message, put_message};
use crate::tests::effects::{NOW, effects, rng};

fn board(records: FaultyRecords, most: u64) -> State<Arc<Board>> {
    let ledger = Arc::new(InPlace(MemoryLedger::init(&mut rng(), 1_000, NOW)));
    State(Arc::new(Board {
        ledger,
        records: Arc::new(records),
        effects: effects(),
        most,
    }))
}

async fn put(board: &State<Arc<Board>>, text: &str) -> Result<StatusCode, Option<ProblemType>> {
    let path = Path(Name::of(text.as_bytes()).to_string());
    let body = Octets(Bytes::copy_from_slice(text.as_bytes()));
    let put = put_message(State(Arc::clone(&board.0)), path, body).await;
    put.map_err(|problem| problem.known())
}

#[tokio::test]
async fn takes_so_many_and_each_once() {
    let board = board(FaultyRecords::new(16 << 20), 3);
    for text in ["a", "b", "c"] {
        assert_eq!(put(&board, text).await, Ok(StatusCode::CREATED));
        assert_eq!(put(&board, text).await, Ok(StatusCode::NO_CONTENT));
    }
    assert_eq!(put(&board, "d").await, Err(Some(ProblemType::Conflict)));
    // What is there is there.
    assert_eq!(put(&board, "a").await, Ok(StatusCode::NO_CONTENT));
    let (name, other) = (Name::of(b"a").to_string(), Name::of(b"d").to_string());
    assert!(
        message(State(Arc::clone(&board.0)), Path(name.clone()))
            .await
            .is_ok()
    );
    for (wrong, problem) in [
        (other, ProblemType::NotFound),
        (name.to_uppercase(), ProblemType::Malformed),
    ] {
        let answer = message(State(Arc::clone(&board.0)), Path(wrong)).await;
        assert_eq!(answer.unwrap_err().known(), Some(problem));
    }
    // Another name than its hash, nothing, and too much.
    let long = "x".repeat((1 << 16) + 1);
    for (text, problem) in [
        ("b", ProblemType::Conflict),
        ("", ProblemType::Conflict),
        (long.as_str(), ProblemType::TooLarge),
    ] {
        let body = Octets(Bytes::copy_from_slice(text.as_bytes()));
        let answer = put_message(State(Arc::clone(&board.0)), Path(name.clone()), body).await;
        assert_eq!(answer.unwrap_err().known(), Some(problem));
    }
    // Nothing is no message under its own hash, either.
    let nothing = (Path(Name::of(b"").to_string()), Octets(Bytes::new()));
    let answer = put_message(State(Arc::clone(&board.0)), nothing.0, nothing.1).await;
    assert_eq!(answer.unwrap_err().known(), Some(ProblemType::Malformed));
}

#[tokio::test]
async fn counts_a_message_once_that_could_not_be_put_up() {
    for loss in Loss::ALL {
        let records = FaultyRecords::new(16 << 20);
        records.lose_write(0, loss);
        let board = board(records, 2);
        assert_eq!(put(&board, "a").await, Err(Some(ProblemType::Unavailable)));
        assert!(put(&board, "a").await.is_ok());
        assert_eq!(put(&board, "b").await, Ok(StatusCode::CREATED));
        assert_eq!(put(&board, "c").await, Err(Some(ProblemType::Conflict)));
    }
}
