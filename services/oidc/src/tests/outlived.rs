//! What comes back after its time: logins, codes and grants of something that is over.

use core::sync::atomic::{AtomicUsize, Ordering};

use alloc::sync::Arc;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use milagro_ledger::Records as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::kinds::{GRANT, VISIT};
use crate::tests::world::{
    Replica, Reply, VERIFIER, asked, basic, begun, form, merged, part, shop, tool,
};

const PROGRAM: &str = "http://127.0.0.1:8976/cb";

async fn with(replica: &Replica, cookie: &str, more: &[(&'static str, &str)]) -> Reply {
    let mut params = asked();
    for (name, value) in more {
        params.insert(name, (*value).to_owned());
    }
    replica.authorize(cookie, params).await
}

/// Removes a client as an operator does.
async fn removed(replica: &Replica, id: &str) {
    let desk = Replica {
        routes: crate::admin::router(Arc::clone(&replica.service)),
        ..replica.clone()
    };
    let request = Request::delete(format!("/admin/v1/oidc/clients/{id}"));
    let gone = desk.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}

/// What the user says yes to.
async fn agreed(replica: &Replica, cookie: &str, page: &Reply) -> Reply {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let fields = [
        ("request", page.hidden("request")),
        ("token", page.hidden("token")),
        ("answer", "yes".to_owned()),
    ];
    replica
        .post("/oauth/consent", &[("cookie", cookie)], form(fields))
        .await
}

#[tokio::test]
async fn a_login_for_one_request_is_none_for_another() {
    let (world, replica, _) = begun().await;
    world.pass(60);
    let login = ("prompt", "login");
    let sent = with(&replica, "ann=1", &[login, ("state", "first")]).await;
    let path = sent.sent("return").unwrap();
    let (_, rest) = path.split_once("milagro_since=").unwrap();
    let mark = rest.split('&').next().unwrap().to_owned();
    world.pass(5);
    world.log_in("new=1", "ann");
    world.pass(1200);
    // Twenty minutes later the application wants a login again; whoever is at the browser brings the old mark.
    for other in [
        [login, ("state", "second"), ("milagro_since", &mark)],
        [
            ("max_age", "0"),
            ("state", "first"),
            ("milagro_since", &mark),
        ],
    ] {
        let reply = with(&replica, "new=1", &other).await;
        assert_eq!(reply.location().path(), "/login", "{other:?}");
    }
    let same = replica.get(&path, "new=1").await;
    assert!(same.sent("code").is_some());
}

#[tokio::test]
async fn a_code_that_comes_again_late_revokes_what_came_of_it() {
    let (world, replica, auth) = begun().await;
    let code = replica.code("ann=1").await;
    let tokens = replica.redeem(&auth, &code).await;
    world.pass(3600);
    let tokens = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(tokens.status, StatusCode::OK);
    let late = world.replica().await.redeem(&auth, &code).await;
    assert_eq!(late.error(), "invalid_grant");
    let refreshed = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(refreshed.error(), "invalid_grant");
    assert!(world.events().contains("code-reused"));
}

#[tokio::test]
async fn a_code_that_was_not_given_out_revokes_nothing() {
    let (world, replica, auth) = begun().await;
    let code = replica.code("ann=1").await;
    let tokens = replica.redeem(&auth, &code).await;
    world.pass(3600);
    for place in [0, 30, 63] {
        let mut forged = code.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        let reply = replica.redeem(&auth, &forged).await;
        assert_eq!(reply.error(), "invalid_grant", "{place}");
    }
    let refreshed = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(refreshed.status, StatusCode::OK);
    // One that nobody redeemed is old and nothing else.
    let unused = replica.code("ann=1").await;
    world.pass(60);
    assert_eq!(
        replica.redeem(&auth, &unused).await.error(),
        "invalid_grant"
    );
    assert!(!world.events().contains("code-reused"));
}

/// A program of that name comes after one that was removed: what users let that one do is not this one's.
#[tokio::test]
async fn a_client_of_the_same_name_has_nothing_of_the_one_before() {
    let (_world, replica, _) = begun().await;
    replica.register("tool", tool()).await;
    let page = with(
        &replica,
        "ann=1",
        &[("client_id", "tool"), ("redirect_uri", PROGRAM)],
    )
    .await;
    let code = agreed(&replica, "ann=1", &page).await.sent("code").unwrap();
    let asks = async |more: &[(&str, &str)]| {
        let pairs = [("client_id", "tool")];
        let body = form(pairs.iter().chain(more).copied());
        replica.post("/oauth/token", &[], body).await
    };
    let tokens = asks(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", PROGRAM),
        ("code_verifier", VERIFIER),
    ])
    .await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    removed(&replica, "tool").await;
    replica.register("tool", tool()).await;
    let info = replica.userinfo(&part(&tokens, "access_token")).await;
    assert_eq!(info.status, StatusCode::UNAUTHORIZED);
    let refreshed = asks(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &part(&tokens, "refresh_token")),
    ])
    .await;
    assert_eq!(refreshed.error(), "invalid_grant");
    // Nor does a user's consent go over; but a change of a client takes nothing from it.
    let third = merged(shop(), json!({ "first_party": false }));
    replica.register("third", third.clone()).await;
    let third_asks = [("client_id", "third")];
    let page = with(&replica, "ann=1", &third_asks).await;
    agreed(&replica, "ann=1", &page).await.sent("code").unwrap();
    replica.register("third", third.clone()).await;
    let silent = with(&replica, "ann=1", &third_asks).await;
    assert!(silent.sent("code").is_some());
    removed(&replica, "third").await;
    replica.register("third", third).await;
    let page = with(&replica, "ann=1", &third_asks).await;
    assert_eq!(page.status, StatusCode::OK, "asked again");
}

