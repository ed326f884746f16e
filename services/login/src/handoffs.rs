//! Hand-offs: one screen shows a number and an origin, a device that has the user's token asks what the number stands for,
//! shows both, and its person confirms and logs in; the browser that showed the number gets a login code.
//!
//! A number is found once a second by each replica in one question to the records, so it does not matter which replica has
//! the browser and which the device.

use core::net::IpAddr;
use core::num::NonZeroU32;

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::records::Version;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, Paid, Unavailable, Unspent};
use milagro_mpin::server::DeviceId;
use milagro_wire::login::names::{Number, Origin};
use milagro_wire::problem::{Problem, ProblemType};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::codes::{CODE_LIFE, CodeFor, code_for};
use crate::device::{DeviceKey, Who, user_name};
use crate::gate::Arrived;
use crate::kinds::{GUESSES, HAND_OFF};
use crate::notes::{Event, Outcome, What};
use crate::pay::{NotPaid, pay};
use crate::service::Service;
use crate::shelf::{self, Kept, digest, unavailable};

/// For how long a number is good.
pub(crate) const LIFE: Seconds = Seconds::minutes(5);
/// Wrong numbers of a device in an hour.
const WRONG: u64 = 10;

/// What a browser that shows a number keeps.
pub(crate) type BrowserSecret = Zeroizing<[u8; 32]>;

/// A number, as the records hold it.
pub(crate) struct HandOff {
    pub(crate) wanted: CodeFor,
    browser: [u8; 32],
    opened: Seconds,
    /// Who has logged in for it.
    pub(crate) done: Option<Who>,
}

impl HandOff {
    /// Version (1), browser's hash (32), opened (8), application, origin, whether somebody has logged in (1), and who.
    fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new()
            .u8(1)
            .bytes(&self.browser)
            .seconds(self.opened)
            .string(self.wanted.client.as_str().as_bytes())
            .string(self.wanted.origin.as_str().as_bytes())
            .u8(self.done.is_some().into());
        let writer = self.done.iter().fold(writer, |writer, who| {
            writer
                .seconds(who.at)
                .bytes(&who.device.to_bytes())
                .bytes(&who.key)
                .string(who.user.as_str().as_bytes())
        });
        writer.finish()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(1)?;
        let browser = *reader.array()?;
        let opened = reader.seconds()?;
        let wanted = code_for(&mut reader)?;
        let done = match reader.u8()? {
            0 => None,
            1 => {
                let at = reader.seconds()?;
                let device = DeviceId::from_bytes(*reader.array()?);
                let key: DeviceKey = *reader.array()?;
                let user = user_name(&mut reader)?;
                Some(Who {
                    user,
                    device,
                    key,
                    at,
                })
            }
            _ => return Err(DecodeError::Value),
        };
        reader.finish()?;
        Ok(Self {
            wanted,
            browser,
            opened,
            done,
        })
    }

    /// Whether it was opened for a browser.
    fn is_of(&self, browser: &BrowserSecret) -> bool {
        digest("browser", &**browser).ct_eq(&self.browser).into()
    }

    fn is_timely(&self, now: Seconds) -> bool {
        now < self.opened.plus(LIFE) && self.opened <= now.plus(milagro_ledger::rules::SKEW)
    }
}

pub(crate) fn record_key(number: Number) -> [u8; 7] {
    let mut key = [0; 7];
    let text = number.to_string();
    key.iter_mut()
        .zip(text.bytes())
        .for_each(|(to, from)| *to = from);
    key
}

/// A number for a browser.
pub(crate) struct Shown {
    pub(crate) number: Number,
    /// What binds the number to the browser.
    pub(crate) browser: BrowserSecret,
    /// What the browser is known again by.
    pub(crate) known: BrowserSecret,
}

impl Service {
    /// Opens a number for a browser, which may be known from before. What binds the number is drawn anew: whoever has read or
    /// set a cookie of a shared screen has nothing for the next number.
    pub(crate) async fn open_number(
        &self,
        wanted: CodeFor,
        known: Option<BrowserSecret>,
        from: Option<IpAddr>,
    ) -> Result<Shown, Problem> {
        let now = self.now();
        self.check_client(&wanted).await?;
        let known = known.unwrap_or_else(|| self.random());
        let browser = self.random();
        let fee = self.pay_number(&wanted, &known, from).await?;
        let hand_off = HandOff {
            wanted,
            browser: digest("browser", &*browser),
            opened: now,
            done: None,
        };
        for _ in 0..shelf::TRIES {
            let number = self.draw_number()?;
            if self
                .take_number(number, &hand_off)
                .await
                .map_err(unavailable)?
            {
                return Ok(Shown {
                    number,
                    browser,
                    known,
                });
            }
        }
        fee.give_back(self).await;
        Err(ProblemType::Busy.problem().after(1))
    }

    fn draw_number(&self) -> Result<Number, Problem> {
        // 64 bits over a million: the bias is below 2^-44.
        let random = u64::from_be_bytes(*self.random());
        let digits = random % u64::from(Number::COUNT);
        let digits = u32::try_from(digits).map_err(|_| ProblemType::Internal)?;
        Number::with_check(digits).map_err(|_| ProblemType::Internal.problem())
    }

    /// Takes a number that nobody has, or nobody any more.
    async fn take_number(&self, number: Number, hand_off: &HandOff) -> Result<bool, Unavailable> {
        let found = self.number(number).await?;
        let version = match found {
            Some((other, _)) if other.is_timely(hand_off.opened) => return Ok(false),
            Some((_, version)) => Some(version),
            None => None,
        };
        self.write_number(number, hand_off, version).await
    }

