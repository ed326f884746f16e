//! The OpenID provider, driven by programs that are not ours: npm's openid-client, PyPI's authlib, Apache's mod_auth_openidc.
//! A browser is played: it follows redirects, keeps cookies, and logs in where it is sent to the login page.

mod apache;
pub(crate) mod browser;
mod guide;
pub(crate) mod site;
pub(crate) mod told;

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::openid::browser::Browser;
use crate::openid::site::Site;

const NODE: &str = include_str!("../openid/node.mjs");
const PYTHON: &str = include_str!("../openid/python.py");
const REDIRECT: &str = "http://127.0.0.1:9/cb";
const BYE: &str = "http://127.0.0.1:9/bye";

/// The directory with `node_modules` and `venv`; `None` where there is none, which fails if `MILAGRO_REQUIRE_INTEROP=1`.
fn tools() -> Option<PathBuf> {
    let tools = env::var_os("MILAGRO_OPENID_TOOLS").map(PathBuf::from);
    absent(tools.is_none(), "MILAGRO_OPENID_TOOLS");
    tools
}

/// Says that something is missing, and fails where it must not.
pub(crate) fn absent(missing: bool, what: &str) -> bool {
    let required = env::var_os("MILAGRO_REQUIRE_INTEROP").is_some_and(|value| value == "1");
    assert!(!(missing && required), "{what} is missing");
    if missing {
        eprintln!("{what} is missing: nothing is tried that needs it");
    }
    missing
}

/// A program that says what it does, one JSON object a line, and hears lines.
struct Application {
    child: Child,
    hears: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Application {
    fn start(command: &mut Command, given: &Value) -> Self {
        command.env("APPLICATION", given.to_string());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("it starts");
        let hears = child.stdin.take().expect("standard input");
        let says = BufReader::new(child.stdout.take().expect("standard output")).lines();
        Self { child, hears, says }
    }

    fn said(&mut self) -> Value {
        let line = self.says.next().expect("a line: see its words above");
        serde_json::from_str(&line.expect("UTF-8")).expect("JSON")
    }

    fn hear(&mut self, line: &str) {
        writeln!(self.hears, "{line}").expect("it hears");
    }

    /// It says where a browser is to go; it hears where the browser came back to.
    fn sends(&mut self, browser: &mut Browser<'_>) -> String {
        let said = self.said();
        let came = browser.go(
            said["go"].as_str().expect("an address"),
            Some("http://127.0.0.1:9/"),
        );
        self.hear(&came.address);
        came.address
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn given(site: &Site, id: &str, secret: &str) -> Value {
    json!({ "issuer": site.issuer, "id": id, "secret": secret, "redirect": REDIRECT, "bye": BYE })
}

/// What is registered of an application on this machine.
pub(crate) fn registered<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let base = [
        "add",
        id,
        "--redirect-uri",
        REDIRECT,
        "--post-logout-uri",
        BYE,
        "--first-party",
        "--refresh",
    ];
    base.iter().chain(more).copied().collect()
}

#[test]
fn npm_openid_client_logs_in_refreshes_and_logs_out() {
    let Some(tools) = tools() else { return };
    let site = Site::new();
    let added = site.client(&registered("shop", &[]));
    let secret = added["client_secret"].as_str().expect("a secret");
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", NODE])
        .current_dir(&tools);
    let mut shop = Application::start(&mut node, &given(&site, "shop", secret));
    let told = shop.said()["told"].as_str().expect("an address").to_owned();
    // A change keeps the secret.
    let changed = site.client(&registered("shop", &["--back-channel-uri", &told]));
    assert_eq!(changed["client_secret"], Value::Null);
    shop.hear("");
    let mut browser = Browser::new(&site);
    shop.sends(&mut browser);
    let saw = shop.said();
    assert_eq!(
        saw,
        json!({ "name": "alice", "amr": ["mfa", "pin", "swk"], "active": true, "again": "invalid_grant", "after": false })
    );
    shop.sends(&mut browser);
    assert_eq!(browser.logins, 1, "the session was there");
    assert_eq!(shop.sends(&mut browser), format!("{BYE}?state=s"));
    let saw = shop.said();
    assert_eq!((&saw["sid"], &saw["sub"]), (&json!(true), &json!(true)));
    assert!(shop.child.wait().expect("an end").success());
}

#[test]
fn pypi_authlib_logs_in_refreshes_and_logs_out() {
    let Some(tools) = tools() else { return };
    let site = Site::new();
    let mut python = Command::new(tools.join("venv/bin/python"));
    python.args(["-c", PYTHON]);
    let mut shop = Application::start(&mut python, &given(&site, "keyed", ""));
    let said = shop.said();
    let jwks = site.file("jwks", &said["jwks"].to_string());
    let told = said["told"].as_str().expect("an address");
    let more = ["--auth", "key", "--jwks", &jwks, "--back-channel-uri", told];
    let added = site.client(&registered("keyed", &more));
    assert_eq!(added["client_secret"], Value::Null);
    shop.hear("");
    let mut browser = Browser::new(&site);
    shop.sends(&mut browser);
    let saw = shop.said();
    assert_eq!(
        saw,
        json!({ "name": "alice", "amr": ["mfa", "pin", "swk"], "rotated": true, "gone": 401 })
    );
    assert_eq!(shop.sends(&mut browser), BYE);
    let saw = shop.said();
    assert_eq!((&saw["sid"], &saw["sub"]), (&json!(true), &json!(true)));
    assert!(shop.child.wait().expect("an end").success());
}
