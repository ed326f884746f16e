//! Applications that hear of the end of a session while a sweep is not due for long.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::openid::browser::Browser;
use crate::openid::site::{Answered, Site};
use crate::openid::{REDIRECT, registered};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Sessions are looked for every 30 seconds: what comes within a third of that was not found by looking.
const SOON: Duration = Duration::from_secs(10);

/// An address that is told, and what it is told. It says yes to all.
fn listener() -> (String, Receiver<String>) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = stream.expect("a connection");
            let (mut said, mut piece) = (Vec::new(), [0; 4096]);
            while !String::from_utf8_lossy(&said).contains("logout_token=") {
                match stream.read(&mut piece) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => said.extend_from_slice(&piece[..length]),
                }
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _gone = stream.write_all(answer);
            let _nobody = tell.send(String::from_utf8_lossy(&said).into_owned());
        }
    });
    (format!("http://{address}/out"), told)
}

/// Alice logs in at the shop, which gets tokens.
pub(crate) fn shops(site: &Site, secret: &str) -> Value {
    let mut address = Url::parse(&format!("{}/oauth/authorize", site.issuer)).expect("an address");
    address.query_pairs_mut().extend_pairs([
        ("client_id", "shop"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let came = Browser::new(site).go(address.as_str(), Some("http://127.0.0.1:9/"));
    let came = Url::parse(&came.address).expect("an address");
    let code = came.query_pairs().find(|(name, _)| name == "code");
    let (_, code) = code.expect("a code");
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", &code)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("code_verifier", VERIFIER)
        .finish();
    let asked = site.http.post(format!("{}/oauth/token", site.issuer));
    let asked = asked
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .basic_auth("shop", Some(secret))
        .body(body);
    Answered::to(asked).form()
}

#[test]
fn applications_hear_at_once_of_what_this_process_ends() {
    let site = Site::new();
    let (address, told) = listener();
    let added = site.client(&registered("shop", &["--back-channel-uri", &address]));
    let secret = added["client_secret"].as_str().expect("a secret");
    // By the operator; by a lock.
    for end in ["end-sessions", "lock"] {
        let tokens = shops(&site, secret);
        assert!(tokens["id_token"].is_string(), "{tokens}");
        let begun = Instant::now();
        site.does(&[end, "alice"]);
        let said = told.recv_timeout(SOON);
        let said = said.unwrap_or_else(|_| panic!("{end}: nothing was said"));
        assert!(said.starts_with("POST /out ") && said.contains("logout_token="));
        eprintln!("{end}: told after {} ms", begun.elapsed().as_millis());
        // And once.
        assert!(told.recv_timeout(Duration::from_millis(200)).is_err());
        let refresh = tokens["refresh_token"].as_str().expect("a token");
        let again = site.http.post(format!("{}/oauth/token", site.issuer));
        let again = again
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .basic_auth("shop", Some(secret))
            .body(format!("grant_type=refresh_token&refresh_token={refresh}"));
        assert_eq!(Answered::to(again).status, 400);
    }
}
