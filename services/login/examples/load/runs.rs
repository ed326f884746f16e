//! What is measured, in order.

use std::time::Duration;

use milagro_mpin::MasterSecret;

use crate::Outcome;
use crate::load::alone::Alone;
use crate::load::drive::Load;
use crate::load::figures::{Figure, Figures, Machine, count, median};
use crate::load::server::rng;
use crate::load::{passwords, strangers};

/// Logins in all.
pub(crate) const LOGINS: usize = 100_000;

/// Phones, each with a user of its own.
const PHONES: usize = 512;
/// Logins of each of them in a round.
const EACH: usize = 8;
/// Rounds in which the check alone and the service are measured in turn.
const ROUNDS: usize = 5;
/// Hours that pass after a round, so that what it has left is worthless: more than the 48 that stores wait beyond the end.
const PASS: u32 = 72;

/// Measures everything.
pub(crate) async fn all(logins: usize, figures: &mut Figures) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let master = MasterSecret::random(&mut rng());
    let mut load = Load::start(folder.path(), &master, PHONES)?;
    figures.hold(&Figure {
        what: "memory without a login",
        value: load.server.memory()?,
        unit: "MiB",
        most: 40.0,
        machine: Machine::Any,
    });
    let mut alone = Alone::new(&master)?;
    let rate = costs(&mut load, &mut alone, figures).await?;
    delays(&mut load, rate, figures).await?;
    wrong_pins(&mut load, figures).await?;
    crowds(&mut load, figures).await?;
    // What the crowds have needed once stays with the allocator.
    let early = load.server.memory()?;
    let before = ROUNDS + 3;
    let rounds = logins.div_ceil(PHONES * EACH).saturating_sub(before);
    for _ in 0..rounds {
        load.pass(PASS)?;
        load.prepare(EACH, 0).await?;
        load.rush().await?;
    }
    Figures::say(
        "logins in all",
        count((before + rounds) * PHONES * EACH),
        "",
    );
    Figures::say(
        "memory after the crowds and all logins",
        load.server.memory()?,
        "MiB",
    );
    figures.hold(&Figure {
        what: "growth over all logins",
        value: load.server.memory()? - early,
        unit: "MiB",
        most: 8.0,
        machine: Machine::Any,
    });
    Ok(())
}

/// Processor time of a login beside the batch check; gives the highest rate of all rounds.
async fn costs(load: &mut Load, alone: &mut Alone, figures: &mut Figures) -> Outcome<f64> {
    // One round that is not measured: caches, records of sessions.
    load.prepare(EACH, 0).await?;
    let mut size = load.rush().await?.batch;
    let (mut challenges, mut checks, mut logins, mut beside, mut top) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0.0_f64);
    for _ in 0..ROUNDS {
        load.pass(PASS)?;
        let check = alone.cost(&load.phones, whole(size)).await?;
        let challenge = load.prepare(EACH, 0).await?;
        let rush = load.rush().await?;
        size = rush.batch;
        let login = rush.spent / count(rush.logins);
        top = top.max(count(rush.logins) / rush.seconds);
        challenges.push(challenge);
        checks.push(check);
        logins.push(login);
        beside.push(challenge + login - check);
    }
    Figures::say("logins in a batch", size, "");
    Figures::say("the batch check alone", median(checks), "us");
    Figures::say("a challenge over HTTP", median(challenges), "us");
    Figures::say("a login over HTTP", median(logins), "us");
    figures.hold(&Figure {
        what: "challenge and login beside the batch check",
        value: median(beside),
        unit: "us",
        most: 120.0,
        machine: Machine::Any,
    });
    Figures::say("the highest rate", top, "logins/s");
    Ok(top)
}

/// How long logins take at half of the highest rate.
async fn delays(load: &mut Load, rate: f64, figures: &mut Figures) -> Outcome<()> {
    load.pass(PASS)?;
    load.prepare(EACH, 0).await?;
    let mut times = load.walk(rate / 2.0).await?;
    times.sort();
    let place = times.len() * 99 / 100;
    let worst = times.get(place).map_or(f64::NAN, Duration::as_secs_f64);
    figures.hold(&Figure {
        what: "99 of 100 logins at half of that rate are done in",
        value: worst * 1e3,
        unit: "ms",
        most: 100.0,
        machine: Machine::Quiet,
    });
    Ok(())
}

/// Processor time of a login where one PIN of a hundred is wrong, as a part of a password check.
async fn wrong_pins(load: &mut Load, figures: &mut Figures) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    load.pass(PASS)?;
    let challenge = load.prepare(EACH, 100).await?;
    let rush = load.rush().await?;
    let login = challenge + rush.spent / count(rush.logins);
    let password = passwords::cost(folder.path()).await?;
    Figures::say("a login, one PIN of a hundred wrong", login, "us");
    Figures::say("a check of a password, Argon2id 19 MiB t=2", password, "us");
    figures.hold(&Figure {
        what: "the one as a part of the other",
        value: login / password,
        unit: "",
        most: 0.03,
        machine: Machine::Any,
    });
    Ok(())
}

/// What strangers can do.
async fn crowds(load: &mut Load, figures: &mut Figures) -> Outcome<()> {
    let silent = strangers::silent(load).await?;
    Figures::say(
        "memory with 10,000 silent connections",
        load.server.memory()?,
        "MiB",
    );
    let loud = strangers::loud(load).await?;
    // Twice the time that a silent connection has.
    for (what, value) in [
        ("a login among 10,000 silent connections", silent),
        ("a login among 10,000 logins of strangers", loud),
    ] {
        figures.hold(&Figure {
            what,
            value,
            unit: "s",
            most: 20.0,
            machine: Machine::Quiet,
        });
    }
    Ok(())
}

/// A size of batches.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 1 to 64, and made so"
)]
fn whole(size: f64) -> usize {
    size.round().clamp(1.0, 64.0) as usize
}
