//! Units, configurations and the Dockerfile are what they say.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{bad, good, program};

fn etc(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("etc").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(etc(name)).expect("a file")
}

/// Sections with their keys, of which each can come more than once.
type Unit = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn unit(text: &str) -> Unit {
    let (mut unit, mut section) = (Unit::new(), None);
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') || line.starts_with(';') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').expect("the end of a name");
            assert!(
                unit.insert(name.to_owned(), BTreeMap::new()).is_none(),
                "{name} twice"
            );
            section = Some(name.to_owned());
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .unwrap_or_else(|| panic!("no key: {line}"));
        let section = section.as_ref().expect("a section first");
        let keys = unit.get_mut(section).expect("a section");
        keys.entry(key.to_owned())
            .or_default()
            .push(value.to_owned());
    }
    unit
}

/// What a service that answers strangers must not do without.
const HARDENED: [(&str, &str); 24] = [
    ("DynamicUser", "yes"),
    ("NoNewPrivileges", "yes"),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateDevices", "yes"),
    ("PrivateUsers", "yes"),
    ("ProtectClock", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectProc", "invisible"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("SystemCallArchitectures", "native"),
    ("CapabilityBoundingSet", ""),
    ("UMask", "0077"),
    ("LimitCORE", "0"),
    ("StateDirectoryMode", "0700"),
];

const NAMES: [&str; 5] = ["authority", "board", "registrar", "login", "tokens"];

#[test]
fn units_are_hardened_and_start_what_there_is() {
    for name in NAMES {
        let unit = unit(&read(&format!("systemd/milagro-{name}.service")));
        let service = &unit["Service"];
        for (key, value) in HARDENED {
            let found = service
                .get(key)
                .unwrap_or_else(|| panic!("{name}: no {key}"));
            assert_eq!(found, &[value], "{name}: {key}");
        }
        assert_eq!(service["RestartPreventExitStatus"], ["2 3 4"]);
        assert_eq!(unit["Install"]["WantedBy"], ["multi-user.target"]);
        assert!(!unit["Unit"]["Description"].is_empty());
        // The command is one that the program takes, and the credentials that it names are loaded.
        let start: Vec<&str> = service["ExecStart"][0].split(' ').collect();
        assert_eq!(start[..2], ["/usr/bin/milagro", name]);
        for word in &start {
            if let Some(credential) = word.strip_prefix("%d/") {
                let loaded = service["LoadCredential"].iter();
                let mut loaded = loaded.filter_map(|entry| entry.split_once(':'));
                assert!(loaded.any(|(name, _)| name == credential), "{credential}");
            }
        }
        let arguments = start[1..].iter().map(|word| match *word {
            path if path.starts_with("/etc/milagro/") => {
                let file = path.rsplit('/').next().expect("a name");
                etc(file).to_str().expect("UTF-8").to_owned()
            }
            word => word.replace("%d/", "/no/such/"),
        });
        let output = program().args(arguments).output().expect("it runs");
        let (code, words) = bad(&output);
        // Past the command line and the file: what is missing is the key, or the store.
        assert_eq!(code, 3, "{words}");
        let missing = words.contains("/no/such/") || words.contains("no such store");
        assert!(missing, "{words}");
        assert!(service["StateDirectory"][0].ends_with(name));
    }
}

/// The files that a configuration names below /etc/milagro, which the machine of a test does not have.
fn beside(directory: &Path, name: &str) {
    let pair = rcgen::generate_simple_self_signed([format!("{name}.example")]);
    let pair = pair.expect("a certificate");
    let write = |end: &str, text: &str| {
        let path = directory.join(format!("{name}{end}"));
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its owner's");
    };
    write(".pem", &pair.cert.pem());
    write(".key", &pair.signing_key.serialize_pem());
    write("-admin-key", &"A".repeat(43));
    write("-code.txt", "Hello {user}: {code}\n");
    for end in ["-copied.txt", "-guessed.txt"] {
        write(end, "A device of {user} is in danger.\n");
    }
}

#[test]
fn configurations_are_right() {
    let directory = tempfile::tempdir().expect("a directory");
    for name in NAMES {
        beside(directory.path(), name);
    }
    let here = directory.path().to_str().expect("UTF-8");
    for name in NAMES {
        let text = read(&format!("{name}.toml"));
        // Without the store of this machine, and with the keys that the unit names.
        let data = text.lines().filter(|line| !line.starts_with("data"));
        let lines = data.map(|line| {
            let named = line.strip_prefix("# ").unwrap_or(line);
            let key = named.split(" = ").next().unwrap_or_default();
            if key.ends_with("-key-file") || key.starts_with("mail-") {
                named
            } else {
                line
            }
        });
        let file = directory.path().join("tried.toml");
        let lines: Vec<&str> = lines.collect();
        let there = format!("{here}/");
        fs::write(&file, lines.join("\n").replace("/etc/milagro/", &there)).expect("written");
        let output = program()
            .arg("--config")
            .arg(&file)
            .args(["config", "check"])
            .output();
        let said = String::from_utf8(good(output.expect("it runs"))).expect("UTF-8");
        assert!(said.contains("listen = \"0.0.0.0:844"), "{said}");
        // Where its unit keeps it.
        let state = format!("data = \"/var/lib/milagro-{name}\"");
        assert!(text.contains(&state), "{text}");
    }
}

/// What is misspelt in a mail is found before anything starts.
#[test]
fn mails_have_no_places_that_nothing_comes_into() {
    let directory = tempfile::tempdir().expect("a directory");
    beside(directory.path(), "registrar");
    let here = format!("{}/", directory.path().to_str().expect("UTF-8"));
    let text = read("registrar.toml").replace("/etc/milagro/", &here);
    let text = text.replace("# mail-", "mail-");
    let text = text.replace("# admin-key-file", "admin-key-file");
    let file = directory.path().join("tried.toml");
    let lines = text.lines().filter(|line| {
        let key = line.split(" = ").next().unwrap_or_default();
        !["data", "login"].contains(&key)
    });
    let lines: Vec<&str> = lines.collect();
    fs::write(&file, lines.join("\n")).expect("written");
    let check = || {
        let mut command = program();
        command.arg("--config").arg(&file);
        let output = command.args(["config", "check"]).output();
        output.expect("it runs")
    };
    good(check());
    for (name, text, word) in [
        ("code", "{code} for {usr}", "{usr}"),
        ("code", "no code", "{code}"),
        ("copied", "{code}", "{code}"),
        ("guessed", "{name}", "{name}"),
    ] {
        let path = directory.path().join(format!("registrar-{name}.txt"));
        let before = fs::read_to_string(&path).expect("a text");
        fs::write(&path, text).expect("written");
        let (code, words) = bad(&check());
        assert_eq!((code, words.contains(word)), (3, true), "{words}");
        fs::write(&path, before).expect("written");
    }
    good(check());
}

#[test]
fn the_image_runs_the_program_as_nobody() {
    let text = read("Dockerfile");
    let instructions = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let instructions: Vec<(&str, &str)> = instructions
        .map(|line| line.split_once(' ').expect("an instruction"))
        .collect();
    let known = [
        "FROM",
        "RUN",
        "WORKDIR",
        "COPY",
        "USER",
        "VOLUME",
        "ENV",
        "EXPOSE",
        "STOPSIGNAL",
        "ENTRYPOINT",
        "CMD",
    ];
    assert!(
        instructions.iter().all(|(name, _)| known.contains(name)),
        "{instructions:?}"
    );
    let last = |wanted: &str| {
        let found = instructions.iter().rfind(|(name, _)| *name == wanted);
        found.unwrap_or_else(|| panic!("no {wanted}")).1
    };
    assert_eq!(last("USER"), "65532:65532");
    assert_eq!(last("STOPSIGNAL"), "SIGTERM");
    let entry: Vec<String> = serde_json::from_str(last("ENTRYPOINT")).expect("a list");
    let copied = last("COPY").split(' ').next_back().expect("a path");
    assert_eq!(entry, [copied]);
    let _command: Vec<String> = serde_json::from_str(last("CMD")).expect("a list");
    // It is built with a compiler that the program's manifest allows.
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("a manifest");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \""));
    let version = version.expect("a version").trim_end_matches('"');
    let base = instructions[0].1;
    assert!(base.starts_with(&format!("rust:{version}-")), "{base}");
}

#[test]
fn scripts_in_units_parse() {
    // The one-off command in the head of a unit is sh.
    for name in NAMES {
        let unit = read(&format!("systemd/milagro-{name}.service"));
        parses(&unit);
    }
}

fn parses(unit: &str) {
    let script = unit.lines().filter_map(|line| line.strip_prefix("#   "));
    let script = script
        .map(|line| line.trim_start_matches("  "))
        .collect::<Vec<_>>();
    let checked = Command::new("bash")
        .args(["-n", "-c", &script.join("\n")])
        .status();
    assert!(checked.expect("bash runs").success());
}
