//! A browser without scripts: it keeps cookies, and follows redirects.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::demo::site::network;
use crate::exit::{Failure, Outcome};

/// Most redirects in a row.
const REDIRECTS: usize = 16;

/// A browser.
pub(crate) struct Browser {
    http: reqwest::Client,
    /// By host and port. The cookies of real browsers do not know ports: here each service has its own.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// What came of a request.
pub(crate) struct Came {
    /// Where it was asked.
    pub(crate) address: Url,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    location: Option<String>,
}

impl Came {
    pub(crate) fn form<T: DeserializeOwned>(&self) -> Outcome<T> {
        if self.status != 200 {
            return Err(network(format!("status {}: {}", self.status, self.text())));
        }
        serde_json::from_slice(&self.body).map_err(network)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Browser {
    pub(crate) fn new() -> Outcome<Self> {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirects).no_proxy();
        Ok(Self {
            http: http.build().map_err(Failure::other)?,
            cookies: BTreeMap::new(),
        })
    }

    pub(crate) async fn get(&mut self, address: &str) -> Outcome<Came> {
        let url = Url::parse(address).map_err(network)?;
        let request = self.http.request(Method::GET, url.clone());
        self.send(url, request).await
    }

    pub(crate) async fn post(&mut self, address: &str, form: &impl Serialize) -> Outcome<Came> {
        let body = serde_json::to_vec(form).map_err(Failure::other)?;
        self.put_up(address, "application/json", body).await
    }

    /// Sends a form of HTML.
    pub(crate) async fn submit(&mut self, address: &str, name: &str, value: &str) -> Outcome<Came> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let body = body.append_pair(name, value).finish().into_bytes();
        let kind = "application/x-www-form-urlencoded";
        self.put_up(address, kind, body).await
    }

    /// Follows redirects, until there is an answer that is none, or the login page.
    pub(crate) async fn go(&mut self, address: &str) -> Outcome<Came> {
        let mut came = self.get(address).await?;
        for _ in 0..REDIRECTS {
            let Some(location) = came.location else {
                return Ok(came);
            };
            let next = came.address.join(&location).map_err(network)?;
            if next.path() == "/login" {
                return Ok(Came {
                    address: next,
                    location: None,
                    ..came
                });
            }
            came = self.get(next.as_str()).await?;
        }
        Err(network("redirects that do not end"))
    }

    async fn put_up(&mut self, address: &str, kind: &str, body: Vec<u8>) -> Outcome<Came> {
        let url = Url::parse(address).map_err(network)?;
        let request = self.http.request(Method::POST, url.clone());
        // Its pages are of the origin that they send to.
        let origin = url.origin().ascii_serialization();
        let request = request.header(CONTENT_TYPE, kind).header(ORIGIN, origin);
        let request = request.body(body);
        self.send(url, request).await
    }

    async fn send(&mut self, url: Url, request: RequestBuilder) -> Outcome<Came> {
        let host = url.origin().ascii_serialization();
        let kept = self.cookies.entry(host).or_default();
        let line: Vec<String> = kept
            .iter()
            .map(|(name, it)| format!("{name}={it}"))
            .collect();
        let request = if line.is_empty() {
            request
        } else {
            request.header(COOKIE, line.join("; "))
        };
        let answer = request.send().await.map_err(network)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.map_err(network)?.to_vec();
        for line in headers.get_all(SET_COOKIE) {
            keep(kept, line.to_str().map_err(network)?);
        }
        let location = headers.get(LOCATION).map(|value| value.to_str());
        let location = location.transpose().map_err(network)?.map(str::to_owned);
        Ok(Came {
            address: url,
            status,
            body,
            location,
        })
    }
}

fn keep(kept: &mut BTreeMap<String, String>, line: &str) {
    let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
    let Some((name, value)) = pair.split_once('=') else {
        return;
    };
    let (name, value) = (name.trim().to_owned(), value.trim());
    if value.is_empty() || rest.to_ascii_lowercase().contains("max-age=0") {
        kept.remove(&name);
    } else {
        kept.insert(name, value.to_owned());
    }
}
