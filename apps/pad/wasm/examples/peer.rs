//! The other side of the module's tests: reads questions line by line, and answers each with a line. Bytes are in hexadecimal.
//!
//! `domain`, `server`, `token`, `challenge`; `login PROOF` says `accepted` or `refused`; `grant PUBLIC LETTER` says the grant, the
//! sealed letter, and then number and sealed share of every authority.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it ends where something is not there, and the test with it"
)]

#[path = "../tests/calls/world.rs"]
mod world;

use core::fmt::Write as _;
use std::io::BufRead as _;

use world::{PIN, World};

fn main() {
    let world = World::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        println!("{}", answer(&world, &line).unwrap_or_default());
    }
}

fn answer(world: &World, line: &str) -> Option<String> {
    let (asked, argument) = line.split_once(' ').unwrap_or((line, ""));
    Some(match asked {
        "domain" => hex(&world.domain.to_bytes()),
        "id" => hex(&world.domain.id().to_bytes()),
        "server" => hex(world.server.as_bytes()),
        "pin" => PIN.to_owned(),
        "token" => hex(&world.token("alice")),
        "challenge" => hex(&world.challenge()),
        "login" => match world.log_in(&bytes(argument)?) {
            Some(_) => "accepted".to_owned(),
            None => "refused".to_owned(),
        },
        "grant" => {
            let (client, letter) = argument.split_once(' ')?;
            // Whose key it is: everybody is answered once.
            let grant = world.grant(client, bytes(client)?.try_into().ok()?);
            let letter = World::letter(&grant, &bytes(letter)?);
            let mut said = format!("{} {}", hex(&grant.to_bytes()), hex(&letter));
            for (from, sealed) in world.shares(&grant) {
                write!(said, " {from} {}", hex(&sealed)).ok()?;
            }
            said
        }
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
