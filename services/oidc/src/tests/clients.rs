//! Clients that show who they are, and those that do not.

use axum::http::{StatusCode, header};
use base64::Engine as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::clients::Registration;
use crate::tests::world::{
    CALLBACK, OWN, Replica, Reply, VERIFIER, World, asked, basic, begun, form, merged, shop, tool,
};

#[tokio::test]
async fn a_secret_is_right_or_it_is_not() {
    let (_world, replica, auth) = begun().await;
    let code = replica.code("ann=1").await;
    for bad in [
        basic("shop", ""),
        basic("shop", "x"),
        basic("nobody", "x"),
        basic("", ""),
        "Basic".to_owned(),
        "Basic !".to_owned(),
        auth.replace("Basic", "Bearer"),
    ] {
        let reply = replica.redeem(&bad, &code).await;
        assert_eq!(
            (reply.status, reply.error().as_str()),
            (StatusCode::UNAUTHORIZED, "invalid_client")
        );
        assert_eq!(
            reply.headers[header::WWW_AUTHENTICATE],
            "Basic realm=\"token\""
        );
    }
    // Not at all, in the body, as another, or in two ways.
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for (headers, more, error) in [
        (vec![], ("client_id", "shop"), "invalid_client"),
        (
            vec![("authorization", auth.as_str())],
            ("client_secret", "x"),
            "invalid_client",
        ),
        (
            vec![("authorization", auth.as_str())],
            ("client_id", "other"),
            "invalid_client",
        ),
        (
            vec![("authorization", auth.as_str())],
            ("client_assertion", "x"),
            "invalid_request",
        ),
        (
            vec![("authorization", auth.as_str()); 2],
            ("client_id", "shop"),
            "invalid_request",
        ),
    ] {
        let body = form(pairs.into_iter().chain([more]));
        assert_eq!(
            replica.post("/oauth/token", &headers, body).await.error(),
            error,
            "{more:?}"
        );
    }
    assert_eq!(replica.redeem(&auth, &code).await.status, StatusCode::OK);
    let reply = replica.token(&auth, &[("grant_type", "password")]).await;
    assert_eq!(reply.error(), "unsupported_grant_type");
    let json = replica.send(
        axum::http::Request::post("/oauth/token")
            .header("authorization", &auth)
            .header("content-type", "application/json")
            .body(axum::body::Body::from("{}"))
            .unwrap(),
    );
    assert_eq!(json.await.error(), "invalid_request");
}

#[tokio::test]
async fn secrets_are_kept_as_hashes() {
    let (world, replica, auth) = begun().await;
    let again = replica.redeem(&auth, &replica.code("ann=1").await).await;
    assert_eq!(again.status, StatusCode::OK);
    let found = replica
        .service
        .found_client("shop")
        .await
        .unwrap()
        .unwrap()
        .value;
    let kept = serde_json::to_string(&found).unwrap();
    let plain = auth.strip_prefix("Basic ").unwrap();
    let plain = base64::engine::general_purpose::STANDARD
        .decode(plain)
        .unwrap();
    let secret = String::from_utf8(plain).unwrap().split_off(5);
    assert!(!kept.contains(&secret));
    assert!(!world.events().contains(&secret));
}

/// A key of Ed25519 (RFC 8410, section 7) and its JWK.
fn key(seed: u8) -> (EncodingKey, Value) {
    const PKCS8: [u8; 16] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let key = EncodingKey::from_ed_der(&[&PKCS8[..], &[seed; 32]].concat());
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
    (key, serde_json::to_value(&jwk).unwrap())
}

fn keyed(jwk: &Value) -> Value {
    let mut base = shop();
    let map = base.as_object_mut().unwrap();
    map.insert(
        "token_endpoint_auth_method".to_owned(),
        json!("private_key_jwt"),
    );
    map.insert("jwks".to_owned(), json!({ "keys": [jwk] }));
    base
}

