//! What becomes of an account: logged in, mistyped, locked, revoked.

use milagro_wire::client::{EnrolError, Verb};
use milagro_wire::problem::ProblemType;

use crate::demo::check::play::{ALICE, Play, unless};
use crate::demo::people::{Attempt, WRONG};
use crate::demo::site::network;
use crate::exit::Outcome;

pub(crate) async fn logs_in(play: &mut Play) -> Outcome<String> {
    unless(!play.has_session().await?, "a session before the login")?;
    play.log_in().await?;
    unless(play.has_session().await?, "no session after the login")?;
    Ok("a PIN of four digits, and a session".to_owned())
}

pub(crate) async fn mistypes(play: &mut Play) -> Outcome<String> {
    let answer = play.attempt(Attempt::with(WRONG)).await?;
    let problem = answer.err();
    let problem = problem.ok_or_else(|| network("a wrong PIN is let in"))?;
    unless(
        problem.known() == Some(ProblemType::Refused),
        "a wrong PIN is not refused",
    )?;
    let left = problem.attempts_left;
    let left = left.ok_or_else(|| network("nothing says what is left"))?;
    play.log_in().await?;
    Ok(format!("refused, {left} attempts left; then the right PIN"))
}

pub(crate) async fn is_locked(play: &mut Play) -> Outcome<String> {
    let operator = play.site.operator()?;
    let at = |what| ["admin", "v1", "users", ALICE, what];
    let locked = operator.ask(Verb::Post, &at("lock"), None).await;
    locked.map_err(network)?;
    unless(!play.has_session().await?, "the session goes on")?;
    play.is_refused().await?;
    let unlocked = operator.ask(Verb::Post, &at("unlock"), None).await;
    unlocked.map_err(network)?;
    play.log_in().await?;
    Ok("the session ends and nobody gets in; then she does".to_owned())
}

pub(crate) async fn is_revoked(play: &mut Play) -> Outcome<String> {
    let (registry, subject) = (play.site.registry()?, play.alice.subject.clone());
    registry.remove(&subject).await.map_err(network)?;
    let list = registry.push().await.map_err(network)?;
    unless(list.taken == 3, "not every authority has the list")?;
    registry.publish().await.map_err(network)?;
    play.is_refused().await?;
    unless(!play.has_session().await?, "the session goes on")?;
    let permit = play.alice.fetch_permit(&play.site).await?;
    unless(
        matches!(permit, Err(EnrolError::Revoked)),
        "the bulletin has a permit for her",
    )?;
    registry.restore(&subject).await.map_err(network)?;
    registry.push().await.map_err(network)?;
    registry.publish().await.map_err(network)?;
    let permit = play.alice.fetch_permit(&play.site).await?;
    permit.map_err(network)?;
    play.log_in().await?;
    Ok("no login, no session, no permit; then all of them again".to_owned())
}
