//! The login service as it is run: the developers' guide, and a process that is killed.

use std::fs;

use milagro_mpin::client::PinLength;
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Identity, MasterSecret, Pin, ServerId, Target, Token,
    TrustDomainId,
};
use milagro_wire::bounded::Blob;
use milagro_wire::client::{
    CallError, ClientCredentials, Endpoint, LoginClient, OperatorClient, Patience, Verb,
};
use milagro_wire::login::names::{ClientId, Origin};
use milagro_wire::login::{LoginRequest, Purpose, RedeemRequest};
use milagro_wire::problem::ProblemType;
use serde_json::{Value, json};

use crate::people::{rng, runtime};
use crate::process::{Place, Running, good, port, private, random_key};

pub(crate) const SHOP: &str = "https://shop.example";

/// An authority that is alone, its server, and a phone.
pub(crate) struct World {
    pub(crate) master: MasterSecret,
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerId,
    alice: Identity,
}

impl World {
    pub(crate) fn new() -> Self {
        let master = MasterSecret::random(&mut rng());
        Self {
            domain: master.trust_domain("example"),
            server: ServerId::new(b"login.example").expect("a name"),
            alice: Identity::device("shop", "alice", &[7; 16]).expect("a name"),
            master,
        }
    }

    fn domain(&self) -> String {
        text(&self.domain.to_bytes())
    }

    /// The secret of the server as it was given to the operator.
    pub(crate) fn secret(&self) -> Vec<u8> {
        self.master.issue_server(&self.server).to_bytes().to_vec()
    }

    fn server_secret(&self) -> String {
        text(&self.master.issue_server(&self.server).to_bytes())
    }

    /// A right login for the shop.
    fn login(&self, challenge: Challenge, cookie: Blob<64>) -> LoginRequest {
        let pin = || Factors::pin(Pin::new("2580", PinLength::FOUR).expect("a PIN"));
        let secret = self.master.issue_client(&self.alice);
        let token = Token::new(self.domain, secret, &pin()).expect("a token");
        let target = Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: ChannelBinding::None,
        };
        let secret = token.unlock(&pin()).expect("a secret");
        let login = secret.login(&target);
        let proof = login.answer(&mut rng(), challenge).expect("a proof");
        LoginRequest {
            proof: Blob::new(proof.to_bytes()).expect("fits"),
            cookie,
            purpose: Purpose::Code {
                client: ClientId::new("shop").expect("an id"),
                origin: Origin::new(SHOP).expect("an origin"),
            },
        }
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    Blob::<4096>::new(bytes).expect("fits").to_text()
}

pub(crate) fn endpoint(address: &str) -> Endpoint {
    endpoint_with(address, Patience::default())
}

pub(crate) fn endpoint_with(address: &str, patience: Patience) -> Endpoint {
    Endpoint::new(address, crate::process::http(), patience).expect("an endpoint")
}

/// A login service in a directory of its own.
pub(crate) struct Desk {
    pub(crate) place: Place,
    port: u16,
    /// Where it listens when it is started again.
    pub(crate) again: u16,
    /// The key of the operator's routes.
    pub(crate) admin: Blob<32>,
}

impl Desk {
    pub(crate) fn new(world: &World) -> Self {
        let place = Place::at_once();
        let admin = random_key();
        for (name, text) in [
            ("server.secret", world.server_secret()),
            ("admin-key", admin.clone()),
        ] {
            fs::write(place.path(name), text).expect("written");
            private(&place.path(name));
        }
        let secret = place.path("server.secret");
        let secret = secret.to_str().expect("UTF-8");
        let arguments = ["server-key", "--domain", &world.domain(), secret];
        assert_eq!(place.json(arguments)["server"], "login.example");
        // Once: a second key would make two services of one.
        assert!(!place.output(arguments).status.success());
        Self {
            place,
            port: port(),
            again: port(),
            admin: Blob::from_text(&admin).expect("a key"),
        }
    }

