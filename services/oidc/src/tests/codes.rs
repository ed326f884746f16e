//! Attacks on redirects and codes: RFC 9700, sections 4.1 to 4.5, 4.7, 4.8, 4.11 and 4.12.

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::tests::world::{
    CALLBACK, OWN, VERIFIER, asked, basic, begun, form, merged, part, shop, tool,
};

#[tokio::test]
async fn redirect_uris_are_compared_byte_by_byte() {
    let (_world, replica, _) = begun().await;
    for uri in [
        "https://shop.example/cb",
        "https://shop.example/cb?tenant=1&x=2",
        "https://shop.example/cb?tenant=1#",
        "https://shop.example/cb?tenant=1#fragment",
        "https://shop.example:8443/cb?tenant=1",
        "https://shop.example:443/cb?tenant=1",
        "https://shop.example/CB?tenant=1",
        "https://SHOP.example/cb?tenant=1",
        "https://user@shop.example/cb?tenant=1",
        "https://shop.example/x/../cb?tenant=1",
        "https://shop.example/%2e/cb?tenant=1",
        "https://shop.example/x/%2e%2e/cb?tenant=1",
        "https://shop.example//cb?tenant=1",
        "https://shop.example.evil.example/cb?tenant=1",
        "https://evil.example/?https://shop.example/cb?tenant=1",
        "http://shop.example/cb?tenant=1",
        "javascript:alert(1)",
        " https://shop.example/cb?tenant=1",
        "",
    ] {
        let mut params = asked();
        params.insert("redirect_uri", uri.to_owned());
        let reply = replica.authorize("ann=1", params).await;
        // Nobody is sent anywhere.
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{uri}");
        assert!(!reply.headers.contains_key(header::LOCATION), "{uri}");
        assert!(!reply.body.contains("evil"), "{uri}");
    }
    let mut params = asked();
    params.insert("client_id", "nobody".to_owned());
    assert_eq!(
        replica.authorize("ann=1", params).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_request_without_s256_is_refused() {
    let (_world, replica, _) = begun().await;
    let verdict = async |change: &[(&'static str, Option<&str>)]| {
        let mut params = asked();
        for (name, value) in change {
            match value {
                Some(value) => params.insert(name, (*value).to_owned()),
                None => params.remove(name),
            };
        }
        let reply = replica.authorize("ann=1", params).await;
        assert_eq!(reply.sent("iss").unwrap(), OWN);
        assert_eq!(reply.sent("state").unwrap(), "a state & more");
        reply.sent("error").unwrap_or_default()
    };
    assert_eq!(verdict(&[]).await, "");
    for change in [
        [("code_challenge", None)],
        [("code_challenge", Some("short"))],
        [("code_challenge_method", None)],
        [("code_challenge_method", Some("plain"))],
        [("response_mode", Some("fragment"))],
        [("prompt", Some("none login"))],
        [("prompt", Some("dance"))],
        [("max_age", Some("-1"))],
        [("id_token_hint", Some("x"))],
    ] {
        assert_eq!(verdict(&change).await, "invalid_request", "{change:?}");
    }
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        (
            "response_type",
            "code id_token",
            "unsupported_response_type",
        ),
        ("scope", "profile", "invalid_scope"),
        ("request", "eyJ", "request_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        assert_eq!(verdict(&[(name, Some(value))]).await, error);
    }
}

/// With PKCE a client is safe from forged answers without `state`, and without `nonce` from codes that are slipped in: RFC 9700,
/// sections 2.1 and 4.5.3.
#[tokio::test]
async fn state_and_nonce_may_be_missing_since_pkce_may_not() {
    let (_world, replica, auth) = begun().await;
    let mut params = asked();
    params.remove("state");
    params.remove("nonce");
    let reply = replica.authorize("ann=1", params).await;
    assert_eq!(reply.sent("state"), None);
    let tokens = replica.redeem(&auth, &reply.sent("code").unwrap()).await;
    assert_eq!(tokens.status, StatusCode::OK);
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused() {
    let (_world, replica, auth) = begun().await;
    for more in [
        "redirect_uri=https%3A%2F%2Fevil.example%2F",
        "client_id=shop",
        "state=x",
    ] {
        let path = format!("/oauth/authorize?{}&{more}", form(asked()));
        assert_eq!(
            replica.get(&path, "ann=1").await.status,
            StatusCode::BAD_REQUEST,
            "{more}"
        );
    }
    let body = format!(
        "grant_type=authorization_code&code={}&code=x",
        replica.code("ann=1").await
    );
    let reply = replica
        .post("/oauth/token", &[("authorization", &auth)], body)
        .await;
    assert_eq!(reply.error(), "invalid_request");
}

#[tokio::test]
async fn a_code_that_is_used_twice_revokes_what_came_of_it() {
    let (world, replica, auth) = begun().await;
    let code = replica.code("ann=1").await;
    let tokens = replica.redeem(&auth, &code).await;
    let access = part(&tokens, "access_token");
    assert_eq!(replica.userinfo(&access).await.status, StatusCode::OK);
    let second = world.replica().await;
    assert_eq!(second.redeem(&auth, &code).await.error(), "invalid_grant");
    assert_eq!(
        replica.userinfo(&access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refreshed = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(refreshed.error(), "invalid_grant");
    assert!(world.events().contains("code-reused"));
}

#[tokio::test]
async fn of_sixteen_at_once_at_most_one_gets_tokens() {
    let (world, replica, auth) = begun().await;
    for _ in 0..4 {
        let code = replica.code("ann=1").await;
        let mut tasks = Vec::new();
        for _ in 0..16 {
            let (replica, auth, code) = (world.replica().await, auth.clone(), code.clone());
            tasks.push(tokio::spawn(
                async move { replica.redeem(&auth, &code).await },
            ));
        }
        let mut given = Vec::new();
        for task in tasks {
            let reply = task.await.unwrap();
            if reply.status == StatusCode::OK {
                given.push(part(&reply, "access_token"));
            }
        }
        assert!(given.len() <= 1, "{}", given.len());
        for token in given {
            assert_eq!(
                replica.userinfo(&token).await.status,
                StatusCode::UNAUTHORIZED
            );
        }
    }
}

#[tokio::test]
async fn a_code_is_for_its_client_address_and_verifier_alone() {
    let (_world, replica, auth) = begun().await;
    let secret = replica.register("other", shop()).await.unwrap();
    let other = basic("other", &secret);
    let long = "x".repeat(43);
    for (auth, redirect, verifier) in [
        (&other, CALLBACK, VERIFIER),
        (&auth, "https://shop.example/cb", VERIFIER),
        (&auth, CALLBACK, long.as_str()),
        (&auth, CALLBACK, "short"),
    ] {
        let code = replica.code("ann=1").await;
        let pairs = |redirect, verifier| {
            [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", redirect),
                ("code_verifier", verifier),
            ]
        };
        let reply = replica.token(auth, &pairs(redirect, verifier)).await;
        assert_eq!(reply.error(), "invalid_grant", "{redirect} {verifier}");
        // It has leaked: nobody gets anything for it any more.
        let right = if redirect == CALLBACK { auth } else { &other };
        let reply = replica.token(right, &pairs(CALLBACK, VERIFIER)).await;
        assert_eq!(reply.error(), "invalid_grant", "{redirect} {verifier}");
    }
    // A request without a verifier says nothing of the code.
    let code = replica.code("ann=1").await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    assert_eq!(
        replica.token(&auth, &pairs).await.error(),
        "invalid_request"
    );
    assert_eq!(replica.redeem(&auth, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let (world, replica, auth) = begun().await;
    let (first, second) = (replica.code("ann=1").await, replica.code("ann=1").await);
    world.pass(59);
    assert_eq!(replica.redeem(&auth, &first).await.status, StatusCode::OK);
    world.pass(1);
    assert_eq!(
        replica.redeem(&auth, &second).await.error(),
        "invalid_grant"
    );
    for guess in ["", "x", &"A".repeat(43)] {
        assert_ne!(replica.redeem(&auth, guess).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_code_of_a_session_that_is_over_is_worth_nothing() {
    let (world, replica, auth) = begun().await;
    let code = replica.code("ann=1").await;
    world.keeper.sessions.lock().unwrap().clear();
    assert_eq!(replica.redeem(&auth, &code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_user_is_asked_once_for_a_client_that_is_not_the_operators() {
    let (world, replica, _) = begun().await;
    let third = merged(
        shop(),
        json!({ "first_party": false, "client_name": "<Third>" }),
    );
    replica.register("third", third).await.unwrap();
    let mut params = asked();
    params.insert("client_id", "third".to_owned());
    let page = replica.authorize("ann=1", params.clone()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("&lt;Third&gt;") && !page.body.contains("<Third>"),
        "{}",
        page.body
    );
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(
        policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(
        policy.contains("form-action 'self' https://shop.example;"),
        "{policy}"
    );
    let (request, token) = (page.hidden("request"), page.hidden("token"));
    let answer = async |cookie: &str, origin: &str, token: &str, answer: &str| {
        let body = form([
            ("request", request.as_str()),
            ("token", token),
            ("answer", answer),
        ]);
        let headers = [("cookie", cookie), ("origin", origin)];
        replica.post("/oauth/consent", &headers, body).await
    };
    // Forged: without the token, from another site, with the token of another session or request.
    world.log_in("eve=1", "eve");
    for (cookie, origin, token) in [
        ("ann=1", OWN, ""),
        ("ann=1", "https://evil.example", token.as_str()),
        ("ann=1", "null", token.as_str()),
        ("eve=1", OWN, token.as_str()),
        ("", OWN, token.as_str()),
    ] {
        let reply = answer(cookie, origin, token, "yes").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{cookie} {origin}");
    }
    let changed = request.replace("profile", "profile+offline_access");
    let body = form([
        ("request", changed.as_str()),
        ("token", &token),
        ("answer", "yes"),
    ]);
    let reply = replica
        .post("/oauth/consent", &[("cookie", "ann=1")], body)
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let denied = answer("ann=1", OWN, &token, "no").await;
    assert_eq!(denied.sent("error").unwrap(), "access_denied");
    let agreed = answer("ann=1", OWN, &token, "yes").await;
    assert!(agreed.sent("code").is_some());
    // Not asked again, unless for more, or by request.
    assert!(
        replica
            .authorize("ann=1", params.clone())
            .await
            .sent("code")
            .is_some()
    );
    for (name, value) in [
        ("scope", "openid profile offline_access"),
        ("prompt", "consent"),
    ] {
        let mut more = params.clone();
        more.insert(name, value.to_owned());
        assert_eq!(
            replica.authorize("ann=1", more).await.status,
            StatusCode::OK,
            "{name}"
        );
    }
    world.pass(1801);
    let late = answer("ann=1", OWN, &token, "yes").await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

/// Whoever has the id of a program has all of the program: it is asked each time (RFC 8252, section 8.6).
#[tokio::test]
async fn a_program_on_a_users_machine_is_asked_for_each_time() {
    let (_world, replica, _) = begun().await;
    assert_eq!(replica.register("tool", tool()).await, None);
    let mut params = asked();
    params.insert("client_id", "tool".to_owned());
    params.insert("redirect_uri", "http://127.0.0.1:8976/cb".to_owned());
    for _ in 0..2 {
        let page = replica.authorize("ann=1", params.clone()).await;
        assert_eq!(page.status, StatusCode::OK);
        let body = [
            ("request", page.hidden("request")),
            ("token", page.hidden("token")),
        ];
        let body = format!("{}&answer=yes", form(body));
        let back = replica
            .post("/oauth/consent", &[("cookie", "ann=1")], body)
            .await;
        let code = back.sent("code").unwrap();
        let body = form([
            ("grant_type", "authorization_code"),
            ("client_id", "tool"),
            ("code", code.as_str()),
            ("redirect_uri", "http://127.0.0.1:8976/cb"),
            ("code_verifier", VERIFIER),
        ]);
        let tokens = replica.post("/oauth/token", &[], body).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    }
}
