//! What a command says of a witness that it leaves behind.

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
}

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
