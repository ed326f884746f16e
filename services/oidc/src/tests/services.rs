//! Services that show an identity of their own, over TLS as it is served.

mod house;

use alloc::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use milagro_tls::admission::{AllowList, Anyone, Replaceable};
use milagro_tls::{EpochPolicy, Principal, Role};
use milagro_wire::login::names::ClientId;
use serde_json::{Value, json};

use crate::clients::Registration;
use crate::services::{confirmation, router};
use crate::tests::services::house::{Caller, House, master, service, verifier};
use crate::tests::world::{OWN, Replica, basic, form, merged, part, shop};

#[tokio::test]
async fn a_service_gets_a_token_for_its_identity() {
    let house = House::new().await;
    let orders = house.orders().await;
    let said = orders.asks("orders", &[("scope", "read")]).await.unwrap();
    let token = said.token();
    assert_eq!(
        (&said.json["token_type"], &said.json["scope"]),
        (&json!("Bearer"), &json!("read"))
    );
    assert!(said.json.get("refresh_token").is_none() && said.json.get("id_token").is_none());
    // As a resource server looks at it that knows nothing but the provider's keys (RFC 9068, section 4).
    let set = house.replica.get("/oauth/jwks", "").await.json();
    let header = decode_header(&token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let keys = set["keys"].as_array().unwrap().iter();
    let mut keys = keys.filter(|key| key["kid"] == json!(header.kid));
    let jwk = serde_json::from_value(keys.next().unwrap().clone()).unwrap();
    let key = DecodingKey::from_jwk(&jwk).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["stock"]);
    validation.set_issuer(&[OWN]);
    validation.validate_exp = false;
    let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
    let identity = house.today(Role::Client, "orders");
    assert_eq!(
        claims["cnf"],
        json!({ "milagro:spki#S256": confirmation(&identity) })
    );
    let others = house.today(Role::Client, "others");
    assert_ne!(confirmation(&identity), confirmation(&others));
    let now = house.world.now();
    assert_eq!(
        (&claims["client_id"], &claims["sub"], &claims["scope"]),
        (
            &json!("orders"),
            &json!("urn:milagro:client:orders"),
            &json!("read")
        )
    );
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&json!(now), &json!(now + 300))
    );
    // As one that asks, which is a service itself; and as the client that it was given to.
    house.registers("stock", Role::Peer, json!({})).await;
    let stock = house.caller(&house.today(Role::Peer, "stock"));
    let seen = stock.introspects("stock", &token).await;
    assert_eq!(
        (&seen["active"], &seen["cnf"]),
        (&json!(true), &claims["cnf"])
    );
    let seen = orders.introspects("orders", &token).await;
    assert_eq!(
        (&seen["active"], &seen["scope"]),
        (&json!(true), &json!("read"))
    );
    // It is nobody's else, and no user's.
    house.registers("third", Role::Client, json!({})).await;
    let third = house.caller(&house.today(Role::Client, "third"));
    let seen = third.introspects("third", &token).await;
    assert_eq!(seen, json!({ "active": false }));
    let userinfo = house.replica.userinfo(&token).await;
    assert_eq!(userinfo.status, StatusCode::UNAUTHORIZED);
    house.world.pass(300);
    let seen = orders.introspects("orders", &token).await;
    assert_eq!(seen, json!({ "active": false }));
    assert!(
        house
            .world
            .events()
            .contains("\"what\":\"service-token\",\"client\":\"orders\"")
    );
}

