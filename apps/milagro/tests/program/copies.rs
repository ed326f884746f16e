//! Backups: made, tried out, altered, put back on a new machine, and what comes of that.

use std::fs;
use std::path::Path;

use milagro_dta::grants::ClientKey;
use milagro_dta::permits::{ListMark, RevocationList, SignedList};
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;
use milagro_wire::client::CallError;
use milagro_wire::problem::ProblemType;

use crate::keys::turned;
use crate::people::{Council, Registrar, ask, client, each, enrol, rng, runtime, serving};
use crate::process::{Place, Running, bad, good, secret};

fn list(registrar: &Registrar, revoked: &[&[u8]], last: &ListMark) -> SignedList {
    let mut list = RevocationList::new(registrar.domain);
    for name in revoked {
        list.revoke(&Identity::raw(name).expect("a name"));
    }
    list.sign(&mut rng(), &registrar.key, last).expect("signed")
}

fn give(address: &str, registrar: &Registrar, list: &SignedList) -> Result<u64, ProblemType> {
    let id = Blob::<32>::new(registrar.domain.to_bytes()).expect("fits");
    let given = runtime().block_on(client(address).put_list(&id, &list.to_bytes()));
    match given {
        Ok(answer) => Ok(answer.number),
        Err(CallError::Problem(problem)) => Err(problem.known().expect("a known problem")),
        Err(error) => panic!("{error}"),
    }
}

