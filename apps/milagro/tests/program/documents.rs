//! The services do what their documents say: Schemathesis makes requests of the documents, right ones and wrong ones, and looks at
//! statuses, media types, headers and forms of the answers. It has the keys, sessions and secrets that a service asks for, so
//! that it gets behind the doors.
//!
//! `.ci/run schema` installs it, says where it is, and fails unless this has run; by themselves the tests try nothing.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use milagro_dta::permits::{ListMark, RevocationList};
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;

use crate::openid::registered;
use crate::openid::site::Site;
use crate::openid::told::shops;
use crate::people::{Council, Registrar, client, rng, runtime};
use crate::process::{Place, good};
use crate::tokens;
use crate::town::{ADMIN, Town, text};

/// What no document can say: which grants, lists, drafts and names of epochs are somebody's.
const UNSAID: &str = "positive_data_acceptance";

/// What comes of a request that a document lets through, behind an open door: it may be malformed, and what it names may not
/// be there, or be in another state; it is not refused.
const BEHIND: &str =
    "[checks]\npositive_data_acceptance.expected-statuses = [\"2xx\", 303, 400, 404, 409]\n";

/// RFC 6749 and its kin say which parameters mean something together, and that unknown ones are overlooked; too long ones that
/// are posted are refused after a redirect.
const OAUTH: &str = "[[operations]]\ninclude-path-regex = \"^/oauth/\"\n\
    checks.positive_data_acceptance.enabled = false\nchecks.negative_data_rejection.enabled = false\n";

/// Nobody guesses a proof, a code or a number, and what stands inside them may be malformed.
const TYPED: &str =
    "[checks]\npositive_data_acceptance.expected-statuses = [\"2xx\", 303, 400, 403, 404, 409]\n";

/// Red until the first key of a new directory issues, and says so.
const READY: &str = "[[operations]]\ninclude-path = \"/readyz\"\nchecks.not_a_server_error.enabled = false\n\
    checks.positive_data_acceptance.expected-statuses = [200, 503]\n";

/// Nothing that an authority answers says what to ask next.
const FEW: [&str; 2] = ["--phases", "coverage,fuzzing"];

struct Schemathesis {
    program: OsString,
    place: Place,
}

impl Schemathesis {
    /// `None` where `MILAGRO_SCHEMATHESIS` does not name it.
    fn new() -> Option<Self> {
        let Some(program) = env::var_os("MILAGRO_SCHEMATHESIS") else {
            eprintln!("MILAGRO_SCHEMATHESIS is not set: nothing is tried");
            return None;
        };
        let place = Place::new();
        Some(Self { program, place })
    }

    /// Runs against a service, with a configuration and further arguments.
    fn run(&self, address: &str, configuration: &str, arguments: &[&str]) {
        let file = self.place.path("schemathesis.toml");
        fs::write(&file, configuration).expect("written");
        let mut command = Command::new(&self.program);
        // It leaves a cache where it runs.
        command.current_dir(self.place.path(""));
        command.arg("--config-file").arg(file).arg("run");
        command.args(["--seed", "7", "--max-examples", "15", "--no-color"]);
        command.args(["--max-failures", "5", "--request-timeout", "20"]);
        command.args([
            "--generation-database",
            "none",
            "--output-truncate",
            "false",
        ]);
        command
            .args(arguments)
            .arg(format!("{address}/openapi.json"));
        let output = command.output().expect("it runs");
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{address}: {words}{errors}");
        // It has looked at something: no document is so wrong that nothing could be asked.
        assert!(words.contains(" generated, "), "{words}");
    }
}

#[test]
fn of_authorities_are_true() {
    let Some(tool) = Schemathesis::new() else {
        return;
    };
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let (mut running, address) = registrar.serve(&council.members[0]);
    let id = Blob::<32>::new(registrar.domain.to_bytes()).expect("fits");
    let mut list = RevocationList::new(registrar.domain);
    list.revoke(&Identity::raw(b"bob").expect("a name"));
    let list = list.sign(&mut rng(), &registrar.key, &ListMark::NONE);
    let bytes = list.expect("signed").to_bytes();
    let put = runtime().block_on(client(&address).put_list(&id, &bytes));
    assert_eq!(put.expect("taken").number, 1);

    // Whatever domain. A grant is more than base64url, and 1.0 is an integer to a schema and none to a service.
    let [shares, permits] = ["/v1/shares", "/v1/permits"].map(|path| {
        format!("[[operations]]\ninclude-path = \"{path}\"\nchecks.{UNSAID}.enabled = false\n")
    });
    tool.run(&address, &(shares + &permits), &FEW);
    // The domain that there is.
    let own = format!("[parameters]\n\"path.domain\" = \"{}\"\n", id.to_text());
    tool.run(
        &address,
        &own,
        &[&FEW[..], &["--exclude-checks", UNSAID]].concat(),
    );
    running.expect_alive();
}

