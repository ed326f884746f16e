//! Logins that agree on a key with an application, over two requests that may reach two replicas.

mod kept;

use axum::http::StatusCode;
use milagro_base::Seconds;
use milagro_mpin::full::{ClientHello, ClientSession, KeyBase, ServerHello};
use milagro_mpin::server::{Freshness, PermitPolicy, Policy};
use milagro_mpin::{Challenge, ChannelBinding, ServerId, Target};
use milagro_wire::bounded::Blob;
use milagro_wire::login::agreements::{AgreementAnswer, AgreementRequest, ConfirmRequest, binding};
use milagro_wire::login::names::ClientId;
use milagro_wire::login::{AgreedKeys, ChallengeAnswer, LoginAnswer, RedeemAnswer};

use super::codes::redeem;
use super::fixture::{Got, Phone, Replica, SHOP, START, World, factors, origin, rng, shop, user};
use crate::service::Settings;

/// What a phone keeps between the two requests.
struct Begun {
    session: ClientSession,
    base: KeyBase,
    request: AgreementRequest,
}

impl Phone {
    fn bound(&self, client: &ClientId, page: &str) -> Target {
        Target {
            domain: self.target().domain,
            server: self.target().server.clone(),
            binding: binding(client, &origin(page)),
        }
    }

    /// Begins, without sending anything.
    fn begin(&self, target: &Target, typed: &str, challenge: Challenge) -> Begun {
        let secret = self.token.unlock(&factors(typed)).unwrap();
        let agreement = secret.login(target).agree(&mut rng(), challenge).unwrap();
        Begun {
            session: agreement.session,
            base: KeyBase::new(&secret, &target.server),
            request: self.asks(&agreement.hello),
        }
    }

    fn asks(&self, hello: &ClientHello) -> AgreementRequest {
        AgreementRequest {
            hello: Blob::new(hello.to_bytes()).unwrap(),
            cookie: self.cookie.clone(),
            client: shop(),
            origin: origin(SHOP),
        }
    }

    async fn begin_at(&self, replica: &Replica, typed: &str) -> Begun {
        let target = self.bound(&shop(), SHOP);
        self.begin(&target, typed, challenge(replica).await)
    }

    fn confirms(&self, begun: Begun, answer: &AgreementAnswer) -> (ConfirmRequest, AgreedKeys) {
        let hello = ServerHello::from_bytes(answer.hello.as_bytes()).unwrap();
        let confirmed = begun.session.finish(&begun.base, &hello).unwrap();
        let request = ConfirmRequest {
            agreement: answer.agreement.clone(),
            identity: Blob::new(self.identity.to_bytes()).unwrap(),
            cookie: self.cookie.clone(),
            confirmation: Blob::new(confirmed.confirmation.to_bytes()).unwrap(),
        };
        // The other side sends what this one receives.
        let keys = AgreedKeys {
            receiving: Blob::new(*confirmed.keys.sending()).unwrap(),
            sending: Blob::new(*confirmed.keys.receiving()).unwrap(),
            exporter: Blob::new(*confirmed.keys.exporter()).unwrap(),
        };
        (request, keys)
    }

    /// Both halves at a replica; what is left is to confirm.
    pub(super) async fn agree(
        &self,
        replica: &Replica,
        typed: &str,
    ) -> (ConfirmRequest, AgreedKeys) {
        let begun = self.begin_at(replica, typed).await;
        let answer = begin(replica, &begun.request).await.form();
        self.confirms(begun, &answer)
    }
}

async fn challenge(replica: &Replica) -> Challenge {
    let answer: ChallengeAnswer = replica.get("/v1/challenge").await.form();
    Challenge::from_bytes(answer.challenge.as_bytes()).unwrap()
}

async fn begin(replica: &Replica, request: &AgreementRequest) -> Got {
    replica.post("/v1/agreements", request).await
}

pub(super) async fn confirm(replica: &Replica, request: &ConfirmRequest) -> Got {
    replica.post("/v1/agreements/confirm", request).await
}

