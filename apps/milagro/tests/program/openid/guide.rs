//! Every command of the guide.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use milagro_mpin::{MasterSecret, ServerId};
use milagro_wire::bounded::Blob;

use crate::guide::play;
use crate::people::rng;
use crate::process::{port, secret};

const GUIDE: &str = include_str!("../../../docs/oidc.md");

#[test]
fn every_command_of_the_guide_to_openid() {
    let master = MasterSecret::random(&mut rng());
    let name = ServerId::new(b"login.example").expect("a name");
    let text = |bytes: &[u8]| Blob::<4096>::new(bytes).expect("fits").to_text();
    let directory = tempfile::tempdir().expect("a directory");
    let sealed = text(&master.issue_server(&name).to_bytes());
    secret(&directory.path().join("server.secret"), &sealed);
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
        ],
    );
    let log = fs::read_to_string(directory.path().join("login/log")).expect("a log");
    let shop = fs::read_to_string(directory.path().join("shop.json")).expect("a file");
    let shop: serde_json::Value = serde_json::from_str(&shop).expect("JSON");
    assert!(!log.contains(shop["client_secret"].as_str().expect("a secret")));
    let token = fs::read_to_string(directory.path().join("orders.json")).expect("a file");
    let token: serde_json::Value = serde_json::from_str(&token).expect("JSON");
    assert!(!log.contains(token["access_token"].as_str().expect("a token")));
    // Nobody else reads secrets, and none is printed.
    for name in ["authority.secret", "login.keys", "orders.keys"] {
        let path = directory.path().join(name);
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
        let secrets = fs::read_to_string(&path).expect("a file");
        let said = fs::read_to_string(directory.path().join("script.log")).expect("a log");
        assert!(!secrets.lines().any(|line| said.contains(line)), "{name}");
    }
}
