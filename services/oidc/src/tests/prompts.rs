//! Who is there, and how lately: `prompt`, `max_age`, `id_token_hint`, `login_hint`.

use axum::http::StatusCode;
use reqwest::Url;

use crate::tests::world::{OWN, Replica, Reply, World, asked, begun, part};

/// Where a browser is sent back to after a login.
fn returned(reply: &Reply) -> String {
    let location = reply.location();
    assert_eq!(location.path(), "/login");
    let path = reply.sent("return").unwrap();
    // A path of this origin, and nothing that a browser takes for another.
    assert!(path.starts_with("/oauth/authorize?"), "{path}");
    assert_eq!(
        Url::parse(OWN).unwrap().join(&path).unwrap().host_str(),
        Some("login.example")
    );
    path
}

async fn with(replica: &Replica, cookie: &str, more: &[(&'static str, &str)]) -> Reply {
    let mut params = asked();
    for (name, value) in more {
        params.insert(name, (*value).to_owned());
    }
    replica.authorize(cookie, params).await
}

#[tokio::test]
async fn nobody_logs_in_first() {
    let (world, replica, _) = begun().await;
    let sent = with(&replica, "", &[("login_hint", "ann")]).await;
    assert_eq!(sent.sent("hint").unwrap(), "ann");
    let path = returned(&sent);
    world.log_in("new=1", "ann");
    let back = replica.get(&path, "new=1").await;
    assert!(back.sent("code").is_some());
    assert_eq!(back.sent("state").unwrap(), "a state & more");
    let quiet = with(&replica, "", &[("prompt", "none")]).await;
    assert_eq!(quiet.sent("error").unwrap(), "login_required");
}

#[tokio::test]
async fn a_login_can_be_asked_for() {
    let (world, replica, _) = begun().await;
    world.pass(60);
    for more in [
        ("prompt", "login"),
        ("prompt", "select_account"),
        ("max_age", "59"),
        ("max_age", "0"),
    ] {
        let path = returned(&with(&replica, "ann=1", &[more]).await);
        // Who comes back without having logged in is sent again.
        returned(&replica.get(&path, "ann=1").await);
        world.pass(5);
        world.log_in("new=1", "ann");
        world.pass(5);
        assert!(
            replica.get(&path, "new=1").await.sent("code").is_some(),
            "{more:?}"
        );
    }
    let lately = with(&replica, "ann=1", &[("max_age", "100")]).await;
    assert!(lately.sent("code").is_some());
    let quiet = with(&replica, "ann=1", &[("prompt", "none"), ("max_age", "59")]).await;
    assert_eq!(quiet.sent("error").unwrap(), "login_required");
}

#[tokio::test]
async fn what_says_that_a_browser_was_sent_to_log_in_is_made_here_alone() {
    let (world, replica, _) = begun().await;
    world.pass(60);
    let path = returned(&with(&replica, "ann=1", &[("prompt", "login")]).await);
    let (before, rest) = path.split_once("milagro_since=").unwrap();
    let end = rest.find('&').unwrap_or(rest.len());
    let (token, after) = rest.split_at(end);
    let mut forged = token.to_owned().into_bytes();
    forged[5] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    world.log_in("new=1", "ann");
    for token in ["", "AAAA", forged.as_str(), &"A".repeat(54)] {
        let path = format!("{before}milagro_since={token}{after}");
        returned(&replica.get(&path, "new=1").await);
    }
    assert!(replica.get(&path, "new=1").await.sent("code").is_some());
    // Nor is an old one good.
    world.pass(1800);
    world.log_in("new=1", "ann");
    returned(&replica.get(&path, "new=1").await);
}

#[tokio::test]
async fn an_application_can_say_whom_it_expects() {
    let (world, replica, auth) = begun().await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let hint = part(&tokens, "id_token");
    world.log_in("bob=1", "bob");
    let more = [("id_token_hint", hint.as_str()), ("prompt", "none")];
    // However long ago it has expired.
    world.pass(10_000);
    assert!(with(&replica, "ann=1", &more).await.sent("code").is_some());
    let other = with(&replica, "bob=1", &more).await;
    assert_eq!(other.sent("error").unwrap(), "login_required");
    let stranger = World::new().await.replica().await;
    stranger.register("shop", crate::tests::world::shop()).await;
    let strange = with(&stranger, "", &more).await;
    assert_eq!(strange.sent("error").unwrap(), "invalid_request");
    assert_eq!(strange.status, StatusCode::SEE_OTHER);
}