    async fn write_number(
        &self,
        number: Number,
        hand_off: &HandOff,
        expected: Option<Version>,
    ) -> Result<bool, Unavailable> {
        let kept = Kept {
            kind: HAND_OFF,
            key: &record_key(number),
            value: &hand_off.to_bytes(),
            until: Some(hand_off.opened.plus(LIFE)),
        };
        shelf::put(self.records(), kept, expected).await
    }

    async fn number(&self, number: Number) -> Result<Option<(HandOff, Version)>, Unavailable> {
        let found = shelf::find(self.records(), HAND_OFF, &record_key(number)).await?;
        Ok(found.and_then(|record| {
            let hand_off = HandOff::from_bytes(&record.value).ok()?;
            Some((hand_off, record.version))
        }))
    }

    /// What a number stands for. Asking is charged to the device, and given back if there is such a number.
    pub(crate) async fn look(&self, number: Number, arrived: &Arrived) -> Result<CodeFor, Problem> {
        if arrived.stale {
            return Err(ProblemType::Refused.problem());
        }
        let hour = Seconds::hours(1);
        let charge = self.rate(GUESSES, &arrived.key, WRONG, hour);
        let paid = self.rated(vec![charge]).await?;
        let found = self.number(number).await.map_err(unavailable)?;
        let now = self.now();
        let open = found.filter(|(one, _)| one.is_timely(now) && one.done.is_none());
        let Some((hand_off, _)) = open else {
            let event = Event::new(What::HandOff, Outcome::Refused)
                .of(&self.book, &arrived.device.user)
                .on(&self.book, arrived.device.id);
            self.book.note(now, event).await?;
            return Err(ProblemType::NotFound.problem());
        };
        paid.give_back(self.ledger()).await;
        Ok(hand_off.wanted)
    }

    /// Hands a login over to the browser that shows a number. The origin is the one that its person has confirmed.
    pub(crate) async fn hand_over(
        &self,
        number: Number,
        origin: &Origin,
        who: &Who,
    ) -> Result<(), Problem> {
        let now = self.now();
        let found = self.number(number).await.map_err(unavailable)?;
        let fits = found.filter(|(one, _)| {
            one.is_timely(now) && one.done.is_none() && one.wanted.origin == *origin
        });
        let (mut hand_off, version) = fits.ok_or(ProblemType::NotFound)?;
        hand_off.done = Some(who.clone());
        let written = self.write_number(number, &hand_off, Some(version)).await;
        // Somebody else was faster.
        let written = written.map_err(unavailable)?;
        written.then_some(()).ok_or(ProblemType::NotFound.into())
    }

    /// For how much longer a number is good, for the browser that it was opened for and no other.
    pub(crate) async fn is_shown_by(
        &self,
        number: Number,
        browser: &BrowserSecret,
    ) -> Result<Option<Seconds>, Problem> {
        let found = self.number(number).await.map_err(unavailable)?;
        let now = self.now();
        let own = found.filter(|(one, _)| one.is_timely(now) && one.is_of(browser));
        Ok(own.map(|(one, _)| one.opened.plus(LIFE).minus(now)))
    }

    /// The code of a number for which somebody has logged in: once, and the number is gone. A browser that has waited since
    /// before may find that the number is another browser's by now.
    pub(crate) async fn collect(
        &self,
        number: Number,
        browser: &BrowserSecret,
        known: Option<&BrowserSecret>,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, Problem> {
        let found = self.number(number).await.map_err(unavailable)?;
        let Some((hand_off, version)) = found.filter(|(one, _)| one.is_of(browser)) else {
            return Ok(None);
        };
        // Whoever logged in at the last moment is waited for a little longer.
        let until = hand_off.opened.plus(LIFE).plus(CODE_LIFE);
        let Some(who) = hand_off.done.filter(|_| self.now() < until) else {
            return Ok(None);
        };
        let key = record_key(number);
        let taken = shelf::take(self.records(), HAND_OFF, &key, version).await;
        if !taken.map_err(unavailable)? {
            return Ok(None);
        }
        let code = self.make_code(&who, &hand_off.wanted, None).await?;
        if let Some(known) = known {
            // What is not written costs the browser its place before strangers, and not the code.
            let _not_seen = self.see(known, &who).await;
        }
        Ok(Some(code))
    }

    /// One more of something in a window of the clock.
    pub(crate) fn rate(
        &self,
        kind: Kind,
        digest: &[u8; 32],
        limit: u64,
        window: Seconds,
    ) -> Charge {
        let length = window.get().max(1);
        let until = (self.now().get() / length).saturating_add(1);
        let life = Life::Span {
            from: None,
            until: Seconds::new(until.saturating_mul(length)),
        };
        Charge {
            account: Account::new(kind, digest, life),
            amount: NonZeroU32::MIN,
            limit,
            claim: Claim::fresh(&mut *self.parts.effects.rng()),
        }
    }

    /// Pays rates.
    ///
    /// # Errors
    /// [`ProblemType::Rate`].
    pub(crate) async fn rated(&self, charges: Vec<Charge>) -> Result<Paid<()>, Problem> {
        let unspent = Unspent::new((), charges).on(self.ledger().id());
        pay(self, unspent).await.map_err(|error| match error {
            NotPaid::Problem(problem) => problem,
            NotPaid::Exhausted | NotPaid::Over => ProblemType::Rate.problem().after(60),
        })
    }
}
