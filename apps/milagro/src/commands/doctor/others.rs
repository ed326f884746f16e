//! The other machines: authorities and the board.

use std::path::Path;

use crate::ask::{self, Told};
use crate::boards::Board;
use crate::commands::doctor::inside::Here;
use crate::commands::doctor::report::Report;
use crate::serve::runtime;
use crate::settings::Settings;

/// How far apart, in seconds, the clocks of two machines may be. Each is a minute off at most for whoever compares.
const APART: u64 = 30;

pub(super) fn look(settings: &Settings, held: &[Here], report: &mut Report) {
    let authority = &settings.authority;
    let roots = authority.roots.as_deref();
    for peer in authority.peers.iter().flatten() {
        peer_at(peer, roots, held, report);
    }
    let ceremony = &settings.ceremony;
    if let Some(board) = ceremony.board.as_deref() {
        let what = format!("board {board}");
        match read(board, ceremony.roots.as_deref()) {
            Ok(messages) => report.good(what, format!("{messages} messages")),
            Err(error) => report.bad(what, error),
        }
    }
}

fn read(board: &str, roots: Option<&Path>) -> Result<usize, String> {
    let mut board = Board::new(board, roots).map_err(|error| error.to_string())?;
    let runtime = runtime().map_err(|error| error.to_string())?;
    let messages = runtime.block_on(board.new_messages());
    let messages = messages.map_err(|fault| fault.failure.to_string())?;
    Ok(messages.len())
}

fn peer_at(address: &str, roots: Option<&Path>, held: &[Here], report: &mut Report) {
    let what = format!("authority {address}");
    let told = match ask::domains(address, roots) {
        Ok(told) => told,
        Err(error) => {
            report.bad(what, error);
            return;
        }
    };
    match ask::clock_ahead(address, roots) {
        Ok(Some(ahead)) if ahead.unsigned_abs() > APART => {
            let words = format!("its clock is {ahead} s ahead of this one");
            report.bad(what.as_str(), words);
        }
        Ok(Some(_)) => report.good(what.as_str(), "its clock agrees"),
        Ok(None) => report.unknown(what.as_str(), "it does not say what time it is"),
        Err(error) => report.bad(what.as_str(), error),
    }
    for here in held {
        let there = told.iter().find(|there| there.id == here.id);
        match there {
            None => report.unknown(what.as_str(), format!("it has no share of {}", here.id)),
            Some(there) => report.all(&what, agree(here, there)),
        }
    }
}

/// Whether two authorities of a domain are as far as each other.
fn agree(here: &Here, there: &Told) -> Result<String, String> {
    let id = &here.id;
    if here.generation != there.generation {
        return Err(format!(
            "{id}: it has generation {}, and this one has {}",
            there.generation, here.generation
        ));
    }
    if here.digest != there.digest {
        return Err(format!("{id}: it has other keys of the same generation"));
    }
    if here.authority == there.authority {
        return Err(format!("{id}: it is authority {} as well", here.authority));
    }
    if here.list != there.list {
        return Err(format!(
            "{id}: its revocation list is {}, and that of this one is {}",
            there.list, here.list
        ));
    }
    Ok(format!("{id}: it agrees"))
}