#[tokio::test]
async fn nobody_gets_the_token_of_another_identity() {
    let house = House::new().await;
    let orders = house.orders().await;
    house.registers("stock", Role::Peer, json!({})).await;
    let _secret = house.replica.register("shop", shop()).await;
    let refused = async |caller: &Caller, id: &str| {
        let said = caller.asks(id, &[]).await.expect("a connection");
        assert_eq!(
            (said.status, said.error()),
            (StatusCode::UNAUTHORIZED, "invalid_client"),
            "{id}"
        );
    };
    // Registered, but as somebody else; with a name of another sort; not at all; without a name.
    refused(&orders, "stock").await;
    refused(&orders, "shop").await;
    refused(&orders, "nobody").await;
    refused(&orders, "").await;
    // An identity that nobody has registered, one of another role, and one that is registered elsewhere.
    for (role, name) in [
        (Role::Client, "stranger"),
        (Role::Peer, "orders"),
        (Role::Client, "stock"),
    ] {
        let caller = house.caller(&house.today(role, name));
        refused(&caller, "orders").await;
        refused(&caller, "stock").await;
    }
    // The same name under another authority, whose domain has the same name, does not come in.
    let other = master("services");
    let epoch = house.today(Role::Client, "orders").epoch();
    let twin = Principal::new(other.domain(), Role::Client, "orders").unwrap();
    let caller = house.caller_of(&other, &twin.at(epoch));
    assert!(caller.asks("orders", &[]).await.is_none());
    // An identity and a secret at once are two ways.
    let both = orders.asks("orders", &[("client_secret", "x")]).await;
    assert_eq!(both.unwrap().error(), "invalid_request");
    assert!(
        orders
            .asks("orders", &[])
            .await
            .unwrap()
            .status
            .is_success()
    );
}

#[tokio::test]
async fn a_revoked_identity_gets_nothing_more() {
    let house = House::new().await;
    let orders = house.orders().await;
    let token = orders.asks("orders", &[]).await.unwrap().token();
    // Taken from the listener's list: the connection that stands is refused, and no other begins.
    house.welcome.replace(AllowList::default());
    let said = orders.asks("orders", &[]).await.unwrap();
    assert_eq!(said.error(), "invalid_client");
    let identity = house.today(Role::Client, "orders");
    let again = house.caller(&identity);
    assert!(again.asks("orders", &[]).await.is_none());
    house.welcome.replace(Anyone);
    assert!(
        orders
            .asks("orders", &[])
            .await
            .unwrap()
            .status
            .is_success()
    );
    // Removed by the operator: no token is made, and the one before is worth nothing, under whatever client of that name.
    let id = ClientId::new("orders").unwrap();
    let desk = Replica {
        routes: crate::admin::router(Arc::clone(&house.replica.service)),
        ..house.replica.clone()
    };
    let request = axum::http::Request::delete(format!("/admin/v1/oidc/clients/{id}"));
    let gone = desk.send(request.body(axum::body::Body::empty()).unwrap());
    assert_eq!(gone.await.status, StatusCode::NO_CONTENT);
    let said = orders.asks("orders", &[]).await.unwrap();
    assert_eq!(said.error(), "invalid_client");
    house.registers("orders", Role::Client, json!({})).await;
    let seen = orders.introspects("orders", &token).await;
    assert_eq!(seen, json!({ "active": false }));
    // No key for the next epoch: the connection that stands is refused, and none begins.
    house.world.pass(86_400 + 600);
    let said = orders.asks("orders", &[]).await.unwrap();
    assert_eq!(said.error(), "invalid_client");
    assert!(again.asks("orders", &[]).await.is_none());
}

