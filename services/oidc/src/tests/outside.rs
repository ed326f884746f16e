//! Whatever comes from outside: parameters, headers, assertions, requests.

use alloc::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::collection::vec;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::authenticate::basic;
use crate::params::Params;
use crate::tests::world::{CALLBACK, OWN, Replica, World, asked, form, merged, shop};

/// A provider with the shop, a client with a key, and a user who is logged in: one for all cases.
struct Ground {
    runtime: Runtime,
    world: World,
    replica: Replica,
    key: EncodingKey,
}

fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let (world, replica, key) = runtime.block_on(async {
            let world = World::new().await;
            let mut settings = crate::Settings::new(crate::Issuer::new(OWN).unwrap());
            settings.rates.codes = core::num::NonZeroU32::MAX;
            let replica = world.with(settings).await;
            replica.register("shop", shop()).await;
            world.log_in("ann=1", "ann");
            let (key, jwk) = key();
            let keyed = json!({
                "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [jwk] },
            });
            replica.register("keyed", merged(shop(), keyed)).await;
            (world, replica, key)
        });
        Ground {
            runtime,
            world,
            replica,
            key,
        }
    })
}

fn key() -> (EncodingKey, serde_json::Value) {
    const PKCS8: [u8; 16] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let key = EncodingKey::from_ed_der(&[&PKCS8[..], &[3; 32]].concat());
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
    (key, serde_json::to_value(&jwk).unwrap())
}

