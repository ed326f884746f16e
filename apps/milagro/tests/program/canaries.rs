//! Keys, passphrases and PINs are found nowhere but where they have to be: not in the command line or the environment of any
//! process, in logs, metrics, answers or files, nor twice in the memory of the program.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use milagro_wire::bounded::Blob;
use rustix::process::geteuid;

use crate::keys::turned;
use crate::people::{Council, Registrar, enrol, serving};
use crate::process::{Place, Running, random_key, secret, until};
use crate::token::Token;

/// A secret, in all forms in which it could leak.
struct Canary {
    name: &'static str,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    /// A passphrase or a PIN.
    fn text(name: &'static str, text: &str) -> Self {
        Self {
            name,
            forms: vec![
                ("text", text.into()),
                ("hexadecimal", hexadecimal(text.as_bytes())),
            ],
        }
    }

    /// A key.
    fn key(name: &'static str, text: &str) -> Self {
        let bytes = Blob::<32>::from_text(text)
            .expect("a key")
            .as_bytes()
            .to_vec();
        let other_alphabet = text.replace('-', "+").replace('_', "/");
        let forms = vec![
            ("text", text.into()),
            ("other text", other_alphabet.into()),
            ("hexadecimal", hexadecimal(&bytes)),
            ("bytes", bytes),
        ];
        Self { name, forms }
    }

    fn absent(&self, place: &str, bytes: &[u8]) {
        for (form, canary) in &self.forms {
            let found = count(bytes, canary);
            assert_eq!(found, 0, "{} as {form} in {place}", self.name);
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>().into_bytes()
}

fn count(bytes: &[u8], canary: &[u8]) -> usize {
    let (first, rest) = canary.split_first().expect("a canary");
    let starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts
        .filter(|(at, _)| bytes[at + 1..].starts_with(rest))
        .count()
}

/// Every file below a directory.
pub(crate) fn files(directory: &Path, see: &mut dyn FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, see);
        } else {
            see(&path, &fs::read(&path).expect("a file"));
        }
    }
}

/// What every process of the machine was started with, as far as it can be read.
pub(crate) fn processes(see: &mut dyn FnMut(&str, &[u8])) {
    let mut seen = 0;
    for entry in fs::read_dir("/proc").expect("processes").flatten() {
        for what in ["cmdline", "environ"] {
            let path = entry.path().join(what);
            if let Ok(bytes) = fs::read(&path) {
                seen += 1;
                see(&path.display().to_string(), &bytes);
            }
        }
    }
    assert!(seen > 2, "no process can be read");
}

/// What a process can write to, if the system lets anybody read it.
pub(crate) fn memory(id: u32) -> io::Result<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{id}/maps"))?;
    let mut from = File::open(format!("/proc/{id}/mem"))?;
    let mut memory = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').expect("a line of maps");
        if !rest.starts_with("rw") || rest.ends_with("[vvar]") {
            continue;
        }
        let (start, end) = range.split_once('-').expect("a range");
        let [start, end] = [start, end].map(|at| u64::from_str_radix(at, 16).expect("an address"));
        from.seek(SeekFrom::Start(start))?;
        let mut part = Vec::new();
        let read = (&mut from).take(end - start).read_to_end(&mut part);
        // A region can be gone by now.
        if read.is_ok() {
            memory.extend_from_slice(&part);
        }
    }
    Ok(memory)
}

/// A member of each kind, and what is secret about it.
fn members() -> Vec<(Place, Vec<Canary>, Option<Token>)> {
    let mut members = Vec::new();
    // A key that a command unwraps.
    let directory = tempfile::tempdir().expect("a directory");
    let variables = turned(directory.path());
    let place = Place::made(directory, variables);
    let wrapped = fs::read_to_string(place.data().join("operator-key")).expect("a key");
    let canary = Canary::key("the wrapped key", &turn(&wrapped));
    members.push((place, vec![canary], None));
    // A passphrase.
    let directory = tempfile::tempdir().expect("a directory");
    let (path, passphrase) = (directory.path().join("passphrase"), random_key());
    secret(&path, &passphrase);
    let variables = vec![("MILAGRO_KEY_PASSPHRASE_FILE", path.into())];
    let canary = Canary::text("the passphrase", &passphrase);
    members.push((Place::made(directory, variables), vec![canary], None));
    // A token, or a file where there are no tokens.
    members.push(match Token::new() {
        Some(token) => {
            let directory = tempfile::tempdir().expect("a directory");
            let place = Place::made(directory, token.variables());
            (
                place,
                vec![Canary::text("the PIN", &token.pin)],
                Some(token),
            )
        }
        None => (Place::new(), Vec::new(), None),
    });
    members
}

