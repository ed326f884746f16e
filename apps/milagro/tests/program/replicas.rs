//! Two replicas of the login service over one PostgreSQL, behind Debian's nginx, which remembers nothing of who was where. In the middle
//! of each flow one of them is killed, once the one that has answered last and once the other, and the flow ends well.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use milagro_store_testkit::postgres::Postgres;
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::{ClientId, Number, Origin};
use milagro_wire::login::{HandOffAnswer, HandOffRequest, LookRequest, Purpose};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::logins::{SHOP, text};
use crate::openid::browser::Browser;
use crate::openid::site::{Answered, Site, serve};
use crate::people::runtime;
use crate::process::{Place, Running, bad, good, may_start, port, random_key, secret, until};

const CONFIGURATION: &str = include_str!("../../docs/nginx-replicas.conf");
const REDIRECT: &str = "http://127.0.0.1:9/cb";

/// An nginx that runs, with a line for each request: its path, and who was asked.
struct Front {
    directory: TempDir,
    _running: Running,
}

impl Front {
    /// As the documents say, but without TLS, and on this machine.
    fn new(front: u16, replicas: [u16; 2]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().to_str().expect("UTF-8");
        let listen = format!("listen 127.0.0.1:{front};");
        let documented = CONFIGURATION
            .replace("listen 443 ssl;", &listen)
            .replace("10.0.0.1:8442", &format!("127.0.0.1:{}", replicas[0]))
            .replace("10.0.0.2:8442", &format!("127.0.0.1:{}", replicas[1]));
        let lines = documented.lines();
        let documented: Vec<_> = lines.filter(|line| !line.contains("ssl_")).collect();
        assert!(!documented.concat().contains("10.0.0."));
        let text = format!(
            "daemon off; worker_processes 1; pid {path}/pid; error_log stderr;\n\
             events {{ worker_connections 256; }}\n\
             http {{ log_format asked '$uri $upstream_addr'; access_log {path}/asked asked;\n\
             client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/fastcgi;\n\
             uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;\n{}\n}}\n",
            documented.join("\n")
        );
        let file = directory.path().join("nginx.conf");
        fs::write(&file, text).expect("written");
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-c").arg(&file).args(["-e", "stderr"]);
        let mut running = Running::start(command);
        until("listening", || {
            running.expect_alive();
            std::net::TcpStream::connect(("127.0.0.1", front)).is_ok()
        });
        Self {
            directory,
            _running: running,
        }
    }

    fn asked(&self) -> PathBuf {
        self.directory.path().join("asked")
    }

    /// Who answered the last request, which was for this path.
    fn answered(&self, path: &str) -> u16 {
        let mut port = None;
        until("in the log", || {
            let lines = fs::read_to_string(self.asked()).expect("a log");
            let last = lines.lines().last().unwrap_or_default();
            let last = last.strip_prefix(path).and_then(|who| who.rsplit_once(':'));
            port = last.and_then(|(_, port)| port.parse().ok());
            port.is_some()
        });
        port.expect("a port")
    }

    /// How many requests went to one replica that was gone, and then to the other.
    fn passed_over(&self) -> usize {
        let lines = fs::read_to_string(self.asked()).expect("a log");
        lines.lines().filter(|line| line.contains(", ")).count()
    }
}

/// Two replicas, whoever stands before them, and the database.
struct Replicas {
    site: Site,
    second: Place,
    front: Front,
    ports: [[u16; 2]; 2],
    running: [Option<Running>; 2],
    _database: Postgres,
}

/// Which replica goes.
#[derive(Clone, Copy)]
enum Victim {
    /// The one that has answered last, which would know what nobody else does.
    Last,
    /// The one whose turn it is.
    Next,
}

impl Replicas {
    fn new() -> Self {
        let database = Postgres::start(&[]).expect("a server");
        let store = format!("{}?sslmode=disable", database.url());
        let key = random_key();
        let place = || {
            let directory = tempfile::tempdir().expect("a directory");
            let file = directory.path().join("key");
            secret(&file, &key);
            let variables = vec![
                ("MILAGRO_KEY_FILE", file.into()),
                ("MILAGRO_STORE", store.clone().into()),
            ];
            Place::made_at_once(directory, variables)
        };
        let (first, second) = (place(), place());
        assert_eq!(first.said["joined"], false);
        assert_eq!(second.said["joined"], true);
        assert_eq!(first.member(), second.member());
        let ports = [[port(), port()], [port(), port()]];
        let front = port();
        let site = Site::founded(first, front, ports[0][1]);
        secret(&second.path("admin-key"), &text(&[5; 32]));
        let mut replicas = Self {
            front: Front::new(front, [ports[0][0], ports[1][0]]),
            site,
            second,
            ports,
            running: [None, None],
            _database: database,
        };
        replicas.mend();
        replicas.site.enrol();
        replicas
    }

