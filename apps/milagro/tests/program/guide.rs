//! Every command of the operator's guide, in its order, in one shell.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use milagro_dta::grants::RegistrarKey;
use milagro_wire::bounded::Blob;
use serde_json::json;
use tempfile::TempDir;

use crate::people::{now, rng};

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

#[test]
fn every_command_of_the_guide() {
    let key = RegistrarKey::random(&mut rng()).public().to_bytes();
    let key = Blob::<48>::new(key).expect("fits").to_text();
    let directory = played(GUIDE, &[("REGISTRAR_KEY", &key)]);
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).expect("a file");
    assert_eq!(read("ada/result.json"), read("cyd/result.json"));
    assert!(read("ada/refreshed.json").contains("\"generation\":1"));
    assert!(read("ada/domain.json").contains("signing"));
}

/// A directory in which a guide's commands have all ended well.
fn played(guide: &str, variables: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let program = Path::new(env!("CARGO_BIN_EXE_milagro"))
        .parent()
        .expect("a directory");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let log = directory.path().join("script.log");
    let file = fs::File::create(&log).expect("a log");
    let status = Command::new("timeout")
        .args(["--kill-after=5", "240", "bash", "-c", &script(guide)])
        .env_clear()
        .env("PATH", path)
        .envs(variables.iter().copied())
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a log"))
        .stderr(file)
        .status();
    let said = fs::read_to_string(&log).expect("a log");
    assert!(status.expect("bash runs").success(), "{said}");
    directory
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
    let directory = played(TOKENS, &[("BEARER", &bearer), ("JWKS", &keys)]);
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).expect("a file");
    // Twenty were drawn, and a line of the audit file says so without a name.
    let audit = read("data/audit.jsonl");
    assert!(audit.contains("\"tokens\":20") && !audit.contains("station"));
    assert!(!read("log").contains("station"));
}

#[test]
fn commands_are_found() {
    assert!(script("a\n```sh\nmilagro b\n```\nc").ends_with("set -x\nmilagro b\n"));
    assert!(script(GUIDE).matches("milagro ").count() > 15);
}