async fn assert(replica: &Replica, token: &str) -> Reply {
    let code = {
        let mut params = asked();
        params.insert("client_id", "keyed".to_owned());
        replica
            .authorize("ann=1", params)
            .await
            .sent("code")
            .unwrap()
    };
    let body = form([
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", token),
    ]);
    replica.post("/oauth/token", &[], body).await
}

#[tokio::test]
async fn an_assertion_is_good_once_and_here() {
    let (world, replica, _) = begun().await;
    let (secret, jwk) = key(1);
    assert_eq!(replica.register("keyed", keyed(&jwk)).await, None);
    let now = world.now();
    let claims = |more: Value| {
        let base = json!({
            "iss": "keyed", "sub": "keyed", "aud": OWN, "jti": "1", "iat": now, "exp": now + 60,
        });
        merged(base, more)
    };
    let signed = |claims: &Value, key: &EncodingKey| {
        encode(&Header::new(Algorithm::EdDSA), claims, key).unwrap()
    };
    let good = signed(&claims(json!({})), &secret);
    assert_eq!(assert(&replica, &good).await.status, StatusCode::OK);
    // On another replica, too.
    let second = world.replica().await;
    assert_eq!(assert(&second, &good).await.error(), "invalid_client");
    let endpoint = format!("{OWN}/oauth/token");
    for more in [
        json!({ "jti": "2", "aud": endpoint }),
        json!({ "jti": "3", "aud": [OWN] }),
    ] {
        let reply = assert(&replica, &signed(&claims(more), &secret)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    }
    for more in [
        json!({ "aud": "https://other.example" }),
        json!({ "aud": [OWN, "https://other.example"] }),
        json!({ "aud": format!("{OWN}/") }),
        json!({ "iss": "shop" }),
        json!({ "sub": "shop" }),
        json!({ "exp": now - 61 }),
        json!({ "exp": now + 3601 }),
        json!({ "iat": now + 61, "exp": now + 100 }),
        json!({ "nbf": now + 61 }),
        json!({ "iat": now - 3600, "exp": now - 60 }),
        json!({ "jti": "" }),
    ] {
        let more = if more.get("jti").is_some() {
            more
        } else {
            merged(more, json!({ "jti": "4" }))
        };
        let reply = assert(&replica, &signed(&claims(more.clone()), &secret)).await;
        assert_eq!(reply.error(), "invalid_client", "{more}");
    }
    // Signed by another key, by nobody, or with the public key as a secret.
    let (other, _) = key(2);
    let forged = signed(&claims(json!({ "jti": "5" })), &other);
    let (_, payload) = good.split_once('.').unwrap();
    let (payload, _) = payload.split_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    let public = EncodingKey::from_secret(jwk["x"].as_str().unwrap().as_bytes()).unwrap();
    let confused = encode(
        &Header::new(Algorithm::HS256),
        &claims(json!({ "jti": "6" })),
        &public,
    );
    for token in [
        forged,
        none,
        confused.unwrap(),
        "x".to_owned(),
        "x".repeat(5000),
    ] {
        assert_eq!(assert(&replica, &token).await.error(), "invalid_client");
    }
}

#[tokio::test]
async fn what_is_registered_is_looked_at() {
    let world = World::new().await;
    let replica = world.replica().await;
    let (_, jwk) = key(1);
    let fault = |value: Value| {
        let parsed: Result<Registration, _> = serde_json::from_value(value);
        parsed.map_or(Some("form"), |registration| registration.fault())
    };
    assert_eq!(fault(shop()), None);
    assert_eq!(fault(tool()), None);
    assert_eq!(fault(keyed(&jwk)), None);
    for (more, field) in [
        (json!({ "client_name": "" }), "client_name"),
        (
            json!({ "client_name": "Bank\u{202e}kcatta" }),
            "client_name",
        ),
        (json!({ "redirect_uris": [] }), "redirect_uris"),
        (
            json!({ "redirect_uris": ["https://shop.example/cb#x"] }),
            "redirect_uris",
        ),
        (
            json!({ "redirect_uris": ["https://*.example/cb"] }),
            "redirect_uris",
        ),
        (
            json!({ "redirect_uris": vec![CALLBACK; 33] }),
            "redirect_uris",
        ),
        (
            json!({ "post_logout_redirect_uris": ["http://shop.example/"] }),
            "post_logout_redirect_uris",
        ),
        (json!({ "jwks": { "keys": [] } }), "jwks"),
        (
            json!({ "token_endpoint_auth_method": "private_key_jwt" }),
            "jwks",
        ),
        (
            json!({ "backchannel_logout_uri": "ftp://shop.example/" }),
            "backchannel_logout_uri",
        ),
        (
            json!({ "backchannel_logout_uri": "http://shop.example/" }),
            "backchannel_logout_uri",
        ),
        (json!({ "scopes": ["a b"] }), "scopes"),
        (json!({ "resources": ["a b"] }), "resources"),
        (
            json!({ "token_endpoint_auth_method": "client_secret_post" }),
            "form",
        ),
        (json!({ "unknown": 1 }), "form"),
    ] {
        assert_eq!(fault(merged(shop(), more.clone())), Some(field), "{more}");
    }
    let pushes = json!({ "require_pushed_authorization_requests": true });
    assert!(fault(merged(tool(), pushes)).is_some());
    // A client that is removed is nobody.
    let secret = replica.register("shop", shop()).await.unwrap();
    world.log_in("ann=1", "ann");
    let code = replica.code("ann=1").await;
    let admin = crate::admin::router(alloc::sync::Arc::clone(&replica.service));
    let desk = Replica {
        routes: admin,
        ..replica.clone()
    };
    let request = axum::http::Request::delete("/admin/v1/oidc/clients/shop");
    let gone = desk
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        replica.redeem(&basic("shop", &secret), &code).await.error(),
        "invalid_client"
    );
}