#[tokio::test]
async fn a_token_of_a_client_that_was_removed_is_not_active() {
    let (_world, replica, auth) = begun().await;
    let api = merged(shop(), json!({ "resources": [] }));
    let secret = replica.register("tokens", api).await.unwrap();
    let code = replica.code("ann=1").await;
    let tokens = replica
        .token(
            &auth,
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", crate::tests::world::CALLBACK),
                ("code_verifier", VERIFIER),
                ("resource", "tokens"),
            ],
        )
        .await;
    let token = part(&tokens, "access_token");
    let inspect = async || {
        let body = form([("token", token.as_str())]);
        let headers = basic("tokens", &secret);
        let headers = [("authorization", headers.as_str())];
        replica.post("/oauth/introspect", &headers, body).await
    };
    assert_eq!(inspect().await.json()["active"], true);
    removed(&replica, "shop").await;
    assert_eq!(inspect().await.json(), json!({ "active": false }));
}

#[tokio::test]
async fn a_scope_that_was_taken_from_a_client_is_gone_from_its_grants() {
    let (_world, replica, auth) = begun().await;
    let more = merged(shop(), json!({ "scopes": ["orders"] }));
    replica.register("shop", more).await;
    let back = with(&replica, "ann=1", &[("scope", "openid orders")]).await;
    let tokens = replica.redeem(&auth, &back.sent("code").unwrap()).await;
    assert_eq!(tokens.json()["scope"], "openid orders");
    replica.register("shop", shop()).await;
    let refresh = part(&tokens, "refresh_token");
    let tokens = replica.refresh(&auth, &refresh).await;
    assert_eq!(tokens.json()["scope"], "openid");
}

