//! A login service with an OpenID provider, and one user.

use std::fs;
use std::net::TcpListener;
use std::sync::Mutex;

use milagro_mpin::client::PinLength;
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Identity, MasterSecret, Pin, ServerId, Target, Token,
    TrustDomainId,
};
use milagro_wire::bounded::Blob;
use milagro_wire::login::{ChallengeAnswer, LoginAnswer, LoginRequest, Purpose};
use serde_json::Value;

use crate::people::{rng, runtime};
use crate::process::{Place, Running, private};

/// A service that runs, and what its user's device holds.
pub(crate) struct Site {
    place: Place,
    desk: String,
    pub(crate) issuer: String,
    token: Token,
    domain: TrustDomainId,
    server: ServerId,
    cookie: Mutex<Blob<64>>,
    pub(crate) http: reqwest::Client,
    _running: Running,
}

/// A port that nobody listens on.
pub(crate) fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn text(bytes: &[u8]) -> String {
    Blob::<4096>::new(bytes).expect("fits").to_text()
}

fn factors() -> Factors {
    Factors::pin(Pin::new("2580", PinLength::FOUR).expect("a PIN"))
}

impl Site {
    pub(crate) fn new() -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("example");
        let server = ServerId::new(b"login.example").expect("a name");
        let alice = Identity::device("example", "alice", &[7; 16]).expect("a name");
        let place = Place::at_once();
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
        let (listen, desk) = (port(), port());
        let issuer = format!("http://127.0.0.1:{listen}");
        let admin = place.path("admin-key");
        let mut running = place.start([
            "login",
            "--listen",
            &format!("127.0.0.1:{listen}"),
            "--issuer",
            &issuer,
            "--tell-private",
            "true",
            "--admin-listen",
            &format!("127.0.0.1:{desk}"),
            "--admin-key-file",
            admin.to_str().expect("UTF-8"),
        ]);
        assert!(running.address().starts_with(&issuer));
        let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let token = Token::new(domain, master.issue_client(&alice), &factors());
        let site = Self {
            place,
            desk: format!("http://127.0.0.1:{desk}"),
            issuer,
            token: token.expect("a token"),
            domain,
            server,
            cookie: Mutex::new(Blob::new([0]).expect("fits")),
            http: http.no_proxy().build().expect("a client"),
            _running: running,
        };
        let enrolled = site.admin(&["enrol", "alice", &text(&alice.to_bytes())]);
        let cookie = enrolled["cookie"].as_str().expect("a cookie");
        *site.cookie.lock().expect("a cookie") = Blob::from_text(cookie).expect("a cookie");
        site
    }

    /// What the operator's program prints.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Value {
        let key = self.place.path("admin-key");
        let key = key.to_str().expect("UTF-8");
        let base = ["admin", "--address", &self.desk, "--admin-key-file", key];
        self.place.json(base.iter().chain(arguments))
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
        runtime().block_on(async {
            let challenge = self
                .http
                .get(format!("{}/v1/challenge", self.issuer))
                .send()
                .await;
            let challenge = challenge.expect("an answer").bytes().await.expect("a body");
            let challenge: ChallengeAnswer = serde_json::from_slice(&challenge).expect("a form");
            let challenge = Challenge::from_bytes(challenge.challenge.as_bytes());
            let target = Target {
                domain: self.domain,
                server: self.server.clone(),
                binding: ChannelBinding::None,
            };
            let secret = self.token.unlock(&factors()).expect("a secret");
            let login = secret.login(&target);
            let proof = login.answer(&mut rng(), challenge.expect("a challenge"));
            let request = LoginRequest {
                proof: Blob::new(proof.expect("a proof").to_bytes()).expect("fits"),
                cookie: self.cookie.lock().expect("a cookie").clone(),
                purpose: Purpose::Session {},
            };
            let body = serde_json::to_string(&request).expect("JSON");
            let sent = self.http.post(format!("{}/v1/login", self.issuer));
            let sent = sent.header("content-type", "application/json").body(body);
            let answer = sent.send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let cookie = answer.headers()["set-cookie"]
                .to_str()
                .expect("ASCII")
                .to_owned();
            let answer: LoginAnswer =
                serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("a form");
            *self.cookie.lock().expect("a cookie") = answer.cookie;
            cookie
        })
    }
}
