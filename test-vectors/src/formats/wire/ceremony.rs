//! Ceremonies: every message of a session, from keys and seeds.

mod liar;
mod session;

use milagro_dta::ceremony::Plan;
use milagro_dta::{Authority, AuthorityId, MemberKey, Mpin, Roster, Threshold};
use serde::Deserialize;
use serde_json::{Value, json};

use self::liar::Liar;
use self::session::{Held, Member, Session};
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
    /// One in which all hand the key over to another number of authorities.
    reshare: Option<Reshare>,
    /// One in which the domain is founded although the last one deals the first a wrong share.
    disputed: Option<Session>,
    /// One in which the first helper of a repair gives a wrong value, and ends it.
    objected: Option<Session>,
}

/// A session with more members after it than before, or fewer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reshare {
    threshold: u16,
    /// Secret keys of those who receive, 32 bytes each; whoever gives is among them by the same key.
    receiver_keys: Vec<Hex>,
    session: Session,
}

/// How those help who give a share again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Help {
    Honest,
    /// The first one hands over a value that is wrong.
    FirstLies,
}

impl Ceremony {
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

    /// All of them hand the key over.
    fn reshared(
        &self,
        outputs: Outputs,
        keys: &[MemberKey<Group>],
        authorities: &[Authority<Mpin>],
    ) -> Result<Outputs, Mismatch> {
        let (Some(reshare), Some(first)) = (&self.reshare, authorities.first()) else {
            return Ok(outputs);
        };
        let receivers = read_keys(&reshare.receiver_keys)?;
        let count = u16::try_from(receivers.len()).map_err(of("reshare"))?;
        let threshold = Threshold::new(reshare.threshold, count).map_err(of("reshare"))?;
        let plan = Plan::reshare(
            reshare.session.number()?,
            first.domain().clone(),
            roster(keys)?,
            threshold,
            roster(&receivers)?,
        );
        let plan = plan.map_err(of("reshare"))?;
        let giving = keys.iter().zip(authorities).map(|(key, share)| Member {
            key,
            share: Some(share),
        });
        let mut members: Vec<_> = giving.collect();
        let old: Vec<_> = keys.iter().map(MemberKey::public).collect();
        let new = receivers.iter().filter(|key| !old.contains(&key.public()));
        members.extend(new.map(|key| Member { key, share: None }));
        let held = reshare.session.hold(&plan, &members)?;
        let outputs = outputs.bytes("reshare_plan", plan.digest().to_bytes());
        ended(outputs, "reshare", &held)
    }

    /// The last one deals the first a wrong share, which the first shows.
    fn disputed(
        &self,
        outputs: Outputs,
        threshold: Threshold,
        keys: &[MemberKey<Group>],
    ) -> Result<Outputs, Mismatch> {
        let (Some(session), Some(liar)) = (&self.disputed, keys.last()) else {
            return Ok(outputs);
        };
        let plan = Plan::found(session.number()?, &self.domain, threshold, roster(keys)?);
        let plan = plan.map_err(of("disputed"))?;
        let members = keys.iter().map(|key| Member { key, share: None });
        let members: Vec<_> = members.collect();
        let honest = session.hold(&plan, &members)?;
        let seed = session.seeds.last().ok_or_else(unfinished)?;
        let seed = seed.array("seeds")?;
        let commitments = usize::from(self.threshold);
        let liar = Liar::new(&plan, *liar.to_bytes(), seed, commitments);
        let number = u16::try_from(keys.len()).map_err(of("member_keys"))?;
        let lies = honest.lies(&liar, number, 1)?;
        let held = session.hold_with(&plan, &members, &lies)?;
        let outputs = outputs.bytes("disputed_plan", plan.digest().to_bytes());
        ended(outputs, "disputed", &held)
    }

