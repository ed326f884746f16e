//! One call of a hook.

use alloc::sync::Arc;
use core::error::Error;
use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use milagro_base::Seconds;
use milagro_wire::client::guard::{Forbidden, Guard, Lookup, SystemLookup, is_public};
use milagro_wire::server::Effects;
use reqwest::header::CONTENT_TYPE;
use reqwest::{ClientBuilder, Response, StatusCode, Url, redirect};
use serde::{Deserialize, Serialize};

use crate::hooks::signature::HookSecret;

/// Longest answer, in bytes.
const ANSWER_MAX: usize = 1 << 12;

/// Where hooks may lead.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct HookPolicy {
    /// The hosts, each with its port where it is not 443.
    pub hosts: Vec<String>,
    /// Whether private addresses, and http, are allowed: for applications of the same machine or network.
    pub private: bool,
    /// How long an application has to answer.
    pub time: Duration,
    /// Looks hosts up.
    pub lookup: Arc<dyn Lookup>,
}

impl HookPolicy {
    /// Public addresses of these hosts, 5 s.
    #[must_use]
    pub fn new(hosts: Vec<String>) -> Self {
        Self {
            hosts,
            private: false,
            time: Duration::from_secs(5),
            lookup: Arc::new(SystemLookup),
        }
    }
}

/// The hooks of an application; without one, nobody is asked or told.
#[derive(Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "three of a kind")]
pub struct Hooks {
    /// *May this person enrol*: `enrolment.requested`. Without it, only codes enrol.
    pub may_enrol: Option<Hook>,
    /// *May this person log in now*: `login.requested`.
    pub may_log_in: Option<Hook>,
    /// *This person has logged in*: `login.succeeded`.
    pub has_logged_in: Option<Hook>,
}

/// An address that is asked or told.
pub struct Hook {
    address: Url,
    secret: HookSecret,
    client: reqwest::Client,
}

/// Why there is no such hook.
#[derive(Debug)]
#[non_exhaustive]
pub enum HookFault {
    /// Not an https address of a host on the list, without user and fragment.
    Address,
    /// The client cannot be set up.
    Client(reqwest::Error),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HookError {
    /// Nothing came in time.
    Time,
    /// Another status than 200.
    Status(u16),
    /// It leads elsewhere.
    Redirect,
    /// Not the JSON that is an answer, or too long.
    Answer,
    /// The host has an address that hooks may not lead to.
    Address,
    /// No connection.
    Way,
}

/// What a hook says.
#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    data: &'a About<'a>,
}

/// About whom.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct About<'a> {
    pub(crate) user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<&'a str>,
}

#[derive(Deserialize)]
struct Decision {
    allow: bool,
}

impl Hook {
    /// A hook at an address. The builder brings the roots of TLS; redirects, proxies, addresses and times are set here.
    ///
    /// # Errors
    /// [`HookFault`].
    pub fn new(
        address: &str,
        secret: HookSecret,
        policy: &HookPolicy,
        builder: ClientBuilder,
    ) -> Result<Self, HookFault> {
        let address = Url::parse(address).map_err(|_| HookFault::Address)?;
        if !is_allowed(&address, policy) {
            return Err(HookFault::Address);
        }
        let client = builder
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(policy.time)
            .dns_resolver(Guard {
                lookup: Arc::clone(&policy.lookup),
                private: policy.private,
            })
            .build()
            .map_err(HookFault::Client)?;
        Ok(Self {
            address,
            secret,
            client,
        })
    }

    /// Asks a question.
    pub(crate) async fn ask(
        &self,
        effects: &Effects,
        kind: &str,
        about: &About<'_>,
    ) -> Result<bool, HookError> {
        let answer = self.send(effects, kind, about).await?;
        if answer.status() != StatusCode::OK {
            return Err(HookError::Status(answer.status().as_u16()));
        }
        let decision = serde_json::from_slice::<Decision>(&read(answer).await?);
        decision
            .map(|decision| decision.allow)
            .map_err(|_| HookError::Answer)
    }

    /// Tells something; any good status means that it was heard.
    pub(crate) async fn tell(
        &self,
        effects: &Effects,
        kind: &str,
        about: &About<'_>,
    ) -> Result<(), HookError> {
        self.send(effects, kind, about).await.map(|_| ())
    }

