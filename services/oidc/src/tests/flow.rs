//! The whole way of an application that does everything right.

use axum::http::{StatusCode, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::tests::world::{
    CALLBACK, OWN, Reply, START, VERIFIER, World, asked, basic, begun, form, merged, part, shop,
};

/// The claims of a token, by the keys that the provider publishes.
pub(super) fn verified(keys: &Reply, token: &str, audience: &str) -> Value {
    let set: JwkSet = serde_json::from_str(&keys.body).unwrap();
    let header = decode_header(token).unwrap();
    let jwk = set
        .find(header.kid.as_deref().unwrap())
        .expect("a key that is published");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[OWN]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_user_logs_in_at_an_application() {
    let (world, replica, auth) = begun().await;
    world.pass(10);
    let back = replica.authorize("ann=1", asked()).await;
    assert!(
        back.location().as_str().starts_with(CALLBACK),
        "{}",
        back.location()
    );
    assert_eq!(back.sent("state").unwrap(), "a state & more");
    assert_eq!(back.sent("iss").unwrap(), OWN);
    assert_eq!(back.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(back.headers[header::REFERRER_POLICY], "no-referrer");
    let tokens = replica.redeem(&auth, &back.sent("code").unwrap()).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    assert_eq!(tokens.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(tokens.json()["token_type"], "Bearer");
    assert_eq!(tokens.json()["expires_in"], 300);
    let keys = replica.get("/oauth/jwks", "").await;
    let id = verified(&keys, &part(&tokens, "id_token"), "shop");
    assert_eq!(id["nonce"], "a nonce");
    assert_eq!(id["auth_time"], START);
    assert_eq!(id["amr"], json!(["pin", "mfa"]));
    assert_eq!(id["acr"], "two");
    assert_eq!(id["preferred_username"], "ann");
    let access = verified(&keys, &part(&tokens, "access_token"), OWN);
    assert_eq!(access["sub"], id["sub"]);
    assert_eq!(access["client_id"], "shop");
    let info = replica.userinfo(&part(&tokens, "access_token")).await;
    assert_eq!(
        info.json(),
        json!({ "sub": id["sub"], "preferred_username": "ann" })
    );
    // Neither the name nor the session can be guessed from what applications get.
    assert!(!id["sub"].as_str().unwrap().contains("ann"));
    let events = world.events();
    assert!(
        events.contains("code-issued") && events.contains("code-redeemed"),
        "{events}"
    );
    assert!(!events.contains("ann"), "{events}");
}

#[tokio::test]
async fn the_documents_say_where_everything_is() {
    let world = World::new().await;
    let replica = world.replica().await;
    let found = replica
        .get("/.well-known/openid-configuration", "")
        .await
        .json();
    assert_eq!(found["issuer"], OWN);
    assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(
        found["authorization_response_iss_parameter_supported"],
        true
    );
    for (name, value) in found.as_object().unwrap() {
        let Some(path) = value
            .as_str()
            .filter(|_| name.ends_with("_endpoint") || name == "jwks_uri")
        else {
            continue;
        };
        let path = path.strip_prefix(OWN).unwrap();
        let get = replica.get(path, "").await.status;
        let post = replica.post(path, &[], String::new()).await.status;
        assert!(get != 404 && post != 404, "{name}");
    }
    let keys = replica.get("/oauth/jwks", "").await;
    assert_eq!(keys.headers[header::CACHE_CONTROL], "public, max-age=300");
    let set = keys.json();
    let algorithms: Vec<_> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["alg"])
        .collect();
    assert_eq!(algorithms, ["ES256", "EdDSA"]);
    // No private part: RFC 7518, section 6.2.2.
    assert!(!keys.body.contains("\"d\""), "{}", keys.body);
}

#[tokio::test]
async fn id_tokens_can_be_signed_by_ed25519() {
    let (_world, replica, auth) = begun().await;
    let other = merged(shop(), json!({ "id_token_signed_response_alg": "EdDSA" }));
    // A change keeps the secret.
    assert_eq!(replica.register("shop", other).await, None);
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let id = part(&tokens, "id_token");
    assert_eq!(decode_header(&id).unwrap().alg, Algorithm::EdDSA);
    let keys = replica.get("/oauth/jwks", "").await;
    verified(&keys, &id, "shop");
}

#[tokio::test]
async fn access_tokens_are_for_one_resource() {
    let (_world, replica, auth) = begun().await;
    let code = replica.code("ann=1").await;
    let body = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("resource", "tokens"),
    ];
    let tokens = replica.token(&auth, &body).await;
    let keys = replica.get("/oauth/jwks", "").await;
    let access = part(&tokens, "access_token");
    verified(&keys, &access, "tokens");
    // A token for another audience is none here, and a resource that is not the client's is not given.
    assert_eq!(
        replica.userinfo(&access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let mut other = body;
    other[4].1 = "https://api.example/";
    let code = replica.code("ann=1").await;
    other[1].1 = &code;
    assert_eq!(replica.token(&auth, &other).await.error(), "invalid_target");
}

#[tokio::test]
async fn tokens_of_another_audience_sort_or_provider_are_none() {
    let (world, replica, auth) = begun().await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let (access, id) = (part(&tokens, "access_token"), part(&tokens, "id_token"));
    let strange = World::new().await;
    let other = strange.replica().await;
    assert_eq!(
        other.userinfo(&access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let (head, rest) = access.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    // {"alg":"none"}, {"alg":"none","typ":"at+jwt"}
    for (head, signature) in [
        ("eyJhbGciOiJub25lIn0", ""),
        ("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0", ""),
        (head, ""),
        (head, "AAAA"),
    ] {
        let token = format!("{head}.{claims}.{signature}");
        assert_eq!(
            replica.userinfo(&token).await.status,
            StatusCode::UNAUTHORIZED,
            "{token}"
        );
    }
    for token in [
        id.as_str(),
        "",
        "x",
        &format!("{head}.{}.{signature}", &claims[1..]),
    ] {
        let reply = replica.userinfo(token).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{token}");
        assert_eq!(
            reply.headers[header::WWW_AUTHENTICATE],
            "Bearer error=\"invalid_token\""
        );
    }
    assert_eq!(replica.userinfo(&access).await.status, StatusCode::OK);
    world.pass(300);
    assert_eq!(
        replica.userinfo(&access).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_grant_that_is_given_back_is_worth_nothing() {
    let (_world, replica, auth) = begun().await;
    let secret = replica.register("other", shop()).await.unwrap();
    let other = basic("other", &secret);
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    for name in ["access_token", "refresh_token"] {
        let token = part(&tokens, name);
        let inspect = async |auth: &str| {
            let body = form([("token", token.as_str())]);
            replica
                .post("/oauth/introspect", &[("authorization", auth)], body)
                .await
        };
        let found = inspect(&auth).await.json();
        assert_eq!(
            (&found["active"], &found["client_id"]),
            (&json!(true), &json!("shop")),
            "{name}"
        );
        // Another client learns nothing, and takes nothing away.
        assert_eq!(inspect(&other).await.json(), json!({ "active": false }));
        assert_eq!(inspect("Basic eDp5").await.error(), "invalid_client");
        let body = form([("token", token.as_str())]);
        let gone = replica
            .post("/oauth/revoke", &[("authorization", &other)], body)
            .await;
        assert_eq!(gone.status, StatusCode::OK);
        assert_eq!(inspect(&auth).await.json()["active"], true, "{name}");
    }
    let body = form([("token", part(&tokens, "refresh_token"))]);
    let gone = replica
        .post("/oauth/revoke", &[("authorization", &auth)], body)
        .await;
    assert_eq!(gone.status, StatusCode::OK);
    assert_eq!(
        replica
            .userinfo(&part(&tokens, "access_token"))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    let refreshed = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(refreshed.error(), "invalid_grant");
    // What is no token is no error.
    let body = form([("token", "nothing")]);
    let gone = replica
        .post("/oauth/revoke", &[("authorization", &auth)], body)
        .await;
    assert_eq!(gone.status, StatusCode::OK);
}

#[tokio::test]
async fn any_replica_goes_on_where_another_began() {
    let (world, replica, auth) = begun().await;
    let second = world.replica().await;
    let code = replica.code("ann=1").await;
    let tokens = second.redeem(&auth, &code).await;
    assert_eq!(
        replica
            .userinfo(&part(&tokens, "access_token"))
            .await
            .status,
        StatusCode::OK
    );
    let tokens = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(
        second
            .refresh(&auth, &part(&tokens, "refresh_token"))
            .await
            .status,
        StatusCode::OK
    );
}