/// Any program can listen at the port of another: RFC 8252, section 8.6. The operator's word is for web sites.
#[tokio::test]
async fn a_program_of_the_operators_is_asked_for_as_well() {
    let (_world, replica, _) = begun().await;
    let site = "https://tool.example/cb";
    let own =
        json!({ "first_party": true, "redirect_uris": [PROGRAM, site, "org.example.tool:/cb"] });
    replica.register("tool", merged(tool(), own)).await;
    for uri in [PROGRAM, "org.example.tool:/cb"] {
        let request = [("client_id", "tool"), ("redirect_uri", uri)];
        let page = with(&replica, "ann=1", &request).await;
        assert_eq!(page.status, StatusCode::OK, "{uri}");
        let quiet = [request[0], request[1], ("prompt", "none")];
        let quiet = with(&replica, "ann=1", &quiet).await;
        assert_eq!(quiet.sent("error").unwrap(), "consent_required", "{uri}");
    }
    let request = [("client_id", "tool"), ("redirect_uri", site)];
    let back = with(&replica, "ann=1", &request).await;
    assert!(back.sent("code").is_some());
}

#[tokio::test]
async fn a_session_has_so_many_grants_of_an_application() {
    let (world, replica, auth) = begun().await;
    let secret = replica.register("other", shop()).await.unwrap();
    let other = with(&replica, "ann=1", &[("client_id", "other")]).await;
    let code = other.sent("code").unwrap();
    let other = replica.redeem(&basic("other", &secret), &code).await;
    let mut all: Vec<Reply> = Vec::new();
    for _ in 0..20 {
        world.pass(1);
        all.push(replica.redeem(&auth, &replica.code("ann=1").await).await);
    }
    let kept = world.records.list(VISIT, &[], &[], 256).await.unwrap();
    assert_eq!(kept.keys.len(), 17);
    let kept = world.records.list(GRANT, &[], &[], 256).await.unwrap();
    assert_eq!(kept.keys.len(), 17);
    // The oldest have ended, and nobody else's.
    let mut standing = Vec::new();
    for tokens in all.iter().chain([&other]) {
        let info = replica.userinfo(&part(tokens, "access_token")).await;
        standing.push(info.status == StatusCode::OK);
    }
    assert_eq!(standing, [[false; 4].as_slice(), &[true; 17]].concat());
}

#[tokio::test]
async fn what_ended_with_a_lock_does_not_come_back_with_its_end() {
    let (world, replica, auth) = begun().await;
    let offline = ("scope", "openid offline_access");
    let code = with(&replica, "ann=1", &[offline]).await.sent("code");
    let tokens = replica.redeem(&auth, &code.unwrap()).await;
    world.keeper.locked.lock().unwrap().push("ann".to_owned());
    world.keeper.sessions.lock().unwrap().clear();
    replica.service.sweep().await.unwrap();
    world.keeper.locked.lock().unwrap().clear();
    let refresh = part(&tokens, "refresh_token");
    let refreshed = replica.refresh(&auth, &refresh).await;
    assert_eq!(refreshed.error(), "invalid_grant");
}

#[tokio::test]
async fn an_application_that_does_not_answer_is_waited_for_once() {
    let (world, replica, auth) = begun().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    let told = json!({ "backchannel_logout_uri": address });
    replica.register("shop", merged(shop(), told)).await;
    for (cookie, user) in [("ann=1", "ann"), ("bob=1", "bob"), ("eve=1", "eve")] {
        world.log_in(cookie, user);
        let tokens = replica.redeem(&auth, &replica.code(cookie).await).await;
        assert_eq!(tokens.status, StatusCode::OK);
    }
    world.keeper.sessions.lock().unwrap().clear();
    assert_eq!(replica.service.sweep().await.unwrap(), 0);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_registers_secret_keys() {
    let secret = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let set = |key: Value| {
        let base =
            json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] } });
        let parsed: crate::clients::Registration =
            serde_json::from_value(merged(shop(), base)).unwrap();
        parsed.fault()
    };
    assert_eq!(set(secret.clone()), None);
    let with_secret = merged(
        secret,
        json!({ "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }),
    );
    assert_eq!(set(with_secret), Some("jwks"));
}
