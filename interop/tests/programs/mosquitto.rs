//! `mosquitto`, `mosquitto_pub` and `mosquitto_sub`: MQTT over TLS-PSK.

use std::io::{Read as _, Write as _};

use crate::ours::{check, connect};
use crate::pair::{Exported, NOW, World};
use crate::program::{Files, Program, installed};

const PROGRAMS: [&str; 3] = ["mosquitto", "mosquitto_pub", "mosquitto_sub"];

/// A broker for these keys, and TLS 1.3 alone.
fn broker(files: &Files, keys: &[Exported]) -> (Program, u16) {
    let lines: String = keys.iter().map(Exported::line).collect();
    let keys = files.write("keys", &lines);
    Program::listen("mosquitto", |port| {
        let settings = format!(
            "user root\nlog_dest stderr\nlistener {port} 127.0.0.1\nallow_anonymous false\nuse_identity_as_username true\n\
             tls_version tlsv1.3\npsk_hint none\npsk_file {keys}\n"
        );
        let name = format!("settings-{port}");
        [
            "-v".to_owned(),
            "-c".to_owned(),
            files.write(&name, &settings),
        ]
    })
}

/// One of the two clients of mosquitto.
fn client(program: &str, port: u16, psk: &Exported, more: &[&str]) -> Program {
    let (port, key) = (port.to_string(), psk.hex());
    let mut arguments = vec![
        "-d",
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-t",
        "napkin",
        "--tls-version",
        "tlsv1.3",
        "--psk",
        &key,
        "--psk-identity",
        &psk.identity,
    ];
    arguments.extend(more);
    Program::start(program, &arguments)
}

#[test]
fn a_message_goes_through_the_broker() {
    if !installed("a_message_goes_through_the_broker", &PROGRAMS) {
        return;
    }
    let world = World::new();
    let key = |caller| world.answering(&world.service, caller, NOW);
    let files = Files::new("broker");
    let (broker, port) = broker(&files, &[key(&world.alice), key(&world.mallory)]);
    let (alice, mallory) = (
        world.alices(),
        world.calling(&world.mallory, &world.service, NOW),
    );
    let subscriber = client("mosquitto_sub", port, &mallory, &["-C", "1", "-W", "20"]);
    broker.expect("Sending SUBACK to");
    let (success, output) =
        client("mosquitto_pub", port, &alice, &["-m", "over the napkin"]).finish();
    assert!(success, "{output}");
    let (success, output) = subscriber.finish();
    assert!(success && output.contains("over the napkin"), "{output}");
    let log = broker.stop();
    for user in [alice, mallory] {
        assert!(log.contains(&format!("u'{}'", user.identity)), "{log}");
    }
}

#[test]
fn the_broker_refuses_wrong_keys() {
    if !installed("the_broker_refuses_wrong_keys", &PROGRAMS) {
        return;
    }
    let world = World::new();
    let files = Files::new("refusing-broker");
    let (broker, port) = broker(&files, &[world.services()]);
    for (case, wrong) in world.wrong() {
        let (success, output) = client("mosquitto_pub", port, &wrong, &["-m", "no"]).finish();
        assert!(!success && output.contains("TLS error"), "{case}: {output}");
        assert!(!output.contains("CONNACK"), "{case}: {output}");
    }
    let log = broker.stop();
    assert!(!log.contains("PUBLISH"), "{log}");
}

/// The broker does not say which version it speaks. Our client sees it: the two shortest messages of MQTT 3.1.1
/// (sections 3.1 and 3.2), through a connection that is checked.
#[test]
fn our_client_talks_to_the_broker() {
    if !installed("our_client_talks_to_the_broker", &["mosquitto"]) {
        return;
    }
    let world = World::new();
    let files = Files::new("our-broker");
    let (_broker, port) = broker(&files, &[world.services()]);
    let connection = world.client().connect(&world.service, connect(port), NOW);
    let mut connection = connection.unwrap();
    check(&connection);
    connection
        .write_all(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04gene")
        .unwrap();
    let mut answer = [0; 4];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"\x20\x02\x00\x00", "accepted, in a new session");
}