fn refused(address: &str, grant: &[u8]) -> ProblemType {
    match ask(address, grant) {
        Err(CallError::Problem(problem)) => problem.known().expect("a known problem"),
        other => panic!("{other:?}"),
    }
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// What a member writes of its log.
fn issued(member: &Place, domain: &str, name: &str) -> String {
    let file = utf8(&member.path(name)).to_owned();
    member.json(["ceremony", "issued", "--domain", domain, &file]);
    file
}

fn serve_all(council: &Council, registrar: &Registrar) -> (Vec<Running>, Vec<String>) {
    let members = council.members.iter();
    members.map(|member| registrar.serve(member)).unzip()
}

fn enrol_at(addresses: &[String], registrar: &Registrar, name: &[u8]) {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    enrol(&addresses, registrar, name);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story of a machine that is lost")]
fn on_a_new_machine() {
    let council = Council::new();
    let founded = council.found();
    let (registrar, domain) = (Registrar::of(&founded), founded["domain"].as_str());
    let (domain, setting) = (domain.expect("an id"), registrar.setting());
    let (member, other) = (&council.members[0], &council.members[1]);
    let last = &council.members[2];
    let first = list(&registrar, &[], &ListMark::NONE);
    let second = list(&registrar, &[b"mallory"], first.mark());
    let third = list(&registrar, &[b"mallory", b"oscar"], second.mark());
    let path = member.path("backup");
    let backup = ["backup", "--to", utf8(&path)];
    {
        let (_running, addresses) = serve_all(&council, &registrar);
        enrol_at(&addresses, &registrar, b"alice");
        assert_eq!(give(&addresses[0], &registrar, &first), Ok(1));
        assert_eq!(bad(&member.output(backup)).0, 5);
    }
    let early = [
        issued(other, domain, "early"),
        issued(last, domain, "early"),
    ];
    let output = member.output(backup);
    // Bars are for terminals.
    assert!(output.stderr.is_empty(), "{output:?}");
    let made: serde_json::Value = serde_json::from_slice(&good(output)).expect("JSON");
    assert_eq!(made["domains"], 1);
    assert_eq!(made["services"], serde_json::json!(["authority"]));
    assert_eq!(bad(&member.output(backup)).0, 3);
    {
        // After the backup: another user, and two lists.
        let (_running, addresses) = serve_all(&council, &registrar);
        enrol_at(&addresses, &registrar, b"bob");
        assert_eq!(give(&addresses[0], &registrar, &second), Ok(2));
    }
    let late = [issued(other, domain, "late"), issued(last, domain, "late")];
    let audit = member.path("audit of the evening");
    fs::copy(member.data().join("audit.jsonl"), &audit).expect("copied");

    // Whether it is good, with the right key and nothing altered.
    let verify = ["restore", "--verify", utf8(&path)];
    let said = member.json(verify);
    assert_eq!(
        (&said["domains"][0]["issued"], &said["lines"]),
        (&1.into(), &2.into())
    );
    assert_eq!(bad(&other.output(verify)).0, 3);
    let store = path.join("store");
    let whole = fs::read(&store).expect("a store");
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    fs::write(&store, altered).expect("written");
    let (code, words) = bad(&member.output(verify));
    assert_eq!(
        (code, words.contains("not what was backed up")),
        (1, true),
        "{words}"
    );
    fs::write(&store, &whole).expect("written");
    let leading_out = fs::read_to_string(path.join("backup.json")).expect("a list");
    let leading_out = leading_out.replace("\"audit.jsonl\"", "\"../audit.jsonl\"");
    let evil = member.path("evil");
    fs::create_dir(&evil).expect("a directory");
    fs::write(evil.join("backup.json"), leading_out).expect("written");
    assert_eq!(
        bad(&member.output(["restore", "--verify", utf8(&evil)])).0,
        3
    );

    // Never over what is there; from then on on another machine, with the same key.
    assert_eq!(bad(&member.output(["restore", utf8(&path)])).0, 3);
    let data = member.path("new");
    let on_new = |arguments: &[&str]| {
        let mut command = member.command(arguments);
        command.env("MILAGRO_DATA", &data);
        command
    };
    let foreign = other.data().join("audit.jsonl");
    let restore = |audit: &Path| on_new(&["restore", utf8(&path), "--audit", utf8(audit)]).output();
    let (code, words) = bad(&restore(&foreign).expect("it runs"));
    assert_eq!(
        (code, words.contains("does not go on")),
        (3, true),
        "{words}"
    );
    assert!(!data.exists());
    let said = good(restore(&audit).expect("it runs"));
    let said: serde_json::Value = serde_json::from_slice(&said).expect("JSON");
    assert_eq!(
        (&said["domains"][0]["counts"], &said["lines"]),
        (&false.into(), &5.into())
    );

    // It issues nothing before it counts, and counts only with everybody whom the audit file names.
    let code = |arguments: &[&str]| bad(&on_new(arguments).output().expect("it runs"));
    let (number, words) = code(&serving(&setting));
    assert_eq!(
        (number, words.contains("ceremony count")),
        (3, true),
        "{words}"
    );
    let count = ["ceremony", "count", "--domain", domain];
    assert_eq!(code(&count).0, 3);
    let (number, words) = code(&[&count[..], &["--issued", &late[0]]].concat());
    assert_eq!(
        (number, words.contains("2 are needed")),
        (3, true),
        "{words}"
    );
    let (number, words) = code(&[&count[..], &each("--issued", &early)].concat());
    assert_eq!((number, words.contains("1 subjects")), (3, true), "{words}");
    let counted = [&count[..], &each("--issued", &late)].concat();
    good(on_new(&counted).output().expect("it runs"));
    assert_eq!(code(&counted).0, 3);

    let mut running = Running::start(on_new(&serving(&setting)));
    let address = running.address();
    for name in [b"alice".as_slice(), b"bob"] {
        let thief = ClientKey::random(&mut rng());
        let grant = registrar.grant(name, &thief).to_bytes();
        assert_eq!(refused(&address, &grant), ProblemType::Refused);
    }
    let carol = ClientKey::random(&mut rng());
    ask(&address, &registrar.grant(b"carol", &carol).to_bytes()).expect("a share");
    // The list of the backup is not the last one, which the audit file knows, and nobody is un-revoked.
    let status = member.json(["status", "--json", "--at", &address]);
    assert_eq!(
        (&status["ready"], &status["domains"][0]["list"]),
        (&false.into(), &0.into())
    );
    assert_eq!(give(&address, &registrar, &first), Err(ProblemType::Older));
    assert_eq!(give(&address, &registrar, &second), Ok(2));
    assert_eq!(give(&address, &registrar, &third), Ok(3));
    let status = member.json(["status", "--json", "--at", &address]);
    assert_eq!(
        (&status["ready"], &status["domains"][0]["list"]),
        (&true.into(), &3.into())
    );
}

#[test]
fn of_before_a_refresh_is_of_no_use() {
    let council = Council::new();
    let founded = council.found();
    let registrar = Registrar::of(&founded);
    let domain = founded["domain"].as_str().expect("an id");
    let member = &council.members[0];
    let path = member.path("backup");
    member.json(["backup", "--to", utf8(&path)]);
    council.hold(&council.refresh_plan(domain));
    let (_running, peer) = registrar.serve(&council.members[1]);
    let data = member.path("new");
    let mut restore = member.command(["restore", utf8(&path), "--peer", &peer]);
    restore.env("MILAGRO_DATA", &data);
    let (code, words) = bad(&restore.output().expect("it runs"));
    assert_eq!(
        (code, words.contains("repair the share")),
        (4, true),
        "{words}"
    );
    assert!(!data.exists());
}

/// A key that is made of a passphrase needs its salt, and one that is wrapped needs what it is wrapped in.
#[test]
fn open_with_what_the_key_is_made_of() {
    let of_passphrase = {
        let directory = tempfile::tempdir().expect("a directory");
        let passphrase = directory.path().join("words");
        secret(&passphrase, "correct horse battery staple\n");
        let variables = vec![("MILAGRO_KEY_PASSPHRASE_FILE", passphrase.into())];
        Place::made(directory, variables)
    };
    let wrapped = {
        let directory = tempfile::tempdir().expect("a directory");
        let variables = turned(directory.path());
        Place::made(directory, variables)
    };
    for place in [of_passphrase, wrapped] {
        let backup = place.path("backup");
        place.json(["backup", "--to", utf8(&backup)]);
        place.json(["restore", "--verify", utf8(&backup)]);
        fs::remove_dir_all(place.data()).expect("removed");
        place.json(["restore", utf8(&backup)]);
        let key = good(place.output(["ceremony", "key"]));
        assert_eq!(String::from_utf8_lossy(&key).trim(), place.member());
    }
}
