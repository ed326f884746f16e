//! Authorities, a registrar and a login service of one application, as processes that know each other.

use std::fs;
use std::path::Path;

use milagro_dta::grants::ClientKey;
use milagro_mpin::client::PinLength;
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Pin, ServerId, Target, Token, TrustDomainId,
};
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::client::{Endpoint, LoginClient, OperatorClient, Patience, RegistrarClient};
use milagro_wire::forms::registrar::Entitlement;
use milagro_wire::login::{LoginRequest, Purpose};
use serde_json::{Value, json};

use crate::people::{Council, client, rng, runtime, serving};
use crate::process::{Place, Running, port, private};

pub(crate) const SERVER: &str = "login.example";
pub(crate) const SHOP: &str = "https://shop.example";
/// The key of the registrar's administrators, and that of the login service's operator.
pub(crate) const ADMIN: [u8; 32] = [6; 32];

pub(crate) fn text(bytes: &[u8]) -> String {
    Blob::<4096>::new(bytes).expect("fits").to_text()
}

pub(crate) fn endpoint(address: &str) -> Endpoint {
    let patience = Patience::default();
    Endpoint::new(address, crate::process::http(), patience).expect("an endpoint")
}

/// The domain, its authorities at work, and a directory for their registrar.
pub(crate) struct Town {
    pub(crate) domain: String,
    pub(crate) registrar: Place,
    pub(crate) registrar_port: u16,
    authorities: Vec<(u16, String, Running)>,
    _council: Council,
}

impl Town {
    pub(crate) fn new() -> Self {
        let council = Council::new();
        let founded = council.found();
        let domain = founded["domain"].as_str().expect("a domain").to_owned();
        let registrar = Place::at_once();
        let known = registrar.json(["registrar", "key"]);
        let key = known["registrar"].as_str().expect("a key");
        let setting = format!("{domain}={key}");
        let serve = |member: &Place| {
            let mut running = member.start(serving(&setting));
            let address = running.address();
            let answer = runtime().block_on(client(&address).domains());
            let forms = answer.expect("an answer").domains.into_vec();
            (forms[0].authority, address, running)
        };
        let authorities = council.members.iter().map(serve).collect();
        fs::write(registrar.path("admin-key"), text(&ADMIN)).expect("written");
        private(&registrar.path("admin-key"));
        Self {
            domain,
            registrar,
            registrar_port: port(),
            authorities,
            _council: council,
        }
    }

    /// Writes the registrar's configuration, with paths that begin with this.
    pub(crate) fn configure(&self, base: &str, more: &str) {
        let authorities = self.authorities.iter();
        let authorities: Vec<String> = authorities
            .map(|(number, address, _)| format!("\"{number}={address}\""))
            .collect();
        let (port, domain) = (self.registrar_port, &self.domain);
        let file = format!(
            "data = \"{base}/data\"\nkey-file = \"{base}/key\"\n[registrar]\nlisten = \"127.0.0.1:0\"\n\
             admin-listen = \"127.0.0.1:{port}\"\nadmin-key-file = \"{base}/admin-key\"\napplication = \"shop\"\n\
             domain = \"{domain}\"\nauthorities = [{}]\n{more}\n[registry]\nregistrar = \"http://127.0.0.1:{port}\"\n\
             admin-key-file = \"{base}/admin-key\"\n",
            authorities.join(", ")
        );
        fs::write(self.registrar.path("milagro.toml"), file).expect("written");
    }

    pub(crate) fn registry(&self, arguments: &[&str]) -> Value {
        let config = self.registrar.path("milagro.toml");
        let config = config.to_str().expect("UTF-8");
        let words = ["registry", "--config", config];
        self.registrar.json(words.iter().chain(arguments))
    }

    pub(crate) fn code(&self, user: &str) -> String {
        let code = self.registry(&["code", user]);
        code["code"].as_str().expect("a code").to_owned()
    }
}

/// A login service that the registrar of a town knows, and that knows the registrar.
pub(crate) struct Linked {
    pub(crate) town: Town,
    pub(crate) place: Place,
    pub(crate) port: u16,
}

impl Linked {
    pub(crate) fn new() -> Self {
        let (town, place, port) = (Town::new(), Place::at_once(), port());
        fs::write(place.path("admin-key"), text(&ADMIN)).expect("written");
        private(&place.path("admin-key"));
        let key = place.path("admin-key");
        let more = format!(
            "login = \"http://127.0.0.1:{port}\"\nlogin-key-file = \"{}\"",
            key.display()
        );
        let base = town.registrar.directory.path().to_str().expect("UTF-8");
        town.configure(base, &more);
        Self { town, place, port }
    }

