//! Charging: first one statement for all that is new, then a transaction for the rest.

use alloc::collections::BTreeSet;
use deadpool_postgres::Object;
use milagro_base::Seconds;
use milagro_ledger::{Charge, Kind, Verdict, rules};
use tokio_postgres::types::ToSql;

use crate::columns::{self, Columns, byte, day, signed};
use crate::days::Made;
use crate::failure::Failure;
use crate::link::{Link, Shared};
use crate::settle::Settlement;

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
        self.raise_floors(client, shared).await?;
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

    /// The database remembers the floor of every kind before anything of this time is charged. Once a second at
    /// most, so it costs little.
    async fn raise_floors(&self, client: &Object, shared: &Shared) -> Result<(), Failure> {
        let floor = rules::floor(self.now);
        let accounts = self.charges.iter().map(|charge| charge.account);
        let kinds: BTreeSet<Kind> = accounts.map(|account| account.kind()).collect();
        let lower = |kind: &Kind| shared.floor(*kind) < Some(floor);
        let kinds: Vec<Kind> = kinds.into_iter().filter(lower).collect();
        if kinds.is_empty() {
            return Ok(());
        }
        let bytes: Vec<i16> = kinds.iter().map(|kind| byte(*kind)).collect();
        let statement = client.prepare_cached(RAISE).await?;
        client
            .execute(&statement, &[&bytes, &signed(floor.get())])
            .await?;
        for kind in kinds {
            shared.raise_floor(kind, floor);
        }
        Ok(())
    }

    /// What is certain without asking. The statements look again: others may have seen a later time.
    fn refuse_what_is_over(&mut self, shared: &Shared) {
        for (charge, verdict) in self.charges.iter().zip(&mut self.verdicts) {
            let floor = shared.floor(charge.account.kind()).unwrap_or_default();
            if verdict.is_none() && shared.is_over(&charge.account, floor) {
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
        let columns = Columns::new(self.now, self.charges, chunk);
        let statement = client.prepare_cached(GRANT).await?;
        let parameters: [&(dyn ToSql + Sync); 7] = [
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
        let charges = self.charges_at(chunk);
        let looked = Settlement {
            shared,
            now: self.now,
            charges: &charges,
        };
        self.note(chunk, looked.look(client).await?);
        let verdicts = &self.verdicts;
        let open = chunk
            .iter()
            .filter(|place| verdicts.get(**place).is_some_and(Option::is_none));
        let open: Vec<usize> = open.copied().collect();
        if open.is_empty() {
            return Ok(());
        }
        let charges = self.charges_at(&open);
        let settled = Settlement {
            shared,
            now: self.now,
            charges: &charges,
        };
        let verdicts = settled.settle(client).await?;
        self.note(&open, verdicts.into_iter().map(Some));
        Ok(())
    }

    fn charges_at(&self, places: &[usize]) -> Vec<Charge> {
        let charges = places.iter().filter_map(|place| self.charges.get(*place));
        charges.copied().collect()
    }

    fn note(&mut self, places: &[usize], verdicts: impl IntoIterator<Item = Option<Verdict>>) {
        for (place, verdict) in places.iter().zip(verdicts) {
            if let Some(slot) = self.verdicts.get_mut(*place) {
                *slot = verdict;
            }
        }
    }

    fn pending(&self) -> Vec<usize> {
        let verdicts = self.verdicts.iter().enumerate();
        let open = verdicts.filter(|(_, verdict)| verdict.is_none());
        open.map(|(place, _)| place).collect()
    }
}

/// How many charges go into one statement.
const CHUNK: usize = 1024;

const RAISE: &str = "INSERT INTO floor (kind, floor) \
    SELECT u.kind, $2::bigint FROM unnest($1::smallint[]) AS u(kind) ORDER BY u.kind \
    ON CONFLICT (kind) DO UPDATE SET floor = excluded.floor WHERE floor.floor < excluded.floor";

/// Locks are taken in the order of the keys, so two batches do not wait for each other in a circle. What it does not
/// return is decided under a lock: over, exhausted, granted before, or in conflict. A claim has 45 bytes, the last
/// eight of them its time; 720 bytes are 16 claims.
const GRANT: &str = "INSERT INTO account AS t (day, hash, kind, used, limit_, claims) \
    SELECT u.day, u.hash, u.kind, u.amount, u.limit_, u.claim \
    FROM unnest($1::int[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[]) \
        AS u(day, hash, kind, amount, limit_, until, claim) \
    CROSS JOIN ledger LEFT JOIN floor ON floor.kind = u.kind \
    WHERE u.day = 0 OR u.until > greatest(ledger.forgotten, floor.floor) \
    ORDER BY u.day, u.hash \
    ON CONFLICT (day, hash) DO UPDATE SET \
        used = t.used + excluded.used, limit_ = excluded.limit_, \
        before = CASE WHEN octet_length(t.claims) < 720 THEN t.before ELSE substring(t.claims FROM 38 FOR 8) END, \
        claims = CASE WHEN octet_length(t.claims) < 720 THEN t.claims ELSE substring(t.claims FROM 46) END \
            || excluded.claims \
    WHERE t.used <= excluded.limit_ - excluded.used \
        AND position(substring(excluded.claims FOR 32) IN t.claims) = 0 \
    RETURNING hash, used, CASE WHEN octet_length(claims) = 45 THEN before \
        ELSE substring(claims FROM octet_length(claims) - 52 FOR 8) END";
