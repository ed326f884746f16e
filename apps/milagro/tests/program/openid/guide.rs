//! Every command of the guide.

use std::fs;

use milagro_mpin::{MasterSecret, ServerId};
use milagro_tls::signing::SigningMaster;
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};
use milagro_wire::bounded::Blob;

use crate::guide::play;
use crate::openid::site::port;
use crate::people::{now, rng};
use crate::process::secret;

const GUIDE: &str = include_str!("../../../docs/oidc.md");

#[test]
fn every_command_of_the_guide_to_openid() {
    let master = MasterSecret::random(&mut rng());
    let name = ServerId::new(b"login.example").expect("a name");
    let text = |bytes: &[u8]| Blob::<4096>::new(bytes).expect("fits").to_text();
    let directory = tempfile::tempdir().expect("a directory");
    let sealed = text(&master.issue_server(&name).to_bytes());
    secret(&directory.path().join("server.secret"), &sealed);
    let identities = SigningMaster::random(&mut rng(), "services");
    let principal = |role, name| Principal::new(identities.domain(), role, name).expect("a name");
    // For today and tomorrow: the test may run at midnight.
    let keys = |principal: &Principal| {
        let today = Epoch::at(now(), EpochPolicy::DAILY.length).0;
        let keys = [today, today + 1].map(|day| {
            let key = identities.issue(&principal.at(Epoch(day)));
            text(&key.expect("of this domain").to_bytes())
        });
        keys.join("\n")
    };
    let (login, orders) = (
        principal(Role::Server, "login"),
        principal(Role::Client, "orders"),
    );
    for (name, text) in [
        ("login.keys", keys(&login)),
        ("orders.keys", keys(&orders)),
        ("identity.anchor", text(&identities.anchor().to_bytes())),
    ] {
        secret(&directory.path().join(name), &text);
    }
    let (public, admin, services) = (port().to_string(), port().to_string(), port().to_string());
    let issuer = format!("http://127.0.0.1:{public}");
    play(
        GUIDE,
        directory.path(),
        &[
            ("DOMAIN", &text(&master.trust_domain("example").to_bytes())),
            ("PORT", &public),
            ("ADMIN_PORT", &admin),
            ("ISSUER", &issuer),
            ("IDENTITY_PORT", &services),
            ("ORDERS", &orders.to_string()),
        ],
    );
    let log = fs::read_to_string(directory.path().join("login/log")).expect("a log");
    let shop = fs::read_to_string(directory.path().join("shop.json")).expect("a file");
    let shop: serde_json::Value = serde_json::from_str(&shop).expect("JSON");
    assert!(!log.contains(shop["client_secret"].as_str().expect("a secret")));
    let token = fs::read_to_string(directory.path().join("orders.json")).expect("a file");
    let token: serde_json::Value = serde_json::from_str(&token).expect("JSON");
    assert!(!log.contains(token["access_token"].as_str().expect("a token")));
}
