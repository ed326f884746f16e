//! A browser without scripts, whose user logs in where the login page is.

use std::collections::BTreeMap;

use reqwest::Url;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};

use crate::openid::site::Site;
use crate::people::runtime;

/// Where a browser came to.
pub(crate) struct Came {
    pub(crate) address: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

pub(crate) struct Browser<'a> {
    site: &'a Site,
    /// By origin.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// How often its user had to log in.
    pub(crate) logins: usize,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(site: &'a Site) -> Self {
        Self {
            site,
            cookies: BTreeMap::new(),
            logins: 0,
        }
    }

    /// Follows redirects, up to an address that begins so, which is not asked for.
    pub(crate) fn go(&mut self, address: &str, stop: Option<&str>) -> Came {
        let mut next = Url::parse(address).expect("an address");
        for _ in 0..20 {
            if stop.is_some_and(|stop| next.as_str().starts_with(stop)) {
                return Came {
                    address: next.into(),
                    status: 0,
                    headers: HeaderMap::new(),
                    body: String::new(),
                };
            }
            let origin = next.origin().ascii_serialization();
            if origin == self.site.issuer && next.path() == "/login" {
                next = self.log_in(&next);
                continue;
            }
            let came = self.ask(&next);
            let Some(location) = came.headers.get(LOCATION) else {
                return came;
            };
            let location = location.to_str().expect("ASCII");
            next = next.join(location).expect("an address");
        }
        panic!("it goes round: {next}");
    }

    fn log_in(&mut self, page: &Url) -> Url {
        let (_, path) = page
            .query_pairs()
            .find(|(name, _)| name == "return")
            .expect("a path");
        let cookie = self.site.log_in();
        self.keep(&self.site.issuer.clone(), &cookie);
        self.logins += 1;
        page.join(&path).expect("a path")
    }

    fn ask(&mut self, url: &Url) -> Came {
        let origin = url.origin().ascii_serialization();
        let mut request = self.site.http.get(url.clone());
        let kept = self.cookies.get(&origin).into_iter().flatten();
        let kept: Vec<_> = kept
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !kept.is_empty() {
            request = request.header(COOKIE, kept.join("; "));
        }
        let (status, headers, body) = runtime().block_on(async {
            let answer = request.send().await.expect("an answer");
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            (status, headers, answer.bytes().await.expect("a body"))
        });
        for line in headers.get_all(SET_COOKIE) {
            self.keep(&origin, line.to_str().expect("ASCII"));
        }
        Came {
            address: url.as_str().to_owned(),
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn keep(&mut self, origin: &str, line: &str) {
        let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').expect("a cookie");
        let gone = value.is_empty() || rest.to_ascii_lowercase().contains("max-age=0");
        let kept = self.cookies.entry(origin.to_owned()).or_default();
        if gone {
            kept.remove(name.trim());
        } else {
            kept.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}
