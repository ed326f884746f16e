//! New keys where the disk is full, where the records do not answer, and where two make them at once.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use axum::http::{Method, StatusCode};
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};
use milagro_wire::server::Pool;
use milagro_wire::server::locked::KIND;

use super::fixture::{Replica, START, World};
use super::operator::Desk;
use crate::keys::LEAD;
use crate::ring::Rotated;

/// Both keys: the path that makes one, its name in the records, and in lines.
const BOTH: [[&str; 3]; 2] = [
    ["/admin/v1/keys/cookies", "login/cookies", "cookie-key"],
    [
        "/admin/v1/keys/countersigning",
        "login/countersigning",
        "statement-key",
    ],
];

/// Records that can be read, and take nothing while they are told so.
struct ReadOnly {
    records: Arc<MemoryRecords>,
    now: AtomicBool,
}

impl Records for ReadOnly {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.records.get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        if self.now.load(Ordering::SeqCst) {
            return Box::pin(core::future::ready(Err(Unavailable)));
        }
        self.records.put(entry)
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        self.records.delete(kind, key, expected)
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        self.records.list(kind, prefix, after, limit)
    }
}

async fn sealed(world: &World, name: &str) -> Vec<u8> {
    let found = world.records.get(KIND, &[name.as_bytes()]).await.unwrap();
    found[0].clone().unwrap().value
}

async fn ask(desk: &Desk, path: &str) -> StatusCode {
    desk.ask(Method::POST, path, None).await.status
}

/// What a line says of a key.
fn event(what: &str, outcome: &str) -> String {
    let from = LEAD.get() + START;
    format!(r#""event":{{"what":"{what}","outcome":"{outcome}","from":{from}}}"#)
}

/// An audit file that can be read, and that nothing can be added to.
#[cfg(target_os = "linux")]
fn full() -> milagro_wire::server::audit::Audit {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::os::fd::AsRawFd as _;

    let file = memfd_create("audit", MemfdFlags::ALLOW_SEALING).unwrap();
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let audit = milagro_wire::server::audit::Audit::open(path.as_ref()).unwrap();
    fcntl_add_seals(&file, SealFlags::GROW).unwrap();
    audit
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_key_begins_without_its_line() {
    let mut world = World::new().await;
    let written = core::mem::replace(&mut world.audit, Arc::new(full()));
    let full = world.replica().await;
    world.audit = written;
    let desk = Desk::new(&full);
    for [path, name, what] in BOTH {
        let before = sealed(&world, name).await;
        assert_eq!(ask(&desk, path).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(sealed(&world, name).await, before);
        // Nothing waits for its time: where lines can be written a key is made at once.
        let desk = Desk::new(&world.replica().await);
        assert_eq!(ask(&desk, path).await, StatusCode::OK);
        assert_ne!(sealed(&world, name).await, before);
        assert!(world.events().contains(&event(what, "accepted")));
    }
    assert!(!world.events().contains("failed"));
}

#[tokio::test]
async fn a_line_says_that_a_key_could_not_be_written() {
    let world = World::new().await;
    let records = Arc::new(ReadOnly {
        records: Arc::clone(&world.records),
        now: AtomicBool::new(true),
    });
    let mut service = world.service(Pool::new(2, 64), World::settings()).await;
    service.parts.records = Arc::<ReadOnly>::clone(&records);
    let desk = Desk::new(&Replica::of(service));
    for [path, name, what] in BOTH {
        let before = sealed(&world, name).await;
        records.now.store(true, Ordering::SeqCst);
        assert_eq!(ask(&desk, path).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(sealed(&world, name).await, before);
        let lines = world.events();
        let [last, before] = [1, 2].map(|back| lines.lines().nth_back(back - 1).unwrap());
        assert!(before.contains(&event(what, "accepted")), "{before}");
        assert!(last.contains(&event(what, "failed")), "{last}");
        records.now.store(false, Ordering::SeqCst);
        assert_eq!(ask(&desk, path).await, StatusCode::OK);
        // What is refused before anything begins has no line.
        let count = world.events().lines().count();
        assert_eq!(ask(&desk, path).await, StatusCode::CONFLICT);
        assert_eq!(world.events().lines().count(), count);
    }
    assert_eq!(world.events().matches("\"failed\"").count(), 2);
}

/// Both have read the same keys when their lines are written, and one of them finds others when it comes to write.
#[tokio::test]
async fn of_two_at_once_one_fails() {
    let world = World::new().await;
    let replica = world.replica().await;
    for (rotated, what) in [
        (Rotated::Cookies, "cookie-key"),
        (Rotated::Statements, "statement-key"),
    ] {
        let service = &replica.service;
        let (one, other) = tokio::join!(service.rotate(rotated), service.rotate(rotated));
        assert_ne!(one.is_ok(), other.is_ok());
        let count = |outcome| world.events().matches(&event(what, outcome)).count();
        assert_eq!((count("accepted"), count("failed")), (2, 1));
    }
}
