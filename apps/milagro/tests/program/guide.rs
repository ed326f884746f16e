//! Every command of the operator's guide, in its order, in one shell.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use milagro_dta::grants::RegistrarKey;
use milagro_wire::bounded::Blob;

use crate::people::rng;

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

#[test]
fn every_command_of_the_guide() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = Path::new(env!("CARGO_BIN_EXE_milagro"))
        .parent()
        .expect("a directory");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let key = RegistrarKey::random(&mut rng()).public().to_bytes();
    let key = Blob::<48>::new(key).expect("fits").to_text();
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
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).expect("a file");
    assert_eq!(read("ada/result.json"), read("cyd/result.json"));
    assert!(read("ada/refreshed.json").contains("\"generation\":1"));
    assert!(read("ada/domain.json").contains("signing"));
}

#[test]
fn commands_are_found() {
    assert!(script("a\n```sh\nmilagro b\n```\nc").ends_with("set -x\nmilagro b\n"));
    assert!(script(GUIDE).matches("milagro ").count() > 15);
}
