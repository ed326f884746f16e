//! A login service with an OpenID provider, and one user.

use std::fs;
use std::sync::Mutex;

use milagro_mpin::client::PinLength;
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Identity, MasterSecret, Pin, ServerId, Target, Token,
    TrustDomainId,
};
use milagro_wire::bounded::Blob;
use milagro_wire::login::{ChallengeAnswer, LoginAnswer, LoginRequest, Purpose};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::people::{rng, runtime};
use crate::process::{Place, Running, good, port, private};

/// A service that runs, and what its user's device holds.
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) desk: String,
    pub(crate) issuer: String,
    token: Token,
    alice: Identity,
    domain: TrustDomainId,
    server: ServerId,
    cookie: Mutex<Blob<64>>,
    pub(crate) http: reqwest::Client,
    running: Option<Running>,
}

fn text(bytes: &[u8]) -> String {
    Blob::<4096>::new(bytes).expect("fits").to_text()
}

fn factors() -> Factors {
    Factors::pin(Pin::new("2580", PinLength::FOUR).expect("a PIN"))
}

impl Site {
    pub(crate) fn new() -> Self {
        let (listen, desk) = (port(), port());
        let mut site = Self::founded(Place::at_once(), listen, desk);
        site.running = Some(serve(&site.place, &site.issuer, [listen, desk]));
        site.enrol();
        site
    }

    /// One that does not run yet, with the key of its server. Browsers reach it at one port, and its operator at another.
    pub(crate) fn founded(place: Place, front: u16, desk: u16) -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("example");
        let server = ServerId::new(b"login.example").expect("a name");
        let alice = Identity::device("example", "alice", &[7; 16]).expect("a name");
        let sealed = text(&master.issue_server(&server).to_bytes());
        for (name, text) in [("server.secret", sealed), ("admin-key", text(&[5; 32]))] {
            fs::write(place.path(name), text).expect("written");
            private(&place.path(name));
        }
        let secret = place.path("server.secret");
        let id = text(&domain.to_bytes());
        place.json([
            "server-key",
            "--domain",
            &id,
            secret.to_str().expect("UTF-8"),
        ]);
        let http = crate::process::http().redirect(reqwest::redirect::Policy::none());
        let token = Token::new(domain, master.issue_client(&alice), &factors());
        Self {
            place,
            desk: format!("http://127.0.0.1:{desk}"),
            issuer: format!("http://127.0.0.1:{front}"),
            token: token.expect("a token"),
            alice,
            domain,
            server,
            cookie: Mutex::new(Blob::new([0]).expect("fits")),
            http: http.no_proxy().build().expect("a client"),
            running: None,
        }
    }

    /// Enrols alice's device.
    pub(crate) fn enrol(&self) {
        let enrolled = self.admin(&["enrol", "alice", &text(&self.alice.to_bytes())]);
        let cookie = enrolled["cookie"].as_str().expect("a cookie");
        *self.cookie.lock().expect("a cookie") = Blob::from_text(cookie).expect("a cookie");
    }

    /// What the operator's program prints.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.does(arguments)).expect("JSON")
    }

    /// The same, of a command that may print nothing.
    pub(crate) fn does(&self, arguments: &[&str]) -> Vec<u8> {
        let key = self.place.path("admin-key");
        let key = key.to_str().expect("UTF-8");
        let base = ["admin", "--address", &self.desk, "--admin-key-file", key];
        good(self.place.output(base.iter().chain(arguments)))
    }

    pub(crate) fn client(&self, arguments: &[&str]) -> Value {
        let all: Vec<_> = ["oidc-client"].iter().chain(arguments).copied().collect();
        self.admin(&all)
    }

    /// The path of a file that is written.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.place.path(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// Logs alice in, as her pad does; the cookie of the session.
    pub(crate) fn log_in(&self) -> String {
        let answer = self.answer(self.challenge(), Purpose::Session {});
        self.take(&answer);
        answer.cookie()
    }

    /// What her device asks for first.
    pub(crate) fn challenge(&self) -> Challenge {
        let asked = self.http.get(format!("{}/v1/challenge", self.issuer));
        let challenge: ChallengeAnswer = Answered::to(asked).form();
        Challenge::from_bytes(challenge.challenge.as_bytes()).expect("a challenge")
    }

    /// What is said to her device's right proof.
    pub(crate) fn answer(&self, challenge: Challenge, purpose: Purpose) -> Answered {
        let target = Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: ChannelBinding::None,
        };
        let secret = self.token.unlock(&factors()).expect("a secret");
        let proof = secret.login(&target).answer(&mut rng(), challenge);
        let request = LoginRequest {
            proof: Blob::new(proof.expect("a proof").to_bytes()).expect("fits"),
            cookie: self.cookie(),
            purpose,
        };
        let answer = self.post("/v1/login", &request);
        assert_eq!(answer.status, 200);
        answer
    }

    /// Keeps the next cookie of the device.
    pub(crate) fn take(&self, answer: &Answered) -> LoginAnswer {
        let answer: LoginAnswer = answer.form();
        self.cookie
            .lock()
            .expect("a cookie")
            .clone_from(&answer.cookie);
        answer
    }

    /// The name of her device, and the cookie that it has now.
    pub(crate) fn identity(&self) -> Vec<u8> {
        self.alice.to_bytes()
    }

    pub(crate) fn cookie(&self) -> Blob<64> {
        self.cookie.lock().expect("a cookie").clone()
    }

    /// Posts a form where browsers do.
    pub(crate) fn post(&self, path: &str, form: &impl serde::Serialize) -> Answered {
        let body = serde_json::to_string(form).expect("JSON");
        let sent = self.http.post(format!("{}{path}", self.issuer));
        Answered::to(sent.header("content-type", "application/json").body(body))
    }
}

/// An answer that came whole.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) fn to(request: reqwest::RequestBuilder) -> Self {
        runtime().block_on(async {
            let answer = request.send().await.expect("an answer");
            Self {
                status: answer.status().as_u16(),
                headers: answer.headers().clone(),
                body: answer.bytes().await.expect("a body").into(),
            }
        })
    }

    pub(crate) fn form<T: serde::de::DeserializeOwned>(&self) -> T {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The cookie that it sets, as it is set.
    pub(crate) fn cookie(&self) -> String {
        let line = self.headers["set-cookie"].to_str();
        line.expect("ASCII").to_owned()
    }
}

/// Starts a service over a place, which listens for browsers and for its operator.
pub(crate) fn serve(place: &Place, issuer: &str, ports: [u16; 2]) -> Running {
    let admin = place.path("admin-key");
    let [listen, desk] = ports.map(|port| format!("127.0.0.1:{port}"));
    let mut running = place.start([
        "login",
        "--listen",
        &listen,
        "--issuer",
        issuer,
        "--tell-private",
        "true",
        "--admin-listen",
        &desk,
        "--admin-key-file",
        admin.to_str().expect("UTF-8"),
    ]);
    assert_eq!(running.address(), format!("http://{listen}"));
    running
}
