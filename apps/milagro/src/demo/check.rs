//! `milagro demo --check`: people and their browsers, over HTTP, and a verdict.

mod account;
mod afar;
mod later;
mod play;

use core::future::Future;
use std::time::Instant;

use crate::demo::check::play::Play;
use crate::demo::ground::Ground;
use crate::exit::{Failure, Outcome};
use crate::serve::runtime;

/// Which of the three authorities is stopped.
const STOPPED: u16 = 3;

/// Plays all steps. The first that does not come out as it should ends it.
pub(crate) fn run(ground: &mut Ground) -> Outcome<()> {
    let runtime = runtime()?;
    let mut play = None;
    let enrol = async {
        play = Some(Play::begin(&ground.site).await?);
        Ok("three authorities have made Alice's secret, and none of them knows it".to_owned())
    };
    runtime.block_on(step("enrol", enrol))?;
    let mut play = play.ok_or_else(|| Failure::other("nobody plays"))?;
    runtime.block_on(async {
        step("log in", account::logs_in(&mut play)).await?;
        step("mistype", account::mistypes(&mut play)).await?;
        step("lock, unlock", account::is_locked(&mut play)).await?;
        step("revoke, restore", account::is_revoked(&mut play)).await?;
        step("shop", afar::buys(&mut play)).await?;
        step("hand-off", afar::hands_off(&mut play)).await
    })?;
    ground.stop_authority(STOPPED)?;
    runtime.block_on(async {
        step("two of three", later::goes_on_with_two(&mut play)).await?;
        step("next epoch", later::changes_epoch(&mut play)).await?;
        step("tokens", later::spends(&mut play)).await
    })?;
    println!("good");
    Ok(())
}

/// A step: what it has shown, or where it has failed.
async fn step(name: &str, work: impl Future<Output = Outcome<String>>) -> Outcome<()> {
    let begun = Instant::now();
    let words = work.await.map_err(|failure| {
        let words = format!("{name}: {failure}");
        Failure::new(failure.code(), words)
    })?;
    println!("ok  {name}: {words} ({} ms)", begun.elapsed().as_millis());
    Ok(())
}
