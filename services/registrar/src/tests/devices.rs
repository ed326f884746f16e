//! Devices at the login service: the first cookie, and removals that it hears of, late if need be.

use alloc::sync::Arc;
use std::sync::Mutex;

use milagro_dta::grants::{ClientKey, SignedGrant};
use milagro_dta::issue::ClientSecret;
use milagro_ledger::Answer;
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;
use milagro_wire::client::EnrolError;
use milagro_wire::forms::registrar::{EnrolmentRequest, FirstCookie, ServerRequest};
use milagro_wire::login::names::UserName;
use milagro_wire::problem::{Problem, ProblemType};

use crate::logins::Logins;
use crate::service::Service;
use crate::tests::frozen::{key, keys, read};
use crate::tests::world::{Extras, World, by_code, client, device, enrol, refusal, rng};

/// A login service that keeps what it hears.
#[derive(Default)]
struct Desk {
    silent: Mutex<bool>,
    enrolled: Mutex<Vec<(String, Identity)>>,
    away: Mutex<Vec<(Identity, bool)>>,
}

impl Desk {
    fn listens(&self, listens: bool) {
        *self.silent.lock().unwrap() = !listens;
    }

    fn answer<T>(&self, value: impl FnOnce() -> T) -> Result<T, Problem> {
        let silent = *self.silent.lock().unwrap();
        if silent {
            return Err(ProblemType::Unavailable.problem());
        }
        Ok(value())
    }

    fn heard(&self) -> Vec<(Identity, bool)> {
        self.away.lock().unwrap().clone()
    }
}

impl Logins for Desk {
    fn enrol<'a>(
        &'a self,
        user: &'a UserName,
        subject: &'a Identity,
    ) -> Answer<'a, Result<FirstCookie, Problem>> {
        let said = self.answer(|| {
            let known = (user.as_str().to_owned(), subject.clone());
            self.enrolled.lock().unwrap().push(known);
            FirstCookie {
                user: user.clone(),
                device: Blob::new([1; 16]).unwrap(),
                cookie: Blob::new(&subject.to_bytes()[..32]).unwrap(),
            }
        });
        Box::pin(core::future::ready(said))
    }

    fn set_away<'a>(
        &'a self,
        _user: &'a UserName,
        subject: &'a Identity,
        away: bool,
    ) -> Answer<'a, Result<(), Problem>> {
        let said = self.answer(|| self.away.lock().unwrap().push((subject.clone(), away)));
        Box::pin(core::future::ready(said))
    }
}

async fn linked(world: &World, desk: &Arc<Desk>) -> Arc<Service> {
    let desk: Arc<Desk> = Arc::clone(desk);
    let service = world.registrar_alone(Extras::default()).await;
    Arc::new(service.with_logins(desk))
}

/// A grant by code.
async fn granted(service: &Arc<Service>, key: &ClientKey, code: &str) -> SignedGrant<ClientSecret> {
    let request = EnrolmentRequest {
        client: Blob::new(*key.public().unwrap().as_bytes()).unwrap(),
        by: by_code(code),
    };
    let granted = client(service).await.grant(&request).await.unwrap();
    SignedGrant::from_bytes(granted.grant.as_bytes()).unwrap()
}

#[tokio::test]
async fn get_their_first_cookie_until_they_log_in() {
    let world = World::new().await;
    let desk = Arc::new(Desk::default());
    let service = linked(&world, &desk).await;
    let registrar = client(&service).await;
    let code = service.code("alice").await.unwrap().code;
    let key = ClientKey::random(&mut rng());
    // The login service is away: nothing is lost, and the same key goes on.
    desk.listens(false);
    let late = enrol(&world, &service, &key, &code).await;
    assert_eq!(refusal(late), ProblemType::Unavailable);
    desk.listens(true);
    let enrolled = enrol(&world, &service, &key, &code).await.unwrap();
    let first = enrolled.first.unwrap();
    assert_eq!(first.user.as_str(), "alice");
    assert_eq!(first.cookie.as_bytes(), &enrolled.subject.to_bytes()[..32]);
    let grant = granted(&service, &key, &code).await;
    assert_eq!(registrar.first_cookie(&key, &grant).await.unwrap(), first);
    // Whoever has the grant gets a letter, and cannot read it.
    let thief = ClientKey::random(&mut rng());
    let read = registrar.first_cookie(&thief, &grant).await;
    assert!(matches!(read, Err(EnrolError::Answer)));
    // A grant that names the subject for another key, or somebody whom nobody knows.
    let other = service.code("bob").await.unwrap().code;
    let bobs = granted(&service, &thief, &other).await;
    for (subject, client) in [
        (grant.grant().subject.clone(), bobs.grant().client),
        (bobs.grant().subject.clone(), grant.grant().client),
        (Identity::raw(b"alice").unwrap(), grant.grant().client),
        (Identity::pseudonym(&[7; 32]), grant.grant().client),
    ] {
        let forged = milagro_dta::grants::Grant {
            subject,
            client,
            ..grant.grant().clone()
        };
        let key = milagro_dta::grants::RegistrarKey::random(&mut rng());
        let forged = forged.sign(&mut rng(), &key).unwrap();
        let answer = registrar.first_cookie(&thief, &forged).await;
        assert_eq!(refusal(answer), ProblemType::Refused);
    }
    service.logged_in(&enrolled.subject).await.unwrap();
    let after = registrar.first_cookie(&key, &grant).await;
    assert_eq!(refusal(after), ProblemType::Conflict);
    let enrolled = desk.enrolled.lock().unwrap().clone();
    assert!(enrolled.iter().all(|(user, _)| user == "alice"));
    // A name that the login service would not take is refused before anybody is asked for anything.
    for name in [" alice", "a\u{7}b", &"a".repeat(129)] {
        let refused = service.code(name).await.unwrap_err();
        assert_eq!(refused.known(), Some(ProblemType::Malformed), "{name}");
    }
}

