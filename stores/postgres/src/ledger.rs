//! The ledger's trait.

use deadpool_postgres::Object;
use milagro_base::Seconds;
use milagro_ledger::{
    Account, Answer, Charge, Ledger, LedgerId, Life, Unavailable, Usage, Verdict,
};
use milagro_store::{Outcome, Tally};
use tokio_postgres::Row;

use crate::attempt::Attempt;
use crate::columns::{day, unsigned};
use crate::failure::Failure;
use crate::link::Link;
use crate::open::Postgres;
use crate::question::Question;
use crate::settle;

impl Ledger for Postgres {
    fn id(&self) -> LedgerId {
        self.link.shared.id
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(charge(&self.link, now, charges))
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            let refund = Refund(charges);
            // Once it has taken effect, somebody else may be granted the same public claim.
            if charges.iter().any(|charge| charge.claim.is_public()) {
                self.link.ask_only_once(refund).await
            } else {
                self.link.ask(refund).await
            }
        })
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        // Once it has taken effect, somebody may charge them.
        Box::pin(self.link.ask_only_once(Clear(accounts)))
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(self.link.ask(Usages(accounts)))
    }
}

async fn charge(link: &Link, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
    let mut patience = link.patience();
    let mut attempt = Attempt::new(now, charges);
    let mut rest = Verdict::Unknown;
    let mut is_in_doubt = false;
    while let Err(failure) = patience.limit(attempt.ask(link), || Failure::Gone).await {
        // What was granted before, and not answered, is not to be called refused.
        if matches!(failure, Failure::NoRoom) && !is_in_doubt {
            rest = Verdict::Full;
        }
        is_in_doubt |= !failure.has_left_nothing();
        // The claims make it safe to ask again.
        let pause = link.pause(&failure);
        if !patience.allows_another(&failure, pause).await {
            break;
        }
    }
    let outcome = match attempt.open() {
        0 => Outcome::Complete,
        open if open < charges.len() => Outcome::Partial,
        _ => Outcome::Unavailable,
    };
    patience.report(outcome, charges.len());
    attempt.verdicts(rest)
}

struct Refund<'a>(&'a [Charge]);

impl Question for Refund<'_> {
    type Answer = ();

    fn size(&self) -> usize {
        self.0.len()
    }

    async fn ask(&self, client: &mut Object) -> Result<(), Failure> {
        settle::refund(client, self.0).await
    }
}

struct Clear<'a>(&'a [Account]);

impl Question for Clear<'_> {
    type Answer = ();

    fn size(&self) -> usize {
        self.0.len()
    }

    async fn ask(&self, client: &mut Object) -> Result<(), Failure> {
        let lasting = self
            .0
            .iter()
            .filter(|account| account.life() == Life::Lasting);
        let hashes: Vec<&[u8]> = lasting.map(|account| &account.hash()[..]).collect();
        let statement = client.prepare_cached(CLEAR).await?;
        client.execute(&statement, &[&hashes]).await?;
        Ok(())
    }
}

struct Usages<'a>(&'a [Account]);

impl Question for Usages<'_> {
    type Answer = Vec<Usage>;

    fn size(&self) -> usize {
        self.0.len()
    }

    async fn ask(&self, client: &mut Object) -> Result<Vec<Usage>, Failure> {
        let days: Vec<i32> = self.0.iter().map(day).collect();
        let hashes: Vec<&[u8]> = self.0.iter().map(|account| &account.hash()[..]).collect();
        let statement = client.prepare_cached(USAGE).await?;
        let rows = client.query(&statement, &[&days, &hashes]).await?;
        rows.iter().map(usage).collect()
    }
}

fn usage(row: &Row) -> Result<Usage, Failure> {
    let Some(used) = row.try_get(0)? else {
        return Ok(Usage::default());
    };
    let tally = Tally::from_parts(unsigned(used), row.try_get(1)?, row.try_get(2)?);
    let tally = tally.map_err(|damaged| Failure::Refused(damaged.to_string()))?;
    Ok(tally.usage())
}

const CLEAR: &str = "DELETE FROM account WHERE day = 0 AND hash = ANY($1::bytea[])";
const USAGE: &str = "SELECT t.used, t.before, t.claims \
    FROM unnest($1::int[], $2::bytea[]) WITH ORDINALITY AS u(day, hash, place) \
    LEFT JOIN account AS t ON t.day = u.day AND t.hash = u.hash AND t.day = ANY($1::int[]) ORDER BY u.place";
