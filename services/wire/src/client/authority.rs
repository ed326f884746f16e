//! Asks an authority.

use milagro_dta::permits::RevocationList;
use milagro_dta::permits::bulletin::Draft;
use reqwest::Method;

use crate::bounded::Blob;
use crate::client::transport::{Ask, CallError, Endpoint, json};
use crate::forms::{
    BODY_MAX, DomainsAnswer, ListAnswer, PermitAnswer, PermitRequest, ProofAnswer, ShareAnswer,
    ShareRequest,
};

/// The media type of canonical bytes.
const OCTETS: &str = "application/octet-stream";
/// The longest answer in JSON: all domains.
const DOMAINS_ANSWER_MAX: usize = 1 << 19;
/// The longest signed list.
const LIST_MAX: usize = RevocationList::MAX * 16 + 256;
/// The longest batch of shares of cover permits: 1,048,576 of them.
const COVERS_MAX: usize = 1 << 28;

/// An authority, or whatever else answers at its address: what it says is checked by whoever combines.
#[derive(Clone, Debug)]
pub struct AuthorityClient(Endpoint);

impl AuthorityClient {
    /// The authority at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// Its domains.
    ///
    /// # Errors
    /// [`CallError`]; so for all methods below.
    pub async fn domains(&self) -> Result<DomainsAnswer, CallError> {
        let ask = ask(Method::GET, &["v1", "domain"], None, DOMAINS_ANSWER_MAX);
        self.0.form(&ask).await
    }

    /// A share for the client of a grant.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn share(&self, request: &ShareRequest) -> Result<ShareAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "shares"], json(request)?, BODY_MAX);
        self.0.form(&ask).await
    }

    /// A share of a permit.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn permit(&self, request: &PermitRequest) -> Result<PermitAnswer, CallError> {
        let ask = ask(Method::POST, &["v1", "permits"], json(request)?, BODY_MAX);
        self.0.form(&ask).await
    }

    /// Gives it a signed revocation list.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put_list(&self, domain: &Blob<32>, list: &[u8]) -> Result<ListAnswer, CallError> {
        let domain = domain.to_text();
        let path = ["v1", "domains", &domain, "list"];
        let body = Some((OCTETS, list.to_vec()));
        self.0.form(&ask(Method::PUT, &path, body, BODY_MAX)).await
    }

    /// The bytes of the last signed revocation list that it took, which whoever asks checks. A problem of the type
    /// [`NotFound`](crate::problem::ProblemType::NotFound) if it took none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list(&self, domain: &Blob<32>) -> Result<Vec<u8>, CallError> {
        let domain = domain.to_text();
        let path = ["v1", "domains", &domain, "list"];
        self.0.ask(&ask(Method::GET, &path, None, LIST_MAX)).await
    }

    /// Its shares of all cover permits of an epoch: the bytes of a `CoverBatch`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn covers(&self, domain: &Blob<32>, epoch: u64) -> Result<Vec<u8>, CallError> {
        let (domain, epoch) = (domain.to_text(), epoch.to_string());
        let path = ["v1", "domains", &domain, "covers", &epoch];
        self.0.ask(&ask(Method::GET, &path, None, COVERS_MAX)).await
    }

    /// Its part of the proof of a bulletin.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn prove(&self, domain: &Blob<32>, draft: &Draft) -> Result<ProofAnswer, CallError> {
        let domain = domain.to_text();
        let path = ["v1", "domains", &domain, "proofs"];
        let body = Some((OCTETS, draft.to_bytes()));
        self.0.form(&ask(Method::POST, &path, body, BODY_MAX)).await
    }
}

fn ask<'a>(
    method: Method,
    path: &'a [&'a str],
    body: Option<(&'static str, Vec<u8>)>,
    most: usize,
) -> Ask<'a> {
    Ask {
        method,
        path,
        query: &[],
        body,
        authorization: None,
        most,
    }
}
