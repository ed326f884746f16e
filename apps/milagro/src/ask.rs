//! Asks services that run somewhere.

use core::time::Duration;
use std::path::Path;
use std::time::SystemTime;

use milagro_authority::safe::Stored;
use milagro_dta::{Edition, TrustDomain};
use milagro_wire::client::{AuthorityClient, Endpoint, Patience};
use milagro_wire::forms::{DomainForm, ProtocolName, ReadyAnswer};
use milagro_wire::name::Name;
use serde::Serialize;

use crate::audits::id_text;
use crate::exit::{Code, Failure, Outcome};
use crate::plan::for_protocol;
use crate::serve::runtime;
use crate::tls;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST: usize = 1 << 16;

/// What an authority says of a domain.
#[derive(Serialize)]
pub(crate) struct Told {
    /// The id, in base64url.
    #[serde(rename = "domain")]
    pub(crate) id: String,
    pub(crate) protocol: ProtocolName,
    pub(crate) authority: u16,
    pub(crate) generation: u64,
    pub(crate) digest: Name,
    pub(crate) list: u64,
    /// The present epoch of the authority's clock, where there are permits.
    pub(crate) epoch: Option<u64>,
}

/// The domains of the authority at an address.
pub(crate) fn domains(address: &str, roots: Option<&Path>) -> Outcome<Vec<Told>> {
    let endpoint = Endpoint::new(address, tls::client(roots)?, Patience::NONE);
    let client = AuthorityClient::new(endpoint.map_err(Failure::config)?);
    let answer = runtime()?.block_on(client.domains());
    let answer = answer.map_err(|error| fault(address, &error))?;
    answer.domains.into_vec().iter().map(told).collect()
}

fn told(form: &DomainForm) -> Outcome<Told> {
    let edition = for_protocol!(form.protocol, edition(form))?;
    Ok(Told {
        id: id_text(&edition.id),
        protocol: form.protocol,
        authority: form.authority,
        generation: edition.generation,
        digest: Name::from_bytes(edition.digest),
        list: form.list,
        epoch: form.epochs.map(|epochs| epochs.now),
    })
}

fn edition<P: Stored>(form: &DomainForm) -> Outcome<Edition> {
    let domain = TrustDomain::<P>::from_bytes(form.domain.as_bytes());
    Ok(*domain.map_err(Failure::other)?.edition())
}

/// Whether everything is as it should be at an address.
pub(crate) fn ready(address: &str, roots: Option<&Path>) -> Outcome<ReadyAnswer> {
    let answer = get(address, "readyz", roots)?;
    serde_json::from_slice(&answer.body).map_err(|error| fault(address, &error))
}

/// How far ahead the clock at an address is, in seconds; `None` if it does not say.
pub(crate) fn clock_ahead(address: &str, roots: Option<&Path>) -> Outcome<Option<i64>> {
    let answer = get(address, "healthz", roots)?;
    Ok(answer.date.map(|date| ahead(date, SystemTime::now())))
}

fn ahead(date: SystemTime, now: SystemTime) -> i64 {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match date.duration_since(now) {
        Ok(span) => seconds(span),
        Err(error) => seconds(error.duration()).saturating_neg(),
    }
}

struct Answer {
    date: Option<SystemTime>,
    body: Vec<u8>,
}

fn get(address: &str, path: &str, roots: Option<&Path>) -> Outcome<Answer> {
    // The same addresses are good as for every other request.
    let checked = Endpoint::new(address, tls::client(roots)?, Patience::NONE);
    drop(checked.map_err(Failure::config)?);
    let client = tls::client(roots)?.timeout(PATIENCE);
    let client = client.redirect(reqwest::redirect::Policy::none()).build();
    let client = client.map_err(Failure::other)?;
    let url = format!("{}/{path}", address.trim_end_matches('/'));
    runtime()?.block_on(async {
        let asked = client.get(url).send().await;
        let mut answer = asked.map_err(|error| fault(address, &error))?;
        let date = answer.headers().get("date").and_then(|date| {
            let date = date.to_str().ok()?;
            httpdate::parse_http_date(date).ok()
        });
        let mut body = Vec::new();
        while let Some(piece) = answer
            .chunk()
            .await
            .map_err(|error| fault(address, &error))?
        {
            if body.len().saturating_add(piece.len()) > LONGEST {
                return Err(fault(address, &"the answer is too long"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { date, body })
    })
}

fn fault(address: &str, error: &dyn core::fmt::Display) -> Failure {
    Failure::new(Code::Network, format!("{address}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_in_both_directions() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        for seconds in [0, 1, 61] {
            let span = Duration::from_secs(seconds);
            let expected = i64::try_from(seconds).unwrap();
            assert_eq!(ahead(now + span, now), expected);
            assert_eq!(ahead(now - span, now), -expected);
        }
    }
}
