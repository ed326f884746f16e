//! A token service over a database of its own: TLS that is checked, and copies that stay closed.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::PathBuf;
use std::process::Output;

use milagro_store_testkit::postgres::Postgres;
use milagro_store_testkit::redis::Redis;
use serde_json::Value;

use crate::process::{Place, bad, good, may_start, port, private, random_key, secret};
use crate::tokens::tenant;

const SETTINGS: &str = r#"
[tokens]
listen = "127.0.0.1:0"
redeem-only = false
provider = "https://login.example"
audience = "tokens"
jwks-file = "jwks.json"
"#;

/// A directory with an operator's key, that has not joined anything.
struct Directory(tempfile::TempDir);

impl Directory {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        secret(&directory.path().join("key"), &random_key());
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, store: &str, roots: &str, arguments: &[&str]) -> Output {
        let mut command = crate::process::program();
        command.current_dir(self.0.path()).args(arguments);
        command.env("MILAGRO_DATA", self.path("data"));
        command.env("MILAGRO_KEY_FILE", self.path("key"));
        command.env("MILAGRO_STORE", store);
        if !roots.is_empty() {
            command.env("MILAGRO_STORE_ROOTS", self.path(roots));
        }
        command.output().expect("it runs")
    }
}

/// A certificate for a name, which is its own authority.
fn certificate(name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new([name.to_owned()]).expect("a name");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    (certificate.pem(), key.serialize_pem())
}

/// Has the server speak TLS with this certificate, from the next connection on.
fn secure(server: &Postgres, (certificate, key): (&str, &str)) {
    let data = server.data();
    let owner = fs::metadata(&data).expect("files").uid();
    for (name, text) in [("server.crt", certificate), ("server.key", key)] {
        let path = data.join(name);
        fs::write(&path, text).expect("written");
        private(&path);
        chown(&path, Some(owner), None).expect("given");
    }
    server.sql("ALTER SYSTEM SET ssl = on").expect("set");
    server.sql("SELECT pg_reload_conf()").expect("reloaded");
    // Connections that are made from now on know of it when the first does.
    crate::process::until("secured", || {
        server.sql("SHOW ssl").expect("shown").trim() == "on"
    });
}

#[test]
fn are_reached_over_tls_that_is_checked() {
    if !may_start() {
        return;
    }
    let server = Postgres::start(&[]).expect("a server");
    let (right, key) = certificate("127.0.0.1");
    let (wrong, _) = certificate("127.0.0.1");
    let directory = Directory::new();
    fs::write(directory.path("right"), &right).expect("written");
    fs::write(directory.path("wrong"), wrong).expect("written");
    let init = |query: &str, roots| {
        let store = format!("{}{query}", server.url());
        directory.run(&store, roots, &["init", "--at-once"])
    };
    // A server without TLS is not spoken to, whatever the address would put up with.
    for query in ["", "?sslmode=prefer", "?sslmode=allow", "?sslmode=require"] {
        let (code, words) = bad(&init(query, "right"));
        assert!(code != 0 && words.contains("store: "), "{query} {words}");
        assert!(!directory.path("data/witness").exists(), "{query}");
    }
    secure(&server, (&right, &key));
    for roots in ["wrong", ""] {
        let (_, words) = bad(&init("", roots));
        let certificate = words.to_lowercase().contains("certificate");
        assert!(certificate, "{roots}: {words}");
    }
    assert_eq!(
        server
            .sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'milagro'")
            .expect("counted")
            .trim(),
        "0"
    );
    let said = good(init("", "right"));
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    assert_eq!(said["joined"], false);
    let store = server.url();
    let there = good(directory.run(&store, "right", &["tokens", "ledger"]));
    // Another name in a certificate of the right authority.
    let (other, key) = certificate("other.example");
    fs::write(directory.path("other"), &other).expect("written");
    secure(&server, (&other, &key));
    let (_, words) = bad(&directory.run(&store, "other", &["tokens", "ledger"]));
    assert!(words.to_lowercase().contains("certificate"), "{words}");
    // In the open where the address says so, and nowhere else.
    let open = format!("{store}?sslmode=disable");
    assert_eq!(good(directory.run(&open, "", &["tokens", "ledger"])), there);
}

