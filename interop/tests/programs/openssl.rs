//! `openssl s_client` and `openssl s_server`.

use crate::ours::{backwards, serve, speak};
use crate::pair::{Exported, NOW, World};
use crate::program::{Files, Program, installed};
use milagro_interop::ConnectError;

/// `s_client` against a port of this machine.
pub(crate) fn s_client(port: u16, psk: &Exported, more: &[&str]) -> Program {
    let (address, key) = (format!("127.0.0.1:{port}"), psk.hex());
    let mut arguments = vec![
        "s_client",
        "-connect",
        &address,
        "-psk_identity",
        &psk.identity,
        "-psk",
        &key,
    ];
    arguments.extend(more);
    Program::start("openssl", &arguments)
}

/// `s_server`, which answers every line with the same line backwards.
pub(crate) fn s_server(psk: &Exported) -> (Program, u16) {
    let key = psk.hex();
    let arguments = [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-nocert",
        "-rev",
        "-tls1_3",
        "-num_tickets",
        "0",
        "-psk_identity",
        &psk.identity,
        "-psk",
        &key,
    ];
    listening(&arguments)
}

fn listening(arguments: &[&str]) -> (Program, u16) {
    let server = Program::start("openssl", arguments);
    let port = server.expect("ACCEPT 127.0.0.1:").parse();
    (server, port.expect("a port"))
}

/// Says hello through `s_client`; what it printed.
pub(crate) fn hello(mut client: Program) -> String {
    client.say("hello");
    client.expect(&backwards("hello"));
    let (success, output) = client.finish();
    assert!(success, "{output}");
    output
}

pub(crate) fn refused(client: Program) -> String {
    let (success, output) = client.finish();
    assert!(!success, "{output}");
    assert!(!output.contains("TLSv1.3, Cipher"), "{output}");
    output
}

fn check(output: &str) {
    for line in ["Reused, TLSv1.3, Cipher is TLS_", "Server Temp Key: X25519"] {
        assert!(output.contains(line), "no `{line}` in\n{output}");
    }
    assert!(!output.contains("New Session Ticket"), "{output}");
}

#[test]
fn s_client_talks_to_our_server() {
    if !installed("s_client_talks_to_our_server", &["openssl"]) {
        return;
    }
    let world = World::new();
    let listening = serve(world.server());
    check(&hello(s_client(listening.port, &world.alices(), &[])));
    let seen = listening.end().unwrap();
    assert_eq!(seen.peer, world.alice);
    assert_eq!(seen.line, "hello");
}

#[test]
fn our_server_refuses_s_client() {
    if !installed("our_server_refuses_s_client", &["openssl"]) {
        return;
    }
    let world = World::new();
    for (case, wrong) in world.wrong() {
        let listening = serve(world.server());
        refused(s_client(listening.port, &wrong, &["-tls1_3"]));
        assert!(listening.end().is_err(), "{case}");
    }
    for version in ["-tls1_2", "-tls1_1"] {
        let listening = serve(world.server());
        refused(s_client(listening.port, &world.alices(), &[version]));
        assert!(listening.end().is_err(), "{version}");
    }
}

#[test]
fn our_client_talks_to_s_server() {
    if !installed("our_client_talks_to_s_server", &["openssl"]) {
        return;
    }
    let world = World::new();
    let (server, port) = s_server(&world.services());
    let answer = speak(&world.client(), (&world.service, port), "hello");
    assert_eq!(answer.unwrap(), "olleh");
    server.expect("Protocol version: TLSv1.3");
}

#[test]
fn our_client_refuses_s_server() {
    if !installed("our_client_refuses_s_server", &["openssl"]) {
        return;
    }
    let world = World::new();
    for (case, wrong) in world.wrong() {
        let (_server, port) = s_server(&wrong);
        let answer = speak(&world.client(), (&world.service, port), "hello");
        assert!(matches!(answer, Err(ConnectError::Handshake(_))), "{case}");
    }
}

/// A server that does not know the key may offer a certificate instead, and OpenSSL would take one.
#[test]
fn our_client_refuses_a_certificate() {
    if !installed("our_client_refuses_a_certificate", &["openssl"]) {
        return;
    }
    let files = Files::new("certificate");
    let (key, certificate) = (files.path("key"), files.path("certificate"));
    let make = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=service.example",
        "-keyout",
        &key,
        "-out",
        &certificate,
    ];
    let (success, output) = Program::start("openssl", &make).finish();
    assert!(success, "{output}");
    let arguments = [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-rev",
        "-tls1_3",
        "-key",
        &key,
        "-cert",
        &certificate,
    ];
    let (_server, port) = listening(&arguments);
    let world = World::new();
    let answer = speak(&world.client(), (&world.service, port), "hello");
    let Err(ConnectError::Handshake(error)) = answer else {
        panic!("{answer:?}")
    };
    assert!(
        error.to_string().contains("certificate verify failed"),
        "{error}"
    );
}

/// Two services that call each other, each with the other's exported key, and each direction with its own.
#[test]
fn s_client_talks_to_s_server_both_ways() {
    if !installed("s_client_talks_to_s_server_both_ways", &["openssl"]) {
        return;
    }
    let world = World::new();
    let (left, right) = world.peers();
    for (caller, answering) in [(&left, &right), (&right, &left)] {
        let (_server, port) = s_server(&world.answering(answering, caller, NOW));
        let key = world.calling(caller, answering, NOW);
        check(&hello(s_client(port, &key, &[])));
        for bit in [0, 100, 255] {
            let key = world.calling(caller, answering, NOW).altered(bit);
            refused(s_client(port, &key, &["-tls1_3"]));
        }
        let back = world.calling(answering, caller, NOW);
        refused(s_client(port, &back, &["-tls1_3"]));
        refused(s_client(
            port,
            &Exported {
                key: back.key,
                ..key
            },
            &["-tls1_3"],
        ));
    }
}
