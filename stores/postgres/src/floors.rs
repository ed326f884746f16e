//! Floors: what was worthless by then may have been forgotten.

use alloc::collections::{BTreeMap, BTreeSet};
use core::sync::atomic::Ordering;
use deadpool_postgres::GenericClient;
use milagro_base::Seconds;
use milagro_ledger::Account;

use crate::columns::{byte, unsigned};
use crate::failure::Failure;
use crate::link::Shared;

/// The floor of each kind.
pub(crate) struct Floors(BTreeMap<i16, Seconds>);

impl Floors {
    /// Asked after accounts are locked, so that nothing is forgotten in between without a trace.
    pub(crate) async fn read<C: GenericClient + Sync>(
        client: &C,
        shared: &Shared,
        accounts: &[&Account],
    ) -> Result<Self, Failure> {
        let kinds = accounts.iter().map(|account| byte(account.kind()));
        let kinds: Vec<i16> = kinds.collect::<BTreeSet<_>>().into_iter().collect();
        let statement = client.prepare_cached(FLOORS).await?;
        let mut floors = BTreeMap::new();
        for row in client.query(&statement, &[&kinds]).await? {
            let forgotten = unsigned(row.try_get(0)?);
            shared.forgotten.fetch_max(forgotten, Ordering::Relaxed);
            if let Some(kind) = row.try_get(1)? {
                let floor = match row.try_get(2)? {
                    // Beyond what the database can count.
                    i64::MAX => Seconds::MAX,
                    floor => Seconds::new(unsigned(floor)),
                };
                floors.insert(kind, floor);
            }
        }
        Ok(Self(floors))
    }

    /// That of an account's kind.
    pub(crate) fn of(&self, account: &Account) -> Seconds {
        self.0
            .get(&byte(account.kind()))
            .copied()
            .unwrap_or_default()
    }
}

const FLOORS: &str = "SELECT ledger.forgotten, floor.kind, floor.floor FROM ledger \
    LEFT JOIN floor ON floor.kind = ANY($1::smallint[])";
