//! What the registrar says counts: before the first login, at each one, and after a removal.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use milagro_ledger::Answer;
use milagro_mpin::Identity;
use milagro_wire::forms::registrar::CodeAnswer;
use milagro_wire::login::{LoginAnswer, Purpose};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Pool;
use tokio::sync::Notify;

use super::fixture::{Got, Phone, Replica, World, for_shop, user};
use crate::registrar::{Registrar, WhenAway};

/// A registrar that says what it is told to say, and keeps what it has heard.
#[derive(Default)]
pub(super) struct Office {
    pub(super) says: Mutex<Says>,
    pub(super) asked: Notify,
    pub(super) answers: Notify,
    heard: Mutex<Vec<(&'static str, Vec<u8>)>>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Says {
    #[default]
    Yes,
    /// After so long that the user was locked meanwhile.
    Late,
    /// That nobody may log in.
    No,
    /// Another device has taken the place of each.
    Superseded,
    /// It does not know any device.
    Unknown,
    /// Nothing.
    Nothing,
}

impl Office {
    pub(super) fn say(&self, what: Says) {
        *self.says.lock().unwrap() = what;
    }

    fn hear(&self, what: &'static str, device: &Identity) -> Result<Says, Problem> {
        let says = *self.says.lock().unwrap();
        if says == Says::Nothing {
            return Err(ProblemType::Internal.problem().saying("of no concern"));
        }
        self.heard.lock().unwrap().push((what, device.to_bytes()));
        Ok(says)
    }

    /// How often something was heard of a device.
    pub(super) fn heard(&self, what: &str, device: &Identity) -> usize {
        let (heard, device) = (self.heard.lock().unwrap(), device.to_bytes());
        heard
            .iter()
            .filter(|one| *one == &(what_of(what), device.clone()))
            .count()
    }
}

fn what_of(what: &str) -> &'static str {
    let all = ["may", "logged in", "code", "remove"];
    all.into_iter().find(|one| *one == what).unwrap()
}

fn said<T: Send + 'static>(what: Result<T, Problem>) -> Answer<'static, Result<T, Problem>> {
    Box::pin(core::future::ready(what))
}

impl Registrar for Office {
    fn may_log_in<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<bool, Problem>> {
        let heard = self.hear("may", device);
        if heard == Ok(Says::Late) {
            return Box::pin(async {
                self.asked.notify_one();
                self.answers.notified().await;
                Ok(true)
            });
        }
        said(match heard {
            Ok(Says::Unknown) => Err(ProblemType::NotFound.problem()),
            says => says.map(|says| says != Says::No),
        })
    }

    fn logged_in<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<(), Problem>> {
        said(match self.hear("logged in", device) {
            Ok(Says::Superseded) => Err(ProblemType::Refused.problem()),
            says => says.map(drop),
        })
    }

    fn code_for_device<'a>(
        &'a self,
        device: &'a Identity,
    ) -> Answer<'a, Result<CodeAnswer, Problem>> {
        let code = self.hear("code", device).map(|_| CodeAnswer {
            code: "01234-56789-ABCDE-FGHJK".to_owned(),
            until: 7,
        });
        said(code)
    }

    fn remove<'a>(&'a self, device: &'a Identity) -> Answer<'a, Result<(), Problem>> {
        said(self.hear("remove", device).map(drop))
    }
}

/// A service that asks a registrar.
pub(super) async fn linked(world: &World, office: &Arc<Office>, when_away: WhenAway) -> Replica {
    let service = world.service(Pool::new(2, 64), World::settings()).await;
    let office: Arc<Office> = Arc::clone(office);
    Replica::of(service.with_registrar(office, when_away))
}

/// Logs a browser in: its session.
pub(super) async fn browser(replica: &Replica, phone: &mut Phone) -> String {
    let request = phone.ask(replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &request).await;
    phone.cookie = answer.form::<LoginAnswer>().cookie;
    answer.cookies()
}

