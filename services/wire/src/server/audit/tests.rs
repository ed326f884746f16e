use std::io::ErrorKind;

use serde_json::json;

use super::*;
use crate::server::audit::lines::LINE_MAX;

/// Lines of many threads go to the disk together, each once, and one that is too long is nobody else's failure.
#[test]
fn lines_of_many_threads_are_written_together() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit");
    let audit = Audit::open(&path).unwrap();
    let long = "x".repeat(LINE_MAX);
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let (audit, long) = (&audit, &long);
            scope.spawn(move || {
                for number in 0..8_u8 {
                    let event = json!({ "thread": thread, "number": number });
                    let head = audit.record(Seconds::new(1), &event).unwrap();
                    // What is said to be written can be read.
                    assert!(head.lines > u64::from(number));
                    let refused = audit.record(Seconds::new(1), &json!(long));
                    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
                }
            });
        }
    });
    assert_eq!(verify(&path).unwrap(), audit.head());
    assert_eq!(audit.head().lines, 64);
    let text = std::fs::read_to_string(&path).unwrap();
    for thread in 0..8 {
        // Those of one thread in its order.
        let own = text
            .lines()
            .filter(|line| line.contains(&format!("\"thread\":{thread}")));
        let mut count = 0;
        for (number, line) in own.enumerate() {
            assert!(line.contains(&format!("\"number\":{number},")), "{line}");
            count += 1;
        }
        assert_eq!(count, 8);
    }
}

/// What waits is written at once, and waits for the disk once: the head of each is after its own lines.
#[test]
fn what_waits_is_written_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit");
    let audit = Audit::open(&path).unwrap();
    let waiting = |events: &[&str]| {
        let events = events.iter();
        let events = events.map(|event| (Seconds::new(1), json!(event).to_string()));
        Waiting::new(events.collect())
    };
    let all = [
        waiting(&["a", "b"]),
        waiting(&[&"x".repeat(LINE_MAX)]),
        waiting(&["c"]),
    ];
    let outcomes = [0, 1, 2].map(|place| Arc::clone(&all[place].outcome));
    locked(&audit.lines.open).write(all.into());
    let said = outcomes.map(|outcome| outcome.get().copied().unwrap());
    assert_eq!(said[0].unwrap().lines, 2);
    assert_eq!(said[1], Err(ErrorKind::InvalidInput));
    assert_eq!(said[2], Ok(audit.head()));
    assert_eq!(verify(&path).unwrap(), audit.head());
}

/// While the disk does not answer, the runtime goes on; what was taken is written, whoever has gone; what is too much is refused
/// at once, and nothing of it is written.
#[test]
fn handlers_wait_and_threads_of_the_runtime_do_not() {
    // One thread: that anything ends means that none is blocked.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit");
    let audit = Arc::new(Audit::open(&path).unwrap());
    let first = runtime.block_on(audit.note(Seconds::new(1), &json!("first")));
    let head = first.unwrap();
    assert_eq!((head.lines, head), (1, audit.head()));
    let long = json!("x".repeat(LINE_MAX));
    let refused = runtime.block_on(audit.note(Seconds::new(1), &long));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);

    // The disk hangs.
    let lines = Arc::clone(&audit.lines);
    let disk = locked(&lines.open);
    let note = |number: usize| {
        let audit = Arc::clone(&audit);
        runtime.spawn(async move { audit.note(Seconds::new(2), &json!(number)).await })
    };
    // More than wait and are under way together.
    let tasks: Vec<_> = (0..2 * Audit::WAITING_MAX).map(note).collect();
    let mut full = 0;
    let mut taken = Vec::new();
    for task in tasks {
        runtime.block_on(tokio::task::yield_now());
        if task.is_finished() {
            let refused = runtime.block_on(task).unwrap();
            let kind = refused.unwrap_err().kind();
            assert_eq!(kind, ErrorKind::WouldBlock);
            full += 1;
        } else {
            taken.push(task);
        }
    }
    assert!(full > 0 && taken.len() >= Audit::WAITING_MAX, "{full}");
    // Half of them hang up.
    let gone = taken.split_off(taken.len() / 2);
    let all = u64::try_from(taken.len() + gone.len()).unwrap();
    gone.iter().for_each(tokio::task::JoinHandle::abort);
    drop(disk);
    for task in taken {
        runtime.block_on(task).unwrap().unwrap();
    }
    // What is dropped with the runtime holds the file no longer.
    drop((runtime, lines, gone));
    let audit = Arc::into_inner(audit).expect("nobody else has it");
    drop(audit);
    assert_eq!(verify(&path).unwrap().lines, 1 + all);
}
