//! Nobody has said that the schedule is everyone's.
use milagro_base::Seconds;
use milagro_voprf::tokens::client::{TokenKey, TokenKeyError};
use milagro_voprf::tokens::schedule::KeySchedule;

fn draw(received: &KeySchedule) -> Result<TokenKey, TokenKeyError> {
    TokenKey::from_schedule(received, Seconds::ZERO)
}

fn main() {}
