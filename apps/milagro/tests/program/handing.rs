//! A domain is handed over to five and back, and a share that was lost is made anew, with a process killed in each round.

use std::fs;

use milagro_dta::grants::ClientKey;
use milagro_wire::client::CallError;
use milagro_wire::problem::ProblemType;
use serde_json::Value;

use crate::people::{Council, Planned, Registrar, ask, each, enrol, rng};
use crate::process::{Place, Running, bad, good};
use crate::rounds::{Boards, disturbed};

/// Files of a plan and of its set.
struct Papers {
    plan: String,
    set: String,
}

impl Papers {
    fn planned(&self) -> Planned<'_> {
        Planned {
            plan: &self.plan,
            set: Some(&self.set),
        }
    }
}

fn text(id: &Value) -> &str {
    id["domain"].as_str().expect("an id")
}

/// What a member writes of its log.
fn issued(member: &Place, domain: &str, name: &str) -> String {
    let file = member.path(name).to_str().expect("UTF-8").to_owned();
    member.json(["ceremony", "issued", "--domain", domain, &file]);
    file
}

/// Has a member make a plan.
fn plan(maker: &Place, name: &str, arguments: &[&str]) -> Papers {
    let path = |ending: &str| {
        let path = maker.path(&format!("{name}.{ending}"));
        path.to_str().expect("UTF-8").to_owned()
    };
    let papers = Papers {
        plan: path("toml"),
        set: path("issued"),
    };
    let mut command = maker.command(["ceremony"]);
    command.args(arguments).args(["--set", &papers.set]);
    let made = good(command.output().expect("it runs"));
    fs::write(&papers.plan, made).expect("written");
    papers
}

fn serve(members: &[&Place], registrar: &Registrar) -> (Vec<Running>, Vec<String>) {
    members.iter().map(|member| registrar.serve(member)).unzip()
}

fn is_refused(address: &str, registrar: &Registrar, name: &[u8]) {
    let thief = ClientKey::random(&mut rng());
    match ask(address, &registrar.grant(name, &thief).to_bytes()) {
        Err(CallError::Problem(problem)) => {
            assert_eq!(problem.known(), Some(ProblemType::Refused));
        }
        other => panic!("{other:?}"),
    }
}

fn enrol_at(addresses: &[String], registrar: &Registrar, name: &[u8]) {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    enrol(&addresses, registrar, name);
}

#[test]
fn to_five_and_back() {
    let council = Council::new();
    let founded = council.found();
    let (registrar, domain) = (Registrar::of(&founded), text(&founded));
    let old: Vec<&Place> = council.members.iter().collect();
    {
        let (_running, addresses) = serve(&old, &registrar);
        enrol_at(&addresses, &registrar, b"alice");
        // Only one of them knows of zoe.
        let zoe = ClientKey::random(&mut rng());
        ask(&addresses[0], &registrar.grant(b"zoe", &zoe).to_bytes()).expect("a share");
    }
    let newcomers = [Place::new(), Place::new()];
    let all: Vec<&Place> = old.iter().copied().chain(&newcomers).collect();
    let keys: Vec<&str> = all.iter().map(|place| place.member()).collect();

    // Of one log too few, no plan is made.
    let to_five = [
        vec!["reshare", "--domain", domain, "--needed", "3"],
        each("--member", &keys[..3]),
        each("--receiver", &keys),
    ]
    .concat();
    let alone = old[0].path("alone.issued");
    let mut command = old[0].command(["ceremony"]);
    command.args(&to_five).arg("--set").arg(&alone);
    let (code, words) = bad(&command.output().expect("it runs"));
    assert_eq!((code, words.contains("1 are needed")), (3, true), "{words}");
    assert!(!alone.exists());

    let log = issued(old[1], domain, "log");
    let papers = plan(old[0], "five", &[to_five, vec!["--issued", &log]].concat());
    let rounds: [&[usize]; 5] = [
        &[0, 1, 2, 3, 4],
        &[0, 1, 2],
        &[0, 1, 2],
        &[0, 1, 2, 3, 4],
        &[0, 1, 2],
    ];
    let boards = Boards::directories(&all, "board-of-five");
    let five = disturbed(&all, papers.planned(), boards, &rounds);
    assert_eq!(
        (text(&five), &five["generation"]),
        (domain, &Value::from(1))
    );
    // Another set than that of the plan, or none.
    for set in [Some(log.as_str()), None] {
        let mut command = old[2].command(["ceremony", "digest", &papers.plan]);
        set.map(|set| command.args(["--set", set]));
        assert_eq!(bad(&command.output().expect("it runs")).0, 3);
    }
    {
        let (_running, addresses) = serve(&all, &registrar);
        // Alice has her key, and nobody has it from those who are new.
        is_refused(&addresses[4], &registrar, b"alice");
        is_refused(&addresses[3], &registrar, b"zoe");
        enrol_at(&addresses, &registrar, b"bob");
    }

    let logs = [issued(all[3], domain, "log"), issued(all[4], domain, "log")];
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    let to_three = [
        vec!["reshare", "--domain", domain, "--needed", "2"],
        each("--member", &keys),
        each("--receiver", &keys[..3]),
        each("--issued", &logs),
    ];
    let papers = plan(old[0], "three", &to_three.concat());
    let (receivers, dealers): (&[usize], &[usize]) = (&[0, 1, 2], &[0, 1, 2, 3, 4]);
    let rounds = [receivers, dealers, dealers, receivers, dealers];
    let three = disturbed(&all, papers.planned(), Boards::http(5), &rounds);
    assert_eq!(
        (text(&three), &three["generation"]),
        (domain, &Value::from(2))
    );
    {
        let (_running, addresses) = serve(&old, &registrar);
        is_refused(&addresses[0], &registrar, b"bob");
        enrol_at(&addresses, &registrar, b"carol");
    }
    // Those who have left issue nothing, and erase what they have.
    for member in &newcomers {
        let serving = member.output(crate::people::serving(&registrar.setting()));
        let (code, words) = bad(&serving);
        assert_eq!((code, words.contains("handed over")), (3, true), "{words}");
        good(member.output(["ceremony", "retire", "--domain", domain]));
        let status = member.json(["status", "--json"]);
        assert_eq!(status["domains"], Value::Array(Vec::new()));
    }
    assert_eq!(
        bad(&old[0].output(["ceremony", "retire", "--domain", domain])).0,
        3
    );
}