#[tokio::test]
async fn give_both_sides_the_same_keys_once_over_replicas() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let secret = world.shop(&replicas[0]).await;
    let begun = phone.begin_at(&replicas[0], "2580").await;
    let hello = begun.request.clone();
    let answer = begin(&replicas[0], &hello).await.form();
    let (request, keys) = phone.confirms(begun, &answer);
    // Nobody has logged in yet, and a hello is answered once.
    assert!(
        !world
            .events()
            .contains("\"login\",\"outcome\":\"accepted\"")
    );
    for replica in &replicas {
        assert_eq!(begin(replica, &hello).await.status, StatusCode::FORBIDDEN);
    }
    world.pass(7);
    let answer: LoginAnswer = confirm(&replicas[1], &request).await.form();
    let code = answer.code.unwrap();
    let known: RedeemAnswer = redeem(&replicas[0], ("shop", &secret), &code, SHOP)
        .await
        .form();
    assert_eq!((known.user, known.at), (user("alice"), START + 7));
    assert_eq!(known.keys, Some(keys));
    // Neither the confirmation nor the code is good again, and the device goes on with the next cookie.
    for replica in &replicas {
        assert_eq!(
            confirm(replica, &request).await.status,
            StatusCode::FORBIDDEN
        );
        let again = redeem(replica, ("shop", &secret), &code, SHOP).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
    }
    phone.cookie = answer.cookie;
    assert_eq!(phone.log_in(&replicas[1], "2580").await, StatusCode::OK);
    // Another agreement has other keys; a code of a plain login has none.
    let (request, others) = phone.agree(&replicas[0], "2580").await;
    let answer: LoginAnswer = confirm(&replicas[0], &request).await.form();
    phone.cookie = answer.cookie;
    let known = redeem(&replicas[0], ("shop", &secret), &answer.code.unwrap(), SHOP).await;
    assert_eq!(known.form::<RedeemAnswer>().keys, Some(others));
    let code = super::codes::code(&replicas[0], &mut phone).await;
    let known = redeem(&replicas[0], ("shop", &secret), &code, SHOP).await;
    assert!(!known.text().contains("keys"));
    assert_eq!(known.form::<RedeemAnswer>().keys, None);
}

#[tokio::test]
async fn two_confirmations_at_once_are_one_login() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let phone = world.phone(&replicas[0], "alice", "2580").await;
    world.shop(&replicas[0]).await;
    let (request, _) = phone.agree(&replicas[0], "2580").await;
    let both = tokio::join!(
        confirm(&replicas[0], &request),
        confirm(&replicas[1], &request)
    );
    let mut both = [both.0.status, both.1.status];
    both.sort();
    assert_eq!(both, [StatusCode::OK, StatusCode::FORBIDDEN]);
}

/// Wrong PINs are counted, and a right one is given back.
#[tokio::test]
async fn are_guesses_like_logins() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    for _ in 0..6 {
        phone.agree(&replica, "2580").await;
    }
    for left in (0..5).rev() {
        let wrong = phone.begin_at(&replica, "2581").await;
        let answer = begin(&replica, &wrong.request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(said["attempts_left"], left, "{said}");
    }
    let checked = replica.service.checked();
    let right = phone.begin_at(&replica, "2580").await;
    let answer = begin(&replica, &right.request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("no attempts"), "{}", answer.text());
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), checked);
}

