//! Ceremonies: every message of a session, from keys and seeds.

use milagro_dta::ceremony::{Board, Outcome, Plan, Seat, Seed, advance};
use milagro_dta::{Authority, MemberKey, Mpin, Roster, Threshold};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::Draw;
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

type Group = milagro_dta::sharing::Bls12381G1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ceremony {
    /// The name of the domain.
    domain: String,
    threshold: u16,
    /// The members' secret keys, 32 bytes each.
    member_keys: Vec<Hex>,
    /// The session in which the domain is founded.
    found: Session,
    /// One in which all shares are renewed.
    refresh: Option<Session>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    /// What makes it another session than all others, 32 bytes.
    session: Hex,
    /// What each member draws everything from, 32 bytes each.
    seeds: Vec<Hex>,
}

/// What a session leaves behind.
struct Held {
    messages: Vec<Vec<u8>>,
    outcomes: Vec<Outcome<Mpin>>,
}

impl Session {
    /// Everybody speaks in turn until all have finished.
    fn hold(
        &self,
        plan: &Plan<Mpin>,
        keys: &[MemberKey<Group>],
        held: &[Authority<Mpin>],
    ) -> Result<Held, Mismatch> {
        if self.seeds.len() != keys.len() {
            return Err(Mismatch::new("seeds", "not one for each member"));
        }
        let seeds = self.seeds.iter().map(|seed| seed.array("seeds"));
        let seeds = seeds.map(|seed| seed.map(|seed| Seed::from_bytes(&seed)));
        let seeds: Vec<_> = seeds.collect::<Result<_, _>>()?;
        let mut logs = vec![Vec::new(); keys.len()];
        let mut board = Board::new(plan);
        let mut messages = Vec::new();
        loop {
            let (mut outcomes, mut is_silent) = (Vec::new(), true);
            for (place, (key, seed)) in keys.iter().zip(&seeds).enumerate() {
                let seat = Seat::take(plan, key, seed, held.get(place));
                let seat = seat.map_err(of("member_keys"))?;
                let log: &mut Vec<Vec<u8>> = logs
                    .get_mut(place)
                    .ok_or_else(|| Mismatch::new("member_keys", "no log"))?;
                let progress = advance(&seat, log, &board).map_err(of("seeds"))?;
                if let Some(message) = progress.send {
                    log.push(message.clone());
                    board.add(&message).map_err(of("seeds"))?;
                    messages.push(message);
                    is_silent = false;
                }
                outcomes.extend(progress.result);
            }
            if outcomes.len() == keys.len() {
                return Ok(Held { messages, outcomes });
            }
            if is_silent {
                return Err(Mismatch::new("seeds", "the session does not end"));
            }
        }
    }
}

impl Wire for Ceremony {
    const NAME: &'static str = "milagro-wire-ceremony";
    const ABOUT: &'static str = "wire format 2: the messages of ceremonies";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let field = "member_keys";
        let keys = self.member_keys.iter().map(|key| {
            let key = MemberKey::<Group>::from_bytes(&key.array(field)?);
            key.map_err(of(field))
        });
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        let roster = Roster::new(keys.iter().map(MemberKey::public)).map_err(of(field))?;
        let members = u16::try_from(keys.len()).map_err(of(field))?;
        let threshold = Threshold::new(self.threshold, members).map_err(of("threshold"))?;
        let session = self.found.session.array("session")?;
        let plan = Plan::<Mpin>::found(session, &self.domain, threshold, roster.clone());
        let plan = plan.map_err(of("found"))?;
        let founded = self.found.hold(&plan, &keys, &[])?;
        let missing = || Mismatch::new("found", "nobody has finished");
        let domain = founded.outcomes.first().ok_or_else(missing)?.domain.clone();
        let outputs = Outputs::default()
            .bytes("roster", roster.to_bytes())
            .bytes("plan", plan.digest().to_bytes())
            .all("messages", &founded.messages)
            .bytes("domain", domain.to_bytes());
        let Some(refresh) = &self.refresh else {
            return Ok(outputs);
        };
        let authorities = founded.outcomes.into_iter();
        let authorities: Vec<_> = authorities
            .filter_map(|outcome| outcome.authority)
            .collect();
        let session = refresh.session.array("session")?;
        let plan = Plan::refresh(session, domain, roster).map_err(of("refresh"))?;
        let renewed = refresh.hold(&plan, &keys, &authorities)?;
        let domain = renewed.outcomes.first().ok_or_else(missing)?;
        Ok(outputs
            .bytes("refresh_plan", plan.digest().to_bytes())
            .all("refresh_messages", &renewed.messages)
            .bytes("refreshed_domain", domain.domain.to_bytes()))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let each = |members: u16, make: &dyn Fn(u16) -> String| -> Vec<String> {
            (1..=members).map(make).collect()
        };
        let session = |label: &str, members: u16| {
            json!({
                "session": draw.bytes(&format!("ceremony {label}"), 32),
                "seeds": each(members, &|number| draw.bytes(&format!("ceremony {label} seed {number}"), 32)),
            })
        };
        let keys = |members: u16| {
            each(members, &|number| {
                draw.scalar(&format!("ceremony member {number}"))
            })
        };
        vec![
            (
                "two of three found a domain, and renew their shares",
                json!({
                    "domain": "example", "threshold": 2, "member_keys": keys(3),
                    "found": session("found", 3), "refresh": session("refresh", 3),
                }),
            ),
            (
                "one alone",
                json!({
                    "domain": "alone", "threshold": 1, "member_keys": keys(1),
                    "found": session("alone", 1),
                }),
            ),
        ]
    }
}
