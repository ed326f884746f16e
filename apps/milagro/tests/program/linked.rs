//! A registrar and a login service that know each other: the guide, and whatever one of them does to a device.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use milagro_wire::client::{CallError, LoginClient, Verb};
use milagro_wire::login::names::{ClientId, Origin};
use milagro_wire::login::{LoginAnswer, Purpose};
use milagro_wire::problem::ProblemType;
use serde_json::Value;

use crate::guide::script;
use crate::people::runtime;
use crate::process::port;
use crate::town::{Linked, Phone, SERVER, SHOP, Town, endpoint};

const GUIDE: &str = include_str!("../../docs/logins.md");

/// Logs in, and keeps the next cookie.
async fn log_in(phone: &mut Phone, login: &str) -> Result<(), CallError> {
    let request = phone.request(login, Purpose::Session {}).await;
    let answer = LoginClient::new(endpoint(login)).login(&request).await?;
    phone.cookie = answer.cookie;
    Ok(())
}

fn refused(answer: &Result<(), CallError>) -> bool {
    matches!(answer, Err(CallError::Problem(problem)) if problem.known() == Some(ProblemType::Refused))
}

/// A browser with a session: its cookie.
async fn browser(phone: &mut Phone, login: &str) -> String {
    let request = phone.request(login, Purpose::Session {}).await;
    let asked = crate::process::client().post(format!("{login}/v1/login"));
    let asked = asked.header("content-type", "application/json");
    let body = serde_json::to_vec(&request).expect("JSON");
    let answer = asked.body(body).send().await.expect("an answer");
    let line = answer.headers()["set-cookie"].to_str().expect("ASCII");
    let cookie = line.split(';').next().expect("a cookie").to_owned();
    let body = answer.bytes().await.expect("a body");
    let body: LoginAnswer = serde_json::from_slice(&body).expect("JSON");
    phone.cookie = body.cookie;
    cookie
}