#[tokio::test]
async fn without_a_good_cookie_nothing_is_checked() {
    let world = World::new().await;
    let replica = world.replica().await;
    let phone = world.phone(&replica, "alice", "2580").await;
    let bob = world.phone(&replica, "bob", "2580").await;
    world.shop(&replica).await;
    let (mut request, _) = phone.agree(&replica, "2580").await;
    let mut hello = phone.begin_at(&replica, "2580").await.request;
    let checked = replica.service.checked();
    for cookie in [bob.cookie.as_bytes(), &[], &[7; 64]] {
        hello.cookie = Blob::new(cookie).unwrap();
        assert_eq!(begin(&replica, &hello).await.status, StatusCode::FORBIDDEN);
        request.cookie = Blob::new(cookie).unwrap();
        assert_eq!(
            confirm(&replica, &request).await.status,
            StatusCode::FORBIDDEN
        );
    }
    // Nor for what is no hello of this kind, or for another application, another page, another server, or none.
    hello.cookie = phone.cookie.clone();
    let target = |binding| Target {
        domain: phone.target().domain,
        server: phone.target().server.clone(),
        binding,
    };
    let other = Target {
        server: ServerId::new(b"bank.example").unwrap(),
        ..phone.bound(&shop(), SHOP)
    };
    let bank = ClientId::new("bank").unwrap();
    for target in [
        phone.bound(&bank, SHOP),
        phone.bound(&shop(), "https://bank.example"),
        target(ChannelBinding::None),
        other,
    ] {
        let begun = phone.begin(&target, "2580", challenge(&replica).await);
        let answer = begin(&replica, &begun.request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let login = phone.prove(&replica, "2580").await;
    for bytes in [login.to_bytes(), Vec::new(), vec![2; 900]] {
        hello.hello = Blob::new(bytes).unwrap();
        assert_eq!(
            begin(&replica, &hello).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    // An application that nobody knows, and a page that is not its own.
    let mut unknown = phone.begin_at(&replica, "2580").await.request;
    unknown.client = bank;
    assert_eq!(
        begin(&replica, &unknown).await.status,
        StatusCode::NOT_FOUND
    );
    unknown.client = shop();
    unknown.origin = origin("https://bank.example");
    assert_eq!(
        begin(&replica, &unknown).await.status,
        StatusCode::NOT_FOUND
    );
    // Times are for services that take them.
    let secret = phone.token.unlock(&factors("2580")).unwrap();
    let target = phone.bound(&shop(), SHOP);
    let timed = secret
        .login(&target)
        .agree_at(&mut rng(), Seconds::new(START));
    let timed = phone.asks(&timed.unwrap().hello);
    assert_eq!(begin(&replica, &timed).await.status, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), checked);
    let policy = Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(PermitPolicy::NoPermits)
    };
    let settings = Settings {
        policy,
        ..World::settings()
    };
    let pool = milagro_wire::server::Pool::new(1, 8);
    let taking = world.with(pool, settings).await;
    assert_eq!(begin(&taking, &timed).await.status, StatusCode::OK);
    assert_eq!(begin(&taking, &timed).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_the_device_that_began_confirms() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let bob = world.phone(&replica, "bob", "2580").await;
    world.shop(&replica).await;
    let (request, _) = phone.agree(&replica, "2580").await;
    // Somebody else's device, with all that was said.
    let bobs = ConfirmRequest {
        identity: Blob::new(bob.identity.to_bytes()).unwrap(),
        cookie: bob.cookie.clone(),
        ..request.clone()
    };
    // Another confirmation, another number.
    let mut wrong = request.clone();
    let mut bytes = wrong.confirmation.as_bytes().to_vec();
    bytes[32] ^= 1;
    wrong.confirmation = Blob::new(bytes).unwrap();
    let mut guess = request.clone();
    guess.agreement = Blob::new([7; 32]).unwrap();
    let mut empty = request.clone();
    empty.agreement = Blob::new([]).unwrap();
    for bad in [bobs, wrong, guess, empty] {
        assert_eq!(confirm(&replica, &bad).await.status, StatusCode::FORBIDDEN);
    }
    // They used nothing up.
    let answer: LoginAnswer = confirm(&replica, &request).await.form();
    phone.cookie = answer.cookie;
    // Who has logged in since has another cookie, and begins again.
    let (old, _) = phone.agree(&replica, "2580").await;
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    let fresh = ConfirmRequest {
        cookie: phone.cookie.clone(),
        ..old.clone()
    };
    for late in [fresh, old] {
        assert_eq!(confirm(&replica, &late).await.status, StatusCode::FORBIDDEN);
    }
    assert!(!world.events().contains("copy"));
    let (request, _) = phone.agree(&replica, "2580").await;
    assert_eq!(confirm(&replica, &request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn end_with_their_minute_their_device_and_their_user() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    for (seconds, status) in [(59, StatusCode::OK), (60, StatusCode::FORBIDDEN)] {
        let (request, _) = phone.agree(&replica, "2580").await;
        world.pass(seconds);
        let answer = confirm(&replica, &request).await;
        assert_eq!(answer.status, status, "{seconds}");
        if status == StatusCode::OK {
            phone.cookie = answer.form::<LoginAnswer>().cookie;
        }
    }
    // The keys wait for a minute, for one application and one page.
    for (seconds, page) in [(60, SHOP), (0, "https://bank.example")] {
        let (request, _) = phone.agree(&replica, "2580").await;
        let answer: LoginAnswer = confirm(&replica, &request).await.form();
        phone.cookie = answer.cookie;
        world.pass(seconds);
        let code = answer.code.unwrap();
        let known = redeem(&replica, ("shop", &secret), &code, page).await;
        assert_eq!(known.status, StatusCode::FORBIDDEN);
    }
    let (request, _) = phone.agree(&replica, "2580").await;
    assert!(
        crate::device::lock(&*world.records, &user("alice"), true)
            .await
            .unwrap()
    );
    assert_eq!(
        confirm(&replica, &request).await.status,
        StatusCode::FORBIDDEN
    );
}

/// Whoever has copied a device and knows its PIN is found out by an agreement as by a login.
#[tokio::test]
async fn find_copies_out() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let thief = phone.copy();
    for _ in 0..2 {
        assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
        world.pass(120);
    }
    let begun = thief.begin_at(&replica, "2580").await;
    assert_eq!(
        begin(&replica, &begun.request).await.status,
        StatusCode::FORBIDDEN
    );
    assert!(world.events().contains("\"copy-found\""));
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
}