    /// Starts the registrar.
    pub(crate) fn register(&self) -> (Running, String) {
        let config = self.town.registrar.path("milagro.toml");
        let config = config.to_str().expect("UTF-8");
        let mut running = self.town.registrar.start(["registrar", "--config", config]);
        let address = running.address();
        (running, address)
    }

    /// The arguments by which the login service finds the registrar.
    pub(crate) fn known(&self) -> Vec<String> {
        let address = format!("http://127.0.0.1:{}", self.town.registrar_port);
        let key = self.town.registrar.path("admin-key");
        [
            "--registrar",
            &address,
            "--registrar-key-file",
            key.to_str().expect("UTF-8"),
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// Starts the login service.
    pub(crate) fn serve(&self) -> (Running, String) {
        let listen = format!("127.0.0.1:{}", self.port);
        let key = self.place.path("admin-key");
        let key = key.to_str().expect("UTF-8");
        let own = [
            "login",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            &listen,
        ];
        let admin = ["--admin-key-file", key];
        let own = own.iter().chain(&admin);
        let arguments = own.map(|word| (*word).to_owned()).chain(self.known());
        let mut running = self.place.start(arguments);
        let address = running.address();
        (running, address)
    }

    pub(crate) fn operator(&self) -> OperatorClient {
        let address = format!("http://127.0.0.1:{}", self.port);
        OperatorClient::new(endpoint(&address), Blob::new(ADMIN).expect("fits"))
    }
}

/// A device that has enrolled at a registrar.
pub(crate) struct Phone {
    domain: TrustDomainId,
    token: Token,
    pub(crate) cookie: Blob<64>,
    pub(crate) device: String,
}

fn pin() -> Factors {
    Factors::pin(Pin::new("2580", PinLength::FOUR).expect("a PIN"))
}

impl Phone {
    /// Enrols with an activation code.
    pub(crate) async fn enrol(registrar: &str, domain: &str, code: &str) -> Self {
        let id = Blob::<32>::from_text(domain).expect("an id");
        let id = TrustDomainId::from_bytes(id.to_array().expect("32 bytes"));
        let registrar = RegistrarClient::new(endpoint(registrar));
        let domain = registrar.domain(&id).await.expect("a domain");
        let key = ClientKey::random(&mut rng());
        let code = Entitlement::Code(Text::new(code).expect("fits"));
        let enrolled = registrar.enrol(&domain, &key, code).await;
        let enrolled = enrolled.expect("enrolled");
        let first = enrolled.first.expect("a cookie");
        Self {
            domain: id,
            token: Token::new(id, enrolled.secret.key, &pin()).expect("a token"),
            cookie: first.cookie,
            device: first.device.to_text(),
        }
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(path: &Path) -> Self {
        let file = fs::read(path).expect("a file");
        let file: Value = serde_json::from_slice(&file).expect("JSON");
        let part = |name: &str| file[name].as_str().expect("a string");
        let domain = Blob::<32>::from_text(part("domain")).expect("an id");
        let token = Blob::<4096>::from_text(part("token")).expect("a token");
        Self {
            domain: TrustDomainId::from_bytes(domain.to_array().expect("32 bytes")),
            token: Token::from_bytes(token.as_bytes()).expect("a token"),
            cookie: Blob::from_text(part("cookie")).expect("a cookie"),
            device: part("device").to_owned(),
        }
    }

    pub(crate) fn write(&self, path: &Path) {
        let file = json!({
            "domain": text(&self.domain.to_bytes()),
            "token": text(&self.token.to_bytes()),
            "cookie": self.cookie,
            "device": self.device,
        });
        fs::write(path, file.to_string()).expect("written");
    }

    /// The request of a login, with the right PIN.
    pub(crate) async fn request(&self, login: &str, purpose: Purpose) -> LoginRequest {
        let client = LoginClient::new(endpoint(login));
        let answer = client.challenge().await.expect("a challenge");
        let challenge = Challenge::from_bytes(answer.challenge.as_bytes()).expect("a challenge");
        let target = Target {
            domain: self.domain,
            server: ServerId::new(SERVER.as_bytes()).expect("a name"),
            binding: ChannelBinding::None,
        };
        let secret = self.token.unlock(&pin()).expect("a secret");
        let proof = secret.login(&target).answer(&mut rng(), challenge);
        LoginRequest {
            proof: Blob::new(proof.expect("a proof").to_bytes()).expect("fits"),
            cookie: self.cookie.clone(),
            purpose,
        }
    }
}
