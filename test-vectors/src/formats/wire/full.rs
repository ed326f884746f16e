//! Logins that agree on keys.

use milagro_mpin::full::{ClientHello, ServerHello};
use serde::Deserialize;
use serde_json::{Value, json};

use super::login::{Client, Ready, client, cover, personal};
use super::stream::{Draw, Tape};
use super::verifier::{Coming, Server};
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Full {
    client: Client,
    /// What the server draws: for its challenge, and for w.
    server_seed: Hex,
    /// Says a time instead of answering a challenge.
    one_pass: bool,
}

/// The server's half, after a hello that holds.
struct Half {
    session: milagro_mpin::full::ServerSession,
    hello: ServerHello,
}

fn answered(
    server: &mut Server,
    hello: &ClientHello,
    coming: &Coming<'_>,
) -> Result<Half, Mismatch> {
    let no = |what: &str| Mismatch::new("client", format_args!("{what} refused"));
    let admitted = server
        .verifier
        .admit_hello(&mut server.rng, hello, coming.arrival());
    let admitted = admitted.map_err(of("client"))?;
    let paid = server
        .paid(admitted, coming.now)
        .ok_or_else(|| no("attempt"))?;
    let checked = server
        .verifier
        .check_hello(&mut server.rng, paid, coming.now);
    let checked = checked.map_err(of("client"))?;
    let paid = server
        .paid(checked, coming.now)
        .ok_or_else(|| no("answer"))?;
    let milagro_mpin::full::Answered { session, hello } = paid.into_value();
    Ok(Half { session, hello })
}

impl Wire for Full {
    const NAME: &'static str = "milagro-wire-full";
    const ABOUT: &'static str = "wire format 2: logins that agree on keys (M-Pin Full)";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let Self {
            client,
            server_seed,
            one_pass,
        } = self;
        let ready = client.ready()?;
        let mut server = Server::new(&client.place, Some(server_seed), client.permit.as_ref())?;
        let coming = Coming::new(&ready.target.binding, &ready.identity, client.now());
        let mut tape = Tape::new(&client.randomness);
        let base = ready.key_base();
        let (begun, challenge) = if *one_pass {
            (ready.login().agree_at(&mut tape, client.now()), None)
        } else {
            let challenge = server.challenge(client.now());
            let bytes = challenge.to_bytes();
            (ready.login().agree(&mut tape, challenge), Some(bytes))
        };
        let begun = begun.map_err(of("client"))?;
        tape.finish("randomness")?;
        let half = answered(&mut server, &begun.hello, &coming)?;
        let confirmed = begun.session.finish(&base, &half.hello);
        let confirmed = confirmed.map_err(of("client"))?;
        let agreed = half
            .session
            .confirm(&mut server.rng, &confirmed.confirmation, client.now());
        let agreed = agreed.map_err(of("client"))?;
        let agreed = server.paid(agreed, client.now());
        let theirs = agreed.ok_or_else(|| Mismatch::new("client", "confirmation refused"))?;
        let theirs = theirs.into_value().keys;
        let same = theirs.sending() == confirmed.keys.receiving()
            && theirs.receiving() == confirmed.keys.sending()
            && theirs.exporter() == confirmed.keys.exporter();
        let Ready { outputs, .. } = ready;
        let outputs = match challenge {
            Some(challenge) => outputs.bytes("challenge", challenge),
            None => outputs,
        };
        Ok(outputs
            .bytes("client_hello", begun.hello.to_bytes())
            .bytes("server_hello", half.hello.to_bytes())
            .bytes("client_confirmation", confirmed.confirmation.to_bytes())
            .bytes("client_to_server", confirmed.keys.sending())
            .bytes("server_to_client", confirmed.keys.receiving())
            .bytes("exporter", confirmed.keys.exporter())
            .value("server_has_the_same_keys", same))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let case = |label: &str, one_pass: bool, other: Value| {
            json!({
                "client": client(draw, label, 128, other), "server_seed": draw.bytes("full server", 32), "one_pass": one_pass,
            })
        };
        vec![
            ("answers a challenge", case("full 1", false, json!({}))),
            ("says a time", case("full 2", true, json!({}))),
            (
                "with a cover permit",
                case("full 3", false, json!({ "permit": cover() })),
            ),
            (
                "says a time, with a personal permit and a device key",
                case(
                    "full 4",
                    true,
                    json!({ "permit": personal(), "device_key": draw.scalar("login device key") }),
                ),
            ),
        ]
    }
}