#[tokio::test]
async fn what_a_service_may_ask_for_is_what_is_registered() {
    let house = House::new().await;
    let orders = house.orders().await;
    let said = orders.asks("orders", &[]).await.unwrap();
    let whole = said.token();
    assert_eq!(said.json["scope"], "read write");
    for (more, error) in [
        (("scope", "read admin"), "invalid_scope"),
        (("scope", "openid"), "invalid_scope"),
        (("scope", "offline_access"), "invalid_scope"),
        (("resource", "tokens"), "invalid_target"),
        (("grant_type", "refresh_token"), "invalid_request"),
    ] {
        let said = orders.asks("orders", &[more]).await.unwrap();
        assert_eq!(said.error(), error, "{more:?}");
    }
    for other in ["authorization_code", "refresh_token", "password", "x"] {
        let pairs = [("grant_type", other), ("client_id", "orders")];
        let said = orders.posts("/oauth/token", &pairs).await.unwrap();
        assert_eq!(said.error(), "unsupported_grant_type", "{other}");
    }
    // With two resource servers it has to say which one.
    let two = json!({ "resources": ["stock", "tokens"], "scopes": ["read"] });
    house.registers("orders", Role::Client, two).await;
    let said = orders.asks("orders", &[]).await.unwrap();
    assert_eq!(said.error(), "invalid_target");
    let said = orders.asks("orders", &[("resource", "tokens")]).await;
    assert_eq!(said.unwrap().status, StatusCode::OK);
    // A scope that was taken away is gone from the tokens of before, and a resource takes them along.
    let seen = orders.introspects("orders", &whole).await;
    assert_eq!(
        (&seen["active"], &seen["scope"]),
        (&json!(true), &json!("read"))
    );
    let other = json!({ "resources": ["tokens"] });
    house.registers("orders", Role::Client, other).await;
    let seen = orders.introspects("orders", &whole).await;
    assert_eq!(seen, json!({ "active": false }));
}

#[tokio::test]
async fn a_token_ends_with_the_epoch_of_its_key() {
    let house = House::new().await;
    let identity = house.today(Role::Client, "orders");
    let _early = house.orders().await;
    let end = EpochPolicy::DAILY.end(identity.epoch()).get();
    house.world.pass(end - 10 - house.world.now());
    // The listener's own key is of the same epoch.
    let orders = house.caller(&identity);
    let said = orders.asks("orders", &[]).await.unwrap();
    assert_eq!(said.json["expires_in"], 10);
}

/// A router without TLS before it, with whatever somebody says in headers.
async fn plainly(routes: &Router, house: &House, header: (&str, &str)) -> String {
    let replica = Replica {
        routes: routes.clone(),
        ..house.replica.clone()
    };
    let body = form([
        ("grant_type", "client_credentials"),
        ("client_id", "orders"),
    ]);
    replica.post("/oauth/token", &[header], body).await.error()
}

