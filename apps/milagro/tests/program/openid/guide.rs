//! Every command of the guide.

use std::fs;

use milagro_mpin::{MasterSecret, ServerId};
use milagro_wire::bounded::Blob;

use crate::guide::play;
use crate::openid::site::port;
use crate::people::rng;
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
    let (public, admin) = (port().to_string(), port().to_string());
    let issuer = format!("http://127.0.0.1:{public}");
    play(
        GUIDE,
        directory.path(),
        &[
            ("DOMAIN", &text(&master.trust_domain("example").to_bytes())),
            ("PORT", &public),
            ("ADMIN_PORT", &admin),
            ("ISSUER", &issuer),
        ],
    );
    let log = fs::read_to_string(directory.path().join("login/log")).expect("a log");
    let shop = fs::read_to_string(directory.path().join("shop.json")).expect("a file");
    let shop: serde_json::Value = serde_json::from_str(&shop).expect("JSON");
    assert!(!log.contains(shop["client_secret"].as_str().expect("a secret")));
}
