//! The other side of the module's tests: reads questions line by line, and answers each with a line. Bytes are in hexadecimal.
//!
//! `domain`, `server`, `token`, `challenge`; `login PROOF` says `accepted` or `refused`; `grant PUBLIC LETTER` says the grant, the
//! sealed letter, and then number and sealed share of every authority. `bulletin USER …` says the epoch, the index and the slices of
//! a bulletin in which these users are revoked; with the argument `permits` logins need a permit of it.
//!
//! `signer`, `digest`, `schedule`, `withdrawn`; `issue REQUEST` says the answer, or `refused`; `redeem REQUEST CONTEXT PAYLOAD` says `spent`,
//! `again`, `refused` or `malformed`.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it ends where something is not there, and the test with it"
)]

extern crate alloc;

#[path = "../tests/calls/issuing.rs"]
mod issuing;
#[path = "../tests/calls/world.rs"]
mod world;

use core::fmt::Write as _;
use std::io::BufRead as _;

use issuing::Issuing;
use world::{EPOCH, PIN, World};

fn main() {
    let permits = std::env::args().any(|argument| argument == "permits");
    let world = if permits {
        World::with_permits()
    } else {
        World::new()
    };
    let issuing = Issuing::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (asked, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let said = answer(&world, asked, argument).or_else(|| issue(&issuing, asked, argument));
        println!("{}", said.unwrap_or_default());
    }
}

fn issue(issuing: &Issuing, asked: &str, argument: &str) -> Option<String> {
    Some(match asked {
        "signer" => hex(&issuing.signer.verifier().to_bytes()),
        "digest" => hex(&issuing.digest()),
        "schedule" => hex(&issuing.published()),
        "withdrawn" => hex(&issuing.withdrawn()),
        "issue" => match issuing.issue(&bytes(argument)?) {
            Some(answer) => hex(&answer),
            None => "refused".to_owned(),
        },
        "redeem" => {
            let words: Vec<_> = argument.split(' ').filter_map(bytes).collect();
            let [request, context, payload] = &words[..] else {
                return None;
            };
            issuing.redeem(request, context, payload).to_owned()
        }
        _ => return None,
    })
}

fn answer(world: &World, asked: &str, argument: &str) -> Option<String> {
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
        "bulletin" => {
            let revoked: Vec<_> = argument.split_whitespace().collect();
            let sliced = world.bulletin(&revoked);
            let mut said = format!("{} {}", EPOCH.0, hex(&sliced.index));
            for slice in &sliced.slices {
                write!(said, " {}", hex(slice)).ok()?;
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