/// What comes of a request of a browser: the status, and the form.
async fn ask(method: reqwest::Method, address: String, session: &str) -> (u16, Value) {
    let asked = crate::process::client().request(method, address);
    let answer = asked.header("cookie", session).send().await;
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[test]
fn a_device_is_the_same_at_both() {
    let linked = Linked::new();
    let (registering, registrar) = linked.register();
    let known = linked.known();
    let domain = linked.town.domain.clone();
    let fetch = ["server-key", "--domain", &domain, "--server", SERVER].map(str::to_owned);
    let fetch: Vec<String> = fetch.into_iter().chain(known).collect();
    assert_eq!(linked.place.json(&fetch)["server"], SERVER);
    // Once: a second key would make two services of one.
    assert!(!linked.place.output(&fetch).status.success());
    let (mut serving, login) = linked.serve();
    let runtime = runtime();
    let code = linked.town.code("alice");
    let (mut phone, mut tablet) = runtime.block_on(async {
        let mut phone = Phone::enrol(&registrar, &domain, &code).await;
        // The user adds a device in a browser, right after a login.
        let session = browser(&mut phone, &login).await;
        let post = reqwest::Method::POST;
        let (status, code) = ask(post, format!("{login}/v1/devices/code"), &session).await;
        assert_eq!(status, 200, "{code}");
        let code = code["code"].as_str().expect("a code");
        let tablet = Phone::enrol(&registrar, &domain, code).await;
        (phone, tablet)
    });
    runtime.block_on(async {
        log_in(&mut tablet, &login).await.expect("a login");
        // Removed here in a browser, and there at once.
        let session = browser(&mut phone, &login).await;
        let address = format!("{login}/v1/devices/{}", tablet.device);
        let (status, _) = ask(reqwest::Method::DELETE, address, &session).await;
        assert_eq!(status, 204);
        assert!(refused(&log_in(&mut tablet, &login).await));
    });
    let devices = linked.town.registry(&["devices", "alice"]);
    let devices = devices["subjects"].as_array().expect("devices").clone();
    assert_eq!(devices.len(), 1, "{devices:?}");
    let subject = devices[0]["subject"].as_str().expect("a subject");
    // Removed there, and here at once; taken back there, and here.
    linked.town.registry(&["remove", "--subject", subject]);
    let user = runtime.block_on(async {
        let path = ["admin", "v1", "users", "alice"];
        linked.operator().ask(Verb::Get, &path, None).await
    });
    let user = user.expect("a user").to_string();
    assert!(user.contains("\"away\":true"), "{user}");
    assert!(refused(&runtime.block_on(log_in(&mut phone, &login))));
    linked.town.registry(&["restore", subject]);
    runtime
        .block_on(log_in(&mut phone, &login))
        .expect("a login");
    // Without the registrar nobody gets in: the operator has not said otherwise.
    drop(registering);
    let late = runtime.block_on(log_in(&mut phone, &login));
    assert!(
        matches!(&late, Err(CallError::Problem(problem)) if problem.known() == Some(ProblemType::Unavailable)),
        "{late:?}"
    );
    serving.signal("TERM");
    assert!(serving.status().success(), "{}", serving.log());
}

/// Plays the device of the guide, when the guide runs it as the programs `enrol` and `log-in`.
#[test]
fn device_of_the_guide() {
    let Some(address) = std::env::var_os("ADDRESS") else {
        assert!(script(GUIDE).contains("(log-in ") && script(GUIDE).contains("\nenrol "));
        return;
    };
    let address = address.into_string().expect("UTF-8");
    let variable = |name| std::env::var(name).expect("a variable");
    let device = variable("DEVICE");
    let device = Path::new(&device);
    runtime().block_on(async {
        if let Ok(code) = std::env::var("CODE") {
            let phone = Phone::enrol(&address, &variable("DOMAIN"), &code).await;
            return phone.write(device);
        }
        let mut phone = Phone::read(device);
        let purpose = Purpose::Code {
            client: ClientId::new("shop").expect("an id"),
            origin: Origin::new(SHOP).expect("an origin"),
        };
        let request = phone.request(&address, purpose).await;
        let login = LoginClient::new(endpoint(&address)).login(&request).await;
        let login = login.expect("a login");
        phone.cookie = login.cookie;
        phone.write(device);
        fs::write(variable("OUT"), login.code.expect("a code").to_text()).expect("written");
    });
}

/// A program of the guide: this very test binary, as the device.
fn program(at: &Path, variables: &str, end: &str) {
    let own = std::env::current_exe().expect("a path");
    let text = format!(
        "#!/bin/sh\n{variables} '{}' --exact linked::device_of_the_guide > device.log 2>&1 {end}\n",
        own.display()
    );
    fs::write(at, text).expect("written");
    let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
    fs::set_permissions(at, mode).expect("a mode");
}

#[test]
fn every_command_of_the_developers_guide() {
    let town = Town::new();
    town.configure("reg", "");
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    symlink(town.registrar.directory.path(), at("reg")).expect("a link");
    fs::create_dir(at("bin")).expect("a directory");
    program(
        &at("bin/enrol"),
        "ADDRESS=\"$1\" CODE=\"$2\" DEVICE=\"$3\"",
        "",
    );
    program(
        &at("bin/log-in"),
        "ADDRESS=\"$1\" DEVICE=\"$2\" OUT=\"$PWD/code\"",
        "&& cat code",
    );
    let own = Path::new(env!("CARGO_BIN_EXE_milagro"))
        .parent()
        .expect("a directory");
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin",
        at("bin").display(),
        own.display()
    );
    let log = at("script.log");
    let file = fs::File::create(&log).expect("a log");
    let status = Command::new("timeout")
        .args(["--kill-after=5", "240", "bash", "-c", &script(GUIDE)])
        .env_clear()
        .env("PATH", path)
        .env("DOMAIN", &town.domain)
        .env("ADMIN_PORT", port().to_string())
        .env("REGISTRAR_PORT", town.registrar_port.to_string())
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a log"))
        .stderr(file)
        .status();
    let read = |name: &str| fs::read_to_string(at(name)).unwrap_or_default();
    let said = read("script.log");
    let words = [read("device.log"), read("login/log"), read("reg/log")].join("\n");
    assert!(status.expect("bash runs").success(), "{said}\n{words}");
    let who = read("who.json");
    assert!(who.contains("alice"), "{who}");
    assert!(script(GUIDE).matches("milagro ").count() > 8);
}