#[test]
fn redis_is_reached_over_tls_that_is_checked() {
    if !may_start() {
        return;
    }
    let directory = Directory::new();
    let (wrong, _) = certificate("127.0.0.1");
    fs::write(directory.path("wrong"), wrong).expect("written");
    let secured = |name: &str| {
        let (certificate, key) = certificate(name);
        let (file, secret_file) = (directory.path(name), directory.path(&format!("{name}.key")));
        fs::write(&file, certificate).expect("written");
        secret(&secret_file, &key);
        let port = port().to_string();
        let (file, key) = (file.to_str(), secret_file.to_str());
        let (file, key) = (file.expect("UTF-8"), key.expect("UTF-8"));
        let settings = [
            "--tls-port",
            &port,
            "--tls-cert-file",
            file,
            "--tls-key-file",
            key,
            "--tls-auth-clients",
            "no",
        ];
        (Redis::start(&settings).expect("a server"), port)
    };
    let (server, tls) = secured("127.0.0.1");
    let init = |store: &str, roots| directory.run(store, roots, &["init", "--at-once"]);
    let open = format!("rediss://127.0.0.1:{}", server.port());
    let right = format!("rediss://127.0.0.1:{tls}");
    let lax = format!("{right}/#insecure");
    for (store, roots) in [
        // No TLS there, and no way round it.
        (&open, "127.0.0.1"),
        (&lax, "127.0.0.1"),
        (&lax, "wrong"),
        (&right, "wrong"),
        (&right, ""),
    ] {
        let (code, words) = bad(&init(store, roots));
        assert!(
            code != 0 && words.contains("store: "),
            "{store} {roots}: {words}"
        );
        assert!(!directory.path("data/witness").exists(), "{store} {roots}");
    }
    assert_eq!(server.command(&["DBSIZE"]).expect("a number").trim(), "0");
    good(init(&right, "127.0.0.1"));
    let ledger = ["tokens", "ledger"];
    let there = good(directory.run(&right, "127.0.0.1", &ledger));
    let plain = format!("redis://127.0.0.1:{}", server.port());
    assert_eq!(good(directory.run(&plain, "", &ledger)), there);
    // Another name in a certificate of the right authority.
    let (_other, tls) = secured("other.example");
    let store = format!("rediss://127.0.0.1:{tls}");
    let (code, words) = bad(&directory.run(&store, "other.example", &ledger));
    assert!(code != 0 && words.contains("store: "), "{words}");
}

#[test]
fn put_back_from_a_dump_stay_closed_until_they_are_restored() {
    if !may_start() {
        return;
    }
    let server = Postgres::start(&[]).expect("a server");
    let other = Postgres::start_apart().expect("a server");
    let store = format!("{}?sslmode=disable", server.url());
    stay_closed(&store, || {
        let dump = server.dump("milagro").expect("a dump");
        other.play(&dump).expect("played");
        format!("{}?sslmode=disable", other.url())
    });
}

#[test]
fn redis_put_back_from_its_files_stays_closed_until_it_is_restored() {
    if !may_start() {
        return;
    }
    let server = Redis::start(&[]).expect("a server");
    let mut copy = None;
    stay_closed(&server.url(), || {
        let made = server.start_copy().expect("a copy");
        copy.insert(made).url()
    });
}

/// A token service in a store, and later in what a copy of that was put back into.
fn stay_closed(store: &str, put_back: impl FnOnce() -> String) {
    let directory = tempfile::tempdir().expect("a directory");
    let key = directory.path().join("key");
    secret(&key, &random_key());
    let variables = vec![
        ("MILAGRO_KEY_FILE", key.into()),
        ("MILAGRO_STORE", store.into()),
    ];
    let mut place = Place::made_at_once(directory, variables);
    let config = place.path("milagro.toml");
    let jwks = place.path("jwks.json");
    let key = rcgen::KeyPair::generate().expect("a key");
    let point = key.public_key_raw();
    let half = |at: usize| milagro_wire::bounded::Blob::<32>::new(&point[at..at + 32]);
    let half = |at: usize| half(at).expect("fits").to_text();
    let set = serde_json::json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "x": half(1), "y": half(33) },
    ] });
    fs::write(&jwks, set.to_string()).expect("written");
    let settings = SETTINGS.replace("jwks.json", jwks.to_str().expect("UTF-8"));
    let settings = settings + &tenant("weather");
    fs::write(&config, settings).expect("written");
    let config = config.to_str().expect("UTF-8").to_owned();
    let tokens = |place: &Place, verb| place.output(["tokens", verb, "--config", &config]);
    let day = crate::people::day();
    good(tokens(&place, "init"));
    good(tokens(&place, "rotate"));
    let before = good(tokens(&place, "ledger"));
    let there = put_back();
    // What the copy does not know: a key that is withdrawn, by a command that is over at once.
    let text = fs::read_to_string(&config).expect("a file");
    fs::write(
        &config,
        format!("{text}withdrawn = [{{ epoch = {day}, serial = 0 }}]\n"),
    )
    .expect("written");
    let said: Value = serde_json::from_slice(&good(tokens(&place, "rotate"))).expect("JSON");
    assert_eq!(said["edition"], 2);
    place.variables.retain(|(name, _)| *name != "MILAGRO_STORE");
    place.variables.push(("MILAGRO_STORE", there.into()));

    // Closed to everything that counts, issues or publishes.
    for verb in ["serve", "rotate", "renew", "init", "ledger"] {
        let (code, words) = bad(&tokens(&place, verb));
        assert_eq!(code, 4, "{verb}: {words}");
    }
    good(place.output(["restore", "--database", "--config", &config]));
    // Open, as another ledger, which the keys of before do not go with.
    assert_ne!(good(tokens(&place, "ledger")), before);
    let (_, words) = bad(&tokens(&place, "serve"));
    assert!(words.contains("belong to another ledger"), "{words}");
    let said: Value = serde_json::from_slice(&good(tokens(&place, "renew"))).expect("JSON");
    assert_eq!(said["renewed"], true);
    let mut running = place.start(["tokens", "serve", "--config", &config]);
    assert!(running.address().starts_with("http://"));
}
