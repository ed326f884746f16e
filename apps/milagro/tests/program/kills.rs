//! The login service is killed again and again, at moments that nobody can foresee, while phones log in, codes are redeemed and
//! PINs are guessed. The same command starts it again each time, and nothing is mended in between. No login is accepted twice, no
//! attempt is forgotten, no code is used twice.

mod lines;

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use std::env;
use std::sync::Arc;
use std::thread;

use milagro_store_testkit::postgres::Postgres;
use milagro_wire::bounded::Blob;
use milagro_wire::client::{ClientCredentials, LoginClient, Patience, Verb};
use milagro_wire::login::{LoginAnswer, LoginRequest, RedeemRequest};
use milagro_wire::problem::Problem;
use milagro_wire::server::audit::verify;
use serde_json::json;
use tokio::runtime::Builder;

use self::lines::Lines;
use crate::houses::House;
use crate::houses::database::OnDatabase;
use crate::logins::{Desk, SHOP, World, endpoint_with, text};
use crate::people::runtime;
use crate::phones::{Phone, RIGHT, Said, WRONG, challenge, identity, origin, pause, said, shop};
use crate::process::{Running, until};

/// Phones that log in as long as the test lasts.
const HONEST: usize = 4;
/// Phones of which every PIN is guessed but the right one.
const GUESSED: usize = 40;
/// Kills in one directory: each costs a phone at most one of the hundred attempts that it ever has.
const SERIES: u32 = 20;
/// Wrong PINs under one cookie.
const ATTEMPTS: u32 = 5;

/// `MILAGRO_KILLS`, or 20.
fn kills() -> u32 {
    let kills = env::var("MILAGRO_KILLS").ok();
    kills.and_then(|kills| kills.parse().ok()).unwrap_or(SERIES)
}

/// A random number below another.
fn below(end: u32) -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("randomness");
    u32::from_le_bytes(bytes) % end
}

/// A random moment.
fn moment() -> Duration {
    Duration::from_millis(below(200).into())
}

#[test]
fn over_files() {
    for kills in series() {
        let world = World::new();
        survive(&world, &Desk::new(&world), kills);
    }
}

#[test]
fn over_postgres() {
    for kills in series() {
        let world = World::new();
        let Some(house) = OnDatabase::<Postgres>::new(&world) else {
            assert!(env::var_os("MILAGRO_STORES_DIR").is_none());
            return;
        };
        survive(&world, &house, kills);
    }
}

/// How many kills there are in each directory.
fn series() -> impl Iterator<Item = u32> {
    let all = kills();
    let starts = (0..all).step_by(usize::try_from(SERIES).unwrap_or(1));
    starts.map(move |start| (all - start).min(SERIES))
}

/// One series of kills.
fn survive(world: &World, house: &dyn House, kills: u32) {
    let running = house.start();
    let ground = Arc::new(Ground::new(house));
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let (honest, guessed) = runtime.block_on(ground.enrol(world, house));
    let over = Arc::new(AtomicBool::new(false));
    let honest = honest.into_iter().map(|one| {
        let (ground, over) = (Arc::clone(&ground), Arc::clone(&over));
        runtime.spawn(async move { ground.log_in_and_redeem(one, &over).await })
    });
    let honest: Vec<_> = honest.collect();
    let guesses = {
        let (ground, over) = (Arc::clone(&ground), Arc::clone(&over));
        runtime.spawn(async move { ground.guess(guessed, &over).await })
    };
    let running = kill_often(running, house, kills, &ground);
    over.store(true, Ordering::SeqCst);
    let mut logins = 0;
    for one in honest {
        logins += runtime.block_on(one).expect("a phone");
    }
    let guessed = runtime.block_on(guesses).expect("guesses");
    assert!(logins > 0 && !guessed.is_empty(), "{logins} logins");
    runtime.block_on(ground.nothing_is_left_of(&guessed));
    house.end(running);
    // Whoever asks again under the old cookie is not taken for a thief.
    assert_eq!(ground.lines.outcomes("copy-found"), 0);
    verify(&house.audit()).expect("a whole audit file");
}

/// Kills the service so many times; what runs at the end was started by the same command as all before. It lives for a few answers,
/// however slow the machine is.
fn kill_often(first: Running, house: &dyn House, kills: u32, ground: &Ground) -> Running {
    let mut running = first;
    for number in 1..=kills {
        let answers = ground.answers.load(Ordering::SeqCst) + below(12);
        until("answered", || {
            ground.answers.load(Ordering::SeqCst) >= answers
        });
        thread::sleep(moment());
        running.expect_alive();
        running.kill();
        ground.killed.fetch_add(1, Ordering::SeqCst);
        // Some do not live until they listen.
        if number % 5 == 4 {
            let mut early = house.begin();
            thread::sleep(moment());
            early.expect_alive();
            early.kill();
        }
        running = house.start();
    }
    running
}

/// A phone, and how the audit file calls it.
struct One {
    phone: Phone,
    device: String,
}

/// A service, an application, and what is written down.
struct Ground {
    client: LoginClient,
    shop: ClientCredentials,
    lines: Lines,
    /// How often the service was killed until now.
    killed: AtomicU32,
    /// How often it has said yes or no.
    answers: AtomicU32,
}

impl Ground {
    fn new(house: &dyn House) -> Self {
        let client = LoginClient::new(endpoint_with(&house.address(), Patience::NONE));
        let operator = house.operator();
        let path = ["admin", "v1", "clients", "shop"];
        let form = json!({ "origins": [SHOP] });
        let made = runtime().block_on(operator.ask(Verb::Put, &path, Some(&form)));
        let made = made.expect("an application");
        let secret = Blob::from_text(made["secret"].as_str().expect("a secret"));
        Self {
            client,
            shop: ClientCredentials::new(shop(), secret.expect("a secret")),
            lines: Lines(house.audit()),
            killed: AtomicU32::new(0),
            answers: AtomicU32::new(0),
        }
    }