#[tokio::test]
async fn without_identity_tls_a_service_is_nobody() {
    let house = House::new().await;
    let orders = house.orders().await;
    let token = orders.asks("orders", &[]).await.unwrap().token();
    let identity = house.principal(Role::Client, "orders").to_string();
    let spki = confirmation(&house.today(Role::Client, "orders"));
    let verifier = verifier(&house.master, Replaceable::new(Anyone));
    let door = router(Arc::clone(&house.replica.service), verifier);
    // Headers that proxies in front of other servers set.
    for header in [
        ("x-client-cert", identity.as_str()),
        ("client-cert", &spki),
        ("x-forwarded-client-cert", &identity),
    ] {
        let error = plainly(&door, &house, header).await;
        assert_eq!(error, "invalid_client");
        let error = plainly(&house.replica.routes, &house, header).await;
        assert_eq!(error, "unsupported_grant_type");
    }
    // Whatever a client of this sort asks for where there is no identity, it is not authenticated.
    let secret = basic("orders", "");
    for (path, auth) in [
        ("/oauth/token", None),
        ("/oauth/token", Some(("authorization", secret.as_str()))),
        ("/oauth/introspect", None),
        ("/oauth/revoke", None),
        ("/oauth/par", None),
    ] {
        let body = form([
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_id", "orders"),
            ("token", token.as_str()),
        ]);
        let headers: Vec<_> = auth.into_iter().collect();
        let reply = house.replica.post(path, &headers, body).await;
        assert_eq!(reply.error(), "invalid_client", "{path}");
    }
    // Nor does a browser get anywhere with it: there is no address to send it to.
    let mut asked = crate::tests::world::asked();
    asked.insert("client_id", "orders".to_owned());
    house.world.log_in("ann=1", "ann");
    let page = house.replica.authorize("ann=1", asked).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_service_is_registered_with_an_identity_and_nothing_of_users() {
    let house = House::new().await;
    let identity = house.principal(Role::Client, "orders").to_string();
    let fault = |value: Value| {
        let parsed: Result<Registration, _> = serde_json::from_value(value);
        parsed.map_or(Some("form"), |registration| registration.fault())
    };
    assert_eq!(fault(service(&identity)), None);
    let server = house.principal(Role::Server, "orders").to_string();
    let shouted = identity.to_uppercase();
    for (more, field) in [
        (json!({ "identity": null }), "identity"),
        (json!({ "identity": "orders" }), "identity"),
        (json!({ "identity": server }), "identity"),
        (json!({ "identity": shouted }), "identity"),
        (
            json!({ "redirect_uris": ["https://shop.example/cb"] }),
            "redirect_uris",
        ),
        (
            json!({ "post_logout_redirect_uris": ["https://shop.example/cb"] }),
            "post_logout_redirect_uris",
        ),
        (
            json!({ "backchannel_logout_uri": "https://shop.example/out" }),
            "backchannel_logout_uri",
        ),
        (json!({ "jwks": { "keys": [] } }), "jwks"),
        (json!({ "first_party": true }), "first_party"),
        (json!({ "refresh": true }), "refresh"),
        (
            json!({ "require_pushed_authorization_requests": true }),
            "require_pushed_authorization_requests",
        ),
        (json!({ "resources": [] }), "resources"),
        (json!({ "resources": ["a b"] }), "resources"),
        (json!({ "scopes": ["a b"] }), "scopes"),
    ] {
        let whole = merged(service(&identity), more.clone());
        assert_eq!(fault(whole), Some(field), "{more}");
    }
    let named = merged(shop(), json!({ "identity": identity }));
    assert_eq!(fault(named), Some("identity"));
}

#[tokio::test]
async fn the_documents_name_the_door_for_services() {
    let house = House::new().await;
    let path = "/.well-known/openid-configuration";
    let said = house.replica.get(path, "").await;
    let metadata = said.json();
    let principal = house.principal(Role::Server, "login");
    let host = principal.server_name();
    let at = format!("https://{host}:{}/oauth/token", house.address.port());
    let alias = &metadata["mtls_endpoint_aliases"];
    assert_eq!(alias["token_endpoint"], json!(at));
    assert_eq!(part(&said, "milagro_identity"), principal.to_string());
    let has = |name: &str, word: &str| {
        let list = metadata[name].as_array().unwrap();
        assert!(list.contains(&json!(word)), "{name}");
    };
    let method = "identity_tls_client_auth";
    has("grant_types_supported", "client_credentials");
    has("token_endpoint_auth_methods_supported", method);
    has("introspection_endpoint_auth_methods_supported", method);
    // Without such a listener nothing is said of it.
    let without = house.world.replica().await;
    let said = without.get(path, "").await.body;
    assert!(!said.contains("identity") && !said.contains("client_credentials"));
}

/// RFC 9700, section 4.15: resource servers that go by `sub` take no service for a user, whatever the operator calls it.
#[tokio::test]
async fn no_client_is_taken_for_a_user() {
    let house = House::new().await;
    let user = house.replica.service.subject("ann");
    let name = user.to_lowercase();
    house.registers(&name, Role::Client, json!({})).await;
    let caller = house.caller(&house.today(Role::Client, &name));
    let token = caller.asks(&name, &[]).await.unwrap().token();
    let seen = caller.introspects(&name, &token).await;
    let sub = seen["sub"].as_str().unwrap();
    // A user's is base64url.
    assert!(sub.contains(':') && !user.contains(':'));
    assert!(seen.get("auth_time").is_none() && seen.get("amr").is_none());
}
