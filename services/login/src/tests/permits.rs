//! Permits of the day: a challenge says which one is wanted, and none other is taken.

use axum::http::StatusCode;
use milagro_mpin::names::{Epoch, EpochLength, EpochPolicy};
use milagro_mpin::permit::{Leaf, PermitLabel};
use milagro_mpin::server::{PermitPolicy, Policy};
use milagro_mpin::{Challenge, Permit};
use milagro_wire::bounded::Blob;
use milagro_wire::login::{ChallengeAnswer, LoginRequest, PermitKinds, PermitWanted, Purpose};
use milagro_wire::server::Pool;

use super::fixture::{Phone, Replica, START, World, factors, rng};
use crate::service::Settings;

const DAY: u64 = 86_400;

async fn under(world: &World, permits: PermitPolicy) -> Replica {
    let settings = Settings {
        policy: Policy::new(permits),
        ..World::settings()
    };
    world.with(Pool::new(2, 64), settings).await
}

/// A permit for everybody.
fn permit(world: &World, epoch: u64) -> Permit {
    let label = PermitLabel::Cover {
        epoch: Epoch(epoch),
        low: Leaf(0),
        high: Leaf(u128::MAX),
    };
    let identity = World::identity("alice");
    let (master, domain) = (&world.master, &world.domain);
    master.issue_permit(domain, label, EpochLength::DAY, &identity)
}

async fn enter(phone: &mut Phone, replica: &Replica, permit: Option<&Permit>) -> StatusCode {
    let answer: ChallengeAnswer = replica.get("/v1/challenge").await.form();
    let challenge = Challenge::from_bytes(answer.challenge.as_bytes()).unwrap();
    let secret = phone.token.unlock(&factors("2580")).unwrap();
    let mut login = secret.login(phone.target());
    if let Some(permit) = permit {
        login = login.permit(permit);
    }
    let proof = login.answer(&mut rng(), challenge).unwrap();
    let request = LoginRequest {
        proof: Blob::new(proof.to_bytes()).unwrap(),
        cookie: phone.cookie.clone(),
        purpose: Purpose::Session {},
    };
    replica.post("/v1/login", &request).await.status
}

#[tokio::test]
async fn a_challenge_says_which_permit_is_wanted() {
    let world = World::new().await;
    let (none, daily) = (PermitPolicy::NoPermits, EpochPolicy::DAILY);
    for (policy, kind) in [
        (none, None),
        (PermitPolicy::Personal(daily), Some(PermitKinds::Personal)),
        (PermitPolicy::Cover(daily), Some(PermitKinds::Cover)),
        (
            PermitPolicy::PersonalOrCover(daily),
            Some(PermitKinds::Either),
        ),
    ] {
        let replica = under(&world, policy).await;
        let answer: ChallengeAnswer = replica.get("/v1/challenge").await.form();
        let wanted = kind.map(|kind| PermitWanted {
            kind,
            epoch: START / DAY,
            seconds: DAY,
        });
        assert_eq!(answer.permit, wanted);
    }
}

#[tokio::test]
async fn the_permit_of_the_day_and_no_other_lets_in() {
    let world = World::new().await;
    let replica = under(&world, PermitPolicy::Cover(EpochPolicy::DAILY)).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let today = permit(&world, START / DAY);
    let other = permit(&world, START / DAY - 2);
    assert_eq!(enter(&mut phone, &replica, None).await, 403);
    assert_eq!(enter(&mut phone, &replica, Some(&other)).await, 403);
    assert_eq!(replica.service.checked(), 0, "neither costs an attempt");
    assert_eq!(enter(&mut phone, &replica, Some(&today)).await, 200);
    let plain = world.replica().await;
    assert_eq!(enter(&mut phone, &plain, Some(&today)).await, 403);
}