/// Names and values that a request is changed by: known ones at wrong places, and whatever else.
fn change() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        8 => proptest::sample::select(vec![
            "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
            "code_challenge_method", "prompt", "max_age", "login_hint", "id_token_hint", "request", "request_uri", "registration",
            "milagro_since", "claims", "resource", "acr_values",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let value = prop_oneof![
        3 => any::<String>(),
        2 => proptest::sample::select(vec![
            "", "shop", "keyed", "code", "token", "code id_token", "query", "fragment", "openid", "openid openid", "none",
            "login none", "consent", "S256", "plain", "0", "-1", "18446744073709551615", "99999999999999999999",
            CALLBACK, "https://shop.example/cb", "https://evil.example/", "javascript:alert(1)", "//evil.example",
            "urn:ietf:params:oauth:request_uri:AAAA", "eyJhbGciOiJub25lIn0.e30.", "\r\nLocation: https://evil.example",
        ])
        .prop_map(str::to_owned),
        1 => Just("x".repeat(3000)),
    ];
    (name, value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn parameters_are_read_once_and_written_again(bytes in vec(any::<u8>(), 0..512)) {
        let Ok(params) = Params::parse(&bytes) else { return Ok(()) };
        let text = params.to_text();
        let again = Params::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(again.to_text(), text.clone());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            prop_assert!(!value.is_empty());
            prop_assert_eq!(params.get(&name), Some(&*value));
        }
        // Once more is once too often, if there is anything.
        let twice = [text.as_bytes(), b"&", text.as_bytes()].concat();
        prop_assert_eq!(Params::parse(&twice).is_ok(), text.is_empty());
    }

    #[test]
    fn secrets_are_read_as_they_were_written(id in any::<String>(), secret in any::<String>(), line in any::<String>()) {
        let coded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let plain = format!("{}:{}", coded(&id), coded(&secret));
        let written = STANDARD.encode(plain);
        let read = basic(&format!("Basic {written}"));
        if written.len() > 1024 {
            prop_assert!(read.is_none());
        } else {
            let (seen, shown) = read.unwrap();
            prop_assert_eq!((seen, shown.as_str()), (id, secret.as_str()));
        }
        // Whatever else it is, it is no panic.
        let _any = (basic(&line), basic(&format!("Basic {line}")), basic(&format!("basic {}", STANDARD.encode(&line))));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is asked, a browser goes to the application's own address, or to log in, or is shown a page; and a code is made
    /// for a whole request alone.
    #[test]
    fn no_request_leads_elsewhere(changes in vec(change(), 1..5), cookie in any::<bool>()) {
        let ground = ground();
        let mut params: BTreeMap<String, String> =
            asked().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        params.extend(changes);
        let cookie = if cookie { "ann=1" } else { "" };
        let query = form(&params);
        let path = format!("/oauth/authorize?{query}");
        let reply = ground.runtime.block_on(ground.replica.get(&path, cookie));
        let known = [StatusCode::OK, StatusCode::SEE_OTHER, StatusCode::BAD_REQUEST];
        prop_assert!(known.contains(&reply.status), "{} {query}", reply.status);
        if reply.status != StatusCode::SEE_OTHER {
            prop_assert!(!reply.headers.contains_key("location"));
            return Ok(());
        }
        let place = reply.headers["location"].to_str().unwrap();
        prop_assert!(place.starts_with(&format!("{CALLBACK}&")) || place.starts_with("/login?"), "{place}");
        if reply.sent("code").is_some() {
            let is = |name: &str, value: &str| params.get(name).is_some_and(|one| one == value);
            prop_assert!(is("response_type", "code") && is("code_challenge_method", "S256") && is("redirect_uri", CALLBACK));
            prop_assert!(!cookie.is_empty());
            for name in ["request", "request_uri", "registration"] {
                prop_assert!(params.get(name).is_none_or(String::is_empty), "{name}");
            }
        }
    }

    #[test]
    fn an_assertion_that_was_changed_is_none(place in any::<proptest::sample::Index>(), byte in any::<u8>(), junk in any::<String>()) {
        let ground = ground();
        let now = ground.world.now();
        let claims = json!({ "iss": "keyed", "sub": "keyed", "aud": OWN, "jti": "1", "iat": now, "exp": now + 60 });
        let good = encode(&Header::new(Algorithm::EdDSA), &claims, &ground.key).unwrap();
        let mut changed = good.clone().into_bytes();
        let place = place.index(changed.len());
        changed[place] = byte;
        let changed = String::from_utf8_lossy(&changed).into_owned();
        for token in [changed, junk.clone(), format!("{good}{junk}"), format!("{junk}.{junk}.{junk}")] {
            if token == good {
                continue;
            }
            let body = form([
                ("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_assertion", token.as_str()),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ]);
            let reply = ground.runtime.block_on(ground.replica.post("/oauth/token", &[], body));
            prop_assert_eq!(reply.error(), "invalid_client", "{}", token);
        }
    }
}

/// OpenID Connect Core, section 6: neither objects nor addresses of objects are fetched or read.
#[test]
fn request_objects_are_refused_and_never_fetched() {
    let ground = ground();
    let ask = |name: &'static str, value: &str| {
        let mut params = asked();
        params.insert(name, value.to_owned());
        ground
            .runtime
            .block_on(ground.replica.authorize("ann=1", params))
    };
    let object = encode(
        &Header::new(Algorithm::EdDSA),
        &json!({ "client_id": "keyed", "redirect_uri": "https://evil.example/" }),
        &ground.key,
    );
    for object in [object.unwrap(), "eyJhbGciOiJub25lIn0.e30.".to_owned()] {
        let back = ask("request", &object);
        assert!(back.location().as_str().starts_with(CALLBACK));
        assert_eq!(back.sent("error").as_deref(), Some("request_not_supported"));
    }
    for address in [
        "https://evil.example/object",
        "http://169.254.169.254/latest/meta-data",
        "urn:ietf:params:oauth:request_uri:",
        "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let page = ask("request_uri", address);
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{address}");
        assert!(!page.headers.contains_key("location"));
    }
    let back = ask("registration", "{}");
    assert_eq!(
        back.sent("error").as_deref(),
        Some("registration_not_supported")
    );
}

/// RFC 9700, sections 4.6 and 4.17.
#[test]
fn answers_go_by_redirect_and_query_alone() {
    let ground = ground();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("response_type", "none", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "form_post", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
    ] {
        let mut params = asked();
        params.insert(name, value.to_owned());
        let back = ground.replica.authorize("ann=1", params);
        let back = ground.runtime.block_on(back);
        assert_eq!(back.sent("error").as_deref(), Some(error), "{value}");
        assert!(back.location().fragment().is_none());
        assert!(back.sent("code").is_none() && back.sent("access_token").is_none());
    }
}
