//! The batch check alone: what the library takes for it, in batches as large as the service had.

use std::fs;
use std::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{InPlace, Ledger as _, Paid};
use milagro_mpin::server::{Admitted, Arrival, Attempts, BatchVerifier};
use milagro_mpin::{ChannelBinding, MasterSecret, Verifier};

use crate::Outcome;
use crate::load::figures::count;
use crate::load::phones::{DOMAIN, Phone, START, Task, policy, server_name};
use crate::load::server::rng;

/// A verifier of its own, over a ledger of its own.
pub(crate) struct Alone {
    ledger: InPlace<MemoryLedger>,
    batch: BatchVerifier,
}

impl Alone {
    pub(crate) fn new(master: &MasterSecret) -> Outcome<Self> {
        let born = START.minus(Seconds::hours(1));
        let ledger = InPlace(MemoryLedger::init(&mut rng(), 1 << 20, born));
        let key = master
            .issue_server(&server_name()?)
            .belonging_to(ledger.id());
        let verifier = Verifier::new(master.trust_domain(DOMAIN), &key, ledger.id(), policy());
        let verifier = verifier.map_err(|_| "another ledger")?;
        let verifier = Arc::new(verifier.with_point_cache(4096));
        Ok(Self {
            ledger,
            batch: BatchVerifier::new(verifier),
        })
    }

    /// Processor time of a login's share of a batch, in microseconds: all phones log in once, so many in a batch.
    pub(crate) async fn cost(&mut self, phones: &[Phone], size: usize) -> Outcome<f64> {
        let mut spent = 0.0;
        for phones in phones.chunks(size.max(1)) {
            let mut paid = Vec::with_capacity(phones.len());
            for phone in phones {
                paid.push(self.admit(phone).await?);
            }
            let all = paid.len();
            let before = thread_time()?;
            let verdicts = self.batch.check_all(&mut rng(), paid, START);
            spent += thread_time()? - before;
            let good = verdicts.iter().filter(|verdict| verdict.is_ok()).count();
            if good != all {
                return Err("a right proof is refused".into());
            }
        }
        Ok(spent / count(phones.len()))
    }

    async fn admit(&self, phone: &Phone) -> Outcome<Paid<Admitted>> {
        let verifier = self.batch.verifier();
        let task = Task {
            challenge: verifier.challenge(&mut rng(), START),
            right: true,
        };
        let proof = phone.prove(task)?;
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        let arrival = Arrival::new(&ChannelBinding::None, attempts, START);
        let admitted = verifier.admit(&mut rng(), &proof, arrival);
        let admitted = admitted.map_err(|_| "not admitted")?;
        let paid = admitted.spend(&self.ledger, START).await;
        Ok(paid.map_err(|_| "not paid")?)
    }
}

/// Processor time of this thread, in microseconds.
fn thread_time() -> Outcome<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().ok_or("no time")?.parse()?;
    Ok(nanoseconds / 1e3)
}
