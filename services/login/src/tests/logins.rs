//! Logins that go well, and those that do not: guesses, replays, full queues, clients that hang up.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::mpsc;

use axum::http::{StatusCode, header};
use milagro_base::Seconds;
use milagro_mpin::server::Freshness;
use milagro_wire::login::{LoginAnswer, Purpose};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Pool;

use super::fixture::{START, World, user};
use crate::logins::NO_ATTEMPTS;
use crate::queue::Waiting;
use crate::service::Settings;

#[tokio::test]
async fn each_login_brings_the_next_cookie() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    for replica in replicas.iter().cycle().take(4) {
        let before = phone.cookie.clone();
        assert_eq!(phone.log_in(replica, "2580").await, StatusCode::OK);
        assert_ne!(phone.cookie, before);
    }
    let checked: u64 = replicas.iter().map(|one| one.service.checked()).sum();
    assert_eq!(checked, 4);
    let accepted = world.events().matches("\"accepted\"").count();
    assert_eq!(accepted, 5, "an enrolment and four logins");
}

#[tokio::test]
async fn guesses_are_counted_over_replicas() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    for (place, replica) in replicas.iter().cycle().take(5).enumerate() {
        let typed = format!("000{place}");
        let request = phone.ask(replica, &typed, Purpose::Session {}).await;
        let answer = replica.post("/v1/login", &request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            problem.attempts_left,
            Some(4 - u32::try_from(place).unwrap())
        );
    }
    // The right PIN comes too late, and only whoever has the cookie is told so.
    let request = phone.ask(&replicas[0], "2580", Purpose::Session {}).await;
    let answer = replicas[0].post("/v1/login", &request).await;
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(problem.known(), Some(ProblemType::Refused));
    assert_eq!(problem.detail.as_deref(), Some(NO_ATTEMPTS));
    assert_eq!(problem.attempts_left, Some(0));
    // More of them fill no audit file.
    let lines = world.audit.head().lines;
    for replica in &replicas {
        assert_eq!(phone.log_in(replica, "2580").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(world.audit.head().lines, lines);
    assert_eq!(
        replicas[0].service.checked() + replicas[1].service.checked(),
        5
    );
    // A new cookie from the operator brings new attempts.
    let alice = user("alice");
    let devices = replicas[1].service.devices(&alice).await.unwrap();
    let fresh = replicas[1].service.recover(&alice, devices[0].1.id);
    phone.cookie = fresh.await.unwrap();
    assert_eq!(phone.log_in(&replicas[0], "2580").await, StatusCode::OK);
    // Three a day.
    for more in [true, true, false] {
        let fresh = replicas[1].service.recover(&alice, devices[0].1.id);
        assert_eq!(fresh.await.is_ok(), more);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_counts_once_over_replicas() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    for _ in 0..3 {
        let request = phone.ask(&replicas[0], "2580", Purpose::Session {}).await;
        // Not more at once than there are attempts: each is charged until it has been checked.
        let logins = (0..4).map(|place: usize| {
            let (routes, request) = (replicas[place % 2].routes.clone(), request.clone());
            tokio::spawn(async move {
                let replica = super::fixture::posted("/v1/login", &request);
                let response = tower::ServiceExt::oneshot(routes, replica).await.unwrap();
                let status = response.status();
                let body = axum::body::to_bytes(response.into_body(), 1 << 20).await;
                (status, body.unwrap())
            })
        });
        let mut accepted = Vec::new();
        for login in logins.collect::<Vec<_>>() {
            let (status, body) = login.await.unwrap();
            if status == StatusCode::OK {
                accepted.push(serde_json::from_slice::<LoginAnswer>(&body).unwrap());
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN);
            }
        }
        assert_eq!(accepted.len(), 1);
        phone.cookie = accepted.remove(0).cookie;
        // And later, with the next cookie, too.
        let again = phone.request(
            &milagro_mpin::LoginProof::from_bytes(request.proof.as_bytes()).unwrap(),
            Purpose::Session {},
        );
        let again = replicas[1].post("/v1/login", &again).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(phone.log_in(&replicas[1], "2580").await, StatusCode::OK);
    assert!(world.events().contains("\"used\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_in_a_batch_has_a_verdict_of_its_own() {
    let world = World::new().await;
    let settings = Settings {
        waiting: Waiting {
            time: Duration::from_millis(300),
            batch: 24,
            batches: 1,
            ..Waiting::default()
        },
        ..World::settings()
    };
    let replica = Arc::new(world.with(Pool::new(1, 0), settings).await);
    let mut requests = Vec::new();
    for number in 0..24 {
        let phone = world
            .phone(&replica, &format!("user {number}"), "2580")
            .await;
        let typed = if number % 8 == 3 { "2581" } else { "2580" };
        requests.push((
            number,
            phone.ask(&replica, typed, Purpose::Session {}).await,
        ));
    }
    let logins = requests.into_iter().map(|(number, request)| {
        let replica = Arc::clone(&replica);
        tokio::spawn(async move { (number, replica.post("/v1/login", &request).await.status) })
    });
    for login in logins.collect::<Vec<_>>() {
        let (number, status) = login.await.unwrap();
        assert_eq!(
            status == StatusCode::OK,
            number % 8 != 3,
            "{number}: {status}"
        );
    }
    assert_eq!(replica.service.checked(), 24);
}

/// A pool whose one thread is at work until this is told to go on.
async fn blocked(pool: &Pool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let pool = pool.clone();
    tokio::spawn(async move {
        let work = move || begin.send(()).is_ok() && released.recv().is_ok();
        pool.run(work).await
    });
    begun.await.unwrap();
    release
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_checked_is_not_counted() {
    let world = World::new().await;
    let pool = Pool::new(1, 0);
    let replica = world.with(pool.clone(), World::settings()).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let release = blocked(&pool).await;
    for _ in 0..12 {
        let request = phone.ask(&replica, "2581", Purpose::Session {}).await;
        let answer = replica.post("/v1/login", &request).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    }
    release.send(()).unwrap();
    // All attempts are there: five wrong ones are checked, and the sixth login is not.
    assert_eq!(replica.service.checked(), 0);
    let mut checked = 0;
    while checked < 5 {
        phone.log_in(&replica, "2581").await;
        checked = replica.service.checked();
    }
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), 5);
}

#[tokio::test]
async fn no_place_is_told_before_anything_is_charged() {
    let world = World::new().await;
    let settings = Settings {
        waiting: Waiting {
            logins: 1,
            ..Waiting::default()
        },
        ..World::settings()
    };
    let replica = world.with(Pool::new(1, 1), settings).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let accounts = world.ledger.0.len();
    let place = replica.service.queue.enter().unwrap();
    let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &request).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    assert_eq!(world.ledger.0.len(), accounts);
    // A stranger is told nothing of it.
    let mut stranger = request.clone();
    stranger.cookie = milagro_wire::bounded::Blob::new([0; 61]).unwrap();
    let answer = replica.post("/v1/login", &stranger).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    drop(place);
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_changes_nothing() {
    let world = World::new().await;
    let pool = Pool::new(1, 8);
    let replica = Arc::new(world.with(pool.clone(), World::settings()).await);
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let release = blocked(&pool).await;
    for (before, typed) in ["2580", "2581"].into_iter().enumerate() {
        let request = phone.ask(&replica, typed, Purpose::Session {}).await;
        let asked = Arc::clone(&replica);
        let login = tokio::spawn(async move { asked.post("/v1/login", &request).await });
        while replica.service.queue.entered() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        login.abort();
        assert!(login.await.is_err());
    }
    release.send(()).unwrap();
    replica.service.drain().await;
    // The right one was accepted, and the wrong one counts: four more, and no fifth.
    assert_eq!(
        world
            .events()
            .matches("\"login\",\"outcome\":\"accepted\"")
            .count(),
        1
    );
    for _ in 0..4 {
        assert_eq!(phone.log_in(&replica, "2581").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), 6);
}

/// Proofs without a challenge: for a minute, once over replicas, and only where the policy takes them.
#[tokio::test]
async fn one_pass_proofs() {
    let world = World::new().await;
    let strict = world.replica().await;
    let mut settings = World::settings();
    settings.policy.freshness = Freshness::ChallengesAndTimes;
    let replicas = [
        world.with(Pool::new(1, 8), settings.clone()).await,
        world.with(Pool::new(1, 8), settings).await,
    ];
    let mut phone = world.phone(&strict, "alice", "2580").await;
    let now = Seconds::new(START);
    for (ahead, late, accepted) in [
        (0, 0, true),
        (0, 60, true),
        (0, 61, false),
        (5, 0, true),
        (6, 0, false),
    ] {
        let proof = phone.at(now.plus(Seconds::new(ahead)));
        let request = phone.request(&proof, Purpose::Session {});
        let refused = strict.post("/v1/login", &request).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        world.pass(late);
        let answer = replicas[0].post("/v1/login", &request).await;
        assert_eq!(answer.status == StatusCode::OK, accepted, "{ahead} {late}");
        if accepted {
            phone.cookie = answer.form::<LoginAnswer>().cookie;
        }
        for replica in &replicas {
            let again = phone.request(&proof, Purpose::Session {});
            let again = replica.post("/v1/login", &again).await;
            assert_eq!(again.status, StatusCode::FORBIDDEN);
        }
        world
            .clock
            .store(START, core::sync::atomic::Ordering::SeqCst);
    }
    assert_eq!(strict.service.checked(), 0);
}
