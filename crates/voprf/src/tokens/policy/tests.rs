use alloc::sync::Arc;
use core::{
    num::NonZeroUsize,
    sync::atomic::{AtomicU32, Ordering},
};
use std::thread;

use super::{IssuancePolicy as _, PolicyRefusal, UserRate};
use crate::tokens::token::FormatError;

fn rate(tokens: u32, window: u64, users: usize) -> UserRate {
    UserRate::new(tokens, window, NonZeroUsize::new(users).unwrap()).unwrap()
}

#[test]
fn a_user_draws_up_to_the_rate_in_each_window() {
    let rate = rate(10, 100, 5);
    assert_eq!(rate.admit(b"ann", 7, 250), Ok(()));
    assert_eq!(
        rate.admit(b"ann", 4, 299),
        Err(PolicyRefusal::RateExceeded { retry_at: 300 })
    );
    assert_eq!(
        rate.admit(b"ann", 3, 299),
        Ok(()),
        "a refused question costs nothing"
    );
    assert_eq!(
        rate.admit(b"ann", 1, 299),
        Err(PolicyRefusal::RateExceeded { retry_at: 300 })
    );
    assert_eq!(rate.admit(b"bob", 10, 299), Ok(()));
    assert_eq!(rate.admit(b"ann", 10, 300), Ok(()));
}

#[test]
fn more_than_a_window_holds_is_never_allowed() {
    assert_eq!(
        rate(10, 100, 5).admit(b"ann", 11, 0),
        Err(PolicyRefusal::NeverAllowed)
    );
    assert_eq!(rate(u32::MAX, 100, 5).admit(b"ann", u32::MAX, 0), Ok(()));
    let full = rate(u32::MAX, 100, 5);
    assert_eq!(full.admit(b"ann", u32::MAX, 0), Ok(()));
    assert_eq!(
        full.admit(b"ann", 1, 0),
        Err(PolicyRefusal::RateExceeded { retry_at: 100 })
    );
}

#[test]
fn a_clock_turned_back_gives_no_second_window() {
    let rate = rate(10, 100, 5);
    assert_eq!(rate.admit(b"ann", 10, 300), Ok(()));
    assert_eq!(
        rate.admit(b"ann", 10, 100),
        Err(PolicyRefusal::RateExceeded { retry_at: 400 })
    );
    assert_eq!(
        rate.admit(b"ann", 10, 300),
        Err(PolicyRefusal::RateExceeded { retry_at: 400 })
    );
}

#[test]
fn memory_is_bounded_and_comes_back_with_the_window() {
    let rate = rate(10, 100, 2);
    assert_eq!(rate.admit(b"ann", 1, 0), Ok(()));
    assert_eq!(rate.admit(b"bob", 1, 0), Ok(()));
    assert_eq!(rate.admit(b"cid", 1, 0), Err(PolicyRefusal::Full));
    assert_eq!(rate.admit(b"ann", 1, 0), Ok(()));
    assert_eq!(rate.admit(b"cid", 1, 100), Ok(()));
}

#[test]
fn odd_arguments_are_defined() {
    assert_eq!(
        UserRate::new(1, 0, NonZeroUsize::MIN).err(),
        Some(FormatError::OutOfRange)
    );
    assert_eq!(
        rate(0, 1, 1).admit(b"", 1, u64::MAX),
        Err(PolicyRefusal::NeverAllowed)
    );
    assert_eq!(rate(1, 1, 1).admit(b"", 1, u64::MAX), Ok(()));
    assert_eq!(rate(1, 1, 1).admit(b"", 0, 0), Ok(()));
}

#[test]
fn threads_together_draw_no_more_than_the_rate() {
    let (rate, drawn) = (Arc::new(rate(1_000, 100, 1)), Arc::new(AtomicU32::new(0)));
    thread::scope(|scope| {
        for _ in 0..8 {
            let (rate, drawn) = (Arc::clone(&rate), Arc::clone(&drawn));
            scope.spawn(move || {
                for _ in 0..500 {
                    if rate.admit(b"ann", 3, 0).is_ok() {
                        drawn.fetch_add(3, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(drawn.load(Ordering::Relaxed), 999);
}
