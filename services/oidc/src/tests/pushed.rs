//! Requests that are pushed.

use axum::http::StatusCode;
use serde_json::json;

use crate::tests::world::{asked, basic, begun, form, merged, shop, tool};

#[tokio::test]
async fn a_pushed_request_cannot_be_changed_and_is_good_for_one_code() {
    let (world, replica, auth) = begun().await;
    let wants = json!({ "require_pushed_authorization_requests": true });
    replica.register("shop", merged(shop(), wants)).await;
    let back = replica.authorize("ann=1", asked()).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST, "not pushed");
    let push = async |body: String| {
        replica
            .post("/oauth/par", &[("authorization", &auth)], body)
            .await
    };
    let pushed = push(form(asked())).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.body);
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let given = |uri: &str| {
        vec![
            ("client_id", "shop".to_owned()),
            ("request_uri", uri.to_owned()),
        ]
    };
    // What stands beside it does not count.
    let mut more = given(&uri);
    more.push(("redirect_uri", "https://evil.example/".to_owned()));
    more.push(("code_challenge_method", "plain".to_owned()));
    // It waits for a login.
    let waiting = replica.authorize("", more.clone()).await;
    assert!(waiting.sent("return").is_some());
    let back = replica.authorize("ann=1", more).await;
    assert_eq!(back.location().host_str(), Some("shop.example"));
    let tokens = replica.redeem(&auth, &back.sent("code").unwrap()).await;
    assert_eq!(tokens.status, StatusCode::OK);
    let again = replica.authorize("ann=1", given(&uri)).await;
    assert_eq!(again.sent("error").unwrap(), "invalid_request");
    // Of another client, old, or never pushed.
    let secret = replica.register("other", shop()).await.unwrap();
    let body = form(merged_client(asked(), "other"));
    let other = replica
        .post(
            "/oauth/par",
            &[("authorization", &basic("other", &secret))],
            body,
        )
        .await;
    let other = other.json()["request_uri"].as_str().unwrap().to_owned();
    let old = push(form(asked())).await.json()["request_uri"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        replica.authorize("ann=1", given(&other)).await.status,
        StatusCode::BAD_REQUEST
    );
    world.pass(600);
    for uri in [
        old.as_str(),
        "x",
        "urn:ietf:params:oauth:request_uri:AAAA",
        "https://evil.example/",
    ] {
        assert_eq!(
            replica.authorize("ann=1", given(uri)).await.status,
            StatusCode::BAD_REQUEST,
            "{uri}"
        );
    }
}

#[tokio::test]
async fn what_is_pushed_is_judged_at_once() {
    let (_world, replica, auth) = begun().await;
    replica.register("tool", tool()).await;
    let push = async |auth: &str, change: (&'static str, &str)| {
        let mut params = asked();
        params.insert(change.0, change.1.to_owned());
        replica
            .post("/oauth/par", &[("authorization", auth)], form(params))
            .await
            .error()
    };
    assert_eq!(push("Basic eDp5", ("state", "x")).await, "invalid_client");
    for change in [
        ("redirect_uri", "https://evil.example/"),
        ("code_challenge_method", "plain"),
        ("request_uri", "urn:x"),
        ("unknown", &"x".repeat(8192)),
    ] {
        assert_eq!(push(&auth, change).await, "invalid_request", "{change:?}");
    }
    // A program could fill the records in anybody's name.
    let body = form(merged_client(asked(), "tool"));
    assert_eq!(
        replica.post("/oauth/par", &[], body).await.error(),
        "unauthorized_client"
    );
}

fn merged_client(
    mut params: alloc::collections::BTreeMap<&'static str, String>,
    id: &str,
) -> alloc::collections::BTreeMap<&'static str, String> {
    params.insert("client_id", id.to_owned());
    params
}