#[test]
fn of_boards_are_true() {
    let Some(tool) = Schemathesis::new() else {
        return;
    };
    let board = Place::new();
    let mut running = board.start(["board", "--listen", "127.0.0.1:0"]);
    tool.run(&running.address(), "", &[]);
    running.expect_alive();
}

#[test]
fn of_registrars_are_true() {
    let Some(tool) = Schemathesis::new() else {
        return;
    };
    let town = Town::new();
    let base = town.registrar.directory.path().to_str().expect("UTF-8");
    town.configure(base, "");
    let config = town.registrar.path("milagro.toml");
    let config = config.to_str().expect("UTF-8");
    let mut running = town.registrar.start(["registrar", "--config", config]);
    let address = running.address();
    town.registry(&["list"]);
    // Nobody has a code: who enrols is refused.
    tool.run(
        &address,
        "",
        &[&FEW[..], &["--exclude-checks", UNSAID]].concat(),
    );
    let admin = format!("http://127.0.0.1:{}", town.registrar_port);
    let key = bearer(&text(&ADMIN));
    tool.run(&admin, &(key + BEHIND), &FEW);
    running.expect_alive();
}

#[test]
fn of_logins_are_true() {
    let Some(tool) = Schemathesis::new() else {
        return;
    };
    let site = Site::new();
    let added = site.client(&registered("shop", &[]));
    let secret = added["client_secret"].as_str().expect("a secret");
    let given = shops(&site, secret);
    let token = given["access_token"].as_str().expect("a token");
    let cookie = site.log_in();
    let cookie = cookie.split(';').next().expect("a cookie");
    let basic = STANDARD.encode(format!("shop:{secret}"));
    let applications = [
        "/oauth/token",
        "/oauth/par",
        "/oauth/introspect",
        "/oauth/revoke",
    ];
    let mut browser = format!("headers = {{ Cookie = \"{cookie}\" }}\n{TYPED}{OAUTH}");
    for path in applications {
        browser += &with(path, &format!("Basic {basic}"));
    }
    browser += &with("/oauth/userinfo", &format!("Bearer {token}"));
    // Whoever has a session is not refused what needs nothing else.
    for path in ["/v1/session", "/v1/sessions", "/v1/devices"] {
        browser += &opened(path);
    }
    // First what ends nothing.
    for method in ["--exclude-method", "--include-method"] {
        let asked = [&FEW[..], &[method, "DELETE"]].concat();
        tool.run(&site.issuer, &browser, &asked);
    }
}

#[test]
fn of_operators_are_true() {
    let Some(tool) = Schemathesis::new() else {
        return;
    };
    let site = Site::new();
    let key = Blob::<32>::new([5; 32]).expect("fits").to_text();
    tool.run(&site.desk, &(bearer(&key) + BEHIND), &FEW);
}

#[test]
fn of_tokens_are_true() {
    let Some(tool) = Schemathesis::new() else {
        return;
    };
    let (jwks, token) = tokens::provider();
    let lines =
        format!("provider = \"https://login.example\"\naudience = \"tokens\"\njwks = \"{jwks}\"");
    let (place, config) = tokens::place(&lines);
    good(place.output(["tokens", "init", "--config", &config]));
    let mut running = place.start(["tokens", "serve", "--config", &config]);
    let address = running.address();
    let own = bearer(&token) + "[parameters]\n\"path.tenant\" = \"weather\"\n" + BEHIND + READY;
    tool.run(&address, &own, &FEW);
    running.expect_alive();
}

/// The header of whoever has a key or a token, as a configuration says it.
fn bearer(token: &str) -> String {
    format!("headers = {{ Authorization = \"Bearer {token}\" }}\n")
}

/// The same for one path.
fn with(path: &str, authorization: &str) -> String {
    format!(
        "[[operations]]\ninclude-path = \"{path}\"\nheaders = {{ Authorization = \"{authorization}\" }}\n"
    )
}

/// Whoever may ask is answered.
fn opened(path: &str) -> String {
    format!(
        "[[operations]]\ninclude-name = \"GET {path}\"\nchecks.positive_data_acceptance.expected-statuses = [200]\n"
    )
}