    /// Phones that log in, and phones that are guessed at.
    async fn enrol(&self, world: &World, house: &dyn House) -> (Vec<One>, Vec<Phone>) {
        let operator = house.operator();
        let mut phones = Vec::new();
        for number in 0..HONEST + GUESSED {
            let name = format!("user {number}");
            let form = json!({ "user": name, "identity": text(&identity(&name).to_bytes()) });
            let path = ["admin", "v1", "devices"];
            let enrolled = operator.ask(Verb::Post, &path, Some(&form)).await;
            let enrolled = enrolled.expect("enrolled");
            let cookie = Blob::from_text(enrolled["cookie"].as_str().expect("a cookie"));
            phones.push(Phone::new(world, &name, cookie.expect("a cookie")));
        }
        let guessed = phones.split_off(HONEST);
        let devices = self.lines.devices().into_iter();
        let honest = phones.into_iter().zip(devices);
        let honest = honest.map(|(phone, device)| One { phone, device });
        (honest.collect(), guessed)
    }

    /// Logs in and redeems the code until it is over; how many logins there were.
    async fn log_in_and_redeem(&self, mut one: One, over: &AtomicBool) -> usize {
        let (mut logins, mut killed) = (0, 0);
        while !over.load(Ordering::SeqCst) {
            let challenge = challenge(&self.client).await;
            let mut request = one.phone.login(challenge, RIGHT);
            let login = match self.log_in(&one.device, &request).await {
                Ok(login) => login,
                Err(problem) if is_over(&problem) => {
                    // Each kill takes one attempt at most, and each login brings new ones.
                    let kills = self.killed.load(Ordering::SeqCst) - killed;
                    assert!(kills >= ATTEMPTS, "attempts went in {kills} kills");
                    return logins;
                }
                Err(_) => continue,
            };
            self.answers.fetch_add(1, Ordering::SeqCst);
            logins += 1;
            killed = self.killed.load(Ordering::SeqCst);
            one.phone.cookie = login.cookie;
            // Again, by whoever has read it on its way.
            request.cookie = one.phone.cookie.clone();
            let again = said(self.client.login(&request).await);
            assert!(!matches!(again, Said::Yes(_)), "a login counts twice");
            let code = login.code.expect("a code");
            self.redeem(&one.device, &code).await;
        }
        logins
    }

    /// Asks until it is known what came of a login; it is refused only if it was lost or accepted before, without an answer.
    async fn log_in(&self, device: &str, request: &LoginRequest) -> Result<LoginAnswer, Problem> {
        let before = self.lines.accepted("login", device);
        let mut lost = false;
        loop {
            let answer = said(self.client.login(request).await);
            let accepted = self.lines.accepted("login", device) - before;
            match answer {
                Said::Yes(login) => {
                    assert_eq!(accepted, 1, "a login is accepted twice");
                    return Ok(login);
                }
                Said::No(problem) => {
                    assert!(accepted <= 1, "a login is accepted twice");
                    assert!(lost || is_over(&problem), "a right login is refused");
                    return Err(problem);
                }
                Said::Nothing => lost = true,
            }
            pause().await;
        }
    }

    /// Redeems a code, and tries to do it once more.
    async fn redeem(&self, device: &str, code: &Blob<32>) {
        let request = RedeemRequest {
            code: code.clone(),
            origin: origin(),
        };
        let before = self.lines.accepted("code", device);
        let (mut lost, mut used) = (false, 0);
        for _ in 0..2 {
            loop {
                match said(self.client.redeem(&self.shop, &request).await) {
                    Said::Yes(_) => used += 1,
                    Said::No(_) => assert!(lost || used > 0, "a new code is refused"),
                    Said::Nothing => {
                        lost = true;
                        pause().await;
                        continue;
                    }
                }
                break;
            }
        }
        assert!(used <= 1, "a code is used twice");
        let accepted = self.lines.accepted("code", device) - before;
        assert!((used..=1).contains(&accepted), "{accepted} of {used}");
    }

    /// Guesses PINs of one phone after the other, until it is over; the phones of which no attempt is left.
    async fn guess(&self, phones: Vec<Phone>, over: &AtomicBool) -> Vec<Phone> {
        let mut finished = Vec::new();
        for phone in phones {
            let mut checked = 0;
            loop {
                let request = phone.login(challenge(&self.client).await, WRONG);
                match said(self.client.login(&request).await) {
                    Said::Yes(_) => panic!("a wrong PIN is right"),
                    Said::No(problem) if is_over(&problem) => break,
                    Said::No(_) => {
                        checked += 1;
                        self.answers.fetch_add(1, Ordering::SeqCst);
                    }
                    Said::Nothing => pause().await,
                }
                assert!(checked <= ATTEMPTS, "an attempt is forgotten");
            }
            finished.push(phone);
            if over.load(Ordering::SeqCst) {
                break;
            }
        }
        finished
    }

    /// Not even the right PIN opens what was guessed at.
    async fn nothing_is_left_of(&self, phones: &[Phone]) {
        for phone in phones {
            let request = phone.login(challenge(&self.client).await, RIGHT);
            match said(self.client.login(&request).await) {
                Said::No(problem) => assert!(is_over(&problem), "an attempt is forgotten"),
                Said::Yes(_) => panic!("an attempt is forgotten"),
                Said::Nothing => panic!("no answer of a service that is not killed"),
            }
        }
    }
}

fn is_over(problem: &Problem) -> bool {
    problem.detail.as_deref() == Some("no attempts are left")
}