#[tokio::test]
async fn an_operator_looks_after_clients() {
    let (world, replica, auth) = begun().await;
    let desk = Replica {
        routes: crate::admin::router(alloc::sync::Arc::clone(&replica.service)),
        ..replica.clone()
    };
    assert_eq!(
        desk.get("/admin/v1/oidc/clients", "").await.json(),
        json!({ "names": ["shop"], "more": false })
    );
    let shown = desk.get("/admin/v1/oidc/clients/shop", "").await.json();
    assert_eq!(shown["client_name"], "Shop");
    let put = async |id: &str, body: Value| {
        let request = axum::http::Request::put(format!("/admin/v1/oidc/clients/{id}"));
        let request = request.header("content-type", "application/json");
        desk.send(
            request
                .body(axum::body::Body::from(body.to_string()))
                .unwrap(),
        )
        .await
    };
    let bad = put("shop", merged(shop(), json!({ "client_name": "" }))).await;
    assert_eq!(
        (bad.status, &bad.json()["detail"]),
        (StatusCode::BAD_REQUEST, &json!("client_name"))
    );
    let new = put("new", shop()).await.json();
    let fresh = basic("new", new["client_secret"].as_str().unwrap());
    let reply = replica
        .token(
            &fresh,
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
        )
        .await;
    assert_eq!(reply.error(), "invalid_grant");
    let request = axum::http::Request::post("/admin/v1/oidc/clients/shop/secret");
    let other = desk
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await
        .json();
    let code = replica.code("ann=1").await;
    assert_eq!(replica.redeem(&auth, &code).await.error(), "invalid_client");
    let other = basic("shop", other["client_secret"].as_str().unwrap());
    assert_eq!(replica.redeem(&other, &code).await.status, StatusCode::OK);
    assert!(world.events().contains("\"what\":\"client\""));
}
