//! Who is given numbers, so that strangers use up nobody else's.
//!
//! An application has so many in five minutes. Browsers of one network get a part of them, all strangers together four fifths; the
//! last fifth is for browsers to which somebody was handed over before. These are not counted by their network either, since many
//! people may be behind one address.

use core::net::IpAddr;

use milagro_base::Seconds;
use milagro_ledger::Paid;
use milagro_wire::problem::Problem;

use crate::codes::CodeFor;
use crate::device::DeviceKey;
use crate::handoffs::{BrowserSecret, LIFE};
use crate::kinds::{NUMBERS, SEEN};
use crate::service::Service;
use crate::shelf::{self, Kept, digest, unavailable};

/// Numbers of a browser in each five minutes by the clock: at most ten are open at once, since each is good for five.
const BROWSER: u64 = 5;
/// Networks are counted in so many accounts, or strangers of many networks make as many.
const NETWORKS: u64 = 4096;
/// Browsers that a device makes known in a day: whoever has a device does not fill what is left for known browsers.
const MARKS: u64 = 5;
/// For how long a browser counts as seen, and keeps its cookie.
pub(crate) const KNOWN: Seconds = Seconds::days(400);

/// What was paid for a number.
pub(crate) struct Fee(Vec<Paid<()>>);

impl Fee {
    /// No number was given.
    pub(crate) async fn give_back(self, service: &Service) {
        for paid in self.0 {
            paid.give_back(service.ledger()).await;
        }
    }
}

impl Service {
    /// Pays for a number of an application, shown by a browser.
    ///
    /// # Errors
    /// [`ProblemType::Rate`](milagro_wire::problem::ProblemType::Rate).
    pub(crate) async fn pay_number(
        &self,
        wanted: &CodeFor,
        browser: &BrowserSecret,
        from: Option<IpAddr>,
    ) -> Result<Fee, Problem> {
        let seen = self.is_seen(browser).await?;
        let (all, strange) = (u64::from(self.settings.numbers), !seen);
        let client = digest("numbers of", wanted.client.as_str().as_bytes());
        let most = if seen { all } else { all - all / 5 };
        let of_network = from.filter(|_| strange).map(|from| {
            let most = self.settings.numbers_of_network.into();
            self.rate(NUMBERS, &self.network(from), most, LIFE)
        });
        // The network's and the application's first: strangers make no more accounts than there are numbers.
        let charges = of_network.into_iter().chain([
            self.rate(NUMBERS, &client, most, LIFE),
            self.rate(NUMBERS, &digest("browser", &**browser), BROWSER, LIFE),
        ]);
        let mut fee = Fee(Vec::new());
        for charge in charges {
            match self.rated(vec![charge]).await {
                Ok(paid) => fee.0.push(paid),
                Err(problem) => {
                    fee.give_back(self).await;
                    return Err(problem);
                }
            }
        }
        Ok(fee)
    }

    /// In which account an address is counted: nobody knows whose else it is.
    fn network(&self, from: IpAddr) -> [u8; 32] {
        let network = match from {
            IpAddr::V4(from) => u128::from(u32::from(from) >> 8),
            IpAddr::V6(from) => (u128::from(from) >> 80) | 1 << 127,
        };
        let key = &*self.parts.audit_key;
        let hash = digest("network", &[&key[..], &network.to_be_bytes()].concat());
        let place = hash
            .first_chunk()
            .map_or(0, |first| u64::from_be_bytes(*first));
        digest("numbers of network", &(place % NETWORKS).to_be_bytes())
    }

    /// Whether somebody was handed over to a browser before.
    pub(crate) async fn is_seen(&self, browser: &BrowserSecret) -> Result<bool, Problem> {
        let found = shelf::find(self.records(), SEEN, &digest("seen", &**browser)).await;
        let found = found.map_err(unavailable)?;
        Ok(
            found.is_some_and(|record| match record.value.split_first() {
                Some((1, until)) => {
                    let until = <[u8; 8]>::try_from(until).map_or(0, u64::from_be_bytes);
                    self.now() < Seconds::new(until)
                }
                _ => false,
            }),
        )
    }

    /// A device hands somebody over to a browser: version (1), until (8).
    ///
    /// # Errors
    /// [`ProblemType::Rate`](milagro_wire::problem::ProblemType::Rate).
    pub(crate) async fn see(
        &self,
        browser: &BrowserSecret,
        device: &DeviceKey,
    ) -> Result<(), Problem> {
        let marks = digest("browsers seen by", device);
        let charge = self.rate(NUMBERS, &marks, MARKS, Seconds::days(1));
        let _paid = self.rated(vec![charge]).await?;
        let (key, until) = (digest("seen", &**browser), self.now().plus(KNOWN));
        let found = shelf::find(self.records(), SEEN, &key).await;
        let kept = Kept {
            kind: SEEN,
            key: &key,
            value: &[&[1], &until.to_bytes()[..]].concat(),
            until: Some(until),
        };
        let before = found.map_err(unavailable)?.map(|record| record.version);
        let written = shelf::put(self.records(), kept, before).await;
        written.map(|_written| ()).map_err(unavailable)
    }
}