    async fn send(
        &self,
        effects: &Effects,
        kind: &str,
        data: &About<'_>,
    ) -> Result<Response, HookError> {
        let now = effects.now();
        let timestamp = written(now);
        let body = serde_json::to_vec(&Message {
            kind,
            timestamp,
            data,
        });
        let body = body.map_err(|_| HookError::Answer)?;
        let mut number = [0; 16];
        effects.rng().fill_bytes(&mut number);
        let id = format!("msg_{:032x}", u128::from_be_bytes(number));
        let signature = self.secret.sign(&id, now.get(), &body);
        let request = self.client.post(self.address.clone());
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.get())
            .header("webhook-signature", signature);
        let answer = request
            .body(body)
            .send()
            .await
            .map_err(|error| failure(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            status if status.is_redirection() => Err(HookError::Redirect),
            status => Err(HookError::Status(status.as_u16())),
        }
    }
}

fn is_allowed(address: &Url, policy: &HookPolicy) -> bool {
    let Some(host) = address.host_str() else {
        return false;
    };
    let named = match address.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let scheme = address.scheme() == "https" || (policy.private && address.scheme() == "http");
    let plain = address.username().is_empty()
        && address.password().is_none()
        && address.fragment().is_none();
    // An address in numbers is not looked up, so it is looked at here.
    let numbers = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    let public = policy.private || numbers.map_or(true, is_public);
    scheme
        && plain
        && public
        && policy
            .hosts
            .iter()
            .any(|host| host.eq_ignore_ascii_case(&named))
}

/// Reads a body that is no longer than it may be.
async fn read(mut answer: Response) -> Result<Vec<u8>, HookError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&error))? {
        if bytes.len().saturating_add(chunk.len()) > ANSWER_MAX {
            return Err(HookError::Answer);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn failure(error: &reqwest::Error) -> HookError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<Forbidden>() {
            return HookError::Address;
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        HookError::Time
    } else {
        HookError::Way
    }
}

/// A time as RFC 3339 writes it. The civil calendar counts eras of 400 years from the first of March of year 0.
fn written(time: Seconds) -> String {
    let (days, second) = (time.get() / 86_400, time.get() % 86_400);
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let day = day - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era.saturating_mul(400) + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Paths and queries of hooks may be secrets of the application.
        f.debug_struct("Hook")
            .field("host", &self.address.host_str())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HookPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookPolicy")
            .field("hosts", &self.hosts)
            .field("private", &self.private)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for HookFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("not an https address of a host that hooks may lead to"),
            Self::Client(error) => write!(f, "no client: {error}"),
        }
    }
}

impl Error for HookFault {}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => f.write_str("the application did not answer in time"),
            Self::Status(status) => write!(f, "the application answered with status {status}"),
            Self::Redirect => f.write_str("the application answered with a redirect"),
            Self::Answer => f.write_str("the application's answer is none"),
            Self::Address => {
                f.write_str("the application has an address that hooks may not lead to")
            }
            Self::Way => f.write_str("the application cannot be reached"),
        }
    }
}

impl Error for HookError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_dates() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(written(Seconds::new(seconds)), date);
        }
        assert!(written(Seconds::new(u64::MAX)).ends_with('Z'));
    }

    #[test]
    fn hooks_that_lead_elsewhere_are_none() {
        let policy = HookPolicy::new(vec![
            "app.example".to_owned(),
            "app.example:8443".to_owned(),
            "10.0.0.1".to_owned(),
        ]);
        for (address, good) in [
            ("https://app.example/hook", true),
            ("https://APP.example:8443/hook?key=1", true),
            ("https://app.example:443/", true),
            ("http://app.example/hook", false),
            ("https://app.example:444/hook", false),
            ("https://app.example.evil.example/", false),
            ("https://evil.example/?app.example", false),
            ("https://user@app.example/", false),
            ("https://app.example/#x", false),
            ("https://10.0.0.1/", false),
            ("https://[::1]/", false),
            ("file:///etc/passwd", false),
            ("", false),
        ] {
            let parsed = Url::parse(address);
            assert_eq!(
                parsed.is_ok_and(|url| is_allowed(&url, &policy)),
                good,
                "{address}"
            );
        }
    }
}
