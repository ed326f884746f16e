//! Ceremonies: every message of a session, from keys and seeds.

use milagro_dta::ceremony::{Board, Outcome, Party, Plan, Seat, Seed, advance, exclude};
use milagro_dta::{Authority, AuthorityId, MemberKey, Mpin, Roster, Threshold};
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
    /// One in which the first t give the last one its share again.
    repair: Option<Session>,
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

/// A member, with the share that it holds.
#[derive(Clone, Copy)]
struct Member<'a> {
    key: &'a MemberKey<Group>,
    share: Option<&'a Authority<Mpin>>,
}

impl Session {
    fn number(&self) -> Result<[u8; 32], Mismatch> {
        self.session.array("session")
    }

    /// Everybody speaks in turn until nobody has more to say.
    fn hold(&self, plan: &Plan<Mpin>, members: &[Member<'_>]) -> Result<Held, Mismatch> {
        if self.seeds.len() != members.len() {
            return Err(Mismatch::new("seeds", "not one for each member"));
        }
        let seeds = self.seeds.iter().map(|seed| seed.array("seeds"));
        let seeds = seeds.map(|seed| seed.map(|seed| Seed::from_bytes(&seed)));
        let seeds: Vec<_> = seeds.collect::<Result<_, _>>()?;
        let mut logs = vec![Vec::new(); members.len()];
        let mut board = Board::new(plan);
        let mut messages = Vec::new();
        loop {
            let (mut outcomes, mut is_silent) = (Vec::new(), true);
            for ((member, seed), log) in members.iter().zip(&seeds).zip(&mut logs) {
                let seat = Seat::take(plan, member.key, seed, member.share);
                let seat = seat.map_err(of("member_keys"))?;
                let progress = advance(&seat, log, &board).map_err(of("seeds"))?;
                if let Some(message) = progress.send {
                    log.push(message.clone());
                    board.add(&message).map_err(of("seeds"))?;
                    messages.push(message);
                    is_silent = false;
                }
                outcomes.extend(progress.result);
            }
            if is_silent {
                return Ok(Held { messages, outcomes });
            }
        }
    }

    /// The first member gives the last one up, which has joined and does not commit.
    fn exclusion(
        &self,
        plan: &Plan<Mpin>,
        keys: &[MemberKey<Group>],
        held: &Held,
    ) -> Result<Option<Vec<u8>>, Mismatch> {
        let (Some(key), Some(seed)) = (keys.first(), self.seeds.first()) else {
            return Ok(None);
        };
        let last = u16::try_from(keys.len()).ok().and_then(AuthorityId::new);
        let Some(last) = last.filter(|last| last.get() > 1) else {
            return Ok(None);
        };
        let seed = Seed::from_bytes(&seed.array("seeds")?);
        let seat = Seat::take(plan, key, &seed, None).map_err(of("member_keys"))?;
        let mut board = Board::new(plan);
        let joins = held.messages.iter().take(keys.len());
        for join in joins.clone() {
            board.add(join).map_err(of("seeds"))?;
        }
        let log: Vec<_> = joins.take(1).cloned().collect();
        let message = exclude(&seat, &log, &board, Party::Dealer(last));
        message.map(Some).map_err(of("seeds"))
    }
}

impl Ceremony {
    fn keys(&self) -> Result<Vec<MemberKey<Group>>, Mismatch> {
        let field = "member_keys";
        let keys = self.member_keys.iter().map(|key| {
            let key = MemberKey::<Group>::from_bytes(&key.array(field)?);
            key.map_err(of(field))
        });
        keys.collect()
    }

