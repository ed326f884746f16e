//! What a login service reads again: all of it, or nothing.

use std::fs;

use milagro_wire::bounded::Blob;
use milagro_wire::client::{Endpoint, OperatorClient, Patience, Verb};

use crate::logins::{Desk, World};
use crate::people::runtime;
use crate::process::{http, port, private, random_key, until};

/// The operator's routes over TLS, whatever stands in the file by now.
struct Operator {
    address: String,
    root: reqwest::Certificate,
}

impl Operator {
    fn is_let_in(&self, key: &str) -> bool {
        let builder = http().tls_certs_only([self.root.clone()]);
        let endpoint = Endpoint::new(&self.address, builder, Patience::NONE).expect("an address");
        let client = OperatorClient::new(endpoint, Blob::from_text(key).expect("a key"));
        let asked = client.ask(Verb::Get, &["admin", "v1", "clients"], None);
        runtime().block_on(asked).is_ok()
    }
}

#[test]
fn a_reload_replaces_all_or_nothing() {
    let desk = Desk::new(&World::new());
    let place = &desk.place;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("made");
    for (name, text) in [
        ("cert.pem", made.cert.pem()),
        ("tls.key", made.signing_key.serialize_pem()),
    ] {
        fs::write(place.path(name), text).expect("written");
        private(&place.path(name));
    }
    let (port, first) = (port(), desk.admin.to_text());
    let config = place.path("config.toml");
    let tls = format!(
        "tls-certificate = {:?}\ntls-key = {:?}\n",
        place.path("cert.pem"),
        place.path("tls.key"),
    );
    let named = format!("admin-key-file = {:?}\n", place.path("admin-key"));
    let write = |parts: &[&str]| {
        let listens =
            format!("[login]\nlisten = \"127.0.0.1:0\"\nadmin-listen = \"127.0.0.1:{port}\"\n");
        fs::write(&config, format!("{listens}{}", parts.concat())).expect("written");
    };
    write(&[&tls, &named]);
    let path = config.to_str().expect("UTF-8");
    let mut running = place.start(["--config", path, "login"]);
    running.address();
    let operator = Operator {
        address: format!("https://localhost:{port}"),
        root: reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).expect("a certificate"),
    };
    assert!(operator.is_let_in(&first));
    let reload = |words: &str| {
        let before = running.log().matches(words).count();
        running.signal("HUP");
        until(words, || running.log().matches(words).count() > before);
    };

    // Another key: the one before is good for nothing from then on.
    let second = random_key();
    fs::write(place.path("admin-key"), &second).expect("written");
    reload("\"reloaded\"");
    assert!(!operator.is_let_in(&first));
    assert!(operator.is_let_in(&second));

    // Without TLS the key would go in the clear; without a key nothing would be withdrawn; with a key that is none nothing changes.
    let wrong = "permits = \"some\"\n";
    for parts in [&[named.as_str()][..], &[&tls], &[&tls, &named, wrong]] {
        write(parts);
        fs::write(place.path("admin-key"), &first).expect("written");
        reload("not reloaded");
        assert!(operator.is_let_in(&second), "{parts:?}");
        assert!(!operator.is_let_in(&first), "{parts:?}");
    }
    write(&[&tls, &named]);
    reload("\"reloaded\"");
    assert!(operator.is_let_in(&first));
    running.signal("TERM");
    assert!(running.status().success(), "{}", running.log());
}
