//! A ledger that is as simple as it can be: a map behind a lock of one's choice, with or without a file
//! beneath it.

use alloc::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::rules;
use milagro_ledger::tally::Tally;
use milagro_ledger::{Account, Charge, LedgerId, Life, LocalLedger, Unavailable, Usage, Verdict};

/// A lock, so that shuttle's can be put in the place of the standard library's.
pub(in crate::tokens) trait Lock<T>: Send + Sync {
    fn new(value: T) -> Self;
    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O;
}

impl<T: Send> Lock<T> for std::sync::Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        f(&mut self.lock().unwrap())
    }
}

impl<T: Send> Lock<T> for shuttle::sync::Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        f(&mut self.lock().unwrap())
    }
}

pub(in crate::tokens) struct Toy<L>(L);

pub(in crate::tokens) struct Book {
    born: Seconds,
    latest: Seconds,
    tallies: BTreeMap<[u8; 32], Tally>,
    file: Option<File>,
}

impl<L: Lock<Book>> Toy<L> {
    pub(in crate::tokens) fn new(born: Seconds) -> Self {
        Self(L::new(Book::new(born, None)))
    }

    /// Opens the ledger of this file, which holds the accounts as they were written, one after another. The
    /// end of a process in the midst of writing leaves part of a line, which is cut off: nobody has heard of
    /// it.
    pub(in crate::tokens) fn open(path: &Path, born: Seconds) -> Self {
        let mut options = OpenOptions::new();
        let options = options.create(true).read(true).write(true).truncate(false);
        let mut file = options.open(path).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let mut reader = Reader::new(&bytes);
        let (mut tallies, mut good) = (BTreeMap::new(), 0);
        while let Some((account, tally)) = line(&mut reader) {
            good = bytes.len() - reader.remaining();
            tallies.insert(account, tally);
        }
        file.set_len(u64::try_from(good).unwrap()).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        let mut book = Book::new(born, Some(file));
        book.tallies = tallies;
        Self(L::new(book))
    }
}

/// account ‖ ⟨tally⟩ ‖ sum of all its bytes
fn line(reader: &mut Reader<'_>) -> Option<([u8; 32], Tally)> {
    let account = *reader.array().ok()?;
    let tally = reader.string().ok()?;
    let sum = reader.u64().ok()?;
    (sum == checksum(&account, tally)).then_some(())?;
    Some((account, Tally::from_bytes(tally).ok()?))
}

fn checksum(account: &[u8; 32], tally: &[u8]) -> u64 {
    let bytes = account.iter().chain(tally);
    bytes.fold(17, |sum: u64, byte| {
        sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte)
    })
}

impl Book {
    fn new(born: Seconds, file: Option<File>) -> Self {
        Self {
            born,
            latest: Seconds::ZERO,
            tallies: BTreeMap::new(),
            file,
        }
    }

    fn charge(&mut self, now: Seconds, charge: &Charge) -> Verdict {
        self.latest = self.latest.max(now);
        if let Life::Span { from, until } = charge.account.life()
            && (until <= rules::floor(self.latest) || from.is_some_and(|from| from <= self.born))
        {
            return Verdict::Over;
        }
        let hash = *charge.account.hash();
        let before = self.tallies.get(&hash).cloned();
        let verdict = if let Some(tally) = self.tallies.get_mut(&hash) {
            tally.charge(now, charge)
        } else {
            match Tally::first(now, charge) {
                Ok((tally, grant)) => {
                    self.tallies.insert(hash, tally);
                    Verdict::Granted(grant)
                }
                Err(verdict) => verdict,
            }
        };
        if self.tallies.get(&hash) != before.as_ref() {
            self.write(&hash);
        }
        verdict
    }

    /// Writes an account down before anybody hears of it.
    fn write(&mut self, hash: &[u8; 32]) {
        let (Some(file), Some(tally)) = (&mut self.file, self.tallies.get(hash)) else {
            return;
        };
        let tally = tally.to_bytes();
        let line = Writer::new().bytes(hash).string(&tally);
        let line = line.u64(checksum(hash, &tally)).finish();
        file.write_all(&line).unwrap();
    }
}

impl<L: Lock<Book>> LocalLedger for Toy<L> {
    fn id(&self) -> LedgerId {
        super::LEDGER
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let one = |charge| self.0.with(|book| book.charge(now, charge));
        charges.iter().map(one).collect()
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        for charge in charges {
            self.0.with(|book| {
                let hash = charge.account.hash();
                if let Some(tally) = book.tallies.get_mut(hash) {
                    tally.refund(charge);
                    book.write(hash);
                }
            });
        }
        Ok(())
    }

    fn clear(&self, _: &[Account]) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        let usage = |book: &mut Book, account: &Account| {
            let tally = book.tallies.get(account.hash());
            tally.map_or(Usage::default(), Tally::usage)
        };
        let one = |account| self.0.with(|book| usage(book, account));
        Ok(accounts.iter().map(one).collect())
    }
}
