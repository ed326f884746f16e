//! Pools of several sizes give the same results in the same order.

use core::time::Duration;
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::parallel;

fn pool(threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads can be started")
}

#[test]
fn maps_keep_their_order() {
    for threads in [1, 2, 5] {
        for count in [0_usize, 1, 2, 3, 100] {
            let items: Vec<usize> = (0..count).collect();
            let squares = pool(threads).install(|| parallel::map(items, |n| n * n));
            assert_eq!(squares, (0..count).map(|n| n * n).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_callers_pool_does_the_work() {
    let seen: Mutex<Vec<ThreadId>> = Mutex::default();
    let here = thread::current().id();
    pool(3).install(|| {
        parallel::map(vec![(); 64], |()| {
            thread::yield_now();
            seen.lock().expect("no panic").push(thread::current().id());
        })
    });
    assert!(!seen.lock().expect("no panic").contains(&here));
}

#[test]
fn two_things_meet() {
    let meeting = (Mutex::new(0), Condvar::new());
    let met = pool(2).install(|| {
        parallel::map(vec![(); 2], |()| {
            let mut there = meeting.0.lock().expect("no panic");
            *there += 1;
            meeting.1.notify_all();
            let (there, late) = meeting
                .1
                .wait_timeout_while(there, Duration::from_secs(60), |there| *there < 2)
                .expect("no panic");
            drop(there);
            !late.timed_out()
        })
    });
    assert_eq!(met, [true, true]);
}

#[test]
fn parts_are_as_many_as_threads_and_never_none() {
    let parts = |items, least| pool(4).install(|| parallel::parts(items, least));
    assert_eq!(parts(0, 8), 1);
    assert_eq!(parts(8, 8), 1);
    assert_eq!(parts(17, 8), 2);
    assert_eq!(parts(1000, 8), 4);
    assert_eq!(parts(3, 0), 3);
    assert_eq!(pool(1).install(|| parallel::parts(1000, 8)), 1);
}
