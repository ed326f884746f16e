//! Enrolment by code and by another device; each subject once.

use milagro_base::Seconds;
use milagro_dta::grants::ClientKey;
use milagro_dta::issue::CombineError;
use milagro_mpin::client::PinLength;
use milagro_mpin::names::IdentityKind;
use milagro_mpin::{Factors, Identity, Pin, Token};
use milagro_wire::client::{EnrolError, Enrolled};
use milagro_wire::forms::registrar::SubjectState;
use milagro_wire::problem::ProblemType;

use crate::tests::world::{Extras, World, device, enrol, refusal, rng};

#[tokio::test]
async fn enrol_a_device_once_and_another_from_it() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let code = service.code("alice").await.unwrap().code;
    let key = ClientKey::random(&mut rng());
    let first = enrol(&world, &service, &key, &code).await.unwrap();
    assert!(first.secret.culprits.is_empty());
    assert_eq!(first.secret.key.identity(), &first.subject);
    // A pseudonym, and nothing of the name in it.
    assert_eq!(first.subject.kind(), IdentityKind::Pseudonym);
    // Answers that are lost are given again, to the same device.
    let again = enrol(&world, &service, &key, &code.to_lowercase())
        .await
        .unwrap();
    assert_eq!(again.subject, first.subject);
    // The same secret: with the same PIN split off, the same is left.
    let pin = Factors::pin(Pin::new("2580", PinLength::FOUR).unwrap());
    let token = |enrolled: Enrolled| {
        let id = *world.domain.id();
        Token::new(id, enrolled.secret.key, &pin)
            .unwrap()
            .to_bytes()
    };
    let first_subject = first.subject.clone();
    assert_eq!(token(again), token(first));
    let first = first_subject;
    // A device that has not logged in lets no other one in.
    let early = service.code_for_device(&first).await.unwrap_err();
    assert_eq!(early.known(), Some(ProblemType::Refused));
    service.logged_in(&first).await.unwrap();
    service.logged_in(&first).await.unwrap();
    // The first login ends the code, also for the device itself.
    assert_eq!(
        refusal(enrol(&world, &service, &key, &code).await),
        ProblemType::Refused
    );
    let thief = ClientKey::random(&mut rng());
    assert_eq!(
        refusal(enrol(&world, &service, &thief, &code).await),
        ProblemType::Refused
    );

    let code = service.code_for_device(&first).await.unwrap().code;
    let second = enrol(&world, &service, &ClientKey::random(&mut rng()), &code)
        .await
        .unwrap();
    assert_ne!(second.subject, first);
    let devices = service.devices("alice").await.unwrap().subjects.into_vec();
    let mut found: Vec<_> = devices
        .iter()
        .map(|device| (device.identity().unwrap().to_bytes(), device.state))
        .collect();
    found.sort_by_key(|(name, _)| name.clone());
    let mut wanted = vec![
        (first.to_bytes(), SubjectState::Confirmed),
        (second.subject.to_bytes(), SubjectState::Started),
    ];
    wanted.sort_by_key(|(name, _)| name.clone());
    assert_eq!(found, wanted);
    assert!(
        service
            .devices("alic")
            .await
            .unwrap()
            .subjects
            .as_slice()
            .is_empty()
    );
}

#[tokio::test]
async fn start_three_subjects_and_revoke_the_one_before() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let code = service.code("alice").await.unwrap().code;
    let mut subjects = Vec::new();
    for _ in 0..3 {
        let enrolled = enrol(&world, &service, &ClientKey::random(&mut rng()), &code)
            .await
            .unwrap();
        subjects.push(enrolled.subject);
    }
    let fourth = enrol(&world, &service, &ClientKey::random(&mut rng()), &code).await;
    assert_eq!(refusal(fourth), ProblemType::Refused);
    let list = service.settle().await.unwrap();
    let revoked = subjects.iter().map(|subject| list.list().contains(subject));
    assert_eq!(revoked.collect::<Vec<_>>(), [true, true, false]);
    // Those before cannot become anybody any more.
    let late = service.logged_in(&subjects[0]).await.unwrap_err();
    assert_eq!(late.known(), Some(ProblemType::Refused));
    service.logged_in(&subjects[2]).await.unwrap();
    assert_eq!(
        service
            .devices("alice")
            .await
            .unwrap()
            .subjects
            .as_slice()
            .len(),
        1
    );
}

#[tokio::test]
async fn end_with_their_day_and_are_not_guessed() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let code = service.code("alice").await.unwrap().code;
    let other = if code.starts_with('0') { '1' } else { '0' };
    let guess = format!("{other}{}", &code[1..]);
    let key = ClientKey::random(&mut rng());
    assert_eq!(
        refusal(enrol(&world, &service, &key, &guess).await),
        ProblemType::Refused
    );
    assert_eq!(
        refusal(enrol(&world, &service, &key, "no code").await),
        ProblemType::Malformed
    );
    world.clock.pass(Seconds::hours(24));
    assert_eq!(
        refusal(enrol(&world, &service, &key, &code).await),
        ProblemType::Refused
    );
    assert!(
        service
            .devices("alice")
            .await
            .unwrap()
            .subjects
            .as_slice()
            .is_empty()
    );
}

#[tokio::test]
async fn enrol_when_one_authority_is_away_and_not_when_two_are() {
    let world = World::new().await;
    for (away, good) in [(1, true), (2, false)] {
        let service = world.registrar(Extras::default()).await;
        let mut members = world.members.clone();
        for member in members.iter_mut().take(away) {
            member.client = milagro_wire::client::AuthorityClient::new(
                crate::tests::world::endpoint("http://127.0.0.1:9"),
            );
        }
        let cut = world.registrar_of(members, Extras::default()).await;
        let code = service.code("alice").await.unwrap().code;
        let key = ClientKey::random(&mut rng());
        let enrolled = enrol(&world, &cut, &key, &code).await;
        assert_eq!(enrolled.is_ok(), good);
        if !good {
            let too_few = matches!(
                enrolled,
                Err(EnrolError::Shares(CombineError::TooFew { .. }))
            );
            assert!(too_few);
            // The same device goes on where it was, once they are back.
            enrol(&world, &service, &key, &code).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_removed_subject_is_refused_at_once() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let subject = device(&world, &service, "alice").await;
    service.logged_in(&subject).await.unwrap();
    assert!(service.may_log_in(&subject).await.unwrap().allowed);
    assert_eq!(
        service.remove(&subject).await.unwrap().state,
        SubjectState::Removed
    );
    assert!(!service.may_log_in(&subject).await.unwrap().allowed);
    assert_eq!(
        service.logged_in(&subject).await.unwrap_err().known(),
        Some(ProblemType::Refused)
    );
    assert_eq!(
        service.restore(&subject).await.unwrap().state,
        SubjectState::Confirmed
    );
    assert!(service.may_log_in(&subject).await.unwrap().allowed);
    // Nobody that the registrar knows.
    for nobody in [
        Identity::pseudonym(&[7; 32]),
        Identity::raw(&[7; 32]).unwrap(),
    ] {
        assert_eq!(
            service.remove(&nobody).await.unwrap_err().known(),
            Some(ProblemType::NotFound)
        );
    }
    assert!(
        !service
            .may_log_in(&Identity::pseudonym(&[7; 32]))
            .await
            .unwrap()
            .allowed
    );
}
