//! What logins are made of is found nowhere afterwards: not in the log, metrics, answers, the audit file, the files of the store,
//! dumps of databases, nor a core file; and what never comes to the service is not in its memory.

mod search;

use std::fs;
use std::io;

use milagro_store_testkit::postgres::Postgres;
use milagro_store_testkit::redis::Redis;
use milagro_wire::bounded::Blob;
use milagro_wire::client::{ClientCredentials, LoginClient, Verb};
use milagro_wire::login::{LoginRequest, Purpose, RedeemRequest};
use rustix::process::geteuid;
use serde_json::{Value, json};

use self::search::Search;
use crate::canaries::{core_limit, files, memory, processes};
use crate::houses::House;
use crate::houses::database::OnDatabase;
use crate::logins::{Desk, SHOP, World, endpoint, text};
use crate::people::runtime;
use crate::phones::{Phone, RIGHT, WRONG, challenge, identity, origin, shop};
use crate::process::Running;

/// A user's name is no secret here: the stores keep it, so that whoever looks knows that they look in the right place.
const USER: &str = "canary-alice";

/// What has been sent and what has come back.
#[derive(Default)]
struct Story {
    secrets: Search,
    answers: String,
}

impl Story {
    /// A device's cookie, the tag in it, and what a proof was.
    fn sent(&mut self, request: &LoginRequest) {
        let cookie = request.cookie.as_bytes();
        let tag = cookie.get(cookie.len().saturating_sub(16)..);
        self.secrets.add("a device's cookie", cookie);
        self.secrets.add("a device's tag", tag.expect("a tag"));
        self.secrets.add("a proof", request.proof.as_bytes());
    }

    fn heard<T: core::fmt::Debug, E: core::fmt::Debug>(&mut self, answer: Result<T, E>) {
        let problem = answer.expect_err("a wrong request is taken");
        let text = format!("{problem:?}");
        self.answers.push_str(&text);
    }
}

/// Everything that may happen to a device, until it is frozen and its user locked.
async fn play(world: &World, house: &dyn House) -> Story {
    let mut story = Story::default();
    let operator = house.operator();
    let form = json!({ "user": USER, "identity": text(&identity(USER).to_bytes()) });
    let path = ["admin", "v1", "devices"];
    let enrolled = operator.ask(Verb::Post, &path, Some(&form)).await;
    let cookie = blob(&enrolled.expect("enrolled")["cookie"]);
    let path = ["admin", "v1", "clients", "shop"];
    let form = json!({ "origins": [SHOP] });
    let made = operator.ask(Verb::Put, &path, Some(&form)).await;
    let secret: Blob<32> = blob(&made.expect("an application")["secret"]);
    story.secrets.add("the shop's secret", secret.as_bytes());
    let mut phone = Phone::new(world, USER, cookie);
    story.secrets.pins = [RIGHT, WRONG];
    story.secrets.add("the token", &phone.token());
    story
        .secrets
        .add("the master secret", &*world.master.to_bytes());
    story.secrets.add("the server's secret", &world.secret());
    let client = LoginClient::new(endpoint(&house.address()));
    let credentials = ClientCredentials::new(shop(), secret);
    // Two logins, each with a code that is redeemed, and tried once more.
    let first = phone.login(challenge(&client).await, RIGHT);
    story.sent(&first);
    for _ in 0..2 {
        let request = phone.login(challenge(&client).await, RIGHT);
        story.sent(&request);
        let login = client.login(&request).await.expect("a login");
        phone.cookie = login.cookie;
        story.heard(client.login(&request).await);
        let redeemed = RedeemRequest {
            code: login.code.expect("a code"),
            origin: origin(),
        };
        story.secrets.add("a code", redeemed.code.as_bytes());
        let who = client.redeem(&credentials, &redeemed).await;
        assert_eq!(who.expect("a user").user.as_str(), USER);
        story.heard(client.redeem(&credentials, &redeemed).await);
    }
    story.session(&mut phone, &client, &house.address()).await;
    let wrong = phone.login(challenge(&client).await, WRONG);
    story.sent(&wrong);
    story.heard(client.login(&wrong).await);
    // A copy is found, and the user locked.
    story.heard(client.login(&first).await);
    let path = ["admin", "v1", "users", USER, "lock"];
    let locked = operator.ask(Verb::Post, &path, Some(&json!({}))).await;
    assert!(locked.is_ok(), "{locked:?}");
    let late = phone.login(challenge(&client).await, RIGHT);
    story.sent(&late);
    story.heard(client.login(&late).await);
    story
}

