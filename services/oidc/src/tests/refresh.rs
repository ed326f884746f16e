//! Refresh tokens: RFC 9700, section 4.14.

use axum::http::StatusCode;
use serde_json::json;

use crate::grants::REFRESH_LIFE;
use crate::tests::world::{asked, basic, begun, merged, part, shop};

#[tokio::test]
async fn a_refresh_token_is_used_once_and_its_second_use_ends_the_family() {
    let (world, replica, auth) = begun().await;
    let first = replica.redeem(&auth, &replica.code("ann=1").await).await;
    world.pass(400);
    let second = replica.refresh(&auth, &part(&first, "refresh_token")).await;
    assert_eq!(second.status, StatusCode::OK);
    assert_ne!(
        part(&first, "refresh_token"),
        part(&second, "refresh_token")
    );
    assert_eq!(
        replica
            .userinfo(&part(&second, "access_token"))
            .await
            .status,
        StatusCode::OK
    );
    // Whoever it is, and on whatever replica: thief and owner cannot be told apart.
    let other = world.replica().await;
    assert_eq!(
        other
            .refresh(&auth, &part(&first, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    assert_eq!(
        replica
            .refresh(&auth, &part(&second, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    assert_eq!(
        replica
            .userinfo(&part(&second, "access_token"))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert!(world.events().contains("refresh-reused"));
}

/// The decision about a lost reply: the client asks again at once with the same token, and is refused, and so is the token
/// that it never got; but its user is asked nothing, since the session is open.
#[tokio::test]
async fn a_lost_reply_costs_a_redirect_and_no_question() {
    let (_world, replica, auth) = begun().await;
    let first = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let lost = replica.refresh(&auth, &part(&first, "refresh_token")).await;
    assert_eq!(
        replica
            .refresh(&auth, &part(&first, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    assert_eq!(
        replica
            .refresh(&auth, &part(&lost, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    let mut params = asked();
    params.insert("prompt", "none".to_owned());
    let again = replica.authorize("ann=1", params).await;
    let tokens = replica.redeem(&auth, &again.sent("code").unwrap()).await;
    assert_eq!(tokens.status, StatusCode::OK);
}

#[tokio::test]
async fn of_sixteen_at_once_nobody_keeps_a_family() {
    let (world, replica, auth) = begun().await;
    let first = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let token = part(&first, "refresh_token");
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let (replica, auth, token) = (world.replica().await, auth.clone(), token.clone());
        tasks.push(tokio::spawn(
            async move { replica.refresh(&auth, &token).await },
        ));
    }
    let mut given = Vec::new();
    for task in tasks {
        let reply = task.await.unwrap();
        if reply.status == StatusCode::OK {
            given.push(part(&reply, "refresh_token"));
        }
    }
    assert!(given.len() <= 1, "{}", given.len());
    for token in given {
        assert_eq!(
            replica.refresh(&auth, &token).await.error(),
            "invalid_grant"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_is_for_its_client() {
    let (_world, replica, auth) = begun().await;
    let secret = replica.register("other", shop()).await.unwrap();
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let token = part(&tokens, "refresh_token");
    assert_eq!(
        replica
            .refresh(&basic("other", &secret), &token)
            .await
            .error(),
        "invalid_grant"
    );
    // It has leaked.
    assert_eq!(
        replica.refresh(&auth, &token).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_token_that_was_not_given_out_revokes_nothing() {
    let (_world, replica, auth) = begun().await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let token = part(&tokens, "refresh_token");
    // Bits of the grant, the number, the time and the MAC.
    for place in [0, 20, 22, 30, 37, 40, 79] {
        let mut forged = token.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(
            replica.refresh(&auth, &forged).await.error(),
            "invalid_grant",
            "{place}"
        );
    }
    assert_eq!(replica.refresh(&auth, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn less_can_be_asked_for_and_never_more() {
    let (_world, replica, auth) = begun().await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let ask = async |token: &str, scope: &str| {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ];
        replica.token(&auth, &pairs).await
    };
    let more = ask(
        &part(&tokens, "refresh_token"),
        "openid profile offline_access",
    )
    .await;
    assert_eq!(more.error(), "invalid_scope");
    let less = ask(&part(&tokens, "refresh_token"), "openid").await;
    assert_eq!(less.json()["scope"], "openid");
    let info = replica.userinfo(&part(&less, "access_token")).await;
    assert_eq!(info.json()["preferred_username"], json!(null));
    // What was granted is there again the next time.
    let all = ask(&part(&less, "refresh_token"), "").await;
    assert_eq!(all.json()["scope"], "openid profile");
}

#[tokio::test]
async fn an_end_of_a_session_ends_its_grants_but_those_for_offline_access() {
    let (world, replica, auth) = begun().await;
    let bound = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let mut params = asked();
    params.insert("scope", "openid offline_access".to_owned());
    let code = replica
        .authorize("ann=1", params)
        .await
        .sent("code")
        .unwrap();
    let free = replica.redeem(&auth, &code).await;
    world.keeper.sessions.lock().unwrap().clear();
    assert_eq!(
        replica.userinfo(&part(&bound, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        replica
            .refresh(&auth, &part(&bound, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    let free = replica.refresh(&auth, &part(&free, "refresh_token")).await;
    assert_eq!(free.status, StatusCode::OK);
    // But no user who is locked is served.
    world.keeper.locked.lock().unwrap().push("ann".to_owned());
    assert_eq!(
        replica.userinfo(&part(&free, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        replica
            .refresh(&auth, &part(&free, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn refresh_tokens_and_grants_get_old() {
    let (world, replica, auth) = begun().await;
    let mut tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let unused = replica.redeem(&auth, &replica.code("ann=1").await).await;
    world.pass(REFRESH_LIFE.get());
    assert_eq!(
        replica
            .refresh(&auth, &part(&unused, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    assert_eq!(
        replica
            .refresh(&auth, &part(&tokens, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    // 90 days, however often it is used.
    for _ in 0..6 {
        world.pass(13 * 86_400);
        tokens = replica
            .refresh(&auth, &part(&tokens, "refresh_token"))
            .await;
        assert_eq!(tokens.status, StatusCode::OK);
    }
    world.pass(13 * 86_400);
    assert_eq!(
        replica
            .refresh(&auth, &part(&tokens, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_client_that_gets_none_gets_none() {
    let (_world, replica, auth) = begun().await;
    replica
        .register("shop", merged(shop(), json!({ "refresh": false })))
        .await;
    let mut params = asked();
    params.insert("scope", "openid offline_access".to_owned());
    let code = replica
        .authorize("ann=1", params)
        .await
        .sent("code")
        .unwrap();
    let tokens = replica.redeem(&auth, &code).await;
    assert_eq!(tokens.json()["scope"], "openid");
    assert_eq!(part(&tokens, "refresh_token"), "");
}

/// A copy of the records brings a grant back that was revoked, and the ledger sees to it that it is worth nothing.
#[tokio::test]
async fn a_restored_ledger_takes_no_token_of_before() {
    let (mut world, replica, auth) = begun().await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let code = replica.code("ann=1").await;
    world.pass(10);
    world.restore();
    let restored = world.replica().await;
    assert_eq!(restored.redeem(&auth, &code).await.error(), "invalid_grant");
    assert_eq!(
        restored
            .refresh(&auth, &part(&tokens, "refresh_token"))
            .await
            .error(),
        "invalid_grant"
    );
    world.pass(130);
    let again = restored.redeem(&auth, &restored.code("ann=1").await).await;
    assert_eq!(
        restored
            .refresh(&auth, &part(&again, "refresh_token"))
            .await
            .status,
        StatusCode::OK
    );
}