/// What a browser with a session gets.
pub(super) async fn with(replica: &Replica, method: Method, path: &str, session: &str) -> Got {
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::COOKIE, session);
    replica.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_device_is_confirmed_by_its_first_login_and_heard_of_at_each() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let replica = linked(&world, &office, WhenAway::Refuse).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    // Whoever lost the answer gets the same cookie until then, and nobody does after it.
    let again = replica.service.enrol(&user("alice"), &phone.identity).await;
    assert_eq!(again.unwrap().cookie, phone.cookie);
    // A wrong PIN makes the registrar no work.
    assert_eq!(phone.log_in(&replica, "0000").await, StatusCode::FORBIDDEN);
    assert_eq!(office.heard("may", &phone.identity), 0);
    // Another device has its place: the right PIN does not help, and confirms nothing.
    office.say(Says::Superseded);
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    for says in [Says::No, Says::Unknown] {
        office.say(says);
        assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(office.heard("logged in", &phone.identity), 1);
    assert!(world.events().contains("\"not-permitted\""));
    office.say(Says::Yes);
    for _ in 0..3 {
        assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    }
    replica.service.drain().await;
    assert_eq!(office.heard("logged in", &phone.identity), 4);
    let late = replica.service.enrol(&user("alice"), &phone.identity).await;
    assert_eq!(late.unwrap_err().known(), Some(ProblemType::Conflict));
    // Refusals of the registrar have used up no attempt: these were nine right ones, and five wrong ones are still left.
    for _ in 0..5 {
        assert_eq!(phone.log_in(&replica, "0000").await, StatusCode::FORBIDDEN);
    }
    let checked = replica.service.checked();
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), checked);
}

/// The registrar's word is no better than what has become of the user while it was awaited.
#[tokio::test]
async fn a_lock_while_the_registrar_is_asked_counts() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let replica = linked(&world, &office, WhenAway::Refuse).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    world.shop(&replica).await;
    office.say(Says::Late);
    for purpose in [Purpose::Session {}, for_shop()] {
        let request = phone.ask(&replica, "2580", purpose).await;
        let lock = async {
            office.asked.notified().await;
            let locked = replica.service.set_locked(&user("alice"), true).await;
            locked.unwrap();
            office.answers.notify_one();
        };
        let (answer, ()) = tokio::join!(replica.post("/v1/login", &request), lock);
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.cookies().is_empty());
        let unlocked = replica.service.set_locked(&user("alice"), false).await;
        unlocked.unwrap();
    }
    assert!(world.events().contains("\"closed\""));
}

#[tokio::test]
async fn without_an_answer_it_is_as_the_operator_wants() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let strict = linked(&world, &office, WhenAway::Refuse).await;
    let lenient = linked(&world, &office, WhenAway::LetIn).await;
    let mut old = world.phone(&strict, "alice", "2580").await;
    let mut new = world.phone(&strict, "bob", "2580").await;
    assert_eq!(old.log_in(&strict, "2580").await, StatusCode::OK);
    office.say(Says::Nothing);
    let request = old.ask(&strict, "2580", Purpose::Session {}).await;
    let answer = strict.post("/v1/login", &request).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.text().contains("no concern"), "{}", answer.text());
    assert_eq!(old.log_in(&lenient, "2580").await, StatusCode::OK);
    // One that was never confirmed may have lost its place meanwhile.
    for replica in [&strict, &lenient] {
        let status = new.log_in(replica, "2580").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
    office.say(Says::Yes);
    assert_eq!(new.log_in(&strict, "2580").await, StatusCode::OK);
    // A no is a no.
    office.say(Says::No);
    for replica in [&strict, &lenient] {
        assert_eq!(old.log_in(replica, "2580").await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_removal_there_ends_everything_here_until_it_is_taken_back() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let replica = linked(&world, &office, WhenAway::LetIn).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let session = browser(&replica, &mut phone).await;
    let look = async || {
        with(&replica, Method::GET, "/v1/session", &session)
            .await
            .status
    };
    assert_eq!(look().await, StatusCode::OK);
    let set = |away| {
        let service = &replica.service;
        let (alice, identity) = (user("alice"), phone.identity.clone());
        async move { service.set_away(&alice, &identity, away).await }
    };
    let checked = replica.service.checked();
    for _ in 0..2 {
        set(true).await.unwrap();
    }
    assert_eq!(look().await, StatusCode::FORBIDDEN);
    let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), checked);
    set(false).await.unwrap();
    // It logs in again, and its sessions of before stay over.
    assert_eq!(look().await, StatusCode::FORBIDDEN);
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    assert_eq!(world.events().matches("\"away\"").count(), 1);
    let other = World::identity("bob");
    let unknown = replica.service.set_away(&user("alice"), &other, true).await;
    assert_eq!(unknown.unwrap_err().known(), Some(ProblemType::NotFound));
}

#[tokio::test]
async fn a_copy_is_removed_there_too() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let replica = linked(&world, &office, WhenAway::Refuse).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let mut thief = phone.copy();
    for _ in 0..2 {
        assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
        world.pass(120);
    }
    assert_eq!(office.heard("remove", &phone.identity), 0);
    assert_eq!(thief.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    let drained = tokio::time::timeout(Duration::from_secs(60), replica.service.drain());
    drained.await.unwrap();
    assert_eq!(office.heard("remove", &phone.identity), 1);
}
