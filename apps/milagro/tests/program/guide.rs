//! Every command of the operator's guide, in its order, in one shell.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use milagro_dta::grants::RegistrarKey;
use milagro_dta::permits::{ListMark, RevocationList};
use milagro_mpin::{Identity, TrustDomainId};
use milagro_wire::bounded::Blob;

use crate::people::rng;
use crate::process::PATIENCE;

const GUIDE: &str = include_str!("../../docs/guide.md");

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
    let program = Path::new(env!("CARGO_BIN_EXE_milagro"))
        .parent()
        .expect("a directory");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let registrar = RegistrarKey::random(&mut rng());
    let key = Blob::<48>::new(registrar.public().to_bytes()).expect("fits");
    let key = key.to_text();
    let lists = {
        let directory = directory.path().to_owned();
        thread::spawn(move || give_lists(&directory, &registrar))
    };
    let log = directory.path().join("script.log");
    let file = fs::File::create(&log).expect("a log");
    let status = Command::new("timeout")
        .args(["--kill-after=5", "240", "bash", "-c", &script(GUIDE)])
        .env_clear()
        .env("PATH", path)
        .env("REGISTRAR_KEY", key)
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a log"))
        .stderr(file)
        .status();
    let said = fs::read_to_string(&log).expect("a log");
    assert!(status.expect("bash runs").success(), "{said}");
    lists.join().expect("the lists");
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).expect("a file");
    assert_eq!(read("ada/result.json"), read("cyd/result.json"));
    assert!(read("ada/refreshed.json").contains("\"generation\":1"));
    assert!(read("ada/domain.json").contains("signing"));
    assert!(read("cyd/repaired-mpin.json").contains("\"generation\":1"));
    assert!(read("gil/five.json").contains("\"generation\":2"));
}

#[test]
fn commands_are_found() {
    assert!(script("a\n```sh\nmilagro b\n```\nc").ends_with("set -x\nmilagro b\n"));
    assert!(script(GUIDE).matches("milagro ").count() > 30);
}
