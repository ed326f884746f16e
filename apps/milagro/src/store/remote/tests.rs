//! What a command says of a witness that it leaves behind, and what time a database tells.

use core::future::pending;

use super::*;

/// A database that answers, fails, or does neither.
enum Base {
    Answers,
    Fails,
    Hangs,
}

impl Kept for Base {
    const EACH: Duration = Duration::from_secs(3_600);

    async fn keep_up(&self) -> Result<(), OpenError> {
        match self {
            Self::Answers => Ok(()),
            Self::Fails => Err(OpenError::InUse),
            Self::Hangs => pending().await,
        }
    }

    async fn clock(&self) -> Result<Seconds, OpenError> {
        self.keep_up().await.map(|()| TIME)
    }
}

const TIME: Seconds = Seconds::new(1_800_000_000);

fn left(base: Base, patience: Duration) -> Result<(), String> {
    let threads = Threads::new().unwrap();
    let left = leave(threads.0.as_ref().unwrap(), &Arc::new(base), patience);
    left.map_err(|behind| behind.to_string())
}

#[test]
fn a_witness_that_is_behind_is_told_of() {
    const LONG: Duration = Duration::from_secs(60);
    assert_eq!(left(Base::Answers, LONG), Ok(()));
    let failed = left(Base::Fails, LONG).unwrap_err();
    assert!(failed.contains(&OpenError::InUse.to_string()), "{failed}");
    let late = left(Base::Hangs, Duration::ZERO).unwrap_err();
    for words in [&failed, &late] {
        assert!(
            words.contains("`witness`") && words.contains("`milagro status`"),
            "{words}"
        );
    }
}

#[test]
fn a_time_that_was_told_goes_on_by_itself() {
    let (threads, told) = (Threads::new().unwrap(), Told::default());
    let runtime = threads.0.as_ref().unwrap();
    let ask = |base| runtime.block_on(told.ask(&base));
    ask(Base::Fails);
    assert_eq!(told.time(), None);
    ask(Base::Answers);
    assert!(told.time().unwrap() >= TIME);
    let aged = |by: Duration| {
        let then = Instant::now().checked_sub(by).unwrap();
        *told.0.lock().unwrap() = Some((TIME, then));
        told.time()
    };
    assert!(aged(Duration::from_secs(60)).unwrap() >= TIME.plus(Seconds::new(60)));
    assert_eq!(aged(BELIEVED), None);
}
