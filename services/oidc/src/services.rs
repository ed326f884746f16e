//! The endpoints for services, which show an identity of their own ([`milagro_tls`]) in place of a secret: RFC 6749, section 4.4,
//! over connections that are authenticated as RFC 8705, section 2, has it, with raw public keys for certificates.
//!
//! | path | what |
//! |---|---|
//! | `POST /oauth/token` | `client_credentials`: an access token, bound to the key of the connection ([`confirmation`]) |
//! | `POST /oauth/introspect` | RFC 7662, for resource servers that are registered with an identity |
//!
//! They need a listener of their own, whose TLS asks for identities: that of [`router`]. At the other endpoints a client of this
//! sort is nobody, since no connection there has an identity.
//!
//! # Security
//! The listener's verifier decides who comes in, and is asked again at each request, since connections outlive epochs. An
//! identity that was revoked gets no key for the next epoch; one whose client was removed gets no token from then on. A token
//! ends with the epoch of its key at the latest.

use alloc::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use milagro_tls::Identity;
use milagro_tls::admission::{IdentityVerifier, Side};
use milagro_wire::server::PeerCertificates;

pub use crate::door::Door;
use crate::error::{OAuthError, Word};
use crate::params::Params;
use crate::rates::direct;
use crate::service::Service;
use crate::service_tokens::{Shown, thumbprint};

/// What a token says of the key that it is bound to (`cnf`, RFC 7800), as the member `milagro:spki#S256`: the SHA-256 of its
/// SubjectPublicKeyInfo, in base64url. A resource server that is asked over identity TLS compares it with that of its caller.
#[must_use]
pub fn confirmation(caller: &Identity) -> String {
    thumbprint(caller)
}

struct Shared {
    service: Arc<Service>,
    verifier: Arc<IdentityVerifier>,
}

/// The paths for services, to be put into a frame and served by a listener (`milagro_wire::server::serve`) whose TLS is
/// `milagro_tls::raw_keys::server_config` with this verifier.
pub fn router(service: Arc<Service>, verifier: Arc<IdentityVerifier>) -> Router {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/oauth/introspect", post(introspect))
        .with_state(Arc::new(Shared { service, verifier }))
}

impl Shared {
    /// Who is at the other end, if its identity still counts.
    fn caller(&self, request: &Request) -> Result<Identity, OAuthError> {
        let headers = request.headers();
        if headers.contains_key(header::AUTHORIZATION) {
            let words = "authenticated in two ways";
            return Err(OAuthError::new(Word::InvalidRequest, words));
        }
        let shown = request.extensions().get::<PeerCertificates>();
        let caller = match shown.map(PeerCertificates::as_slice) {
            Some([key]) => Identity::from_spki(key).map_err(|_| OAuthError::client())?,
            _ => return Err(OAuthError::client()),
        };
        let now = self.service.now();
        let counts = self.verifier.check_again(&caller, Side::Client, now);
        counts.map_err(|_| OAuthError::client())?;
        Ok(caller)
    }
}

async fn token(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let given = async {
        let (service, epochs) = (&shared.service, shared.verifier.epochs());
        let head = direct(&request);
        service.counted.count_source(&head)?;
        let caller = shared.caller(&request)?;
        let params = Params::of(request).await?;
        let client = service.identified(&caller, &params).await?;
        service.counted.count_client(client.named(), &head)?;
        let caller = &caller;
        let shown = Shown { caller, epochs };
        let token = service.service_token(&client, shown, &params).await?;
        Ok((StatusCode::OK, Json(token)).into_response())
    };
    answered(given.await)
}

async fn introspect(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let given = async {
        let caller = shared.caller(&request)?;
        let params = Params::of(request).await?;
        let client = shared.service.identified(&caller, &params).await?;
        let said = shared.service.introspect_for(&client, &params).await?;
        Ok(Json(said).into_response())
    };
    answered(given.await)
}

/// Nothing of it is kept on the way (RFC 6749, section 5.1). Here no header would make a client known.
fn answered(given: Result<Response, OAuthError>) -> Response {
    let mut response = given.unwrap_or_else(OAuthError::into_response);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.remove(header::WWW_AUTHENTICATE);
    response
}
