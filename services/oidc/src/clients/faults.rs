//! What is wrong with a registration, if anything is.

use milagro_tls::Role;
use reqwest::Url;
use serde_json::Value;

use crate::clients::{Authentication, Registration};

/// Most addresses of one sort.
const ADDRESSES_MAX: usize = 32;
/// The longest address.
const ADDRESS_MAX: usize = 1024;
/// What answers say: an address that says it already would say it twice, and the first time wrongly.
const ANSWERS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];
/// The longest name that people see.
const NAME_MAX: usize = 64;
/// Most resources, and most scopes.
const WORDS_MAX: usize = 32;

impl Registration {
    /// Whether all of it is as it should be; else what is not.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !is_shown(&self.client_name) {
            return Some("client_name");
        }
        let named = self.identity.is_some() == self.is_service();
        if !named || (self.is_service() && !self.opens_connections()) {
            return Some("identity");
        }
        let fault = if self.is_service() {
            self.fault_of_service()
        } else {
            self.fault_of_application()
        };
        fault.or_else(|| self.fault_of_words())
    }

    /// Whether the principal may be at the end of a connection that opens it.
    fn opens_connections(&self) -> bool {
        let principal = self.principal();
        principal.is_some_and(|one| matches!(one.role(), Role::Client | Role::Peer))
    }

    /// A service has no users: what has to do with some would be worth nothing, and look as if it were.
    fn fault_of_service(&self) -> Option<&'static str> {
        let unused = [
            ("redirect_uris", self.redirect_uris.is_empty()),
            (
                "post_logout_redirect_uris",
                self.post_logout_redirect_uris.is_empty(),
            ),
            (
                "backchannel_logout_uri",
                self.backchannel_logout_uri.is_none(),
            ),
            ("jwks", self.jwks.is_none()),
            ("first_party", !self.first_party),
            ("refresh", !self.refresh),
            (
                "require_pushed_authorization_requests",
                !self.require_pushed_authorization_requests,
            ),
            // Its tokens are for somebody else.
            ("resources", !self.resources.is_empty()),
        ];
        let mut wrong = unused.iter().filter(|(_, right)| !right);
        wrong.next().map(|(field, _)| *field)
    }

    fn fault_of_application(&self) -> Option<&'static str> {
        let (redirects, after) = (&self.redirect_uris, &self.post_logout_redirect_uris);
        if redirects.is_empty()
            || redirects.len() > ADDRESSES_MAX
            || !redirects.iter().all(|uri| is_redirect(uri))
        {
            return Some("redirect_uris");
        }
        if after.len() > ADDRESSES_MAX || !after.iter().all(|uri| is_redirect(uri)) {
            return Some("post_logout_redirect_uris");
        }
        let keyed = self.token_endpoint_auth_method == Authentication::PrivateKeyJwt;
        if keyed != self.jwks.is_some()
            || (keyed && self.verifiers().is_empty())
            || self.jwks.as_ref().is_some_and(has_secrets)
        {
            return Some("jwks");
        }
        let told = self.backchannel_logout_uri.as_deref();
        if told.is_some_and(|uri| web_address(uri).is_none()) {
            return Some("backchannel_logout_uri");
        }
        let pushes = self.require_pushed_authorization_requests;
        let public = self.token_endpoint_auth_method == Authentication::None;
        (pushes && public).then_some("require_pushed_authorization_requests")
    }

    fn fault_of_words(&self) -> Option<&'static str> {
        let scopes =
            self.scopes.len() <= WORDS_MAX && self.scopes.iter().all(|scope| is_scope(scope));
        if !scopes {
            return Some("scopes");
        }
        let resources = self.resources.iter().all(|uri| is_resource(uri));
        (self.resources.len() > WORDS_MAX || !resources).then_some("resources")
    }
}

/// Whether people can be shown this name.
fn is_shown(name: &str) -> bool {
    let plain = |one: char| !one.is_control() && !is_bidirectional(one);
    name.trim() == name && (1..=NAME_MAX).contains(&name.len()) && name.chars().all(plain)
}

/// Whether somebody has sent secret keys along (RFC 7518, sections 6.2.2 and 6.4.1), which would be shown to every operator.
fn has_secrets(set: &Value) -> bool {
    let keys = set.get("keys").and_then(Value::as_array);
    let secret = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
    keys.is_some_and(|keys| keys.iter().any(secret))
}

/// Characters that turn the order of a text around, and so what it seems to say.
const fn is_bidirectional(one: char) -> bool {
    matches!(one, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// An address that is written as it is parsed: no dot segments, no other case, no port that goes without saying.
fn normal(text: &str) -> Option<Url> {
    let url = Url::parse(text)
        .ok()
        .filter(|_| text.len() <= ADDRESS_MAX)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // There are no wildcards, and nobody is to think so.
    let one = !url.host_str().unwrap_or_default().contains('*');
    (plain && one && url.as_str() == text).then_some(url)
}

/// https, or http of this machine.
fn web_address(text: &str) -> Option<Url> {
    normal(text).filter(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")),
        _ => false,
    })
}

/// A web address, or one of a program's own scheme (RFC 8252, section 7.1), which is a domain in reverse.
fn is_redirect(text: &str) -> bool {
    let own = |url: &Url| url.scheme().contains('.') && url.host_str().is_none();
    let url = web_address(text).or_else(|| normal(text).filter(own));
    url.is_some_and(|url| !url.query_pairs().any(|(name, _)| ANSWERS.contains(&&*name)))
}

fn is_scope(text: &str) -> bool {
    let inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.:".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(inner)
}

/// An absolute address without a fragment (RFC 8707, section 2), or a name as `milagro tokens` has one.
fn is_resource(text: &str) -> bool {
    normal(text).is_some() || is_scope(text)
}

#[cfg(test)]
mod tests {
    use super::{is_redirect, is_resource, is_scope};

    #[test]
    fn redirects_are_written_as_they_are_parsed() {
        for good in [
            "https://shop.example/cb",
            "https://shop.example/cb?a=1",
            "https://shop.example:8443/cb",
            "http://127.0.0.1:8080/cb",
            "http://[::1]:8080/cb",
            "com.example.app:/cb",
        ] {
            assert!(is_redirect(good), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "https://shop.example",
            "https://shop.example/cb#x",
            "https://shop.example/cb#",
            "https://user@shop.example/cb",
            "https://shop.example/a/../cb",
            "https://shop.example/%2e%2e/cb",
            "https://SHOP.example/cb",
            "https://shop.example:443/cb",
            "http://shop.example/cb",
            "https://shop.example/cb?iss=https%3A%2F%2Fother.example",
            "https://shop.example/cb?a=1&c%6fde=x",
            "javascript:alert(1)",
            "data:text/html,x",
            "com.example.app://host/cb",
            " https://shop.example/cb",
        ] {
            assert!(!is_redirect(bad), "{bad}");
        }
    }

    #[test]
    fn words_are_plain() {
        assert!(is_scope("read:orders") && is_resource("tokens"));
        assert!(is_resource("https://api.example/"));
        for bad in ["", "a b", "A", "ä", &"a".repeat(65)] {
            assert!(!is_scope(bad) && !is_resource(bad), "{bad}");
        }
    }
}
