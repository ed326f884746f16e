//! How often a client is answered for one subject. Whoever has a grant may present it again, for its own lost answers; what
//! it presents beyond that is not for its registrar to pay.

use alloc::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_base::Seconds;
use milagro_dta::grants::Issued;
use sha2::{Digest as _, Sha256};

/// Answers for one client key and subject, in one minute of the clock.
pub(crate) const PER_MINUTE: u32 = 10;

/// How many clients and subjects are told apart in a minute: 2 MiB. Those that come after them have the limit of their
/// registrar alone, which pays for each that is entered here.
const MOST: usize = 16_384;

/// The answers of the last minute.
#[derive(Default)]
pub(crate) struct Repeats(Mutex<Minute>);

milagro_base::opaque_debug!(Repeats);

#[derive(Default)]
struct Minute {
    number: u64,
    answers: BTreeMap<Issued, u32>,
    /// Hashes of grants with the signature of the registrar that came too often.
    refused: BTreeSet<[u8; 32]>,
}

/// A grant came too often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooOften {
    /// Seconds until it is answered again.
    pub(crate) wait: u64,
    /// Whether it is the first of its client and subject in this minute.
    pub(crate) first: bool,
}

impl Repeats {
    /// Counts an answer to a grant that the registrar has signed.
    ///
    /// # Errors
    /// [`TooOften`].
    pub(crate) fn count(
        &self,
        issued: &Issued,
        grant: &[u8],
        now: Seconds,
    ) -> Result<(), TooOften> {
        self.in_minute(now, |minute| minute.count(issued, grant))
            .map_err(|first| TooOften {
                wait: until_next(now),
                first,
            })
    }

    /// Seconds until a grant is answered again, if these bytes came too often in this minute. Nothing has to be computed to
    /// know it, and nothing is counted. The clock is asked only if anything was refused lately.
    pub(crate) fn refused(&self, grant: &[u8], clock: impl FnOnce() -> Seconds) -> Option<u64> {
        if self.lock().refused.is_empty() {
            return None;
        }
        let (hash, now) = (hash(grant), clock());
        let is_known = self.in_minute(now, |minute| minute.refused.contains(&hash));
        is_known.then(|| until_next(now))
    }

    fn lock(&self) -> MutexGuard<'_, Minute> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_minute<T>(&self, now: Seconds, what: impl FnOnce(&mut Minute) -> T) -> T {
        let mut minute = self.lock();
        let number = now.get() / 60;
        if minute.number != number {
            *minute = Minute {
                number,
                ..Minute::default()
            };
        }
        what(&mut minute)
    }
}

impl Minute {
    /// Whether it is the first one that is refused, if it is.
    fn count(&mut self, issued: &Issued, grant: &[u8]) -> Result<(), bool> {
        let has_room = self.answers.len() < MOST;
        let Some(answers) = self.answers.get_mut(issued) else {
            if has_room {
                self.answers.insert(*issued, 1);
            }
            return Ok(());
        };
        if *answers < PER_MINUTE {
            *answers = answers.saturating_add(1);
            return Ok(());
        }
        if self.refused.len() < MOST {
            self.refused.insert(hash(grant));
        }
        let first = *answers == PER_MINUTE;
        *answers = PER_MINUTE.saturating_add(1);
        Err(first)
    }
}

fn hash(grant: &[u8]) -> [u8; 32] {
    Sha256::digest(grant).into()
}

/// Seconds until the next minute of the clock.
const fn until_next(now: Seconds) -> u64 {
    60_u64.saturating_sub(now.get() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Seconds = Seconds::new(1_800_000_000);

    fn issued(number: u64) -> Issued {
        let mut bytes = [0; Issued::LEN];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Issued::from_bytes(&bytes)
    }

    #[test]
    fn each_has_its_own_number_in_each_minute() {
        let repeats = Repeats::default();
        let now = START.plus(Seconds::new(50));
        for _ in 0..PER_MINUTE {
            assert_eq!(repeats.count(&issued(0), b"grant", now), Ok(()));
            assert_eq!(repeats.refused(b"grant", || now), None);
        }
        for first in [true, false, false] {
            let expected = TooOften { wait: 10, first };
            assert_eq!(repeats.count(&issued(0), b"grant", now), Err(expected));
            assert_eq!(repeats.refused(b"grant", || now), Some(10));
        }
        // A renewed grant of the same client is another one, with the same number.
        assert_eq!(repeats.refused(b"renewed", || now), None);
        let second = repeats.count(&issued(0), b"renewed", now);
        assert_eq!(second.map_err(|over| over.first), Err(false));
        assert_eq!(repeats.refused(b"renewed", || now), Some(10));
        assert_eq!(repeats.count(&issued(1), b"other", now), Ok(()));
        // Also of a clock that is put back.
        for later in [START.plus(Seconds::minutes(1)), START] {
            assert_eq!(repeats.refused(b"grant", || later), None);
            assert_eq!(repeats.count(&issued(0), b"grant", later), Ok(()));
        }
    }

    #[test]
    fn whoever_comes_when_it_is_full_is_not_refused() {
        let repeats = Repeats::default();
        let most = u64::try_from(MOST).unwrap();
        for number in 0..most {
            assert_eq!(repeats.count(&issued(number), b"grant", START), Ok(()));
        }
        for _ in 0..PER_MINUTE * 2 {
            assert_eq!(repeats.count(&issued(most), b"late", START), Ok(()));
        }
        assert_eq!(repeats.0.lock().unwrap().answers.len(), MOST);
        // Those that are in have their number all the same.
        for _ in 1..PER_MINUTE {
            assert_eq!(repeats.count(&issued(0), b"grant", START), Ok(()));
        }
        assert!(repeats.count(&issued(0), b"grant", START).is_err());
    }
}
