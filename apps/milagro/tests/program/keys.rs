//! Where the operator's key comes from, and what is refused there.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Place, bad, good, program, random_key, secret, until};
use crate::token::Token;

/// What a key-management service does, for a test: it turns letters round, and notes what it was started with.
const TURN: &str = "#!/bin/sh\n\
    tr '\\0' '\\n' < /proc/$$/environ > \"$0.seen\"; tr '\\0' '\\n' < /proc/$$/cmdline >> \"$0.seen\"\n\
    exec tr 'A-Za-z' 'N-ZA-Mn-za-m'\n";

/// One that gives another key.
const ANOTHER: &str = "#!/bin/sh\nprintf 'A%.0s' $(seq 43)\n";

/// A program that a test writes.
pub(crate) fn script(path: &Path, text: &str) -> OsString {
    // By another process: a file that this one writes while it starts others cannot be started.
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "cat > \"$0\" && chmod 700 \"$0\""])
        .arg(path);
    let mut shell = shell.stdin(Stdio::piped()).spawn().expect("a shell");
    let mut input = shell.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("written");
    drop(input);
    assert!(shell.wait().expect("it ends").success());
    path.into()
}

/// The variables of a key that a script wraps and unwraps.
pub(crate) fn turned(directory: &Path) -> Vec<(&'static str, OsString)> {
    let turn = script(&directory.join("turn"), TURN);
    vec![
        ("MILAGRO_KEY_UNWRAP_COMMAND", turn.clone()),
        ("MILAGRO_KEY_WRAP_COMMAND", turn),
    ]
}

/// Opens what is in the directory: fails under another key.
fn opened(place: &Place) -> Output {
    place.output(["ceremony", "key"])
}

fn same(place: &Place) {
    let said = good(opened(place));
    assert_eq!(String::from_utf8_lossy(&said).trim(), place.member());
}

fn set(place: &mut Place, name: &'static str, value: impl Into<OsString>) {
    place.variables.retain(|(known, _)| *known != name);
    place.variables.push((name, value.into()));
}

fn refused(place: &Place, words: &str) {
    let (code, said) = bad(&opened(place));
    assert_eq!((code, said.contains(words)), (3, true), "{said}");
}