    /// Starts whoever was killed.
    fn mend(&mut self) {
        let places = [&self.site.place, &self.second];
        for ((running, place), ports) in self.running.iter_mut().zip(places).zip(self.ports) {
            if running.is_none() {
                *running = Some(serve(place, &self.site.issuer, ports));
            }
        }
    }

    /// Kills a replica, after a path was answered.
    fn kill(&mut self, victim: Victim, path: &str) {
        let last = self.front.answered(path);
        for (running, [listen, _]) in self.running.iter_mut().zip(self.ports) {
            if (listen == last) == matches!(victim, Victim::Last) {
                running.take().expect("it runs").kill();
            }
        }
    }

    /// A flow in which each of the two is killed, and one request at least was passed on.
    fn survive(&mut self, flow: impl Fn(&mut Self, Victim)) {
        let before = self.front.passed_over();
        for victim in [Victim::Last, Victim::Next] {
            flow(self, victim);
            let lost = self.running.iter().filter(|one| one.is_none()).count();
            assert_eq!(lost, 1, "nobody was killed");
            self.mend();
        }
        assert!(self.front.passed_over() > before, "nobody was missed");
    }
}

fn shop() -> ClientId {
    ClientId::new("shop").expect("an id")
}

fn origin() -> Origin {
    Origin::new(SHOP).expect("an origin")
}

/// Who a login code of the shop is of.
fn redeem(site: &Site, secret: &str, code: &str) -> Value {
    let form = serde_json::json!({ "code": code, "origin": SHOP });
    let sent = site
        .http
        .post(format!("{}/v1/codes/redeem", site.issuer))
        .basic_auth("shop", Some(secret))
        .header("content-type", "application/json")
        .body(form.to_string());
    let answer = Answered::to(sent);
    assert_eq!(answer.status, 200);
    answer.form()
}

#[test]
fn lose_one_in_the_middle_of_a_flow() {
    if !may_start() {
        return;
    }
    let mut replicas = Replicas::new();
    let shop = replicas.site.admin(&["client", "shop", "--origin", SHOP]);
    let shop = shop["secret"].as_str().expect("a secret").to_owned();
    let added =
        replicas
            .site
            .client(&["add", "reader", "--redirect-uri", REDIRECT, "--first-party"]);
    let reader = added["client_secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    replicas.survive(|replicas, victim| challenge_and_proof(replicas, victim, &shop));
    replicas.survive(|replicas, victim| authorize_and_token(replicas, victim, &reader));
    replicas.survive(|replicas, victim| number_and_code(replicas, victim, &shop));
    put_back(replicas);
}

/// The operator has put the database back: nobody goes on with the old ledger.
fn put_back(mut replicas: Replicas) {
    for running in &mut replicas.running {
        running.take().expect("it runs").kill();
    }
    let (first, second) = (&replicas.site.place, &replicas.second);
    let mut restored = first.output(["restore", "--database"]);
    until("alone", || {
        let alone = restored.status.success();
        if !alone {
            // The server may not have noticed yet that they are gone.
            assert_eq!(bad(&restored).0, 5);
            restored = first.output(["restore", "--database"]);
        }
        alone
    });
    let restored: Value = serde_json::from_slice(&good(restored)).expect("JSON");
    assert!(restored["ledger"].is_string());
    let (code, words) = bad(&second.output(["status"]));
    assert_eq!(
        (code, words.contains("another ledger")),
        (3, true),
        "{words}"
    );
    fs::remove_file(second.data().join("witness")).expect("removed");
    let joined = second.json(["init"]);
    assert_eq!(
        (joined["joined"].as_bool(), joined["member"].as_str()),
        (Some(true), Some(first.member()))
    );
    // What was sealed for the old ledger is not good for the new one.
    let (code, words) = bad(&second.output(["login", "--listen", "127.0.0.1:0"]));
    assert_eq!((code, words.contains("server-key")), (3, true), "{words}");
    first.json(["audit", "--json"]);
}

fn challenge_and_proof(replicas: &mut Replicas, victim: Victim, secret: &str) {
    let challenge = replicas.site.challenge();
    replicas.kill(victim, "/v1/challenge");
    let site = &replicas.site;
    let purpose = Purpose::Code {
        client: shop(),
        origin: origin(),
    };
    let login = site.take(&site.answer(challenge, purpose));
    let code = login.code.expect("a code").to_text();
    assert_eq!(redeem(site, secret, &code)["user"], "alice");
}

fn authorize_and_token(replicas: &mut Replicas, victim: Victim, secret: &str) {
    let verifier = random_key();
    let challenge = text(&Sha256::digest(&verifier));
    let issuer = replicas.site.issuer.clone();
    let ask = format!(
        "{issuer}/oauth/authorize?response_type=code&client_id=reader&redirect_uri={REDIRECT}\
         &scope=openid&state=s&nonce=n&code_challenge={challenge}&code_challenge_method=S256"
    );
    let came = Browser::new(&replicas.site).go(&ask, Some(REDIRECT));
    let came = reqwest::Url::parse(&came.address).expect("an address");
    let code = came.query_pairs().find(|(name, _)| name == "code");
    let code = code.expect("a code").1.into_owned();
    replicas.kill(victim, "/oauth/authorize");
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}&code_verifier={verifier}"
    );
    let asked = replicas.site.http.post(format!("{issuer}/oauth/token"));
    let asked = asked
        .basic_auth("reader", Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = Answered::to(asked);
    let tokens: Value = answer.form();
    assert_eq!(answer.status, 200, "{tokens}");
    let asked = replicas.site.http.get(format!("{issuer}/oauth/userinfo"));
    let asked = asked.bearer_auth(tokens["access_token"].as_str().expect("a token"));
    let answer = Answered::to(asked);
    assert_eq!(answer.status, 200);
    assert!(tokens["id_token"].is_string() && answer.form::<Value>()["sub"].is_string());
}

