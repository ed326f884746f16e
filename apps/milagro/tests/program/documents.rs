//! The services do what their documents say: Schemathesis makes requests of the documents, right ones and wrong ones, and looks at
//! statuses, media types, headers and forms of the answers.
//!
//! `.ci/run schema` installs it, says where it is, and fails unless this has run; by itself the test tries nothing.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

use milagro_dta::permits::{ListMark, RevocationList};
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;

use crate::people::{Council, Registrar, client, rng, runtime};
use crate::process::Place;

/// What no document can say: which grants, lists, drafts and names of epochs are somebody's.
const UNSAID: &str = "positive_data_acceptance";

/// Nothing that an authority answers says what to ask next.
const FEW: [&str; 2] = ["--phases", "coverage,fuzzing"];

struct Schemathesis {
    program: OsString,
    place: Place,
}

impl Schemathesis {
    /// `None` where `MILAGRO_SCHEMATHESIS` does not name it.
    fn new() -> Option<Self> {
        let program = env::var_os("MILAGRO_SCHEMATHESIS")?;
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
        assert!(output.status.success(), "{address}: {words}");
        // It has looked at something: no document is so wrong that nothing could be asked.
        assert!(words.contains(" generated, "), "{words}");
    }
}

#[test]
fn are_true() {
    let Some(tool) = Schemathesis::new() else {
        eprintln!("MILAGRO_SCHEMATHESIS is not set: nothing is tried");
        return;
    };
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let (running, address) = registrar.serve(&council.members[0]);
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
    drop(running);

    let board = Place::new();
    let mut running = board.start(["board", "--listen", "127.0.0.1:0"]);
    tool.run(&running.address(), "", &[]);
    running.expect_alive();
}
