//! Charges as arguments of a script, and what it answers.

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Grant, Life, Verdict, rules};
use milagro_store::Tally;
use redis::Value;

use crate::failure::Failure;

/// The last number that a script counts exactly: its numbers are of floating point.
pub(crate) const LAST: u64 = (1 << 53) - 1;

/// A time as a script counts it.
pub(crate) const fn time(seconds: Seconds) -> u64 {
    if seconds.get() > LAST {
        LAST
    } else {
        seconds.get()
    }
}

/// When an account is worthless, or 0 for a lasting one. One that is worthless in the first second of 1970 is so in
/// the next one too.
pub(crate) const fn until(account: &Account) -> u64 {
    match account.life() {
        Life::Lasting => 0,
        Life::Span { until, .. } => match time(until) {
            0 => 1,
            until => until,
        },
    }
}

/// When Redis forgets it; nothing for what is kept.
pub(crate) fn expiry(until: Option<Seconds>) -> Vec<u8> {
    match until.map(|until| until.plus(rules::KEPT).get()) {
        Some(second) if second <= LAST_EXPIRY => second.max(1).to_string().into_bytes(),
        _ => Vec::new(),
    }
}

/// The three arguments of a charge.
pub(crate) fn arguments(now: Seconds, charge: &Charge) -> [Vec<u8>; 3] {
    let account = &charge.account;
    let new = Charge {
        limit: u64::MAX,
        ..*charge
    };
    let limit = charge.limit.min(LAST);
    let amount = u64::from(charge.amount.get());
    let mut info = vec![account.kind().to_byte(), u8::from(amount <= limit)];
    // The script takes the amount from the limit, so it is not below.
    info.extend_from_slice(&limit.to_be_bytes());
    info.extend_from_slice(&until(account).to_be_bytes());
    let expiry = match account.life() {
        Life::Lasting => Vec::new(),
        Life::Span { until, .. } => expiry(Some(until)),
    };
    let new = Tally::first(now, &new).map(|tally| tally.to_bytes());
    [new.unwrap_or_default(), info, expiry]
}

/// What a script says of a charge.
pub(crate) fn verdict(charge: &Charge, answer: &Value) -> Result<Verdict, Failure> {
    let bytes = match answer {
        Value::Int(0) => {
            return Ok(Verdict::Granted(Grant {
                used: u64::from(charge.amount.get()),
                previous: None,
                again: false,
            }));
        }
        Value::BulkString(bytes) => bytes,
        _ => return Err(unexpected()),
    };
    let ([code], rest) = bytes.split_first_chunk().ok_or_else(unexpected)?;
    let (used, rest) = rest.split_first_chunk().ok_or_else(unexpected)?;
    let ([is_known], rest) = rest.split_first_chunk().ok_or_else(unexpected)?;
    let time: [u8; 8] = rest.try_into().map_err(|_length| unexpected())?;
    let time = (*is_known == 1).then(|| Seconds::new(u64::from_be_bytes(time)));
    let used = u64::from_be_bytes(*used);
    let granted = |again| {
        Verdict::Granted(Grant {
            used,
            previous: time,
            again,
        })
    };
    Ok(match code {
        1 => granted(false),
        2 => granted(true),
        3 => Verdict::Exhausted { used, last: time },
        4 => Verdict::Over,
        5 => Verdict::Conflict,
        _ => return Err(unexpected()),
    })
}

/// A number in an answer.
pub(crate) const fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

pub(crate) fn unexpected() -> Failure {
    Failure::Refused("an answer that no script of ours gives".to_owned())
}

/// Redis counts expiries in milliseconds of 63 bits. What lasts beyond the year 5000 is kept.
const LAST_EXPIRY: u64 = 100_000_000_000;
