//! One use of a thing, counted by the ledger.

use core::num::NonZeroU32;
use core::time::Duration;

use milagro_ledger::{Account, Charge, Claim, Refused, Unspent};

use crate::error::{OAuthError, Word};
use crate::service::Service;

/// How often the ledger is asked.
const TRIES: u32 = 3;

/// What the ledger says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Use {
    /// This is the one use.
    First,
    /// It was used before.
    Used,
    /// Too old, or the ledger cannot know.
    Over,
}

impl Service {
    /// Uses a thing up. Where the ledger's answer is lost it is asked again with the same claim.
    pub(crate) async fn use_up(&self, account: Account) -> Result<Use, OAuthError> {
        let charge = Charge {
            account,
            amount: NonZeroU32::MIN,
            limit: 1,
            claim: Claim::fresh(&mut *self.parts.effects.rng()),
        };
        let ledger = &*self.parts.ledger;
        let mut unspent = Unspent::new((), vec![charge]).on(ledger.id());
        for tried in 1..=TRIES {
            match unspent.spend(ledger, self.now()).await {
                Ok(_paid) => return Ok(Use::First),
                Err(Refused::Exhausted) => return Ok(Use::Used),
                Err(Refused::Over) => return Ok(Use::Over),
                Err(Refused::Unknown(again)) => unspent = again,
                Err(_) => break,
            }
            tokio::time::sleep(Duration::from_millis(20) * tried).await;
        }
        Err(OAuthError::new(Word::TemporarilyUnavailable, "ask again"))
    }
}
