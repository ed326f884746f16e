//! Grants that are not what they should be bring no share, by way of the registrar or without it.

use milagro_base::Seconds;
use milagro_dta::grants::{ClientKey, Enrolment, Grant, GrantError, RegistrarKey, SignedGrant};
use milagro_dta::issue::ClientSecret;
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ShareRequest;
use milagro_wire::forms::registrar::EnrolmentRequest;
use milagro_wire::problem::ProblemType;

use crate::tests::world::{Extras, World, by_code, client, number, rng, word};

fn request(grant: &SignedGrant<ClientSecret>) -> ShareRequest {
    ShareRequest {
        grant: Blob::new(grant.to_bytes()).unwrap(),
    }
}

#[tokio::test]
async fn that_are_forged_bring_no_share() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let registrar = client(&service).await;
    let code = service.code("alice").await.unwrap().code;
    let key = ClientKey::random(&mut rng());
    let public = key.public().unwrap();
    let enrolment = EnrolmentRequest {
        client: Blob::new(*public.as_bytes()).unwrap(),
        by: by_code(&code),
    };
    let granted = registrar.grant(&enrolment).await.unwrap();
    let signed = SignedGrant::<ClientSecret>::from_bytes(granted.grant.as_bytes()).unwrap();
    let grant = signed.grant().clone();
    let keys = RegistrarKey::from_bytes(&service.keys.signs.to_bytes()).unwrap();
    let thief = ClientKey::random(&mut rng());

    // Of another registrar: the registrar passes it on, since it is about a subject that waits, and nobody answers.
    let forged = grant
        .clone()
        .sign(&mut rng(), &RegistrarKey::random(&mut rng()))
        .unwrap();
    let answer = registrar.shares(&request(&forged)).await.unwrap();
    assert_eq!((answer.shares.as_slice().len(), answer.missing), (0, 3));
    for member in &world.members {
        assert_eq!(
            word(member.client.share(&request(&forged)).await),
            ProblemType::Refused
        );
    }

    // The right one; its shares are for its key alone.
    let answer = registrar.shares(&request(&signed)).await.unwrap();
    assert_eq!((answer.shares.as_slice().len(), answer.missing), (3, 0));
    assert_eq!(
        Enrolment::new(&world.domain, &thief, &signed).unwrap_err(),
        GrantError::Client
    );
    let to_thief = Grant {
        client: thief.public().unwrap(),
        ..grant.clone()
    };
    let to_thief = to_thief.sign(&mut rng(), &keys).unwrap();
    let mut stolen = Enrolment::new(&world.domain, &thief, &to_thief).unwrap();
    let mut own = Enrolment::new(&world.domain, &key, &signed).unwrap();
    for share in answer.shares.as_slice() {
        assert!(
            stolen
                .add(number(share.authority), share.sealed.as_bytes())
                .is_err()
        );
        own.add(number(share.authority), share.sealed.as_bytes())
            .unwrap();
    }
    own.finish().unwrap();

    // Used twice: to another key, with the true signature. The registrar's own key does not help whoever has it.
    assert_eq!(
        word(registrar.shares(&request(&to_thief)).await),
        ProblemType::Refused
    );
    for member in &world.members {
        assert_eq!(
            word(member.client.share(&request(&to_thief)).await),
            ProblemType::Refused
        );
    }

    // For another subject, which nobody has enrolled.
    let stranger = Grant {
        subject: Identity::pseudonym(&[9; 32]),
        ..grant.clone()
    };
    let stranger = stranger.sign(&mut rng(), &keys).unwrap();
    assert_eq!(
        word(registrar.shares(&request(&stranger)).await),
        ProblemType::Refused
    );
    let named = Grant {
        subject: Identity::raw(b"alice").unwrap(),
        ..grant.clone()
    };
    let named = named.sign(&mut rng(), &keys).unwrap();
    assert_eq!(
        word(registrar.shares(&request(&named)).await),
        ProblemType::NotFound
    );

    // Cut, grown, and nothing at all.
    for bytes in [
        &granted.grant.as_bytes()[1..],
        &[granted.grant.as_bytes(), &[0]].concat(),
        &[],
    ] {
        let broken = ShareRequest {
            grant: Blob::new(bytes).unwrap(),
        };
        assert_eq!(
            word(registrar.shares(&broken).await),
            ProblemType::Malformed
        );
    }

    // Expired; the device asks for another one, and goes on.
    world
        .clock
        .pass(Seconds::hours(24).plus(Seconds::minutes(2)));
    let answer = registrar.shares(&request(&signed)).await.unwrap();
    assert_eq!((answer.shares.as_slice().len(), answer.missing), (0, 3));
}
