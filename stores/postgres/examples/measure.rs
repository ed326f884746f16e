//! How fast a ledger in PostgreSQL is, how much room it takes, and what forgetting costs:
//! `cargo run --release -p milagro-store-postgres --example postgres-measure`. Starts a server of its own.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a table for people")]

use core::error::Error;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::Kind;
use milagro_store_postgres::{Postgres, Settings, Transport};
use milagro_store_testkit::load::{clock, rng};
use milagro_store_testkit::measure::{Names, Size, charge};
use milagro_store_testkit::postgres::Postgres as Server;
use tokio_postgres::NoTls;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let server = Server::start(&[])?;
    let now = clock();
    let settings = Settings::new(&server.url(), Transport::PlainText)?
        // A busy machine makes the figures worse, and is no reason to have none.
        .patience(core::time::Duration::from_secs(60));
    let ledger = Postgres::init(&mut rng(), settings, now.minus(Seconds::days(30))).await?;
    let single = insert_each(&server, 3000).await?;
    println!("| what | charges a second | of one INSERT each |\n|---|---|---|");
    println!("| one INSERT … ON CONFLICT each | {single:.0} | 1 |");
    let mut names = Names {
        kind: Kind::CHALLENGE,
        last: 0,
        until: now.plus(Seconds::hours(1)),
    };
    for (batch, count) in [(1, 3000), (64, 64 * 400), (512, 512 * 200)] {
        let speed = charge(&ledger, now, &mut names, Size { batch, count }).await?;
        println!(
            "| batches of {batch} | {speed:.0} | {:.1} |",
            speed / single
        );
    }
    forget(&server, &ledger).await
}

/// One statement and one commit for each.
async fn insert_each(server: &Server, count: u32) -> Outcome<f64> {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute("CREATE TABLE plain (hash bytea PRIMARY KEY)")
        .await?;
    let sql = "INSERT INTO plain VALUES ($1) ON CONFLICT DO NOTHING";
    let statement = client.prepare(sql).await?;
    let start = Instant::now();
    for number in 0..count {
        let hash = [number.to_be_bytes(); 8].as_flattened().to_vec();
        client.execute(&statement, &[&hash]).await?;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

/// A day of a million charges is forgotten, and the next one takes its room.
async fn forget(server: &Server, ledger: &Postgres) -> Outcome {
    for round in 1..=2 {
        let old = clock().minus(Seconds::days(10 - round));
        let mut names = Names {
            // Its floor has not been raised by what was charged before.
            kind: Kind::ONE_PASS,
            last: 1 << 40,
            until: old,
        };
        let speed = charge(
            ledger,
            old,
            &mut names,
            Size {
                batch: 512,
                count: 1_000_000,
            },
        )
        .await?;
        let full = size(server)?;
        // There is one every five minutes, and what is forgotten was written two days ago.
        server.sql("CHECKPOINT")?;
        let start = Instant::now();
        ledger.keep_up().await?;
        let took = start.elapsed();
        let empty = size(server)?;
        println!(
            "a million in a day: {speed:.0} a second, {full} MiB; forgotten in {took:.2?}, {empty} MiB"
        );
    }
    Ok(())
}

fn size(server: &Server) -> Outcome<String> {
    let size = server.sql("SELECT pg_database_size(current_database()) >> 20")?;
    Ok(size.trim().to_owned())
}
