//! What permits cost an authority in an epoch: covers against one permit for every user.
//!
//! `cargo run --release -p milagro-dta --example permits`

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example that prints a table"
)]

use core::time::Duration;
use std::time::Instant;

use milagro_dta::dealer::{self, Dealt, DealtShare};
use milagro_dta::grants::RegistrarKey;
use milagro_dta::issue::Received;
use milagro_dta::permits::bulletin::{Bulletin, Draft};
use milagro_dta::permits::{Desk, ListMark, Period, RevocationList, SignedList, Window};
use milagro_dta::{Authority, Mpin, Threshold};
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::{
    Identity,
    names::{Epoch, EpochLength},
};

const USERS: u32 = 1_000_000;
/// Personal permits are timed on these and scaled.
const SAMPLE: u32 = 10_000;
const TODAY: Period = Period {
    epoch: Epoch(20_000),
    length: EpochLength::DAY,
};

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn user(number: u32) -> Identity {
    Identity::raw(&number.to_be_bytes()).unwrap()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn authorities() -> Vec<Authority<Mpin>> {
    let threshold = Threshold::new(2, 3).unwrap();
    let dealt = dealer::deal::<Mpin, _>(&mut rng(), "example", threshold);
    let Dealt { domain, shares } = dealt.unwrap();
    let accept = |share: DealtShare<Mpin>| {
        let me = share.to();
        share.accept(me, "example", threshold, &domain).unwrap()
    };
    shares.into_iter().map(accept).collect()
}

/// An authority on that day.
fn desk<'a>(authority: &'a Authority<Mpin>, list: &'a SignedList) -> Desk<'a> {
    let now = TODAY.epoch.start(TODAY.length);
    authority.permits(list, Window::DAILY, now).unwrap()
}

fn signed(list: &RevocationList) -> SignedList {
    let key = RegistrarKey::random(&mut rng());
    list.clone()
        .sign(&mut rng(), &key, &ListMark::NONE)
        .unwrap()
}

/// The work of one authority, that of whoever publishes, and the bulletin.
fn covers(authorities: &[Authority<Mpin>], list: &SignedList) -> (Duration, Duration, Bulletin) {
    let domain = authorities.first().unwrap().domain();
    let (mut issuing, mut batches) = (Duration::ZERO, Vec::new());
    for authority in authorities {
        let covers = || desk(authority, list).covers(&mut rng(), TODAY.epoch);
        let (batch, took) = timed(covers);
        issuing += took;
        batches.push(Received {
            from: authority.id(),
            value: batch.unwrap(),
        });
    }
    let combine = || Draft::combine(domain, list, TODAY, batches).unwrap().key;
    let (draft, combining) = timed(combine);
    let mut shares = Vec::new();
    for authority in authorities {
        let prove = || desk(authority, list).prove(&mut rng(), &draft);
        let (share, took) = timed(prove);
        issuing += took;
        shares.push(Received {
            from: authority.id(),
            value: share.unwrap(),
        });
    }
    let (bulletin, proving) = timed(|| draft.prove(domain, shares).unwrap().key);
    let count = u32::try_from(authorities.len()).unwrap();
    (issuing / count, combining + proving, bulletin)
}

fn main() {
    let authorities = authorities();
    let (some, _) = authorities.split_at(2);
    let mut list = RevocationList::new(*some.first().unwrap().domain().id());
    println!("One epoch, {USERS} users, 2 of 3 authorities. Times are core-seconds.");
    println!();
    println!("| permits | points | bytes | an authority | the publisher |");
    println!("|---|---|---|---|---|");

    let users: Vec<Identity> = (0..SAMPLE).map(user).collect();
    let (authority, nobody) = (some.first().unwrap(), signed(&list));
    let issue = || desk(authority, &nobody).personal_batch(&mut rng(), &users, TODAY.epoch);
    let (batch, took) = timed(|| issue().unwrap().to_bytes());
    let scale = USERS / SAMPLE;
    let bytes = batch.len() * usize::try_from(scale).unwrap();
    let took = took * scale;
    println!(
        "| personal, timed on {SAMPLE} and scaled | {USERS} | {bytes} | {:.1} | |",
        took.as_secs_f64()
    );

    let mut revoked = 0;
    for count in [0, 100, 10_000] {
        while revoked < count {
            list.revoke(&user(revoked));
            revoked += 1;
        }
        let (authority, publisher, bulletin) = covers(some, &signed(&list));
        assert!((0..2 * count).all(|n| bulletin.permit(&user(n)).is_none() == (n < count)));
        println!(
            "| covers, {count} revoked | {} | {} | {:.3} | {:.3} |",
            bulletin.head().count,
            bulletin.to_bytes().len(),
            authority.as_secs_f64(),
            publisher.as_secs_f64()
        );
    }
}
