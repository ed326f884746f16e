//! Hooks of an application that is slow, broken, or leads elsewhere: nobody is enrolled by half.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_dta::grants::ClientKey;
use milagro_ledger::memory::MemoryRecords;
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::forms::registrar::{EnrolmentRequest, Entitlement, HookEntitlement};
use milagro_wire::problem::ProblemType;
use serde_json::Value;

use crate::hooks::{HookPolicy, HookSecret, Hooks};
use crate::tests::sinks::{Application, Manner, Rebinding, SECRET, hook};
use crate::tests::world::{Extras, World, client, device, problem, refusal, rng};

fn by_hook(user: &str) -> Entitlement {
    Entitlement::Hook(HookEntitlement {
        user: Text::new(user).unwrap(),
        context: Text::new("session 7").unwrap(),
    })
}

fn request(key: &ClientKey) -> EnrolmentRequest {
    EnrolmentRequest {
        client: Blob::new(*key.public().unwrap().as_bytes()).unwrap(),
        by: by_hook("alice"),
    }
}

fn asking(application: &Application) -> Extras {
    let hooks = Hooks {
        may_enrol: Some(application.hook()),
        may_log_in: Some(application.hook()),
        has_logged_in: Some(application.hook()),
    };
    Extras {
        hooks,
        ..Extras::default()
    }
}

#[tokio::test]
async fn that_do_not_answer_leave_nothing_behind() {
    let records = Arc::new(MemoryRecords::new(1 << 24));
    let world = World::over(records.clone()).await;
    let manners = [
        (Manner::Never, "in time"),
        (Manner::Broken, "status 500"),
        (Manner::Elsewhere, "a redirect"),
        (Manner::Empty, "status 204"),
        (Manner::Created, "status 201"),
        (Manner::Words, "answer is none"),
        (Manner::Endless, "answer is none"),
    ];
    let silent = Application::new([Manner::Never]).await;
    let service = world.registrar(asking(&silent)).await;
    let impatient = client(&service).await;
    let manner = manners.map(|(manner, _)| manner);
    let application = Application::new(manner.into_iter().skip(1)).await;
    let service = world.registrar(asking(&application)).await;
    let registrar = client(&service).await;
    let key = ClientKey::random(&mut rng());
    let before = records.len();
    for (manner, words) in manners {
        let asked = match manner {
            Manner::Never => &impatient,
            _ => &registrar,
        };
        let problem = problem(asked.grant(&request(&key)).await);
        assert_eq!(
            problem.known(),
            Some(ProblemType::Unavailable),
            "{manner:?}"
        );
        assert!(problem.detail.unwrap().contains(words), "{manner:?}");
        assert_eq!(records.len(), before, "{manner:?}");
    }
    assert_eq!(application.elsewhere.load(Ordering::SeqCst), 0);
    application.manners.lock().unwrap().push_back(Manner::No);
    assert_eq!(
        problem(registrar.grant(&request(&key)).await).known(),
        Some(ProblemType::Refused)
    );
    assert_eq!(records.len(), before);

    // The same device, once the application is well again; and a second time without asking.
    application.manners.lock().unwrap().push_back(Manner::Yes);
    let enrolled = registrar
        .enrol(&world.domain, &key, by_hook("alice"))
        .await
        .unwrap();
    let asked = application.heard.lock().unwrap().len();
    let again = registrar
        .enrol(&world.domain, &key, by_hook("alice"))
        .await
        .unwrap();
    assert_eq!(again.subject, enrolled.subject);
    assert_eq!(application.heard.lock().unwrap().len(), asked);
}

#[tokio::test]
async fn are_signed_and_asked_at_each_login() {
    let world = World::new().await;
    let application = Application::new([
        Manner::Yes,
        Manner::No,
        Manner::Broken,
        Manner::Empty,
        Manner::Broken,
    ])
    .await;
    let service = world.registrar(asking(&application)).await;
    let subject = device(&world, &service, "alice").await;
    assert!(service.may_log_in(&subject).await.unwrap().allowed);
    assert!(!service.may_log_in(&subject).await.unwrap().allowed);
    let broken = service.may_log_in(&subject).await.unwrap_err();
    assert_eq!(broken.known(), Some(ProblemType::Unavailable));
    // A notice is heard with any good status, and a login does not depend on it.
    service.logged_in(&subject).await.unwrap();
    service.logged_in(&subject).await.unwrap();
    let heard = application.heard.lock().unwrap();
    let mut ids = BTreeSet::new();
    let mut kinds = Vec::new();
    for (headers, body) in heard.iter() {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
        assert_eq!(time, world.clock.now().to_string());
        let secret = HookSecret::from_text(SECRET).unwrap();
        let signature = secret.sign(&id, time.parse().unwrap(), body);
        assert_eq!(header("webhook-signature"), signature);
        assert_eq!(header("content-type"), "application/json");
        ids.insert(id);
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["data"]["user"], "alice");
        kinds.push(body["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 5);
    let wanted = ["login.requested"; 3]
        .into_iter()
        .chain(["login.succeeded"; 2]);
    assert_eq!(kinds, wanted.collect::<Vec<_>>());
}

#[tokio::test]
async fn never_lead_to_private_addresses() {
    let world = World::new().await;
    // A name that is public when it is looked at first, and private later; and one that is both.
    let answers = [
        vec!["127.0.0.1"],
        vec!["93.184.215.14", "10.0.0.1"],
        vec!["::ffff:127.0.0.1"],
        vec![],
    ];
    let answers = answers
        .iter()
        .map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect());
    let policy = HookPolicy {
        time: Duration::from_secs(2),
        lookup: Arc::new(Rebinding(Mutex::new(answers.collect()))),
        ..HookPolicy::new(vec!["app.example".to_owned()])
    };
    let hooks = Hooks {
        may_enrol: Some(hook("https://app.example/hook", &policy)),
        ..Hooks::default()
    };
    let service = world
        .registrar(Extras {
            hooks,
            ..Extras::default()
        })
        .await;
    let registrar = client(&service).await;
    for _ in 0..4 {
        let problem = problem(
            registrar
                .grant(&request(&ClientKey::random(&mut rng())))
                .await,
        );
        assert_eq!(problem.known(), Some(ProblemType::Unavailable));
        assert!(problem.detail.unwrap().contains("may not lead to"));
    }
}

#[tokio::test]
async fn enrol_a_user_twenty_times_an_hour() {
    let world = World::new().await;
    let application = Application::new([Manner::Yes; 22]).await;
    let service = world.registrar(asking(&application)).await;
    let registrar = client(&service).await;
    for _ in 0..20 {
        registrar
            .grant(&request(&ClientKey::random(&mut rng())))
            .await
            .unwrap();
    }
    let late = ClientKey::random(&mut rng());
    let limited = problem(registrar.grant(&request(&late)).await);
    assert_eq!(limited.known(), Some(ProblemType::Rate));
    assert!(limited.retry_after.unwrap() <= 3600);
    world.clock.pass(Seconds::hours(1));
    registrar.grant(&request(&late)).await.unwrap();
    // Without a hook there is no such way.
    let closed = world.registrar(Extras::default()).await;
    let closed = client(&closed)
        .await
        .enrol(&world.domain, &late, by_hook("alice"))
        .await;
    assert_eq!(refusal(closed), ProblemType::NotFound);
}
