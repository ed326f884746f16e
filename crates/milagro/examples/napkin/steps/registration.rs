//! Alice gets her secret and splits a PIN off.

use milagro::dta::issue::{CombineError, Fault};
use milagro::mpin::{Identity, Token};

use crate::napkin::council::Council;
use crate::napkin::dta::Applicant;
use crate::napkin::phone::Phone;
use crate::napkin::story::{Outcome, Story};
use crate::napkin::world::{World, fresh};

/// Registers a user's phone at the authorities and leaves a token on it.
pub(crate) fn registers(story: &mut Story, world: &World, pin: &str) -> Outcome<Phone> {
    story.chapter("Alice registers");
    let council = &world.council;
    let identity = Identity::device("napkin", "alice@example.com", &fresh())?;
    let code = council.invite(&Applicant::Client(identity.clone()));
    let mut lines = council.call();
    story.step(
        "Somebody without an activation code asks for Alice's secret and gets nothing.",
        shares(
            council
                .client(&mut lines, &fresh(), &identity)
                .as_ref()
                .err(),
        ) == Some(0),
    )?;
    let mallory = Identity::device("napkin", "mallory@example.com", &fresh())?;
    story.step(
        "Alice's code is good for no other identity.",
        shares(council.client(&mut lines, &code, &mallory).as_ref().err()) == Some(0),
    )?;

    let liar = council.authority(0)?;
    liar.lie(true);
    let combined = council.client(&mut lines, &code, &identity)?;
    liar.lie(false);
    let (secret, culprits) = (combined.key, combined.culprits);
    story.step(
        "Alice sends her code to all three. The first lies: its share is for somebody else, its proof does not fit, and \
         it is named. The other two are enough for her secret, a point of G1 in 48 bytes.",
        culprits.iter().map(|culprit| (culprit.authority, culprit.fault)).eq([(liar.id(), Fault::Proof)]),
    )?;
    story.step(
        "The code works once.",
        shares(council.client(&mut lines, &code, &identity).as_ref().err()) == Some(0),
    )?;

    let whole = secret.as_point().to_bytes().to_vec();
    let phone = Phone::keep(council.id(), secret, pin)?;
    story.step(
        &format!(
            "She picks a PIN of four digits. Her phone keeps a token of {} bytes; the secret is gone.",
            phone.stored().len()
        ),
        Token::from_bytes(phone.stored()).is_ok() && !contains(phone.stored(), &whole),
    )?;
    Ok(phone)
}

/// Registers somebody without a word.
pub(crate) fn register(council: &Council, user: &str, pin: &str) -> Outcome<Phone> {
    let identity = Identity::device("napkin", user, &fresh())?;
    let code = council.invite(&Applicant::Client(identity.clone()));
    let combined = council.client(&mut council.call(), &code, &identity)?;
    Phone::keep(council.id(), combined.key, pin)
}

/// How many good shares there were when they were too few.
pub(crate) fn shares(error: Option<&CombineError>) -> Option<usize> {
    match error {
        Some(CombineError::TooFew { good, .. }) => Some(*good),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