    fn start(&self) -> (Running, LoginClient) {
        let mut running = self.begin(0);
        let address = running.address();
        (running, LoginClient::new(endpoint(&address)))
    }

    /// Starts it by the same command each time, under the same address, without waiting until it listens.
    pub(crate) fn begin_again(&self) -> Running {
        self.begin(self.again)
    }

    fn begin(&self, port: u16) -> Running {
        let admin = self.place.path("admin-key");
        let desk = format!("127.0.0.1:{}", self.port);
        self.place.start([
            "login",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--admin-listen",
            &desk,
            "--admin-key-file",
            admin.to_str().expect("UTF-8"),
            // A few phones stand for many.
            "--visits-per-minute",
            "1000000",
        ])
    }

    pub(crate) fn operator(&self) -> OperatorClient {
        let address = format!("http://127.0.0.1:{}", self.port);
        OperatorClient::new(endpoint(&address), self.admin.clone())
    }
}

async fn challenge(client: &LoginClient) -> Challenge {
    let answer = client.challenge().await.expect("a challenge");
    Challenge::from_bytes(answer.challenge.as_bytes()).expect("a challenge")
}

fn refused<T: core::fmt::Debug>(answer: Result<T, CallError>) {
    let Err(CallError::Problem(problem)) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(problem.known(), Some(ProblemType::Refused));
}

#[test]
fn what_was_used_stays_used_after_a_kill() {
    let world = World::new();
    let desk = Desk::new(&world);
    let (running, client) = desk.start();
    let runtime = runtime();
    let (request, code, credentials) = runtime.block_on(async {
        let operator = desk.operator();
        let alice = json!({ "user": "alice", "identity": text(&world.alice.to_bytes()) });
        let path = ["admin", "v1", "devices"];
        let enrolled = operator.ask(Verb::Post, &path, Some(&alice)).await;
        let enrolled = enrolled.expect("enrolled");
        let cookie = enrolled["cookie"].as_str().expect("a cookie");
        let cookie = Blob::from_text(cookie).expect("a cookie");
        let path = ["admin", "v1", "clients", "shop"];
        let form = json!({ "origins": [SHOP] });
        let shop = operator.ask(Verb::Put, &path, Some(&form)).await;
        let shop: Value = shop.expect("an application");
        let secret = Blob::from_text(shop["secret"].as_str().expect("a secret"));
        let shop = ClientId::new("shop").expect("an id");
        let credentials = ClientCredentials::new(shop, secret.expect("a secret"));
        let request = world.login(challenge(&client).await, cookie);
        let login = client.login(&request).await.expect("a login");
        (request, login.code.expect("a code"), credentials)
    });
    running.kill();
    let (mut running, client) = desk.start();
    let redeemed = RedeemRequest {
        code,
        origin: Origin::new(SHOP).expect("an origin"),
    };
    runtime.block_on(async {
        refused(client.login(&request).await);
        let who = client.redeem(&credentials, &redeemed).await;
        assert_eq!(who.expect("a user").user.as_str(), "alice");
    });
    running.kill();
    let (again, client) = desk.start();
    running = again;
    runtime.block_on(async { refused(client.redeem(&credentials, &redeemed).await) });
    running.signal("TERM");
    assert!(running.status().success(), "{}", running.log());
    assert!(!running.log().contains("2580"));
    good(desk.place.output(["audit", "--json"]));
}

#[test]
fn a_service_without_its_key_says_what_to_do() {
    let place = Place::new();
    let output = place.output(["login", "--listen", "127.0.0.1:0"]);
    let (code, words) = crate::process::bad(&output);
    assert_eq!(code, 3);
    assert!(words.contains("milagro server-key"), "{words}");
    for wrong in [
        ["--permits", "some"],
        ["--origins", "https://login.example/"],
        ["--idle-minutes", "0"],
        ["--admin-listen", "0.0.0.0:1"],
    ] {
        let output = place.output(["login"].iter().chain(&wrong));
        assert_eq!(crate::process::bad(&output).0, 3, "{wrong:?}");
    }
}
