//! Who is given numbers, so that strangers use up nobody else's.
//!
//! An application has so many in five minutes. Browsers of one network get a part of them, all strangers together four fifths; the
//! last fifth is for browsers to which somebody was handed over before. These are not counted by their network either, since many
//! people may be behind one address, but by the user who was handed over, as long as the device that did it may be used.

use core::net::IpAddr;

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::{Charge, Paid};
use milagro_wire::login::names::UserName;
use milagro_wire::problem::Problem;

use crate::codes::CodeFor;
use crate::device::{self, DeviceKey, Who, user_hash, user_name};
use crate::handoffs::{BrowserSecret, LIFE};
use crate::kinds::{NUMBERS, SEEN};
use crate::service::Service;
use crate::shelf::{self, Kept, digest, unavailable};

/// Numbers of a browser in each five minutes by the clock: at most ten are open at once, since each is good for five.
const BROWSER: u64 = 5;
/// Numbers of all browsers that know a user, in the same time: as many browsers as a device makes known in a day.
const USER: u64 = MARKS * BROWSER;
/// Networks are counted in so many accounts, or strangers of many networks make as many.
const NETWORKS: u64 = 4096;
/// Browsers that a device makes known in a day: whoever has a device does not fill what is left for known browsers.
const MARKS: u64 = 5;
/// For how long a browser counts as seen, and keeps its cookie.
pub(crate) const KNOWN: Seconds = Seconds::days(400);

/// To whom a browser was handed over last, and until when that counts.
struct Seen {
    until: Seconds,
    device: DeviceKey,
    user: UserName,
}

impl Seen {
    /// Version (2), until (8), device's record (32), user (2 and more).
    fn to_bytes(&self) -> Vec<u8> {
        Writer::new()
            .u8(2)
            .seconds(self.until)
            .bytes(&self.device)
            .string(self.user.as_str().as_bytes())
            .finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(2)?;
        let seen = Self {
            until: reader.seconds()?,
            device: *reader.array()?,
            user: user_name(&mut reader)?,
        };
        reader.finish()?;
        Ok(seen)
    }
}

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
        let client = digest("numbers of", wanted.client.as_str().as_bytes());
        let of_client = |most| self.rate(NUMBERS, &client, most, LIFE);
        let of_browser = self.rate(NUMBERS, &digest("browser", &**browser), BROWSER, LIFE);
        let all = u64::from(self.settings.numbers);
        let charges: Vec<Charge> = if let Some(user) = self.known_by(browser).await? {
            // The application's last: what is refused before leaves no trace of itself there.
            let user = digest("numbers of user", &user_hash(&user));
            let of_user = self.rate(NUMBERS, &user, USER, LIFE);
            vec![of_browser, of_user, of_client(all)]
        } else {
            // The browser's last: strangers make no more accounts than there are numbers.
            let of_network = from.map(|from| {
                let most = self.settings.numbers_of_network.into();
                self.rate(NUMBERS, &self.network(from), most, LIFE)
            });
            let rest = [of_client(all - all / 5), of_browser];
            of_network.into_iter().chain(rest).collect()
        };
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

    /// Who was handed over to a browser before, by a device that may still be used.
    pub(crate) async fn known_by(
        &self,
        browser: &BrowserSecret,
    ) -> Result<Option<UserName>, Problem> {
        let found = shelf::find(self.records(), SEEN, &digest("seen", &**browser)).await;
        let found = found.map_err(unavailable)?;
        let seen = found.and_then(|record| Seen::from_bytes(&record.value).ok());
        let Some(Seen { device, user, .. }) = seen.filter(|seen| self.now() < seen.until) else {
            return Ok(None);
        };
        let open = device::is_open(self.records(), &device, &user).await;
        Ok(open.map_err(unavailable)?.then_some(user))
    }

    /// A device hands somebody over to a browser.
    ///
    /// # Errors
    /// [`ProblemType::Rate`](milagro_wire::problem::ProblemType::Rate).
    pub(crate) async fn see(&self, browser: &BrowserSecret, who: &Who) -> Result<(), Problem> {
        let marks = digest("browsers seen by", &who.key);
        let charge = self.rate(NUMBERS, &marks, MARKS, Seconds::days(1));
        let _paid = self.rated(vec![charge]).await?;
        let (key, until) = (digest("seen", &**browser), self.now().plus(KNOWN));
        let found = shelf::find(self.records(), SEEN, &key).await;
        let seen = Seen {
            until,
            device: who.key,
            user: who.user.clone(),
        };
        let kept = Kept {
            kind: SEEN,
            key: &key,
            value: &seen.to_bytes(),
            until: Some(until),
        };
        let before = found.map_err(unavailable)?.map(|record| record.version);
        let written = shelf::put(self.records(), kept, before).await;
        written.map(|_written| ()).map_err(unavailable)
    }
}
