//! Administrators: nobody without the key, everything with it; and the documents of both interfaces.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;

use milagro_dta::grants::ClientKey;
use milagro_mpin::Identity;
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::client::{Endpoint, Patience, RegistrarAdmin};
use milagro_wire::forms::registrar::SubjectState;
use milagro_wire::problem::ProblemType;
use milagro_wire::server::{Frame, frame};
use serde_json::Value;

use crate::admin::{AdminKey, router};
use crate::documents;
use crate::subjects::{State, Subject};
use crate::tests::bulletins::period;
use crate::tests::world::{Extras, World, client, device, enrol, rng, serve, word};

const KEY: [u8; 32] = [5; 32];

fn admin(address: &str, key: &[u8; 32]) -> RegistrarAdmin {
    let builder = RegistrarAdmin::with_key(reqwest::ClientBuilder::new(), key).unwrap();
    RegistrarAdmin::new(Endpoint::new(address, builder, Patience::NONE).unwrap())
}

fn alice() -> Text<255> {
    Text::new("alice").unwrap()
}

#[tokio::test]
async fn do_everything_with_the_key() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let routes = router(Arc::clone(&service), AdminKey::of(&KEY));
    let address = serve(frame(routes, Frame::default())).await;
    let admin = admin(&address, &KEY);
    let code = admin.code(alice()).await.unwrap();
    assert!(!format!("{code:?}").contains(&code.code));
    let enrolled = enrol(&world, &service, &ClientKey::random(&mut rng()), &code.code).await;
    let subject = enrolled.unwrap().subject;
    assert_eq!(
        word(admin.code_for_device(&subject).await),
        ProblemType::Refused
    );
    admin.logged_in(&subject).await.unwrap();
    assert!(admin.may_log_in(&subject).await.unwrap().allowed);
    admin.code_for_device(&subject).await.unwrap();
    let devices = admin.devices(&alice()).await.unwrap().subjects.into_vec();
    assert_eq!(devices.len(), 1);
    assert_eq!(
        (devices[0].identity(), devices[0].state),
        (Some(subject.clone()), SubjectState::Confirmed)
    );
    assert_eq!(
        admin.remove(&subject).await.unwrap().state,
        SubjectState::Removed
    );
    assert_eq!(admin.push().await.unwrap().revoked, 1);
    assert_eq!(
        admin.restore(&subject).await.unwrap().state,
        SubjectState::Confirmed
    );
    admin.publish().await.unwrap();
    let named = client(&service)
        .await
        .bulletin(period(&world).epoch.0)
        .await
        .unwrap();
    assert_eq!(named.list, 2);
}

#[tokio::test]
async fn are_refused_without_the_key() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let subject = device(&world, &service, "alice").await;
    let address = serve(frame(
        router(Arc::clone(&service), AdminKey::of(&KEY)),
        Frame::default(),
    ))
    .await;
    let thief = admin(&address, &[6; 32]);
    assert_eq!(word(thief.code(alice()).await), ProblemType::Refused);
    assert_eq!(word(thief.devices(&alice()).await), ProblemType::Refused);
    assert_eq!(word(thief.remove(&subject).await), ProblemType::Refused);
    assert_eq!(word(thief.push().await), ProblemType::Refused);
    let right = Blob::<32>::new(KEY).unwrap().to_text();
    let hash = Blob::<32>::new(sha2_of(&KEY)).unwrap().to_text();
    let client = reqwest::Client::new();
    for header in [
        "",
        "Bearer ",
        "Bearer x",
        &right,
        &format!("Basic {right}"),
        &format!("Bearer {right}A"),
        &format!("Bearer {hash}"),
    ] {
        let answer = client
            .get(format!("{address}/openapi.json"))
            .header("authorization", header)
            .send()
            .await;
        assert_eq!(answer.unwrap().status(), 403, "{header}");
    }
    // Not on the devices' listener, with or without it.
    let devices = serve(frame(crate::router(Arc::clone(&service)), Frame::default())).await;
    let answer = client
        .post(format!("{devices}/v1/list"))
        .bearer_auth(&right)
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 404);
    assert!(service.may_log_in(&subject).await.unwrap().allowed);
    assert!(service.list().await.unwrap().is_none());
}

fn sha2_of(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

/// Whatever a document refers to is in it, and every path answers with problems.
#[test]
fn documents_are_whole() {
    for (document, paths) in [(documents::devices(), 7), (documents::admin(), 12)] {
        let document = serde_json::to_value(document).unwrap();
        let schemas: BTreeSet<&String> = document["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        let mut open = vec![&document];
        let mut used = BTreeSet::new();
        while let Some(value) = open.pop() {
            if let Some(reference) = value["$ref"].as_str() {
                used.insert(
                    reference
                        .strip_prefix("#/components/schemas/")
                        .unwrap()
                        .to_owned(),
                );
            }
            match value {
                Value::Object(fields) => open.extend(fields.values()),
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        let missing: Vec<_> = used.iter().filter(|name| !schemas.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let operations = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|path| path.as_object().unwrap().values());
        let answers: Vec<_> = operations
            .filter(|operation| operation["responses"].is_object())
            .collect();
        assert_eq!(answers.len(), paths);
    }
}

/// One device more than there may be: by the restore of one that was removed to make room, and by two replicas that enrol at
/// once.
#[tokio::test]
async fn devices_beyond_the_limit_break_nothing() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let put = async |number: u8, state: State| {
        let subject = Subject {
            state,
            user: "alice".to_owned(),
            client: [number; 32],
            code: None,
            since: world.clock.now(),
        };
        let put = service.subjects().put(&[number; 32], &subject, None).await;
        assert!(put.unwrap());
    };
    for number in 1..64 {
        put(number, State::Confirmed).await;
    }
    put(100, State::Removed { confirmed: true }).await;
    let removed = Identity::pseudonym(&[100; 32]);
    service.restore(&removed).await.unwrap();
    service.remove(&removed).await.unwrap();
    put(101, State::Confirmed).await;
    let full = service.restore(&removed).await.unwrap_err();
    assert_eq!(full.known(), Some(ProblemType::Conflict));
    assert_eq!(
        service
            .devices("alice")
            .await
            .unwrap()
            .subjects
            .as_slice()
            .len(),
        64
    );
    put(102, State::Confirmed).await;
    assert_eq!(
        service
            .devices("alice")
            .await
            .unwrap()
            .subjects
            .as_slice()
            .len(),
        64
    );
}