#[test]
fn from_files_input_and_credentials() {
    let mut place = Place::new();
    let key = fs::read(place.path("key")).expect("a key");
    same(&place);
    let mut command = place.command(["ceremony", "key", "--key-file", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    // In pieces, and with the end of a line.
    for piece in [&key[..20], &key[20..], b"\n"] {
        input.write_all(piece).expect("written");
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());

    set(&mut place, "MILAGRO_KEY_FILE", "credential:key");
    refused(&place, "CREDENTIALS_DIRECTORY");
    let directory = place.directory.path().to_owned();
    set(&mut place, "CREDENTIALS_DIRECTORY", directory.clone());
    same(&place);
    set(&mut place, "CREDENTIALS_DIRECTORY", directory.join("data"));
    refused(&place, "credential:key");
    for name in ["credential:../key", "credential:", "credential:.."] {
        set(&mut place, "MILAGRO_KEY_FILE", name);
        refused(&place, "no name of a credential");
    }
    // Readable by everybody, too long, too short, another alphabet, and another key.
    let other = random_key();
    for (text, mode, words) in [
        (other.clone(), 0o604, "everybody"),
        ("A".repeat(64), 0o600, "more than 63 bytes"),
        (other[1..].to_owned(), 0o600, "43 characters"),
        (format!("+{}", &other[1..]), 0o600, "43 characters"),
        (other, 0o600, "another operator's key"),
    ] {
        let path = place.path("other");
        secret(&path, &text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        set(&mut place, "MILAGRO_KEY_FILE", path);
        let (_, said) = bad(&opened(&place));
        assert!(said.contains(words), "{said}");
        assert!(!said.contains(&text), "{said}");
    }
    set(&mut place, "MILAGRO_KEY_PASSPHRASE_FILE", "-");
    refused(&place, "more than one operator's key");
}

#[test]
fn of_a_passphrase() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("passphrase");
    secret(&path, "correct horse battery staple\n");
    let variables = vec![("MILAGRO_KEY_PASSPHRASE_FILE", path.clone().into())];
    let place = Place::made(directory, variables);
    same(&place);
    // Characters that look the same are the same; others are not.
    secret(&path, "correct\u{a0}horse battery staple");
    same(&place);
    secret(&path, "correct horse battery stapler");
    assert!(bad(&opened(&place)).1.contains("another operator's key"));
    for nothing in ["", "\n", "\u{7}"] {
        secret(&path, nothing);
        refused(&place, "passphrase");
    }
    secret(&path, "correct horse battery staple\n");
    let parameters = place.data().join("passphrase");
    let mut bytes = fs::read(&parameters).expect("parameters");
    bytes[28] ^= 1;
    fs::write(&parameters, &bytes).expect("written");
    assert!(bad(&opened(&place)).1.contains("another operator's key"));
    // Costs that nobody would wait for are not tried.
    bytes[1] = 255;
    fs::write(&parameters, &bytes).expect("written");
    refused(&place, "no parameters");
    fs::remove_file(&parameters).expect("removed");
    refused(&place, "missing");
}

#[test]
fn from_a_command() {
    let directory = tempfile::tempdir().expect("a directory");
    let variables = turned(directory.path());
    let mut place = Place::made(directory, variables);
    same(&place);
    // It got none of our variables, and the key by its input alone.
    let seen = fs::read_to_string(place.path("turn.seen")).expect("seen");
    assert!(!seen.contains("MILAGRO_"), "{seen}");
    assert!(seen.contains("turn"), "{seen}");
    let wrapped = fs::read_to_string(place.data().join("operator-key")).expect("a key");
    assert_eq!(wrapped.len(), 43);
    // A second `init` draws nothing.
    assert_eq!(bad(&place.output(["init"])).0, 3);
    let again = fs::read_to_string(place.data().join("operator-key")).expect("a key");
    assert_eq!(again, wrapped);

    let key = turned_by(&place.path("turn"), &wrapped);
    for (name, text, words) in [
        (
            "fails",
            "#!/bin/sh\ntr A-Za-z N-ZA-Mn-za-m\nexit 7\n",
            "exit status: 7",
        ),
        ("endless", "#!/bin/sh\nexec yes\n", "more than 63 bytes"),
        ("short", "#!/bin/sh\necho AAAA\n", "no 43 characters"),
        ("silent", "#!/bin/sh\n", "no 43 characters"),
        ("killed", "#!/bin/sh\nkill -9 $$\n", "signal: 9"),
    ] {
        let path = script(&place.path(name), text);
        set(&mut place, "MILAGRO_KEY_UNWRAP_COMMAND", path);
        let (code, said) = bad(&opened(&place));
        assert_eq!((code, said.contains(words)), (3, true), "{name}: {said}");
        assert!(!said.contains(&key), "{name}: {said}");
    }
    for (name, words) in [("turn", "whole path"), ("/nowhere/turn", "No such file")] {
        set(&mut place, "MILAGRO_KEY_UNWRAP_COMMAND", name);
        refused(&place, words);
    }
}

/// What a script makes of some input.
fn turned_by(path: &Path, input: &str) -> String {
    let mut command = std::process::Command::new(path);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut to = child.stdin.take().expect("a pipe");
    to.write_all(input.as_bytes()).expect("written");
    drop(to);
    let said = good(child.wait_with_output().expect("it ends"));
    String::from_utf8(said).expect("UTF-8")
}

#[test]
fn not_from_a_command_that_takes_too_long() {
    let directory = tempfile::tempdir().expect("a directory");
    let variables = turned(directory.path());
    let mut place = Place::made(directory, variables);
    // One that waits for another, and one that has said everything and does not end.
    let waits = "#!/bin/sh\nsleep 1000 &\necho $! > \"$0.child\"\nwait\n";
    let stays = "#!/bin/sh\nsleep 1000 >&- &\necho $! > \"$0.child\"\ntr A-Za-z N-ZA-Mn-za-m\nexec >&-\nwait\n";
    set(&mut place, "MILAGRO_KEY_COMMAND_SECONDS", "1");
    for (name, text) in [("waits", waits), ("stays", stays)] {
        let path = script(&place.path(name), text);
        set(&mut place, "MILAGRO_KEY_UNWRAP_COMMAND", path);
        let start = Instant::now();
        refused(&place, "more than 1 s");
        assert!(start.elapsed() < Duration::from_secs(60));
        let child = fs::read_to_string(place.path(&format!("{name}.child"))).expect("a number");
        let state = PathBuf::from(format!("/proc/{}/stat", child.trim()));
        // Killed with it; whoever inherits it may not have looked yet.
        until("gone", || {
            let state = fs::read_to_string(&state);
            state.map_or(true, |state| state.contains(") Z "))
        });
    }
}

#[test]
fn are_wrapped_only_by_what_wraps() {
    for (wrap, unwrap, words) in [
        (
            "#!/bin/sh\nexec cat\n",
            "#!/bin/sh\nexec cat\n",
            "has the key in it",
        ),
        (TURN, ANOTHER, "not unwrap to the same"),
        (TURN, "#!/bin/sh\nexec head -c 42\n", "no 43 characters"),
        ("#!/bin/sh\nexit 1\n", TURN, "exit status: 1"),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let data = directory.path().join("data");
        let mut command = program();
        command.env("MILAGRO_DATA", &data).arg("init");
        let [wrap, unwrap] = [("wrap", wrap), ("unwrap", unwrap)]
            .map(|(name, text)| script(&directory.path().join(name), text));
        command.env("MILAGRO_KEY_UNWRAP_COMMAND", unwrap);
        command.env("MILAGRO_KEY_WRAP_COMMAND", wrap);
        let (code, said) = bad(&command.output().expect("it runs"));
        assert_eq!((code, said.contains(words)), (3, true), "{said}");
        assert!(!data.join("operator-key").exists() && !data.join("store").exists());
    }
}

#[test]
fn from_a_token() {
    let Some(token) = Token::new() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let mut place = Place::made(directory, token.variables());
    same(&place);
    let path = place.data().join("operator-key");
    let wrapped = fs::read(&path).expect("a key");
    assert_eq!((wrapped.len(), wrapped[0]), (61, 1));
    // Altered anywhere, cut, and nothing.
    for place_of in [0, 1, 13, 60] {
        let mut altered = wrapped.clone();
        altered[place_of] ^= 1;
        fs::write(&path, &altered).expect("written");
        refused(&place, "token \"council\", key \"operator\"");
    }
    for bytes in [&wrapped[..60], &[]] {
        fs::write(&path, bytes).expect("written");
        refused(&place, "not one of a token");
    }
    fs::write(&path, &wrapped).expect("written");
    same(&place);
    for (name, value, words) in [
        ("MILAGRO_PKCS11_TOKEN", "other", "no such token"),
        ("MILAGRO_PKCS11_KEY", "other", "no such key"),
        ("MILAGRO_PKCS11_MODULE", "libsofthsm2.so", "whole path"),
        ("MILAGRO_PKCS11_MODULE", "/nowhere.so", "/nowhere.so"),
        ("MILAGRO_PKCS11_PIN_FILE", "/nowhere", "/nowhere"),
    ] {
        let known = place.variables.clone();
        set(&mut place, name, value);
        refused(&place, words);
        place.variables = known;
    }
    let wrong = random_key();
    secret(&token.path("pin"), &wrong);
    let (_, said) = bad(&opened(&place));
    assert!(said.contains("PIN") && !said.contains(&wrong), "{said}");
    secret(&token.path("pin"), &token.pin);
    same(&place);
}

/// Every example of the page is a configuration.
#[test]
fn examples_are_right() {
    let page = include_str!("../../docs/keys.md");
    let examples: Vec<&str> = page.split("```toml\n").skip(1).collect();
    assert_eq!(examples.len(), 4);
    let directory = tempfile::tempdir().expect("a directory");
    for example in examples {
        let example = example.split("```").next().expect("an end");
        let file = directory.path().join("milagro.toml");
        fs::write(&file, example).expect("written");
        let mut command = program();
        command.arg("--config").arg(file).args(["config", "check"]);
        let said = good(command.output().expect("it runs"));
        let said = String::from_utf8(said).expect("UTF-8");
        assert!(
            example
                .lines()
                .all(|line| said.contains(line.split(" = ").next().expect("a key")))
        );
    }
}
