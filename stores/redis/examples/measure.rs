//! How fast a ledger in Redis is, how much room it takes, and what forgetting costs:
//! `cargo run --release -p milagro-store-redis --example redis-measure`. Starts a server of its own.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a table for people")]

use core::error::Error;
use core::time::Duration;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::Kind;
use milagro_store_redis::{Redis, Settings, Transport};
use milagro_store_testkit::load::{clock, rng};
use milagro_store_testkit::measure::{Names, Size, charge};
use milagro_store_testkit::redis::Redis as Server;
use redis::AsyncConnectionConfig;

/// A busy machine makes the figures worse, and is no reason to have none.
const PATIENCE: Duration = Duration::from_secs(60);

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let server = Server::start(&[])?;
    let now = clock();
    let settings = Settings::server(&server.url(), Transport::PlainText)?.patience(PATIENCE);
    let ledger = Redis::init(&mut rng(), settings, now.minus(Seconds::days(30))).await?;
    let single = set_each(
        &server,
        Size {
            batch: 1,
            count: 10_000,
        },
    )
    .await?;
    println!("| what | charges a second | of one SET NX each |\n|---|---|---|");
    println!("| one SET NX each | {single:.0} | 1 |");
    for batch in [64, 512] {
        let speed = set_each(
            &server,
            Size {
                batch,
                count: 200_000,
            },
        )
        .await?;
        println!(
            "| SET NX, pipelines of {batch} | {speed:.0} | {:.1} |",
            speed / single
        );
    }
    let mut names = Names {
        kind: Kind::CHALLENGE,
        last: 0,
        until: now.plus(Seconds::hours(1)),
    };
    for (batch, count) in [(1, 10_000), (64, 64 * 2000), (512, 512 * 400)] {
        let speed = charge(&ledger, now, &mut names, Size { batch, count }).await?;
        println!(
            "| batches of {batch} | {speed:.0} | {:.1} |",
            speed / single
        );
    }
    drop(server);
    forget(now).await
}

async fn set_each(server: &Server, size: Size) -> Outcome<f64> {
    let client = redis::Client::open(server.url())?;
    // However long the disk takes: the crate's default is half a second.
    let patient = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
    let connection = client.get_multiplexed_async_connection_with_config(&patient);
    let mut connection = connection.await?;
    let numbers: Vec<u32> = (0..u32::try_from(size.count)?).collect();
    let expiry = clock().plus(Seconds::days(3)).get();
    let start = Instant::now();
    for batch in numbers.chunks(size.batch) {
        let mut pipeline = redis::pipe();
        for number in batch {
            let key = [
                number.to_be_bytes(),
                u32::try_from(size.batch)?.to_be_bytes(),
            ];
            let key = [key; 4].as_flattened().as_flattened().to_vec();
            pipeline
                .cmd("SET")
                .arg(key)
                .arg("1")
                .arg("NX")
                .arg("EXAT")
                .arg(expiry)
                .ignore();
        }
        pipeline.query_async::<()>(&mut connection).await?;
    }
    size.a_second(start)
}

/// A million charges expire on a server that has nothing else, and the memory is as before.
async fn forget(now: Seconds) -> Outcome {
    let server = Server::start(&[])?;
    let settings = Settings::server(&server.url(), Transport::PlainText)?.patience(PATIENCE);
    let ledger = Redis::init(&mut rng(), settings, now.minus(Seconds::days(30))).await?;
    let soon = clock().minus(Seconds::hours(48)).plus(Seconds::minutes(2));
    let mut names = Names {
        kind: Kind::CHALLENGE,
        last: 0,
        until: soon,
    };
    let batch = 512;
    // Scripts and buffers take room, too, and keep it.
    charge(
        &ledger,
        now,
        &mut names,
        Size {
            batch,
            count: batch,
        },
    )
    .await?;
    let before = memory(&server)?;
    let count = 1_000_000;
    let speed = charge(&ledger, now, &mut names, Size { batch, count }).await?;
    let full = memory(&server)?;
    println!(
        "a million: {speed:.0} a second, {} MiB",
        (full - before) >> 20
    );
    let keys = || -> Outcome<u64> { Ok(server.command(&["DBSIZE"])?.trim().parse()?) };
    let start = Instant::now();
    // The bucket's key stays.
    while keys()? > 1 && start.elapsed() < Duration::from_secs(300) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // Tables shrink a moment later.
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!(
        "after their expiry: {} keys, {} KiB more than before",
        keys()?,
        (memory(&server)? - before) >> 10
    );
    Ok(())
}

fn memory(server: &Server) -> Outcome<i64> {
    let info = server.command(&["INFO", "memory"])?;
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    Ok(line.ok_or("no used_memory")?.trim().parse()?)
}
