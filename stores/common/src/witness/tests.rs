//! The file of a witness.

use std::{env, fs, process, thread};

use milagro_ledger::LedgerId;

use crate::witness::{Marks, Witness, WitnessError};

fn marks(numbers: &[u64]) -> Marks {
    Marks {
        ledger: LedgerId::from_bytes([7; 32]),
        numbers: numbers.to_vec(),
    }
}

struct File(Witness);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("milagro-witness-{}-{name}", process::id());
        Self(Witness::new(env::temp_dir().join(name)))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _gone = fs::remove_file(self.0.path());
    }
}

#[test]
fn remembers_the_last_marks() {
    let file = File::new("last");
    assert_eq!(file.0.read().unwrap(), None);
    for marks in [marks(&[1, 2]), marks(&[]), marks(&[u64::MAX])] {
        file.0.write(&marks).unwrap();
        assert_eq!(file.0.read().unwrap(), Some(marks));
    }
}

#[test]
fn a_damaged_file_is_no_empty_one() {
    let file = File::new("damaged");
    file.0.write(&marks(&[1, 2])).unwrap();
    let bytes = fs::read(file.0.path()).unwrap();
    for place in 0..bytes.len() {
        let mut other = bytes.clone();
        other[place] ^= 1;
        fs::write(file.0.path(), &other).unwrap();
        assert!(
            matches!(file.0.read(), Err(WitnessError::Damaged)),
            "{place}"
        );
        fs::write(file.0.path(), &bytes[..place]).unwrap();
        assert!(
            matches!(file.0.read(), Err(WitnessError::Damaged)),
            "{place}"
        );
    }
}

#[test]
fn marks_reach_what_is_no_further() {
    assert!(marks(&[2, 2]).reach(&marks(&[1, 2])));
    assert!(!marks(&[2, 1]).reach(&marks(&[1, 2])));
    assert!(!marks(&[2]).reach(&marks(&[1, 2])));
    let other = Marks {
        ledger: LedgerId::from_bytes([8; 32]),
        ..marks(&[1])
    };
    assert!(!marks(&[2]).reach(&other));
}

#[test]
fn many_threads_write_one_file_and_nobody_takes_it_back() {
    let file = File::new("threads");
    let write = |thread: u64| {
        let own = file.0.clone();
        for number in 1..=50 {
            own.write(&marks(&[number, thread * number])).unwrap();
            // Whole at any time, and never behind what this thread has written.
            let read = own.read().unwrap().unwrap();
            assert!(read.reach(&marks(&[number, thread * number])));
        }
    };
    thread::scope(|scope| {
        let threads = [1, 2, 3, 4].map(|thread| scope.spawn(move || write(thread)));
        for thread in threads {
            thread.join().unwrap();
        }
    });
    assert_eq!(file.0.read().unwrap(), Some(marks(&[50, 200])));
    // Another ledger begins anew.
    let other = Marks {
        ledger: LedgerId::from_bytes([8; 32]),
        ..marks(&[1, 1])
    };
    file.0.write(&other).unwrap();
    assert_eq!(file.0.read().unwrap(), Some(other));
}