fn number_and_code(replicas: &mut Replicas, victim: Victim, secret: &str) {
    let form = HandOffRequest {
        client: shop(),
        origin: origin(),
    };
    let shown = replicas.site.post("/v1/handoffs", &form);
    assert_eq!(shown.status, 200);
    let cookie = shown.cookie();
    let cookie = cookie.split(';').next().expect("a cookie");
    let HandOffAnswer { number, .. } = shown.form();
    let waiting = wait(&replicas.site, number, cookie);
    replicas.kill(victim, "/v1/handoffs");
    let site = &replicas.site;
    confirm(site, number);
    let told = waiting.join().expect("a browser");
    // The browser waited at the one whose turn it was.
    let asked = if matches!(victim, Victim::Next) { 2 } else { 1 };
    assert_eq!(told.asked, asked);
    assert_eq!(redeem(site, secret, &told.code)["user"], "alice");
}

/// Her device looks what the number is for, and logs in for it.
fn confirm(site: &Site, number: Number) {
    let look = LookRequest {
        number,
        identity: Blob::new(site.identity()).expect("fits"),
        cookie: site.cookie(),
    };
    let looked = site.post("/v1/handoffs/look", &look);
    assert_eq!(looked.status, 200);
    assert_eq!(looked.form::<Value>()["origin"], SHOP);
    let purpose = Purpose::HandOff {
        number,
        origin: origin(),
    };
    site.take(&site.answer(site.challenge(), purpose));
}

/// What a browser that showed a number was told, and how often it had asked.
struct Told {
    code: String,
    asked: usize,
}

/// A browser that shows a number begins to wait, and asks again when it was cut off.
fn wait(site: &Site, number: Number, cookie: &str) -> JoinHandle<Told> {
    let asking = site
        .http
        .get(format!("{}/v1/handoffs/{number}/events", site.issuer))
        .header("cookie", cookie);
    let (begins, begun) = mpsc::channel();
    let waiting = thread::spawn(move || {
        runtime().block_on(async {
            for asked in 1..10 {
                let again = asking.try_clone().expect("no body");
                let answer = again.send().await.expect("an answer");
                assert_eq!(answer.status(), 200);
                let _nobody_listens_twice = begins.send(());
                let events = answer.text().await.unwrap_or_default();
                let mut lines = events.lines();
                if let Some(data) = lines.find_map(|line| line.strip_prefix("data: ")) {
                    let said: Value = serde_json::from_str(data).expect("JSON");
                    let code = said["code"].as_str().expect("a code").to_owned();
                    return Told { code, asked };
                }
            }
            panic!("no code, however often it asks");
        })
    });
    begun.recv().expect("it waits");
    waiting
}
