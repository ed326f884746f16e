//! A service in one process: once for each subject, lists in pieces, and what is ready.

use alloc::sync::Arc;
use core::num::NonZeroU32;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use milagro_base::Seconds;
use milagro_dta::dealer::deal;
use milagro_dta::grants::{ClientKey, Grant, IssuedSet, RegistrarKey};
use milagro_dta::issue::ClientSecret;
use milagro_dta::permits::{ListMark, ListRejected, RevocationList, Window};
use milagro_dta::{Authority, AuthorityId, Mpin, Threshold};
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{InPlace, Ledger};
use milagro_mpin::{Identity, permit::Leaf};
use milagro_wire::bounded::Blob;
use milagro_wire::forms::{ShareAnswer, ShareRequest};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::{Pool, StoreTime};
use tempfile::TempDir;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::kinds::LIST;
use crate::router;
use crate::service::parts::Parts;
use crate::service::{Configured, Fault, Service, permits};
use crate::tests::effects::{NOW, effects, rng};
use milagro_wire::server::lists::{ListError, Lists};

pub(super) async fn authority(ledger: &dyn Ledger) -> Authority<Mpin> {
    let threshold = Threshold::new(1, 1).unwrap();
    let dealt = deal::<Mpin, _>(&mut rng(), "example", threshold).unwrap();
    let share = dealt.shares.into_iter().next().unwrap();
    let me = AuthorityId::new(1).unwrap();
    let mut authority = share
        .accept(me, "example", threshold, &dealt.domain)
        .unwrap();
    let nobody = IssuedSet::new(*authority.domain().id());
    authority.count_in(ledger, &nobody, NOW).await.unwrap();
    authority
}

pub(super) fn parts(ledger: Arc<dyn Ledger>, records: Arc<FaultyRecords>) -> (Parts, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let parts = Parts {
        ledger,
        records,
        audit: Arc::new(Audit::open(&directory.path().join("audit")).unwrap()),
        audit_key: Zeroizing::new([1; 32]),
        pool: Pool::new(1, 1),
        effects: effects(),
    };
    (parts, directory)
}

pub(super) fn ledger() -> Arc<dyn Ledger> {
    Arc::new(InPlace(MemoryLedger::init(&mut rng(), 1_000, NOW)))
}

pub(super) fn configured(authority: Authority<Mpin>, registrar: &RegistrarKey) -> Configured {
    Configured {
        share: authority.into(),
        registrar: registrar.public(),
        window: Window::DAILY,
        grants_per_minute: NonZeroU32::new(100).unwrap(),
    }
}

/// What the first domain's share says to a grant, with the line in the audit file.
async fn answer(service: &Service, grant: &[u8]) -> Result<ShareAnswer, Problem> {
    let grant = Blob::new(grant).unwrap();
    service.queue().ask(0, ShareRequest { grant }).await
}

#[tokio::test]
async fn count_in_one_ledger() {
    let registrar = RegistrarKey::random(&mut rng());
    let (one, other) = (ledger(), ledger());
    let (parts_of_one, _one) = parts(Arc::clone(&one), Arc::new(FaultyRecords::new(16 << 20)));
    let none = Service::new(parts_of_one, Vec::new()).await;
    assert_eq!(none.unwrap_err(), Fault::Shares);
    let (parts_of_other, _other) = parts(other, Arc::new(FaultyRecords::new(16 << 20)));
    let elsewhere = Service::new(
        parts_of_other,
        vec![configured(authority(&*one).await, &registrar)],
    )
    .await;
    assert_eq!(elsewhere.unwrap_err(), Fault::Ledger);
}

#[tokio::test]
async fn are_booked_and_noted_before_they_go_out() {
    let registrar = RegistrarKey::random(&mut rng());
    for loss in Loss::ALL {
        let (ledger, records) = (ledger(), Arc::new(FaultyRecords::new(16 << 20)));
        records.lose_write(0, loss);
        let authority = authority(&*ledger).await;
        let domain = *authority.domain().id();
        let (parts, _directory) = parts(ledger, Arc::clone(&records));
        let service = Service::new(parts, vec![configured(authority, &registrar)])
            .await
            .unwrap();
        let grant = |client: &ClientKey| {
            let grant = Grant::<ClientSecret> {
                domain,
                subject: Identity::raw(b"alice").unwrap(),
                client: client.public().unwrap(),
                from: NOW,
                until: NOW.plus(Seconds::hours(1)),
            };
            grant.sign(&mut rng(), &registrar).unwrap().to_bytes()
        };
        let (alice, thief) = (ClientKey::random(&mut rng()), ClientKey::random(&mut rng()));
        // The note cannot be written: no share goes out, and the subject is booked for Alice.
        let first = answer(&service, &grant(&alice)).await;
        assert_eq!(first.unwrap_err().known(), Some(ProblemType::Unavailable));
        let stolen = answer(&service, &grant(&thief)).await;
        assert_eq!(stolen.unwrap_err().known(), Some(ProblemType::Refused));
        answer(&service, &grant(&alice)).await.unwrap();
        assert_eq!(records.memory().len(), 1);
    }
}

