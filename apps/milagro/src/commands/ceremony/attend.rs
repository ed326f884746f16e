//! Takes part in a session, over a board.

use core::time::Duration;
use std::time::Instant;

use milagro_authority::ceremony::{Session, Step};
use milagro_authority::safe::Stored;
use milagro_dta::Edition;

use crate::boards::{Board, BoardFault};
use crate::commands::ceremony::failure::failure;
use crate::exit::{Code, Failure, Outcome};
use crate::progress::Talk;

/// The pause between two looks at the board.
const PAUSE: Duration = Duration::from_millis(200);

/// Takes part until there is a result. A board that does not answer is asked again as long as others would be waited for.
pub(super) async fn attend<P: Stored>(
    session: &mut Session<'_, P>,
    board: &mut Board,
    patience: Duration,
    mut talk: Talk,
) -> Outcome<Edition> {
    let start = Instant::now();
    // Whatever was written may not have gone out.
    let mut open = session.said().to_vec();
    loop {
        match look(session, board, &mut open).await {
            Ok(Look::Result(edition)) => return Ok(edition),
            Ok(Look::Ended) => {
                let words = "nothing comes of this session; agree on another";
                return Err(Failure::new(Code::NoResult, words));
            }
            Ok(Look::Waiting(words)) => {
                talk.say(words);
                if start.elapsed() >= patience {
                    let words = "others are still waited for; start again later";
                    return Err(Failure::new(Code::Waiting, words));
                }
            }
            Err(Trouble::Board(fault)) if fault.may_pass && start.elapsed() < patience => {
                talk.say(format!("{}\n", fault.failure));
            }
            Err(Trouble::Board(BoardFault { failure, .. }) | Trouble::Other(failure)) => {
                return Err(failure);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a look at the board came to.
enum Look {
    Result(Edition),
    Ended,
    Waiting(String),
}

enum Trouble {
    Board(BoardFault),
    Other(Failure),
}

impl From<BoardFault> for Trouble {
    fn from(fault: BoardFault) -> Self {
        Self::Board(fault)
    }
}

/// Puts up what is open, reads, and says what is to be said. What could not be put up stays open.
async fn look<P: Stored>(
    session: &mut Session<'_, P>,
    board: &mut Board,
    open: &mut Vec<Vec<u8>>,
) -> Result<Look, Trouble> {
    put(board, open).await?;
    let mut messages = board.new_messages().await?;
    loop {
        let step = session.look(&messages).await;
        let Step {
            send,
            words,
            result,
            ended,
            ..
        } = step.map_err(|error| Trouble::Other(failure(error)))?;
        if let Some(edition) = result {
            return Ok(Look::Result(edition));
        }
        if ended {
            return Ok(Look::Ended);
        }
        if send.is_empty() {
            return Ok(Look::Waiting(words));
        }
        open.extend(send);
        put(board, open).await?;
        messages.clear();
    }
}

async fn put(board: &Board, open: &mut Vec<Vec<u8>>) -> Result<(), BoardFault> {
    while let Some(message) = open.first() {
        board.put(message).await?;
        open.remove(0);
    }
    Ok(())
}