#[test]
fn to_a_new_disk_over_boards_that_are_killed_too() {
    to_a_new_disk(|_| Boards::http(3));
}

#[test]
fn to_a_new_disk_over_directories_that_are_carried_by_hand() {
    to_a_new_disk(|members| Boards::directories(members, "board-of-repair"));
}

/// The second member has lost everything, and two others help it; one of the three is killed in each round.
fn to_a_new_disk(boards: impl FnOnce(&[&Place]) -> Boards) {
    let council = Council::new();
    let founded = council.found();
    let (registrar, domain) = (Registrar::of(&founded), text(&founded));
    let members = &council.members;
    {
        let old: Vec<&Place> = members.iter().collect();
        let (_running, addresses) = serve(&old, &registrar);
        enrol_at(&addresses, &registrar, b"alice");
    }
    // The second has nothing any more, and another key.
    let anew = Place::new();
    let keys = [members[0].member(), anew.member(), members[2].member()];
    let log = issued(&members[2], domain, "log");
    let arguments = [
        vec!["repair", "--domain", domain, "--seat", "2"],
        vec!["--helper", "1", "--helper", "3"],
        each("--member", &keys),
        vec!["--issued", &log],
    ];
    let papers = plan(&members[0], "repair", &arguments.concat());
    let all = [&members[0], &anew, &members[2]];
    let everybody: &[usize] = &[0, 1, 2];
    let rounds = [everybody, &[0, 2], &[0, 2], &[0, 2], &[0, 2]];
    let result = disturbed(&all, papers.planned(), boards(&all), &rounds);
    assert_eq!(result, founded);
    let status = anew.json(["status", "--json"]);
    assert_eq!(status["domains"][0]["authority"], 2);
    let (_running, addresses) = serve(&all, &registrar);
    is_refused(&addresses[1], &registrar, b"alice");
    // With the new share and one other, and with all.
    enrol_at(&addresses[..2], &registrar, b"bob");
    enrol_at(&addresses, &registrar, b"carol");
}

#[test]
fn and_a_session_that_is_left_lets_go() {
    let council = Council::new();
    let founded = council.found();
    let (registrar, domain) = (Registrar::of(&founded), text(&founded));
    let member = &council.members[0];
    let keys: Vec<&str> = council.members.iter().map(Place::member).collect();
    let log = issued(&council.members[1], domain, "log");
    let arguments = [
        vec!["reshare", "--domain", domain, "--needed", "3"],
        each("--member", &keys),
        each("--receiver", &keys),
        vec!["--issued", &log],
    ];
    let papers = plan(member, "never", &arguments.concat());
    let board = member.path("board");
    fs::create_dir(&board).expect("a directory");
    let session = [
        "--board",
        board.to_str().expect("UTF-8"),
        "--wait-seconds",
        "0",
    ];
    let mut run = member.command(["ceremony", "run", &papers.plan, "--set", &papers.set]);
    run.args(session);
    assert_eq!(bad(&run.output().expect("it runs")).0, 7);
    // It issues nothing, and there is no backup of a seed.
    let setting = registrar.setting();
    assert_eq!(bad(&member.output(crate::people::serving(&setting))).0, 3);
    let backup = member.path("backup");
    let backup = ["backup", "--to", backup.to_str().expect("UTF-8")];
    assert_eq!(bad(&member.output(backup)).0, 6);
    let leave = ["ceremony", "leave", &papers.plan, "--set", &papers.set];
    good(member.output(leave));
    assert_eq!(bad(&member.output(leave)).0, 6);
    assert_eq!(bad(&run.output().expect("it runs")).0, 6);
    drop(registrar.serve(member));
    member.json(backup);
}
