//! Accounts one by one: for what the one statement does not decide, and for what is given back.

use deadpool_postgres::Object;
use futures_util::future::try_join;
use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Verdict};
use milagro_store::Tally;

use crate::columns::{signed, unsigned};
use crate::failure::Failure;
use crate::floors::Floors;
use crate::link::Shared;
use crate::rows::Rows;

/// Charges that are decided one by one.
pub(crate) struct Settlement<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) now: Seconds,
    pub(crate) charges: &'a [Charge],
}

impl Settlement<'_> {
    /// Decides charges of accounts that they do not change: what is exhausted stays so without a lock. The others
    /// have no verdict.
    pub(crate) async fn look(&self, client: &Object) -> Result<Vec<Option<Verdict>>, Failure> {
        let accounts = accounts(self.charges);
        let floors = Floors::read(client, self.shared, &accounts);
        let (floors, mut rows) = try_join(floors, Rows::look(client, &accounts)).await?;
        let verdicts = self.decide(&floors, &mut rows);
        let decided = self.charges.iter().zip(verdicts).map(|(charge, verdict)| {
            let unchanged = rows.is_unchanged(&charge.account);
            unchanged.then_some(verdict)
        });
        Ok(decided.collect())
    }

    /// Decides charges while nobody else can charge their accounts.
    pub(crate) async fn settle(&self, client: &mut Object) -> Result<Vec<Verdict>, Failure> {
        let accounts = accounts(self.charges);
        let transaction = client.transaction().await?;
        // Sent together, and answered in this order.
        let rows = Rows::lock(&transaction, &accounts);
        let floors = Floors::read(&transaction, self.shared, &accounts);
        let (mut rows, floors) = try_join(rows, floors).await?;
        let verdicts = self.decide(&floors, &mut rows);
        rows.write(&transaction).await?;
        transaction.commit().await?;
        Ok(verdicts)
    }

    fn decide(&self, floors: &Floors, rows: &mut Rows) -> Vec<Verdict> {
        let decide = |charge: &Charge| {
            let account = &charge.account;
            if self.shared.is_over(account, floors.of(account)) {
                return Verdict::Over;
            }
            // As far as the database can count.
            let limit = unsigned(signed(charge.limit));
            let charge = Charge { limit, ..*charge };
            rows.change(account, |tally| Tally::charge(tally, self.now, &charge))
        };
        self.charges.iter().map(decide).collect()
    }
}

/// Takes charges back.
pub(crate) async fn refund(client: &mut Object, charges: &[Charge]) -> Result<(), Failure> {
    let transaction = client.transaction().await?;
    let mut rows = Rows::lock(&transaction, &accounts(charges)).await?;
    for charge in charges {
        rows.change(&charge.account, |account| {
            if let Some(tally) = account {
                tally.refund(charge);
            }
            if account.as_ref().is_some_and(Tally::is_zero) {
                *account = None;
            }
        });
    }
    rows.write(&transaction).await?;
    Ok(transaction.commit().await?)
}

fn accounts(charges: &[Charge]) -> Vec<&Account> {
    charges.iter().map(|charge| &charge.account).collect()
}
