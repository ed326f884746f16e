//! A session: everybody speaks in turn, and one may lie.

use milagro_dta::ceremony::{Board, Outcome, Party, Plan, Seat, Seed, advance, exclude};
use milagro_dta::{Authority, AuthorityId, MemberKey, Mpin};
use serde::Deserialize;

use super::super::of;
use super::liar::{COMMIT, HAND_OVER, Liar, OPEN, place};
use super::{Group, unfinished};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    /// What makes it another session than all others, 32 bytes.
    session: Hex,
    /// What each member draws everything from, 32 bytes each.
    pub(super) seeds: Vec<Hex>,
}

/// What a session leaves behind.
pub(super) struct Held {
    pub(super) messages: Vec<Vec<u8>>,
    pub(super) outcomes: Vec<Outcome<Mpin>>,
}

/// A member, with the share that it holds.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) key: &'a MemberKey<Group>,
    pub(super) share: Option<&'a Authority<Mpin>>,
}

impl Held {
    /// What a liar says instead: an opening or a hand-over that is wrong for the victim, with its commitment, after the
    /// honest one was made again, byte for byte.
    pub(super) fn lies(
        &self,
        liar: &Liar,
        number: u16,
        victim: u16,
    ) -> Result<Vec<Vec<u8>>, Mismatch> {
        let said = |wanted: u8| {
            let mut all = self.messages.iter();
            all.find(|message| place(message) == Some((wanted, number)))
        };
        let victim = AuthorityId::new(victim).ok_or_else(unfinished)?;
        let honest = said(HAND_OVER)
            .or_else(|| said(OPEN))
            .ok_or_else(unfinished)?;
        if liar.bend(honest, None)? != *honest {
            return Err(Mismatch::new("liar", "an honest message that is another"));
        }
        let lie = liar.bend(honest, Some(victim))?;
        match (said(HAND_OVER), said(COMMIT)) {
            (None, Some(commitment)) => Ok(vec![liar.commit(commitment, &lie)?, lie]),
            _ => Ok(vec![lie]),
        }
    }
}

impl Session {
    pub(super) fn number(&self) -> Result<[u8; 32], Mismatch> {
        self.session.array("session")
    }

    /// Everybody speaks in turn until nobody has more to say.
    pub(super) fn hold(&self, plan: &Plan<Mpin>, members: &[Member<'_>]) -> Result<Held, Mismatch> {
        self.hold_with(plan, members, &[])
    }

    /// The same, with messages of a liar in place of those that stand in the same places.
    pub(super) fn hold_with(
        &self,
        plan: &Plan<Mpin>,
        members: &[Member<'_>],
        lies: &[Vec<u8>],
    ) -> Result<Held, Mismatch> {
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
                let Turn { message, result } = turn(&seat, log, &board, lies)?;
                if let Some(message) = message {
                    log.push(message.clone());
                    board.add(&message).map_err(of("seeds"))?;
                    messages.push(message);
                    is_silent = false;
                }
                outcomes.extend(result);
            }
            if is_silent {
                return Ok(Held { messages, outcomes });
            }
        }
    }

    /// The first member gives the last one up, which has joined and does not commit.
    pub(super) fn exclusion(
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

/// A turn of a member: what it says, and what comes out for it.
struct Turn {
    message: Option<Vec<u8>>,
    result: Option<Outcome<Mpin>>,
}

/// What a member says, and what comes out for it. A liar says its lies in place of what the library says for it, which finds an
/// opening that was not committed to, and says none.
fn turn(
    seat: &Seat<'_, Mpin>,
    log: &[Vec<u8>],
    board: &Board<Mpin>,
    lies: &[Vec<u8>],
) -> Result<Turn, Mismatch> {
    let progress = match advance(seat, log, board) {
        Ok(progress) => progress,
        Err(error) => {
            let mut left = lies.iter().filter(|lie| !log.contains(lie));
            let lie = left.find(|_| log.iter().any(|said| lies.contains(said)));
            return match lie {
                Some(lie) => Ok(Turn {
                    message: Some(lie.clone()),
                    result: None,
                }),
                None => Err(of("seeds")(error)),
            };
        }
    };
    let message = progress.send.map(|message| {
        let mut lies = lies.iter().filter(|lie| place(lie) == place(&message));
        lies.next().cloned().unwrap_or(message)
    });
    Ok(Turn {
        message,
        result: progress.result,
    })
}
