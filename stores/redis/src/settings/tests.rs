//! What settings refuse, and what they do not say.

use core::error::Error as _;

use redis::ClientTlsConfig;

use crate::settings::{Settings, SettingsError, Transport};

const TLS: Transport = Transport::Tls {
    roots: None,
    client: None,
};

#[test]
fn nobody_turns_off_the_look_at_the_certificate() {
    let url = "rediss://redis.example/#insecure";
    for made in [
        Settings::server(url, TLS),
        Settings::server(url, Transport::PlainText),
        Settings::cluster(&["rediss://redis.example/", url], TLS),
    ] {
        assert!(matches!(made, Err(SettingsError::Unverified)));
    }
    assert!(Settings::server("rediss://redis.example/", TLS).is_ok());
}

#[test]
fn the_transport_is_what_the_address_says() {
    for (url, transport) in [
        ("redis://redis.example/", TLS),
        ("redis+unix:///run/redis.sock", TLS),
        ("rediss://redis.example/", Transport::PlainText),
    ] {
        let made = Settings::server(url, transport);
        assert!(matches!(made, Err(SettingsError::Transport)), "{url}");
    }
}

#[test]
fn nothing_that_is_printed_has_a_password_in_it() {
    let url = "redis://user:hunter2@redis.example:port/x";
    let Err(error) = Settings::server(url, Transport::PlainText) else {
        panic!("not refused");
    };
    let source = error.source().map(ToString::to_string);
    let client = ClientTlsConfig {
        client_cert: b"hunter2".to_vec(),
        client_key: b"hunter2".to_vec(),
    };
    let transport = Transport::Tls {
        roots: None,
        client: Some(client),
    };
    let url = "rediss://user:hunter2@redis.example/";
    let settings = Settings::server(url, transport.clone()).unwrap();
    let printed = format!("{error} {error:?} {source:?} {settings:?} {transport:?}");
    // As bytes, too.
    assert!(
        !printed.contains("hunter2") && !printed.contains("104, 117, 110"),
        "{printed}"
    );
}
