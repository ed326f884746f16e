//! Bulletins: published, fetched whole and in slices, refused when somebody has changed them.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use milagro_dta::permits::Period;
use milagro_mpin::names::{Epoch, EpochLength};
use milagro_wire::client::{BulletinFiles, EnrolError, Wanted};
use milagro_wire::problem::{Problem, ProblemType};

use crate::service::Service;
use crate::tests::world::{Extras, World, client, device, endpoint, files, serve, word};

/// The files of a directory, with a bit turned over in those of a kind.
async fn serving(world: &World, altered: Option<&'static str>) -> BulletinFiles {
    let directory = world.bulletins();
    let file = async move |State(altered): State<Option<&'static str>>,
                           Path(name): Path<String>| {
        let mut bytes = std::fs::read(directory.join(&name)).map_err(|_| StatusCode::NOT_FOUND)?;
        if altered.is_some_and(|kind| name.ends_with(kind)) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        Ok::<_, StatusCode>(bytes)
    };
    let routes = Router::new()
        .route("/{name}", get(file))
        .with_state(altered);
    BulletinFiles::new(endpoint(&serve(routes).await))
}

pub(super) fn period(world: &World) -> Period {
    Period::at(world.clock.now(), EpochLength::DAY)
}

fn fault(answer: Result<impl Sized, Problem>) -> ProblemType {
    match answer {
        Err(problem) => problem.known().unwrap(),
        Ok(_) => panic!("an answer"),
    }
}

async fn today(world: &World, service: &Service) -> Result<(), Problem> {
    service.publish(period(world).epoch).await.map(|_| ())
}

#[tokio::test]
async fn are_fetched_by_slice_and_refused_when_altered() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let registrar = client(&service).await;
    let (alice, bob) = (
        device(&world, &service, "alice").await,
        device(&world, &service, "bob").await,
    );
    service.remove(&bob).await.unwrap();
    let period = period(&world);
    assert_eq!(
        word(registrar.bulletin(period.epoch.0).await),
        ProblemType::NotFound
    );
    let named = service.publish(period.epoch).await.unwrap();
    assert_eq!(registrar.bulletin(period.epoch.0).await.unwrap(), named);
    assert_eq!(files(&world.bulletins(), "").len(), 3, "no drafts are left");

    let wanted = Wanted {
        domain: &world.domain,
        period,
        identity: &alice,
    };
    let whole = serving(&world, None).await;
    let permit = whole.permit(&wanted, &named).await.unwrap();
    let (same, list) = whole.checked(&wanted, &named).await.unwrap();
    assert_eq!(
        (permit.to_bytes(), list.sequence),
        (same.to_bytes(), named.list)
    );
    let revoked = Wanted {
        identity: &bob,
        ..wanted
    };
    assert!(matches!(
        whole.permit(&revoked, &named).await,
        Err(EnrolError::Revoked)
    ));
    assert!(matches!(
        whole.checked(&revoked, &named).await,
        Err(EnrolError::Revoked)
    ));

    for kind in ["index", "slice"] {
        let altered = serving(&world, Some(kind)).await;
        assert!(
            matches!(
                altered.permit(&wanted, &named).await,
                Err(EnrolError::Answer)
            ),
            "{kind}"
        );
    }
    let altered = serving(&world, Some("bulletin")).await;
    assert!(matches!(
        altered.checked(&wanted, &named).await,
        Err(EnrolError::Answer)
    ));

    // Yesterday's files for today.
    let tomorrow = Period {
        epoch: Epoch(period.epoch.0 + 1),
        ..period
    };
    let replayed = Wanted {
        period: tomorrow,
        ..wanted
    };
    assert!(matches!(
        whole.permit(&replayed, &named).await,
        Err(EnrolError::Answer)
    ));
    assert!(matches!(
        whole.checked(&replayed, &named).await,
        Err(EnrolError::Answer)
    ));
}

#[tokio::test]
async fn follow_the_newest_list_and_are_made_once() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let alice = device(&world, &service, "alice").await;
    let period = period(&world);
    let first = service.publish(period.epoch).await.unwrap();
    assert_eq!(service.publish(period.epoch).await.unwrap(), first);
    service.remove(&alice).await.unwrap();
    let replica = world.registrar(Extras::default()).await;
    let second = replica.publish(period.epoch).await.unwrap();
    assert_eq!((first.list, second.list), (1, 2));
    assert_eq!(service.publish(period.epoch).await.unwrap(), second);
    // What was published before is there for whoever reads it now.
    assert_eq!(files(&world.bulletins(), ".bulletin").len(), 2);

    for epoch in [period.epoch.0 - 2, period.epoch.0 + 3] {
        assert_eq!(
            fault(service.publish(Epoch(epoch)).await),
            ProblemType::Epoch
        );
    }
    // At 08:00 tomorrow's is not due; at 20:00 it is.
    service.publish_due().await.unwrap();
    let tomorrow = Epoch(period.epoch.0 + 1);
    assert_eq!(
        fault(service.bulletin(tomorrow).await),
        ProblemType::NotFound
    );
    world.clock.pass(milagro_base::Seconds::hours(12));
    service.publish_due().await.unwrap();
    assert_eq!(service.bulletin(tomorrow).await.unwrap().list, 2);
}

#[tokio::test]
async fn need_two_of_three_authorities() {
    let world = World::new().await;
    let mut members = world.members.clone();
    let away = || milagro_wire::client::AuthorityClient::new(endpoint("http://127.0.0.1:9"));
    members[0].client = away();
    let two = world.registrar_of(members.clone(), Extras::default()).await;
    today(&world, &two).await.unwrap();
    members[1].client = away();
    let one = world.registrar_of(members, Extras::default()).await;
    one.remove(&device(&world, &two, "alice").await)
        .await
        .unwrap();
    let before = one.bulletin(period(&world).epoch).await.unwrap();
    assert_eq!(fault(today(&world, &one).await), ProblemType::Unavailable);
    assert_eq!(one.bulletin(period(&world).epoch).await.unwrap(), before);
}

#[tokio::test]
async fn of_past_epochs_are_deleted_after_a_while() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let directory = world.bulletins();
    // What else lies there stays there, whatever it is called.
    let name = "00".repeat(32);
    for other in [
        "index.html",
        &format!("{name}.index"),
        &format!("{name}.bulletin"),
    ] {
        std::fs::write(directory.join(other), b"of somebody else").unwrap();
    }
    std::fs::create_dir(directory.join("bulletins.index")).unwrap();
    let draft = format!(".{name}.slice-17");
    let file = std::fs::File::create(directory.join(&draft)).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    let count = || files(&directory, "").len() - 4;
    let mut counts = Vec::new();
    for _ in 0..5 {
        service.publish_due().await.unwrap();
        counts.push(count());
        world.clock.pass(milagro_base::Seconds::days(1));
    }
    // Three files of each day, for the day and two more.
    assert_eq!(counts, [3, 6, 9, 9, 9]);
    assert!(!directory.join(draft).exists());
}

#[tokio::test]
async fn are_published_again_where_files_are_gone() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let epoch = period(&world).epoch;
    for kind in [".bulletin", ".index"] {
        let named = service.publish(epoch).await.unwrap();
        assert_eq!(service.publish(epoch).await.unwrap(), named);
        for file in files(&world.bulletins(), kind) {
            std::fs::remove_file(world.bulletins().join(file)).unwrap();
        }
        service.publish(epoch).await.unwrap();
        assert_eq!(files(&world.bulletins(), kind).len(), 1);
    }
}
