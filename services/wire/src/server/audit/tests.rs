use serde_json::json;

use super::*;

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
    let waiting = |events: &[&str]| Waiting {
        events: events
            .iter()
            .map(|event| (Seconds::new(1), json!(event).to_string()))
            .collect(),
        outcome: Arc::new(OnceLock::new()),
    };
    let all = [
        waiting(&["a", "b"]),
        waiting(&[&"x".repeat(LINE_MAX)]),
        waiting(&["c"]),
    ];
    let outcomes = [0, 1, 2].map(|place| Arc::clone(&all[place].outcome));
    locked(&audit.open).write(all.into());
    let said = outcomes.map(|outcome| outcome.get().copied().unwrap());
    assert_eq!(said[0].unwrap().lines, 2);
    assert_eq!(said[1], Err(ErrorKind::InvalidInput));
    assert_eq!(said[2], Ok(audit.head()));
    assert_eq!(verify(&path).unwrap(), audit.head());
}
