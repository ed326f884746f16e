//! Every command of the operator's guide, in its order, in one shell.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use milagro_dta::grants::RegistrarKey;
use milagro_dta::permits::{ListMark, RevocationList};
use milagro_mpin::{Identity, TrustDomainId};
use milagro_wire::bounded::Blob;
use serde_json::json;

use crate::people::{now, rng};
use crate::process::PATIENCE;

const GUIDE: &str = include_str!("../../docs/guide.md");
const TOKENS: &str = include_str!("../../docs/tokens.md");

/// What stands between ```` ```sh ```` and the next fence, and whether there was another kind of fence.
pub(crate) fn script(page: &str) -> String {
    let mut script = "set -euo pipefail\nset -x\n".to_owned();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line) {
            (false, "```sh") => inside = true,
            (true, "```") => inside = false,
            (true, command) => {
                script.push_str(command);
                script.push('\n');
            }
            (false, text) => assert!(
                !text.starts_with("```"),
                "commands that are not run: {text}"
            ),
        }
    }
    script
}

/// What the registrar does: once there is a domain, it signs a list on which somebody is revoked, and the next one.
fn give_lists(directory: &Path, registrar: &RegistrarKey) {
    let (founded, start) = (directory.join("ada/result.json"), Instant::now());
    let id = loop {
        assert!(start.elapsed() < PATIENCE, "no domain");
        let said = fs::read(&founded).unwrap_or_default();
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap_or_default();
        if let Some(id) = said["domain"].as_str() {
            break Blob::<32>::from_text(id).expect("an id");
        }
        thread::sleep(Duration::from_millis(50));
    };
    let id = TrustDomainId::from_bytes(id.to_array().expect("32 bytes"));
    let mut list = RevocationList::new(id);
    let alice = Identity::raw(b"alice").expect("a name");
    list.revoke(&alice);
    let sign = |list: RevocationList, last: &ListMark, name: &str| {
        let signed = list.sign(&mut rng(), registrar, last).expect("signed");
        fs::write(directory.join(name), signed.to_bytes()).expect("written");
        *signed.mark()
    };
    let mark = sign(list.clone(), &ListMark::NONE, "revoked.list");
    list.restore(&alice);
    sign(list, &mark, "restored.list");
}

#[test]
fn every_command_of_the_guide() {
    let directory = tempfile::tempdir().expect("a directory");
    let registrar = RegistrarKey::random(&mut rng());
    let key = Blob::<48>::new(registrar.public().to_bytes()).expect("fits");
    let lists = {
        let directory = directory.path().to_owned();
        thread::spawn(move || give_lists(&directory, &registrar))
    };
    play(
        GUIDE,
        directory.path(),
        &[("REGISTRAR_KEY", &key.to_text())],
    );
    lists.join().expect("the lists");
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).expect("a file");
    assert_eq!(read("ada/result.json"), read("cyd/result.json"));
    assert!(read("ada/refreshed.json").contains("\"generation\":1"));
    assert!(read("ada/domain.json").contains("signing"));
    assert!(read("cyd/repaired-mpin.json").contains("\"generation\":1"));
    assert!(read("gil/five.json").contains("\"generation\":2"));
}

/// Runs the commands of a guide in a directory; all end well.
pub(crate) fn play(guide: &str, directory: &Path, variables: &[(&str, &str)]) {
    let program = Path::new(env!("CARGO_BIN_EXE_milagro"))
        .parent()
        .expect("a directory");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let log = directory.join("script.log");
    let file = fs::File::create(&log).expect("a log");
    let status = Command::new("timeout")
        .args(["--kill-after=5", "240", "bash", "-c", &script(guide)])
        .env_clear()
        .env("PATH", path)
        .envs(variables.iter().copied())
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a log"))
        .stderr(file)
        .status();
    let said = fs::read_to_string(&log).expect("a log");
    assert!(status.expect("bash runs").success(), "{said}");
}

#[test]
fn every_command_of_the_guide_to_tokens() {
    let signing = SigningKey::from_bytes(&[9; 32]);
    // RFC 8410, section 7.
    let before = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    let key = EncodingKey::from_ed_der(&[&before[..], &[9; 32]].concat());
    let claims = json!({
        "iss": "https://login.example", "aud": "tokens", "sub": "station 7", "exp": now().get() + 3_600,
    });
    let bearer = encode(&Header::new(Algorithm::EdDSA), &claims, &key).expect("a token");
    let x = Blob::<32>::new(signing.verifying_key().to_bytes())
        .expect("fits")
        .to_text();
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] }).to_string();
    let directory = tempfile::tempdir().expect("a directory");
    play(
        TOKENS,
        directory.path(),
        &[("BEARER", &bearer), ("JWKS", &keys)],
    );
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).expect("a file");
    // Twenty were drawn, and a line of the audit file says so without a name.
    let audit = read("data/audit.jsonl");
    assert!(audit.contains("\"tokens\":20") && !audit.contains("station"));
    assert!(!read("log").contains("station"));
}

#[test]
fn commands_are_found() {
    assert!(script("a\n```sh\nmilagro b\n```\nc").ends_with("set -x\nmilagro b\n"));
    assert!(script(GUIDE).matches("milagro ").count() > 30);
}
