//! Faulty records, each found by the rule that is named for its fault.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use std::sync::Mutex;
use std::thread;

use milagro_ledger::conformance::Rule;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};

use crate::conformance::check_records;

/// What can be wrong with records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Planted {
    /// Nothing.
    Nothing,
    /// Looks at the version, lets go of the lock, and writes.
    CheckThenPut,
    /// Writes over any edition.
    ExpectedIgnored,
    /// Deletes any edition.
    DeletesAny,
    /// Counts the versions of each record from one.
    VersionsReused,
    /// Does not look at the kind.
    KindIgnored,
    /// Lists from `after` on, instead of after it.
    AfterIncluded,
    /// Says that there is more when the page is full.
    MoreThanThereIs,
    /// Takes any key and value.
    Unbounded,
    /// Forgets what has an end.
    ForgetsAtOnce,
    /// Looks at the version, lets go of the lock, and deletes.
    CheckThenDelete,
    /// Takes a question mark of a prefix for any byte.
    PrefixIsAPattern,
    /// Lists up to the key that is next by the last byte of the prefix.
    EndWraps,
}

struct Faulty {
    fault: Planted,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: BTreeMap<(Kind, Vec<u8>), Record>,
    version: u64,
}

impl Faulty {
    fn place(&self, kind: Kind, key: &[u8]) -> (Kind, Vec<u8>) {
        let kind = if self.fault == Planted::KindIgnored {
            Kind::new(0)
        } else {
            kind
        };
        (kind, key.to_vec())
    }

    fn put_now(&self, entry: Entry<'_>) -> Result<Put, Unavailable> {
        if !entry.is_in_bounds() && self.fault != Planted::Unbounded {
            return Err(Unavailable);
        }
        let place = self.place(entry.kind, entry.key);
        let mut state = self.state.lock().unwrap();
        let known = state.records.get(&place).map(|record| record.version);
        if known != entry.expected && self.fault != Planted::ExpectedIgnored {
            return Ok(Put::Conflict(known));
        }
        if self.fault == Planted::CheckThenPut {
            drop(state);
            thread::yield_now();
            state = self.state.lock().unwrap();
        }
        state.version += 1;
        let version = if self.fault == Planted::VersionsReused {
            Version(known.map_or(1, |known| known.0 + 1))
        } else {
            Version(state.version)
        };
        let value = entry.value.to_vec();
        if self.fault != Planted::ForgetsAtOnce || entry.until.is_none() {
            state.records.insert(place, Record { value, version });
        }
        Ok(Put::Stored(version))
    }

    fn list_now(&self, kind: Kind, prefix: &[u8], after: &[u8], limit: u16) -> Page {
        let (kind, _) = self.place(kind, b"");
        let state = self.state.lock().unwrap();
        let comes = |key: &&Vec<u8>| match self.fault {
            Planted::AfterIncluded => key.as_slice() >= after,
            _ => key.as_slice() > after,
        };
        let found = state.records.keys().filter(|(found, _)| *found == kind);
        let keys = found.map(|(_, key)| key);
        let begins = |key: &&Vec<u8>| match self.fault {
            Planted::PrefixIsAPattern => {
                let alike = |(byte, sign): (&u8, &u8)| byte == sign || *sign == b'?';
                key.len() >= prefix.len() && key.iter().zip(prefix).all(alike)
            }
            Planted::EndWraps => {
                let mut end = prefix.to_vec();
                end.iter_mut()
                    .rev()
                    .take(1)
                    .for_each(|last| *last = last.wrapping_add(1));
                key.as_slice() >= prefix && (prefix.is_empty() || **key < end)
            }
            _ => key.starts_with(prefix),
        };
        let keys = keys.filter(comes).filter(begins);
        let mut keys: Vec<Vec<u8>> = keys.cloned().collect();
        let limit = usize::from(limit);
        let more = match self.fault {
            Planted::MoreThanThereIs => keys.len() >= limit,
            _ => keys.len() > limit,
        };
        keys.truncate(limit);
        Page { keys, more }
    }
}

impl Records for Faulty {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(async move {
            let state = self.state.lock().unwrap();
            let record = |key: &&[u8]| state.records.get(&self.place(kind, key)).cloned();
            Ok(keys.iter().map(record).collect())
        })
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move { self.put_now(entry) })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            let place = self.place(kind, key);
            let mut state = self.state.lock().unwrap();
            let known = state.records.get(&place).map(|record| record.version);
            let right = known == Some(expected);
            if self.fault == Planted::CheckThenDelete {
                drop(state);
                thread::yield_now();
                state = self.state.lock().unwrap();
            }
            if right || (self.fault == Planted::DeletesAny && known.is_some()) {
                state.records.remove(&place);
                return Ok(Put::Stored(expected));
            }
            Ok(Put::Conflict(known))
        })
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(async move { Ok(self.list_now(kind, prefix, after, limit)) })
    }
}

fn make<const FAULT: usize>() -> Arc<dyn Records> {
    Arc::new(Faulty {
        fault: FAULTS[FAULT].0,
        state: Mutex::default(),
    })
}

/// Each fault, and the rule that finds it.
const FAULTS: [(Planted, Option<Rule>); 13] = [
    (Planted::Nothing, None),
    (Planted::CheckThenPut, Some(Rule::RacePut)),
    (Planted::ExpectedIgnored, Some(Rule::Put)),
    (Planted::DeletesAny, Some(Rule::Delete)),
    (Planted::VersionsReused, Some(Rule::Versions)),
    (Planted::KindIgnored, Some(Rule::Kinds)),
    (Planted::AfterIncluded, Some(Rule::List)),
    (Planted::MoreThanThereIs, Some(Rule::List)),
    (Planted::Unbounded, Some(Rule::Bounds)),
    (Planted::ForgetsAtOnce, Some(Rule::Until)),
    (Planted::CheckThenDelete, Some(Rule::RaceDelete)),
    (Planted::PrefixIsAPattern, Some(Rule::List)),
    (Planted::EndWraps, Some(Rule::List)),
];

#[test]
fn each_fault_is_found_by_its_rule() {
    let makers = [
        make::<0>, make::<1>, make::<2>, make::<3>, make::<4>, make::<5>, make::<6>, make::<7>,
        make::<8>, make::<9>, make::<10>, make::<11>, make::<12>,
    ];
    for ((fault, rule), make) in FAULTS.into_iter().zip(makers) {
        let report = check_records(make);
        match rule {
            None => report.into_result().unwrap(),
            Some(rule) => assert!(report.breaks(rule), "{fault:?}: {report}"),
        }
    }
}
