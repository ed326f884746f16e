//! What a browser says of the page that a request comes from. No answer has a CORS header, bodies are JSON, and cookies are
//! `SameSite` or, in a frame, `Partitioned`; this is the third line: a request that changes something is refused where `Origin`
//! or `Sec-Fetch-Site` says that it comes from elsewhere. What sends neither is no browser.

use axum::http::{HeaderMap, HeaderName, header};
use milagro_wire::login::names::Origin;
use milagro_wire::problem::{Problem, ProblemType};
use zeroize::Zeroizing;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what comes from a page of another origin than these.
pub(crate) fn from_own<'a>(
    headers: &HeaderMap,
    mut own: impl Iterator<Item = &'a Origin>,
) -> Result<(), Problem> {
    let refused = || ProblemType::Refused.problem();
    let text = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| refused()),
            (Some(_), Some(_)) => Err(refused()),
        }
    };
    if let Some(origin) = text(&header::ORIGIN)?
        && !own.any(|one| one.as_str() == origin)
    {
        return Err(refused());
    }
    match text(&FETCH_SITE)? {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(refused()),
    }
}

/// Whether the page that asks is one of this origin itself, and no frame within it; what is no browser counts as such a page.
pub(crate) fn is_from(headers: &HeaderMap, origin: &Origin) -> bool {
    let said = headers.get(header::ORIGIN);
    said.is_none_or(|said| said.as_bytes() == origin.as_str().as_bytes())
}

/// A cookie of a browser by its name; `None` if there is none or more than one. Whatever stands in the others, which pages of
/// neighbouring hosts can set, too, is of no concern.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<Zeroizing<String>> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut found = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let pair = pair.trim_ascii().strip_prefix(name.as_bytes())?;
            pair.strip_prefix(b"=")
        });
    let value = core::str::from_utf8(found.next()?).ok()?;
    found
        .next()
        .is_none()
        .then(|| Zeroizing::new(value.to_owned()))
}

/// The id and the secret of `Authorization: Basic` (RFC 7617).
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, Zeroizing<String>)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, coded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || coded.len() > 512 {
        return None;
    }
    let plain = Zeroizing::new(
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, coded.trim()).ok()?,
    );
    let (id, secret) = core::str::from_utf8(&plain).ok()?.split_once(':')?;
    Some((id.to_owned(), Zeroizing::new(secret.to_owned())))
}

/// The token of `Authorization: Bearer` (RFC 6750).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use milagro_wire::login::names::Origin;

    use super::{FETCH_SITE, basic, cookie, from_own};

    #[test]
    fn other_origins_are_refused() {
        let own = Origin::new("https://login.example").unwrap();
        for (origin, site, good) in [
            (None, None, true),
            (Some("https://login.example"), None, true),
            (Some("https://login.example"), Some("same-origin"), true),
            (None, Some("none"), true),
            (Some("https://login.example"), Some("cross-site"), false),
            (Some("https://login.example"), Some("same-site"), false),
            (Some("https://evil.example"), Some("same-origin"), false),
            (Some("https://login.example.evil"), None, false),
            (Some("https://login.example:444"), None, false),
            (Some("http://login.example"), None, false),
            (Some("null"), None, false),
            (Some(""), None, false),
            (None, Some("cross-site"), false),
        ] {
            let mut headers = HeaderMap::new();
            let mut set = |name, value: Option<&str>| {
                value.map(|value| headers.insert(name, HeaderValue::from_str(value).unwrap()))
            };
            set(header::ORIGIN, origin);
            set(FETCH_SITE, site);
            assert_eq!(
                from_own(&headers, [&own].into_iter()).is_ok(),
                good,
                "{origin:?} {site:?}"
            );
        }
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            twice.append(
                header::ORIGIN,
                HeaderValue::from_static("https://login.example"),
            );
        }
        assert!(from_own(&twice, [&own].into_iter()).is_err());
    }

    #[test]
    fn cookies_and_credentials() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_static("a=1; __Host-x=2;b=3");
        headers.insert(header::COOKIE, value);
        assert_eq!(cookie(&headers, "__Host-x").unwrap().as_str(), "2");
        assert!(cookie(&headers, "x").is_none());
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-x=4"));
        assert!(cookie(&headers, "__Host-x").is_none());
        // Browsers send what is not ASCII as it is, and quotes.
        for (line, read) in [
            (&b"seen=\xc3\xa9; __Host-x=2; other=\xff"[..], Some("2")),
            (b"a=\"; __Host-x=2; b=\"", Some("2")),
            (b"\xe2\x80\x80__Host-x=2", None),
            (b"__Host-x =2", None),
            (b"__host-x=2", None),
            (b"__Host-x=\xff", None),
        ] {
            let line = HeaderValue::from_bytes(line).unwrap();
            headers.insert(header::COOKIE, line);
            let found = cookie(&headers, "__Host-x");
            assert_eq!(found.as_deref().map(String::as_str), read);
        }
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("Basic YTpiOmM="),
        );
        let (id, secret) = basic(&headers).unwrap();
        assert_eq!((id.as_str(), secret.as_str()), ("a", "b:c"));
        for bad in [
            "Basic",
            "Basic !",
            "Basic YQ==",
            "Bearer YTpiOmM=",
            "Basic /w==",
        ] {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(bad));
            assert!(basic(&headers).is_none(), "{bad}");
        }
    }
}