#[tokio::test]
async fn are_heard_of_at_the_login_service_when_they_are_removed() {
    let world = World::new().await;
    let desk = Arc::new(Desk::default());
    let service = linked(&world, &desk).await;
    let code = service.code("alice").await.unwrap().code;
    let key = ClientKey::random(&mut rng());
    let enrolled = enrol(&world, &service, &key, &code).await.unwrap();
    let subject = enrolled.subject;
    service.logged_in(&subject).await.unwrap();
    service.remove(&subject).await.unwrap();
    service.restore(&subject).await.unwrap();
    assert_eq!(
        desk.heard(),
        [(subject.clone(), true), (subject.clone(), false)]
    );
    // It does not listen: the removal counts here, and is told by a replica's later round, once.
    desk.listens(false);
    service.remove(&subject).await.unwrap();
    assert!(!service.may_log_in(&subject).await.unwrap().allowed);
    assert!(service.tell_logins().await.is_err());
    desk.listens(true);
    let replica = linked(&world, &desk).await;
    for _ in 0..2 {
        replica.tell_logins().await.unwrap();
    }
    assert_eq!(desk.heard().len(), 3);
    assert_eq!(desk.heard()[2], (subject.clone(), true));
    // Removed and restored before it listens: what is true then is told.
    desk.listens(false);
    service.restore(&subject).await.unwrap();
    service.remove(&subject).await.unwrap();
    service.restore(&subject).await.unwrap();
    desk.listens(true);
    replica.tell_logins().await.unwrap();
    assert_eq!(desk.heard().len(), 4);
    assert_eq!(desk.heard()[3], (subject, false));
}

#[tokio::test]
async fn that_lost_their_code_to_another_are_closed() {
    let world = World::new().await;
    let desk = Arc::new(Desk::default());
    let service = linked(&world, &desk).await;
    let code = service.code("alice").await.unwrap().code;
    let keys = [(); 2].map(|()| ClientKey::random(&mut rng()));
    let first = enrol(&world, &service, &keys[0], &code).await.unwrap();
    let grant = granted(&service, &keys[0], &code).await;
    let second = enrol(&world, &service, &keys[1], &code).await.unwrap();
    assert_ne!(first.subject, second.subject);
    let registrar = client(&service).await;
    let late = registrar.first_cookie(&keys[0], &grant).await;
    assert_eq!(refusal(late), ProblemType::Refused);
    service.tell_logins().await.unwrap();
    assert_eq!(desk.heard(), [(first.subject, true)]);
}

#[tokio::test]
async fn have_no_cookie_without_a_login_service() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let registrar = client(&service).await;
    assert!(!registrar.about().await.unwrap().logins);
    let code = service
        .code(&"any name ".repeat(25)[..224])
        .await
        .unwrap()
        .code;
    let key = ClientKey::random(&mut rng());
    let enrolled = enrol(&world, &service, &key, &code).await.unwrap();
    assert!(enrolled.first.is_none());
    service.tell_logins().await.unwrap();
}

#[tokio::test]
async fn a_server_gets_its_secret_once_and_again_with_the_same_key() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let keys = [(); 2].map(|()| ClientKey::random(&mut rng()));
    let ask = async |key: &ClientKey, server: &[u8]| {
        let request = ServerRequest {
            server: Blob::new(server).unwrap(),
            client: Blob::new(*key.public().unwrap().as_bytes()).unwrap(),
        };
        service.server(&request).await
    };
    for _ in 0..2 {
        let answer = ask(&keys[0], b"login.example").await.unwrap();
        let grant =
            SignedGrant::<milagro_dta::issue::ServerSecret>::from_bytes(answer.grant.as_bytes());
        let grant = grant.unwrap();
        let enrolment = milagro_dta::grants::Enrolment::new(&world.domain, &keys[0], &grant);
        let mut enrolment = enrolment.unwrap();
        for share in answer.shares.shares.as_slice() {
            let from = crate::tests::world::number(share.authority);
            enrolment.add(from, share.sealed.as_bytes()).unwrap();
        }
        let secret = enrolment.finish().unwrap().key;
        assert_eq!(secret.server().as_bytes(), b"login.example");
    }
    // The authorities give it to nobody else, whoever has the registrar.
    let other = ask(&keys[1], b"login.example").await.unwrap();
    assert_eq!(
        (other.shares.shares.as_slice().len(), other.shares.missing),
        (0, 3)
    );
    let none = ask(&keys[1], b"").await.unwrap_err();
    assert_eq!(none.known(), Some(ProblemType::Malformed));
}

/// What is written today is read by later releases.
#[tokio::test]
async fn what_was_not_told_is_noted_as_it_was() {
    let world = World::new().await;
    let desk = Arc::new(Desk::default());
    let service = linked(&world, &desk).await;
    let subject = device(&world, &service, "alice").await;
    desk.listens(false);
    service.remove(&subject).await.unwrap();
    let at = key(&world, subject.as_bytes());
    assert_eq!(keys(&world, 148).await, [at.as_slice()]);
    assert_eq!(read(&world, 148, &at).await, [1]);
    desk.listens(true);
    service.tell_logins().await.unwrap();
    assert!(keys(&world, 148).await.is_empty());
}
