//! Records that do not answer, at each step.

use alloc::sync::Arc;

use axum::http::StatusCode;
use milagro_ledger::Records as _;
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_wire::server::locked::KIND;

use crate::keys::LEAD;
use crate::service::Parts;
use crate::settings::{Issuer, Settings};
use crate::tests::world::{OWN, Replica, START, World, begun, part};

async fn failing(world: &World) -> (Arc<FaultyRecords>, Replica) {
    let records = Arc::new(FaultyRecords::over(Arc::clone(&world.records)));
    let shared = Arc::clone(&records);
    let parts = Parts {
        records: shared,
        ..world.parts()
    };
    let settings = Settings::new(Issuer::new(OWN).unwrap());
    (records, Replica::new(parts, settings).await)
}

/// Whoever is told to ask again can: until the ledger is charged nothing is lost.
#[tokio::test]
async fn a_code_whose_redemption_failed_can_be_redeemed() {
    let (world, replica, auth) = begun().await;
    let (records, shaky) = failing(&world).await;
    let mut again = 0;
    loop {
        let code = replica.code("ann=1").await;
        let writes = records.writes();
        records.lose_call(again, Loss::Request);
        let reply = shaky.redeem(&auth, &code).await;
        records.recover();
        // Nothing is written before the charge.
        if reply.status == StatusCode::OK || records.writes() > writes {
            break;
        }
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{again}");
        let reply = replica.redeem(&auth, &code).await;
        assert_eq!(reply.status, StatusCode::OK, "{again}");
        again += 1;
    }
    // The client, the code, the grant, the grant's client, the session's grants.
    assert!(again >= 5, "{again}");
}

#[tokio::test]
async fn a_refresh_that_failed_can_be_asked_for_again() {
    let (world, replica, auth) = begun().await;
    let (records, shaky) = failing(&world).await;
    let mut tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let mut again = 0;
    loop {
        let token = part(&tokens, "refresh_token");
        records.lose_call(again, Loss::Request);
        tokens = shaky.refresh(&auth, &token).await;
        records.recover();
        if tokens.status == StatusCode::OK {
            break;
        }
        assert_eq!(tokens.status, StatusCode::SERVICE_UNAVAILABLE, "{again}");
        tokens = replica.refresh(&auth, &token).await;
        assert_eq!(tokens.status, StatusCode::OK, "{again}");
        again += 1;
    }
    assert!(again >= 3, "{again}");
}

async fn sealed(world: &World) -> Vec<u8> {
    let found = world.records.get(KIND, &[b"oidc/keys"]).await.unwrap();
    found[0].clone().unwrap().value
}

async fn rotate(replica: &Replica) -> StatusCode {
    let desk = Replica {
        routes: crate::admin::router(Arc::clone(&replica.service)),
        ..replica.clone()
    };
    let reply = desk.post("/admin/v1/oidc/keys", &[], String::new());
    reply.await.status
}

/// What a line says of keys.
fn event(what: &str) -> String {
    let from = START + LEAD.get();
    format!(r#""event":{{"what":"{what}","from":{from}}}"#)
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
async fn no_keys_begin_without_their_line() {
    let (world, replica, _) = begun().await;
    let parts = Parts {
        audit: Arc::new(full()),
        ..world.parts()
    };
    let full = Replica::new(parts, Settings::new(Issuer::new(OWN).unwrap())).await;
    let before = sealed(&world).await;
    assert_eq!(rotate(&full).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(sealed(&world).await, before);
    // Nothing waits for its time: where lines can be written keys are made at once.
    assert_eq!(rotate(&replica).await, StatusCode::NO_CONTENT);
    assert_ne!(sealed(&world).await, before);
    assert!(world.events().contains(&event("rotated")));
    assert!(!world.events().contains("not-rotated"));
}

#[tokio::test]
async fn a_line_says_that_keys_could_not_be_written() {
    let (world, _, _) = begun().await;
    let (records, shaky) = failing(&world).await;
    let before = sealed(&world).await;
    // What is asked is read first, and then written.
    records.lose_call(1, Loss::Request);
    assert_eq!(rotate(&shaky).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(records.writes(), 1);
    assert_eq!(sealed(&world).await, before);
    let count = |what: &str| world.events().matches(&event(what)).count();
    assert_eq!((count("rotated"), count("not-rotated")), (1, 1));
    assert_eq!(rotate(&shaky).await, StatusCode::NO_CONTENT);
    // What is refused before anything begins has no line.
    assert_eq!(rotate(&shaky).await, StatusCode::CONFLICT);
    assert_eq!((count("rotated"), count("not-rotated")), (2, 1));
}
