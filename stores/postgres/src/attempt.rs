//! Charging: first one statement for all that is new, then a transaction for the rest.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use deadpool_postgres::Object;
use milagro_base::Seconds;
use milagro_ledger::{Charge, Kind, Life, Verdict, rules};
use tokio_postgres::types::ToSql;

use crate::columns::{self, Columns, day, signed};
use crate::days::Made;
use crate::failure::Failure;
use crate::link::{Link, Shared};
use crate::settle;

/// One batch on its way to its verdicts.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    now: Seconds,
    charges: &'a [Charge],
    verdicts: Vec<Option<Verdict>>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(now: Seconds, charges: &'a [Charge]) -> Self {
        Self {
            now,
            charges,
            verdicts: vec![None; charges.len()],
        }
    }

    /// Asks once for all that has no verdict yet. What was learnt before a failure stays.
    pub(crate) async fn ask(&mut self, link: &Link) -> Result<(), Failure> {
        let mut lease = link.lease().await?;
        let result = match lease.client() {
            Ok(client) => self.ask_on(client, &link.shared).await,
            Err(failure) => Err(failure),
        };
        if matches!(result, Err(Failure::NoTable)) {
            link.shared.days().clear();
        }
        lease.end(result)
    }

    /// One verdict each; `rest` for those of which nothing is known.
    pub(crate) fn verdicts(self, rest: Verdict) -> Vec<Verdict> {
        let verdicts = self.verdicts.into_iter();
        verdicts.map(|verdict| verdict.unwrap_or(rest)).collect()
    }

    /// How many have no verdict.
    pub(crate) fn open(&self) -> usize {
        self.verdicts
            .iter()
            .filter(|verdict| verdict.is_none())
            .count()
    }

    async fn ask_on(&mut self, client: &mut Object, shared: &Shared) -> Result<(), Failure> {
        self.tell_time(client, shared).await?;
        self.refuse_what_is_over(shared);
        self.make_days(client, shared).await?;
        let first = columns::first_of_each(self.charges, &self.pending());
        for chunk in first.chunks(CHUNK) {
            self.grant_what_is_new(client, chunk).await?;
        }
        for chunk in self.pending().chunks(CHUNK) {
            self.settle_the_rest(client, shared, chunk).await?;
        }
        Ok(())
    }

    /// The database remembers the latest time of every kind before anything of that time is charged. Once a
    /// second at most, so it costs little.
    async fn tell_time(&self, client: &Object, shared: &Shared) -> Result<(), Failure> {
        let kinds: BTreeSet<Kind> = self
            .charges
            .iter()
            .map(|charge| charge.account.kind())
            .collect();
        let late = |kind: &Kind| shared.seen(*kind) < self.now.get();
        let late: Vec<Kind> = kinds.into_iter().filter(late).collect();
        if late.is_empty() {
            return Ok(());
        }
        let bytes: Vec<i16> = late.iter().map(|kind| i16::from(kind.to_byte())).collect();
        let statement = client.prepare_cached(TELL_TIME).await?;
        client
            .execute(&statement, &[&bytes, &signed(self.now.get())])
            .await?;
        for kind in late {
            if let Some(seen) = shared.seen.get(usize::from(kind.to_byte())) {
                seen.fetch_max(self.now.get(), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// What is certain without asking. The statements look again: others may have seen a later time.
    fn refuse_what_is_over(&mut self, shared: &Shared) {
        let forgotten = shared.forgotten.load(Ordering::Relaxed);
        for (charge, verdict) in self.charges.iter().zip(&mut self.verdicts) {
            let Life::Span { from, until } = charge.account.life() else {
                continue;
            };
            let floor = rules::floor(Seconds::new(shared.seen(charge.account.kind())));
            let floor = floor.max(Seconds::new(forgotten));
            if verdict.is_none()
                && (until <= floor || from.is_some_and(|from| from <= shared.birth))
            {
                *verdict = Some(Verdict::Over);
            }
        }
    }

    /// Sees to it that the tables are there. Where there are too many, there is no room.
    async fn make_days(&mut self, client: &mut Object, shared: &Shared) -> Result<(), Failure> {
        let pending = self.pending();
        let charges = pending.iter().filter_map(|place| self.charges.get(*place));
        let days: BTreeSet<i32> = charges.map(|charge| day(&charge.account)).collect();
        let missing: Vec<i32> = days.difference(&shared.days()).copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let Made { full } = crate::days::make(client, shared, &missing).await?;
        for (charge, verdict) in self.charges.iter().zip(&mut self.verdicts) {
            if verdict.is_none() && full.contains(&day(&charge.account)) {
                *verdict = Some(Verdict::Full);
            }
        }
        Ok(())
    }

    async fn grant_what_is_new(&mut self, client: &Object, chunk: &[usize]) -> Result<(), Failure> {
        let columns = Columns::new(self.charges, chunk);
        let statement = client.prepare_cached(GRANT).await?;
        let now = signed(self.now.get());
        let kept = signed(rules::KEPT.get());
        let parameters: [&(dyn ToSql + Sync); 9] = [
            &now,
            &kept,
            &columns.days,
            &columns.hashes,
            &columns.kinds,
            &columns.amounts,
            &columns.limits,
            &columns.untils,
            &columns.claims,
        ];
        for row in client.query(&statement, &parameters).await? {
            let place = columns.place(row.try_get(0)?);
            let verdict = columns::granted(row.try_get(1)?, row.try_get(2)?);
            if let Some(slot) = place.and_then(|place| self.verdicts.get_mut(place)) {
                *slot = Some(verdict);
            }
        }
        Ok(())
    }

    async fn settle_the_rest(
        &mut self,
        client: &mut Object,
        shared: &Shared,
        chunk: &[usize],
    ) -> Result<(), Failure> {
        let charges = chunk.iter().filter_map(|place| self.charges.get(*place));
        let charges: Vec<Charge> = charges.copied().collect();
        let verdicts = settle::settle(client, shared, self.now, &charges).await?;
        for (place, verdict) in chunk.iter().zip(verdicts) {
            if let Some(slot) = self.verdicts.get_mut(*place) {
                *slot = Some(verdict);
            }
        }
        Ok(())
    }

    fn pending(&self) -> Vec<usize> {
        let verdicts = self.verdicts.iter().enumerate();
        let open = verdicts.filter(|(_, verdict)| verdict.is_none());
        open.map(|(place, _)| place).collect()
    }
}

/// How many charges go into one statement.
const CHUNK: usize = 1024;

const TELL_TIME: &str = "INSERT INTO seen (kind, latest) \
    SELECT u.kind, $2::bigint FROM unnest($1::smallint[]) AS u(kind) ORDER BY u.kind \
    ON CONFLICT (kind) DO UPDATE SET latest = excluded.latest WHERE seen.latest < excluded.latest";

/// Locks are taken in the order of the keys, so two batches do not wait for each other in a circle. What it does not
/// return is decided by [`settle`]: over, exhausted, granted before, or in conflict. 592 bytes are 16 claims of 37.
const GRANT: &str = "INSERT INTO account AS t (day, hash, kind, used, last, limit_, claims) \
    SELECT u.day, u.hash, u.kind, u.amount, $1::bigint, u.limit_, u.claim \
    FROM unnest($3::int[], $4::bytea[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[]) \
        AS u(day, hash, kind, amount, limit_, until, claim) \
    CROSS JOIN ledger LEFT JOIN seen ON seen.kind = u.kind \
    WHERE u.day = 0 OR u.until > greatest(ledger.forgotten, seen.latest - $2::bigint) \
    ORDER BY u.day, u.hash \
    ON CONFLICT (day, hash) DO UPDATE SET \
        used = t.used + excluded.used, limit_ = excluded.limit_, previous = t.last, last = excluded.last, \
        claims = substring(t.claims FROM greatest(octet_length(t.claims) + 37 - 592, 0) + 1) || excluded.claims \
    WHERE t.used <= excluded.limit_ - excluded.used \
        AND position(substring(excluded.claims FOR 32) IN t.claims) = 0 \
    RETURNING hash, used, previous";