#[tokio::test]
async fn lists_of_many_pieces_survive_failures() {
    let registrar = RegistrarKey::random(&mut rng());
    let ledger = ledger();
    let domain = *authority(&*ledger).await.domain().id();
    let list = |leaves: u128, last: &ListMark| {
        let mut list = RevocationList::new(domain);
        (0..leaves).for_each(|leaf| {
            list.revoke_leaf(Leaf(leaf * 3));
        });
        list.sign(&mut rng(), &registrar, last).unwrap()
    };
    // One piece, and two: a test that is not optimised takes seconds for each list of three.
    let first = list(100, &ListMark::NONE);
    let second = list(33_000, first.mark());
    let (one, two) = (first.to_bytes(), second.to_bytes());
    for loss in Loss::ALL {
        for write in 0.. {
            let records = FaultyRecords::new(16 << 20);
            records.lose_write(write, loss);
            let mut lists = Lists::new(LIST, domain, registrar.public());
            for (bytes, number) in [(&one, 1), (&two, 2)] {
                let first = lists.take(&records, bytes).await;
                if first != Ok(number) {
                    // As a process that starts again.
                    assert_eq!(first, Err(ListError::Unavailable), "write {write}");
                    lists = Lists::new(LIST, domain, registrar.public());
                    assert_eq!(
                        lists.take(&records, bytes).await,
                        Ok(number),
                        "write {write}"
                    );
                }
            }
            let last = lists.last(&records).await.unwrap().unwrap();
            assert_eq!(
                (last.mark(), last.to_bytes().len()),
                (second.mark(), two.len())
            );
            let older = lists.take(&records, &one).await;
            assert_eq!(older, Err(ListError::Rejected(ListRejected::Older)));
            // Another process over the same records.
            let other = Lists::new(LIST, domain, registrar.public());
            assert_eq!(
                other.last(&records).await.unwrap().unwrap().mark(),
                second.mark()
            );
            if !records.recover() {
                // A record of the mark, and two pieces: that of the first list is gone.
                assert_eq!(records.memory().len(), 3);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_list_of_a_copy_restores_nobody() {
    let registrar = RegistrarKey::random(&mut rng());
    let domain = *authority(&*ledger()).await.domain().id();
    let mut revoked = RevocationList::new(domain);
    let mut last = ListMark::NONE;
    let mut signed = Vec::new();
    for leaf in 0..4 {
        revoked.revoke_leaf(Leaf(leaf));
        let list = revoked.clone().sign(&mut rng(), &registrar, &last).unwrap();
        last = *list.mark();
        signed.push(list.to_bytes());
    }
    let lists = Lists::new(LIST, domain, registrar.public());
    let records = FaultyRecords::new(16 << 20);
    assert_eq!(lists.take(&records, &signed[1]).await, Ok(2));
    // A copy of the second list; the third is known to have been taken.
    Lists::restored(&records, LIST, &domain, 3).await.unwrap();
    Lists::restored(&records, LIST, &domain, 1).await.unwrap();
    assert_eq!(lists.last(&records).await.unwrap_err(), ListError::Restored);
    let older = Err(ListError::Rejected(ListRejected::Older));
    assert_eq!(lists.take(&records, &signed[0]).await, older);
    assert_eq!(lists.take(&records, &signed[1]).await, older);
    assert_eq!(lists.take(&records, &signed[2]).await, Ok(3));
    assert_eq!(
        lists.last(&records).await.unwrap().unwrap().mark().sequence,
        3
    );
    // Of a copy of the last list, nothing is used either before it was given again.
    Lists::restored(&records, LIST, &domain, 0).await.unwrap();
    assert_eq!(lists.last(&records).await.unwrap_err(), ListError::Restored);
    assert_eq!(lists.take(&records, &signed[2]).await, Ok(3));
    assert!(lists.last(&records).await.unwrap().is_some());
    assert_eq!(lists.take(&records, &signed[3]).await, Ok(4));
}

#[tokio::test]
async fn a_clock_behind_the_store_makes_readiness_red() {
    let registrar = RegistrarKey::random(&mut rng());
    for (seconds, red) in [(60, false), (61, true)] {
        let ledger = ledger();
        let share = authority(&*ledger).await;
        let (mut parts, _directory) = parts(ledger, Arc::new(FaultyRecords::new(16 << 20)));
        let latest = StoreTime::AtLeast(NOW.plus(Seconds::new(seconds)));
        parts.effects = parts.effects.with_store_clock(move || Some(latest));
        let service = Service::new(parts, vec![configured(share, &registrar)]).await;
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        let routes = router(Arc::new(service.unwrap()));
        let answer = routes.oneshot(request).await.unwrap();
        // There is no revocation list, either.
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let answer = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        let text = String::from_utf8(answer.to_vec()).unwrap();
        assert_eq!(text.contains("61 s behind"), red, "{text}");
    }
}

/// A process that is killed after it has stored a list, or whose disk is full then, has no line of it in the audit file: that
/// is where a restore finds out which list was the last.
#[tokio::test]
async fn lists_that_were_stored_without_a_line_are_noted_when_they_are_given_again() {
    let registrar = RegistrarKey::random(&mut rng());
    let ledger = ledger();
    let authority = authority(&*ledger).await;
    let domain = *authority.domain().id();
    let (parts, _directory) = parts(ledger, Arc::new(FaultyRecords::new(16 << 20)));
    let service = Service::new(parts, vec![configured(authority, &registrar)]).await;
    let service = service.unwrap();
    let (parts, held) = (service.parts(), &service.held()[0]);
    let list = RevocationList::new(domain).sign(&mut rng(), &registrar, &ListMark::NONE);
    let list = list.unwrap().to_bytes();
    assert_eq!(held.lists.take(&*parts.records, &list).await, Ok(1));
    assert_eq!(parts.audit.head().lines, 0);
    for _ in 0..3 {
        let taken = permits::take(parts, held, &list).await;
        assert_eq!((taken.ok(), parts.audit.head().lines), (Some(1), 1));
    }
}