/// What the script of the test does.
fn turn(text: &str) -> String {
    let turned = |letter: char| match letter {
        'A'..='M' | 'a'..='m' => char::from(u8::try_from(letter).expect("ASCII") + 13),
        'N'..='Z' | 'n'..='z' => char::from(u8::try_from(letter).expect("ASCII") - 13),
        other => other,
    };
    text.chars().map(turned).collect()
}

#[test]
fn are_found_nowhere() {
    let (members, secrets): (Vec<_>, Vec<_>) = members()
        .into_iter()
        .map(|(place, canaries, token)| (place, (canaries, token)))
        .unzip();
    let council = Council::of(members);
    let registrar = Registrar::of(&council.found());
    let running: Vec<_> = council
        .members
        .iter()
        .map(|member| registrar.serve(member))
        .collect();
    let addresses: Vec<&str> = running
        .iter()
        .map(|(_, address)| address.as_str())
        .collect();
    enrol(&addresses, &registrar, b"alice");
    for ((canaries, _token), (member, (running, address))) in
        secrets.iter().zip(council.members.iter().zip(&running))
    {
        running.signal("HUP");
        until("reloaded", || running.log().contains("reloaded"));
        let mut outside = vec![
            ("log".to_owned(), running.log().into_bytes()),
            ("/metrics".to_owned(), fetch(&running.metrics(), "/metrics")),
            ("/v1/domain".to_owned(), fetch(address, "/v1/domain")),
            ("a problem".to_owned(), fetch(address, "/v2")),
        ];
        processes(&mut |path, bytes| outside.push((path.to_owned(), bytes.to_vec())));
        let config = member.output(["config", "check"]);
        outside.push(("config check".to_owned(), config.stdout));
        files(&member.data(), &mut |path, bytes| {
            outside.push((path.display().to_string(), bytes.to_vec()));
        });
        if let Ok(seen) = fs::read(member.path("turn.seen")) {
            outside.push(("environment and arguments of the command".to_owned(), seen));
        }
        for canary in canaries {
            for (place, bytes) in &outside {
                canary.absent(place, bytes);
            }
            in_memory(canary, running);
        }
    }
}

/// The key is in memory once, where the service keeps it; what it came from is not there any more.
fn in_memory(canary: &Canary, running: &Running) {
    let memory = match memory(running.id()) {
        Ok(memory) => memory,
        Err(error) => {
            // Nobody but the administrator may look, and this is not the administrator.
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
            assert!(!geteuid().is_root());
            eprintln!("only the administrator may look into memory: nothing is searched there");
            return;
        }
    };
    assert!(memory.len() > 1 << 16, "no memory");
    for (form, bytes) in &canary.forms {
        let expected = usize::from(*form == "bytes");
        let found = count(&memory, bytes);
        assert_eq!(found, expected, "{} as {form} in memory", canary.name);
    }
}

fn fetch(address: &str, path: &str) -> Vec<u8> {
    use std::io::Write as _;
    let stream = std::net::TcpStream::connect(address.strip_prefix("http://").expect("no TLS"));
    let mut stream = stream.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

/// The limit of core files of a process, as the system shows it.
pub(crate) fn core_limit(id: u32) -> String {
    let limits = fs::read_to_string(format!("/proc/{id}/limits")).expect("limits");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    line.expect("a limit")
        .split_whitespace()
        .skip(4)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn no_core_is_left() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let member = &council.members[0];
    let here = tempfile::tempdir().expect("a directory");
    // As generous as the system lets it be, so that it is the program that says no.
    let raise = "ulimit -c $(ulimit -H -c); exec \"$@\"";
    let setting = registrar.setting();
    let original = member.command(serving(&setting));
    let mut command = Command::new("sh");
    command
        .args(["-c", raise, "sh"])
        .arg(original.get_program())
        .args(original.get_args());
    let variables = original
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command
        .env_clear()
        .envs(variables)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(here.path());
    let mut running = Running::start(command);
    running.address();
    assert_eq!(core_limit(running.id()), "0 0 bytes");
    // Whoever has no special rights cannot read its memory: its files in /proc belong to root.
    let owner = fs::metadata(format!("/proc/{}/mem", running.id())).expect("a process");
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&owner), 0);
    running.signal("ABRT");
    let status = running.status();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    assert_eq!(fs::read_dir(here.path()).expect("a directory").count(), 0);
}