    /// All of them renew their shares.
    fn refreshed(
        &self,
        outputs: Outputs,
        keys: &[MemberKey<Group>],
        authorities: &[Authority<Mpin>],
    ) -> Result<Outputs, Mismatch> {
        let (Some(session), Some(first)) = (&self.refresh, authorities.first()) else {
            return Ok(outputs);
        };
        let roster = roster(keys)?;
        let plan = Plan::refresh(session.number()?, first.domain().clone(), roster);
        let plan = plan.map_err(of("refresh"))?;
        let members = keys.iter().zip(authorities);
        let members: Vec<_> = members
            .map(|(key, share)| Member {
                key,
                share: Some(share),
            })
            .collect();
        let held = session.hold(&plan, &members)?;
        let domain = held.outcomes.first().ok_or_else(unfinished)?;
        Ok(outputs
            .bytes("refresh_plan", plan.digest().to_bytes())
            .all("refresh_messages", &held.messages)
            .bytes("refreshed_domain", domain.domain.to_bytes()))
    }

    /// The first t help the last one, which has lost its share.
    fn repaired(
        &self,
        outputs: Outputs,
        keys: &[MemberKey<Group>],
        authorities: &[Authority<Mpin>],
    ) -> Result<Outputs, Mismatch> {
        let (Some(session), Some((key, _)), Some((lost, others))) =
            (&self.repair, keys.split_last(), authorities.split_last())
        else {
            return Ok(outputs);
        };
        let helping = usize::from(self.threshold).min(others.len());
        let helpers = keys.iter().zip(others).take(helping);
        let members = helpers.map(|(key, share)| Member {
            key,
            share: Some(share),
        });
        let mut members: Vec<_> = members.collect();
        members.push(Member { key, share: None });
        let roster = roster(keys.iter().take(helping))?;
        let domain = lost.domain().clone();
        let plan = Plan::repair(session.number()?, domain, roster, lost.id(), key.public());
        let plan = plan.map_err(of("repair"))?;
        let held = session.hold(&plan, &members)?;
        if !held
            .outcomes
            .iter()
            .any(|outcome| outcome.authority.is_some())
        {
            return Err(unfinished());
        }
        Ok(outputs
            .bytes("repair_plan", plan.digest().to_bytes())
            .all("repair_messages", &held.messages))
    }
}

fn roster<'a>(
    keys: impl IntoIterator<Item = &'a MemberKey<Group>>,
) -> Result<Roster<Group>, Mismatch> {
    let keys = keys.into_iter().map(MemberKey::public);
    Roster::new(keys).map_err(of("member_keys"))
}

fn unfinished() -> Mismatch {
    Mismatch::new("seeds", "nobody has finished")
}

impl Wire for Ceremony {
    const NAME: &'static str = "milagro-wire-ceremony";
    const ABOUT: &'static str = "wire format 2: the messages of ceremonies";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let keys = self.keys()?;
        let roster = roster(&keys)?;
        let members = u16::try_from(keys.len()).map_err(of("member_keys"))?;
        let threshold = Threshold::new(self.threshold, members).map_err(of("threshold"))?;
        let session = self.found.number()?;
        let plan = Plan::<Mpin>::found(session, &self.domain, threshold, roster.clone());
        let plan = plan.map_err(of("found"))?;
        let members = keys.iter().map(|key| Member { key, share: None });
        let founded = self.found.hold(&plan, &members.collect::<Vec<_>>())?;
        let domain = founded.outcomes.first().ok_or_else(unfinished)?;
        let outputs = Outputs::default()
            .bytes("roster", roster.to_bytes())
            .bytes("plan", plan.digest().to_bytes())
            .all("messages", &founded.messages)
            .bytes("domain", domain.domain.to_bytes());
        let outputs = match self.found.exclusion(&plan, &keys, &founded)? {
            Some(exclusion) => outputs.bytes("exclusion", exclusion),
            None => outputs,
        };
        let authorities = founded.outcomes.into_iter();
        let authorities = authorities.filter_map(|outcome| outcome.authority);
        let authorities: Vec<_> = authorities.collect();
        let outputs = self.refreshed(outputs, &keys, &authorities)?;
        self.repaired(outputs, &keys, &authorities)
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
                "two of three found a domain, renew their shares, and give the third one its share again",
                json!({
                    "domain": "example", "threshold": 2, "member_keys": keys(3),
                    "found": session("found", 3), "refresh": session("refresh", 3), "repair": session("repair", 3),
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