    /// The first t help the last one, which has lost its share.
    fn repaired(
        &self,
        outputs: Outputs,
        keys: &[MemberKey<Group>],
        authorities: &[Authority<Mpin>],
    ) -> Result<Outputs, Mismatch> {
        let Some(session) = &self.repair else {
            return Ok(outputs);
        };
        let (plan, held) = self.repair(session, keys, authorities, Help::Honest)?;
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

    /// The same, and the first hands a wrong value over: the last one objects, and nothing comes of it.
    fn objected(
        &self,
        outputs: Outputs,
        keys: &[MemberKey<Group>],
        authorities: &[Authority<Mpin>],
    ) -> Result<Outputs, Mismatch> {
        let Some(session) = &self.objected else {
            return Ok(outputs);
        };
        let (plan, held) = self.repair(session, keys, authorities, Help::FirstLies)?;
        if !held.outcomes.is_empty() {
            return Err(Mismatch::new("objected", "a wrong value was taken"));
        }
        Ok(outputs
            .bytes("objected_plan", plan.digest().to_bytes())
            .all("objected_messages", &held.messages))
    }

    fn repair(
        &self,
        session: &Session,
        keys: &[MemberKey<Group>],
        authorities: &[Authority<Mpin>],
        help: Help,
    ) -> Result<(Plan<Mpin>, Held), Mismatch> {
        let (Some((key, _)), Some((lost, others))) = (keys.split_last(), authorities.split_last())
        else {
            return Err(unfinished());
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
        if help == Help::Honest {
            return Ok((plan, held));
        }
        let (Some(first), Some(seed)) = (keys.first(), session.seeds.first()) else {
            return Err(unfinished());
        };
        let liar = Liar::new(&plan, *first.to_bytes(), seed.array("seeds")?, 0);
        let lies = held.lies(&liar, 1, lost.id().get())?;
        let held = session.hold_with(&plan, &members, &lies)?;
        Ok((plan, held))
    }
}

fn read_keys(keys: &[Hex]) -> Result<Vec<MemberKey<Group>>, Mismatch> {
    let field = "member_keys";
    let keys = keys.iter().map(|key| {
        let key = MemberKey::<Group>::from_bytes(&key.array(field)?);
        key.map_err(of(field))
    });
    keys.collect()
}

fn roster<'a>(
    keys: impl IntoIterator<Item = &'a MemberKey<Group>>,
) -> Result<Roster<Group>, Mismatch> {
    let keys = keys.into_iter().map(MemberKey::public);
    Roster::new(keys).map_err(of("member_keys"))
}

/// What is made of outcomes: the domain, who has dealt, and who has received.
fn ended(outputs: Outputs, name: &str, held: &Held) -> Result<Outputs, Mismatch> {
    let outcome = held.outcomes.first().ok_or_else(unfinished)?;
    let numbers = |list: &[AuthorityId]| list.iter().map(|id| id.get()).collect::<Vec<_>>();
    Ok(outputs
        .all(&format!("{name}_messages"), &held.messages)
        .bytes(&format!("{name}_domain"), outcome.domain.to_bytes())
        .value(&format!("{name}_dealers"), numbers(&outcome.dealers))
        .value(&format!("{name}_holders"), numbers(&outcome.holders)))
}

fn unfinished() -> Mismatch {
    Mismatch::new("seeds", "nobody has finished")
}

impl Wire for Ceremony {
    const NAME: &'static str = "milagro-wire-ceremony";
    const ABOUT: &'static str = "wire format 2: the messages of ceremonies";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let keys = read_keys(&self.member_keys)?;
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
        let outputs = self.repaired(outputs, &keys, &authorities)?;
        let outputs = self.reshared(outputs, &keys, &authorities)?;
        let outputs = self.disputed(outputs, threshold, &keys)?;
        self.objected(outputs, &keys, &authorities)
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
        let receivers =
            [1, 3, 4, 5].map(|number| draw.scalar(&format!("ceremony member {number}")));
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
            (
                "two of three hand the key over to three of four, of whom two are new",
                json!({
                    "domain": "example", "threshold": 2, "member_keys": keys(3), "found": session("found", 3),
                    "reshare": {
                        "threshold": 3, "receiver_keys": receivers,
                        "session": session("reshare", 5),
                    },
                }),
            ),
            (
                "the third one deals the first a wrong share, and is left out; the first helps the third with a wrong value",
                json!({
                    "domain": "example", "threshold": 2, "member_keys": keys(3), "found": session("found", 3),
                    "disputed": session("disputed", 3), "objected": session("objected", 3),
                }),
            ),
        ]
    }
}
