//! `gnutls-cli` and `gnutls-serv`.

use milagro_interop::ConnectError;

use crate::openssl::{hello, refused, s_client, s_server};
use crate::ours::{serve, speak};
use crate::pair::{Exported, World};
use crate::program::{Files, Program, installed};

/// TLS 1.3 with `psk_dhe_ke` alone.
const EPHEMERAL: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK";

/// TLS 1.3 with `psk_ke` alone, which has no forward secrecy.
const STATIC: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK";

/// TLS 1.2 with the same kind of key.
const OLD: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK";

fn gnutls_cli(port: u16, psk: &Exported, priority: &str) -> Program {
    let (port, key) = (port.to_string(), psk.hex());
    let arguments = [
        "--verbose",
        "--port",
        &port,
        "--priority",
        priority,
        "--pskusername",
        &psk.identity,
        "--pskkey",
        &key,
        "127.0.0.1",
    ];
    Program::start("gnutls-cli", &arguments)
}

/// `gnutls-serv` with a file of one key, which answers every line with the same line.
fn gnutls_serv(files: &Files, psk: &Exported) -> (Program, u16) {
    let keys = files.write("keys", &psk.line());
    Program::listen("gnutls-serv", |port| {
        [
            "--echo",
            "--priority",
            EPHEMERAL,
            "--pskpasswd",
            &keys,
            "--port",
            &port.to_string(),
        ]
        .map(str::to_owned)
    })
}

fn check(output: &str) {
    for line in [
        "- PSK authentication",
        "- Ephemeral EC Diffie-Hellman parameters",
        "- Version: TLS1.3",
    ] {
        assert!(output.contains(line), "no `{line}` in\n{output}");
    }
}

#[test]
fn gnutls_cli_talks_to_our_server() {
    if !installed("gnutls_cli_talks_to_our_server", &["gnutls-cli"]) {
        return;
    }
    let world = World::new();
    let listening = serve(world.server());
    let output = hello(gnutls_cli(listening.port, &world.alices(), EPHEMERAL));
    check(&output);
    let seen = listening.end().unwrap();
    assert_eq!(seen.peer, world.alice);
    assert_eq!(seen.line, "hello");
    let exporter = format!("'tls-exporter': {}", hex::encode(seen.exporter));
    assert!(output.contains(&exporter), "no {exporter} in\n{output}");
}

#[test]
fn our_server_refuses_gnutls_cli() {
    if !installed("our_server_refuses_gnutls_cli", &["gnutls-cli"]) {
        return;
    }
    let world = World::new();
    for (case, wrong) in world.wrong() {
        let listening = serve(world.server());
        refused(gnutls_cli(listening.port, &wrong, EPHEMERAL));
        assert!(listening.end().is_err(), "{case}");
    }
    for priority in [STATIC, OLD] {
        let listening = serve(world.server());
        refused(gnutls_cli(listening.port, &world.alices(), priority));
        assert!(listening.end().is_err(), "{priority}");
    }
}

#[test]
fn gnutls_cli_talks_to_s_server() {
    if !installed("gnutls_cli_talks_to_s_server", &["gnutls-cli", "openssl"]) {
        return;
    }
    let world = World::new();
    let (_server, port) = s_server(&world.services());
    check(&hello(gnutls_cli(port, &world.alices(), EPHEMERAL)));
    for (_, wrong) in world.wrong() {
        refused(gnutls_cli(port, &wrong, EPHEMERAL));
    }
}

#[test]
fn our_client_and_s_client_talk_to_gnutls_serv() {
    if !installed(
        "our_client_and_s_client_talk_to_gnutls_serv",
        &["gnutls-serv", "openssl"],
    ) {
        return;
    }
    let world = World::new();
    let files = Files::new("gnutls-serv");
    let (server, port) = gnutls_serv(&files, &world.services());
    let answer = speak(&world.client(), (&world.service, port), "hello");
    assert_eq!(answer.unwrap(), "hello");
    let mut client = s_client(port, &world.alices(), &[]);
    client.say("hello");
    client.expect("hello");
    let (_, output) = client.finish();
    assert!(
        output.contains("Reused, TLSv1.3, Cipher is TLS_"),
        "{output}"
    );
    for (_, wrong) in world.wrong() {
        refused(s_client(port, &wrong, &[]));
    }
    check(&server.stop());
}

#[test]
fn our_client_refuses_gnutls_serv() {
    if !installed("our_client_refuses_gnutls_serv", &["gnutls-serv"]) {
        return;
    }
    let world = World::new();
    for (case, wrong) in world.wrong() {
        let files = Files::new("refused-gnutls-serv");
        let (_server, port) = gnutls_serv(&files, &wrong);
        let answer = speak(&world.client(), (&world.service, port), "hello");
        assert!(matches!(answer, Err(ConnectError::Handshake(_))), "{case}");
    }
}
