//! Login codes: what an application takes in place of a password, once, within a minute, from a page of its own.
//!
//! The code is 32 random bytes; the records hold its hash, and the ledger counts its use. A code that is shown by another
//! application than its own, or for a page of another origin, has leaked: it is used up.

use core::num::NonZeroU32;

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::rules::SKEW;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, Unspent};
use milagro_mpin::full::SessionKeys;
use milagro_mpin::server::DeviceId;
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::{ClientId, Origin, UserName};
use milagro_wire::login::{CODE_LEN, RedeemAnswer};
use milagro_wire::problem::{Problem, ProblemType};
use zeroize::Zeroizing;

use crate::agreed;
use crate::device::{self, DeviceKey, Who, user_name};
use crate::kinds::CODE;
use crate::notes::{self, Event, Outcome, What};
use crate::pay::{NotPaid, pay};
use crate::service::Service;
use crate::shelf::{self, Kept, digest, unavailable};

/// For how long a code is good. A constant, since the account of its use hangs on it.
pub const CODE_LIFE: Seconds = Seconds::minutes(1);

/// For whom a code is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CodeFor {
    pub(crate) client: ClientId,
    pub(crate) origin: Origin,
}

/// What a code stands for.
struct Code {
    wanted: CodeFor,
    user: UserName,
    device: DeviceId,
    key: DeviceKey,
    /// When its user logged in.
    at: Seconds,
    issued: Seconds,
    /// The keys that the login agreed on, sealed under the code.
    keys: Option<Vec<u8>>,
}

impl Code {
    /// Version (1), issued (8), logged in (8), device (16), device's record (32), user, application, origin; in version 2 the
    /// sealed keys.
    fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new()
            .u8(if self.keys.is_some() { 2 } else { 1 })
            .seconds(self.issued)
            .seconds(self.at)
            .bytes(&self.device.to_bytes())
            .bytes(&self.key)
            .string(self.user.as_str().as_bytes())
            .string(self.wanted.client.as_str().as_bytes())
            .string(self.wanted.origin.as_str().as_bytes());
        let writer = self.keys.iter().fold(writer, |all, keys| all.string(keys));
        writer.finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if ![1, 2].contains(&version) {
            return Err(DecodeError::Version);
        }
        let (issued, at) = (reader.seconds()?, reader.seconds()?);
        let device = DeviceId::from_bytes(*reader.array()?);
        let key = *reader.array()?;
        let user = user_name(&mut reader)?;
        let wanted = code_for(&mut reader)?;
        let keys = match version {
            1 => None,
            _ => Some(reader.string()?.to_vec()),
        };
        reader.finish()?;
        Ok(Self {
            wanted,
            user,
            device,
            key,
            at,
            issued,
            keys,
        })
    }

    /// One use. The life hangs on constants alone.
    fn account(&self, hash: &[u8; 32]) -> Account {
        let life = Life::Span {
            from: Some(self.issued.minus(SKEW)),
            until: self.issued.plus(CODE_LIFE).plus(SKEW),
        };
        Account::new(Kind::LOGIN_CODE, hash, life)
    }

    fn is_timely(&self, now: Seconds) -> bool {
        now < self.issued.plus(CODE_LIFE) && self.issued <= now.plus(SKEW)
    }
}

/// An application and an origin, each behind its length.
pub(crate) fn code_for(reader: &mut Reader<'_>) -> Result<CodeFor, DecodeError> {
    let mut text = || core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value);
    let client = ClientId::new(text()?).map_err(|_| DecodeError::Value)?;
    let origin = Origin::new(text()?).map_err(|_| DecodeError::Value)?;
    Ok(CodeFor { client, origin })
}

impl Service {
    /// A code for somebody who has logged in.
    pub(crate) async fn make_code(
        &self,
        who: &Who,
        wanted: &CodeFor,
        keys: Option<&SessionKeys>,
    ) -> Result<Zeroizing<[u8; CODE_LEN]>, Problem> {
        let code = self.random::<CODE_LEN>();
        let issued = self.now();
        let stands_for = Code {
            wanted: wanted.clone(),
            user: who.user.clone(),
            device: who.device,
            key: who.key,
            at: who.at,
            issued,
            keys: keys.map(|keys| agreed::seal(keys, &code)).transpose()?,
        };
        let kept = Kept {
            kind: CODE,
            key: &digest("code", &*code),
            value: &stands_for.to_bytes(),
            until: Some(issued.plus(CODE_LIFE)),
        };
        let written = shelf::put(self.records(), kept, None).await;
        if written.map_err(unavailable)? {
            Ok(code)
        } else {
            Err(ProblemType::Internal.problem())
        }
    }

    /// Redeems a code for an application that has said who it is.
    pub(crate) async fn redeem(
        &self,
        wanted: &CodeFor,
        code: &Blob<CODE_LEN>,
    ) -> Result<RedeemAnswer, Problem> {
        let refused = || ProblemType::Refused.problem();
        let hash = digest("code", code.as_bytes());
        let found = shelf::find(self.records(), CODE, &hash).await;
        let found = found.map_err(unavailable)?;
        let stands_for = found.and_then(|record| Code::from_bytes(&record.value).ok());
        let now = self.now();
        let Some(stands_for) = stands_for.filter(|code| code.is_timely(now)) else {
            // A guess, or too late: whatever it is, it is written down nowhere.
            notes::dropped("code");
            return Err(refused());
        };
        let event = |outcome| {
            Event::new(What::Code, outcome)
                .of(&self.book, &stands_for.user)
                .on(&self.book, stands_for.device)
                .by(&wanted.client)
        };
        let charge = Charge {
            account: stands_for.account(&hash),
            amount: NonZeroU32::MIN,
            limit: 1,
            claim: Claim::fresh(&mut *self.parts.effects.rng()),
        };
        let unspent = Unspent::new((), vec![charge]).on(self.ledger().id());
        match pay(self, unspent).await {
            Ok(paid) => drop(paid),
            Err(NotPaid::Problem(problem)) => return Err(problem),
            Err(NotPaid::Exhausted | NotPaid::Over) => {
                self.book.note(now, event(Outcome::Used)).await?;
                return Err(refused());
            }
        }
        if stands_for.wanted != *wanted {
            self.book.note(now, event(Outcome::Refused)).await?;
            return Err(refused());
        }
        let open = device::is_open(self.records(), &stands_for.key, &stands_for.user).await;
        if !open.map_err(unavailable)? {
            self.book.note(now, event(Outcome::Closed)).await?;
            return Err(refused());
        }
        let keys = stands_for.keys.as_ref();
        let keys = keys.map(|keys| agreed::open(keys, code)).transpose()?;
        self.book.note(now, event(Outcome::Accepted)).await?;
        Ok(RedeemAnswer {
            device: Blob::new(stands_for.device.to_bytes()).map_err(|_| ProblemType::Internal)?,
            user: stands_for.user,
            at: stands_for.at.get(),
            keys,
        })
    }
}