impl Story {
    /// A session, and what somebody does with it who mistypes.
    async fn session(&mut self, phone: &mut Phone, client: &LoginClient, address: &str) {
        let mut request = phone.login(challenge(client).await, RIGHT);
        request.purpose = Purpose::Session {};
        self.sent(&request);
        let http = crate::process::client();
        let post = http.post(format!("{address}/v1/login"));
        let post = post.header("content-type", "application/json");
        let body = serde_json::to_vec(&request).expect("JSON");
        let answer = post.body(body).send().await.expect("an answer");
        let line = answer.headers()["set-cookie"].to_str().expect("ASCII");
        let pair = line.split(';').next().expect("a pair").to_owned();
        let (name, token) = pair.split_once('=').expect("a pair");
        let bytes = Blob::<128>::from_text(token).expect("base64url");
        self.secrets.add("a session's token", bytes.as_bytes());
        self.secrets
            .add("a session's secret", &bytes.as_bytes()[64..]);
        let next: Value =
            serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        phone.cookie = blob(&next["cookie"]);
        for (cookie, status) in [
            (pair.clone(), 200),
            (format!("{name}={}", token.to_uppercase()), 403),
            (format!("{pair}; {pair}"), 403),
        ] {
            let get = http.get(format!("{address}/v1/session"));
            let answer = get.header("cookie", cookie).send().await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.status().as_u16(), status);
            if status != 200 {
                self.answers.push_str(&answer.text().await.expect("a text"));
            }
        }
        // In places where they do not belong.
        for (path, body) in [
            (format!("/{token}?{token}"), format!("\"{token}\"")),
            (format!("/v1/handoffs/{token}/events"), token.to_owned()),
            ("/v1/login".to_owned(), format!("{{\"proof\":\"{token}\"}}")),
        ] {
            let post = http.post(format!("{address}{path}"));
            let post = post.header("content-type", "application/json");
            let answer = post.body(body).send().await.expect("an answer");
            assert!(answer.status().is_client_error());
            self.answers.push_str(&answer.text().await.expect("a text"));
        }
    }

    /// What it shows to whoever reads its metrics.
    async fn counted(&mut self, running: &Running) {
        let asked = crate::process::client().get(format!("{}/metrics", running.metrics()));
        let metrics = asked.send().await.expect("an answer").text().await;
        self.answers.push_str(&metrics.expect("a text"));
    }
}

fn blob<const MAX: usize>(value: &Value) -> Blob<MAX> {
    Blob::from_text(value.as_str().expect("a text")).expect("base64url")
}

