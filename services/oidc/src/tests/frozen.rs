//! What stands in records, byte by byte.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clients::Client;
use crate::grants::{Code, Grant, Visit};
use crate::keys::Keys;

fn same<T: DeserializeOwned + Serialize>(text: &str) {
    let read: T = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    // What is not known is not passed over.
    let more = text.replacen('{', "{\"more\":1,", 1);
    assert!(serde_json::from_str::<T>(&more).is_err());
    for end in 0..text.len() {
        assert!(serde_json::from_str::<T>(&text[..end]).is_err());
    }
}

#[test]
fn records_are_as_they_were() {
    same::<Grant>(
        r#"{"v":1,"client":"shop","user":"ann","session":"AAEC","at":7,"amr":["pin"],"acr":"x","scopes":["openid"],"nonce":null,"until":9,"redeemed":true}"#,
    );
    same::<Code>(
        r#"{"v":1,"client":"shop","redirect_uri":"https://shop.example/cb","challenge":"c","issued":7}"#,
    );
    same::<Visit>(
        r#"{"v":1,"client":"shop","user":"ann","session":"AAEC","offline":false,"failed":0,"until":9}"#,
    );
    same::<Visit>(
        r#"{"v":1,"client":"shop","user":"ann","session":"AAEC","offline":true,"failed":1,"tried":8,"until":9}"#,
    );
    same::<Client>(
        r#"{"v":1,"id":"shop","secret":"AAEC","registered":{"client_name":"Shop","redirect_uris":["https://shop.example/cb"],"token_endpoint_auth_method":"client_secret_basic","post_logout_redirect_uris":[],"first_party":true,"refresh":true,"require_pushed_authorization_requests":false,"id_token_signed_response_alg":"ES256","scopes":[],"resources":[]}}"#,
    );
    same::<Client>(
        r#"{"v":1,"id":"orders","secret":"","registered":{"client_name":"Orders","redirect_uris":[],"token_endpoint_auth_method":"identity_tls_client_auth","identity":"milagro:abababababababababababababababababababababababababababababababab:client:orders","post_logout_redirect_uris":[],"first_party":false,"refresh":false,"require_pushed_authorization_requests":false,"id_token_signed_response_alg":"ES256","scopes":["read"],"resources":["stock"]},"instance":"AAEC"}"#,
    );
}

#[test]
fn keys_are_as_they_were() {
    let key = |algorithm: u8| {
        let mut bytes = vec![algorithm];
        bytes.extend([0x11; 32]);
        bytes.extend(7_u64.to_be_bytes());
        bytes.extend(9_u64.to_be_bytes());
        bytes
    };
    let mut bytes = vec![1];
    bytes.extend([0x22; 32]);
    bytes.push(2);
    bytes.extend(key(0));
    bytes.extend(key(1));
    let keys = Keys::from_bytes(&bytes).unwrap();
    assert_eq!(keys.to_bytes().as_slice(), bytes);
    let set = keys.published(milagro_base::Seconds::new(8));
    // Public keys of the scalar and of the seed 11..11, by OpenSSL 3.
    assert_eq!(set["keys"][0]["x"], X);
    assert_eq!(set["keys"][1]["x"], ED25519);
    for end in 0..bytes.len() {
        assert!(Keys::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    bytes[34] = 2;
    assert!(Keys::from_bytes(&bytes).is_err(), "no such algorithm");
}

const X: &str = "AhfmF_C2RDkoJ4-WmZ5pojpPLBUr321s32bluAKC1O0";
const ED25519: &str = "0EqyMnQrtKs6E2i9RhXk5tAiSrcaAWuvhSCjMsl3hzc";