#[test]
fn of_the_program() {
    let world = World::new();
    let desk = Desk::new(&world);
    let running = House::start(&desk);
    let mut story = runtime().block_on(play(&world, &desk));
    runtime().block_on(story.counted(&running));
    let metrics = story.answers.contains("milagro_login_decisions_total");
    assert!(metrics, "{}", story.answers);
    story.secrets.add("the admin's key", desk.admin.as_bytes());
    let key = fs::read_to_string(desk.place.path("key")).expect("a key");
    let key = Blob::<32>::from_text(key.trim_end()).expect("a key");
    story.secrets.add("the operator's key", key.as_bytes());
    story.secrets.proves_itself();
    let (search, mut user) = (&story.secrets, false);
    search.nothing_in("the log", running.log().as_bytes());
    search.nothing_in("answers", story.answers.as_bytes());
    processes(&mut |path, bytes| search.nothing_in(path, bytes));
    never_there(&world, &running);
    assert_eq!(core_limit(running.id()), "0 0 bytes");
    running.signal("ABRT");
    let mut running = running;
    let status = running.status();
    assert!(!std::os::unix::process::ExitStatusExt::core_dumped(&status));
    files(&desk.place.data(), &mut |path, bytes| {
        search.nothing_in(&path.display().to_string(), bytes);
        user |= search::is_in(bytes, USER.as_bytes());
    });
    assert!(user, "these are not the files of the store");
    // Whoever starts it again has nothing else in its memory either.
    let again = House::start(&desk);
    never_there(&world, &again);
}

/// What the phone keeps to itself, and what the service was never given, is not in the memory of the process.
fn never_there(world: &World, running: &Running) {
    let memory = match memory(running.id()) {
        Ok(memory) => memory,
        Err(error) => {
            // Nobody but the administrator may look, and this is not the administrator.
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
            assert!(!geteuid().is_root());
            eprintln!("only the administrator may look into memory: nothing is searched there");
            return;
        }
    };
    assert!(memory.len() > 1 << 16, "no memory");
    let phone = Phone::new(world, USER, Blob::new([]).expect("fits"));
    let mut never = Search::default();
    never.pins = [RIGHT, WRONG];
    never.add("the token", &phone.token());
    never.add("the master secret", &*world.master.to_bytes());
    never.nothing_in("memory", &memory);
}

#[test]
fn of_postgres() {
    let world = World::new();
    let Some(house) = OnDatabase::<Postgres>::new(&world) else {
        assert!(std::env::var_os("MILAGRO_STORES_DIR").is_none());
        return;
    };
    let dump = |house: &OnDatabase<Postgres>| {
        let dump = house.machine.dump("milagro").expect("a dump");
        // What is kept stands in hexadecimal in it.
        assert!(search::is_in(
            dump.as_bytes(),
            &search::hexadecimal(USER.as_bytes())
        ));
        vec![("the dump".to_owned(), dump.into_bytes())]
    };
    of_a_database(&world, &house, dump);
}

#[test]
fn of_redis() {
    let world = World::new();
    let Some(house) = OnDatabase::<Redis>::new(&world) else {
        assert!(std::env::var_os("MILAGRO_STORES_DIR").is_none());
        return;
    };
    let dump = |house: &OnDatabase<Redis>| {
        house
            .machine
            .command(&["CONFIG", "SET", "rdbcompression", "no"])
            .expect("set");
        house.machine.command(&["SAVE"]).expect("saved");
        let (mut all, mut user) = (Vec::new(), false);
        files(house.machine.path(), &mut |path, bytes| {
            user |= search::is_in(bytes, USER.as_bytes());
            all.push((path.display().to_string(), bytes.to_vec()));
        });
        assert!(user, "these are not the files of the store");
        all
    };
    of_a_database(&world, &house, dump);
}

fn of_a_database<M: milagro_store_testkit::drill::Machine>(
    world: &World,
    house: &OnDatabase<M>,
    dump: impl Fn(&OnDatabase<M>) -> Vec<(String, Vec<u8>)>,
) {
    let running = house.start();
    let mut story = runtime().block_on(play(world, house));
    story.secrets.add("the admin's key", house.admin.as_bytes());
    story
        .secrets
        .add("the operator's key", house.operator.as_bytes());
    story.secrets.proves_itself();
    for (place, bytes) in dump(house) {
        story.secrets.nothing_in(&place, &bytes);
    }
    story
        .secrets
        .nothing_in("answers", story.answers.as_bytes());
    story
        .secrets
        .nothing_in("the log", running.log().as_bytes());
    let audit = fs::read(house.audit()).expect("an audit file");
    story.secrets.nothing_in("the audit file", &audit);
    house.end(running);
}
