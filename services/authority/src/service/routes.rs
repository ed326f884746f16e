//! Paths. Each handler decodes, finds the share, has one thing done on the pool, and encodes.

use alloc::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use milagro_mpin::Identity;
use milagro_mpin::names::Epoch;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::{
    DomainForm, DomainsAnswer, Epochs, ListAnswer, PermitAnswer, PermitRequest, ProofAnswer,
    ReadyAnswer, ShareAnswer, ShareRequest,
};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::lists::{ListError, Lists};
use milagro_wire::server::{Form, Octets, readiness};
use tokio::runtime::Handle;

use crate::documents::{self, OCTETS};
use crate::service::Service;
use crate::service::answers;
use crate::service::at_work::Held;
use crate::service::permits::{self, Wanted};

type Shared = State<Arc<Service>>;

/// The routes of an authority, to be put into a frame (`milagro_wire::server::frame`).
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/domain", get(domain))
        .route("/v1/shares", post(share))
        .route("/v1/permits", post(permit))
        .route("/v1/domains/{domain}/covers/{epoch}", get(covers))
        .route(
            "/v1/domains/{domain}/list",
            put(list)
                .layer(DefaultBodyLimit::max(Lists::LIST_MAX))
                .get(last_list),
        )
        .route(
            "/v1/domains/{domain}/proofs",
            post(proof).layer(DefaultBodyLimit::disable()),
        )
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(async || Json(documents::authority())))
        .with_state(service)
}

/// The domains, as this authority knows them.
#[utoipa::path(get, path = "/v1/domain", responses((status = 200, body = DomainsAnswer), Problem))]
pub(crate) async fn domain(State(service): Shared) -> Result<Json<DomainsAnswer>, Problem> {
    let mut domains = Vec::new();
    for held in service.held() {
        let last = match held.lists.last(&*service.parts().records).await {
            Err(ListError::Restored) => None,
            last => last.map_err(Problem::from)?,
        };
        domains.push(DomainForm {
            protocol: held.share.protocol(),
            authority: held.share.number().get(),
            domain: Blob::new(held.share.domain()).map_err(|_| ProblemType::Internal)?,
            list: last.map_or(0, |list| list.mark().sequence),
            epochs: held.share.mpin().map(|_| epochs(&service, held)),
        });
    }
    let domains = List::new(domains).map_err(|_| ProblemType::Internal)?;
    Ok(Json(DomainsAnswer { domains }))
}

fn epochs(service: &Service, held: &Held) -> Epochs {
    let length = held.window.length;
    Epochs {
        now: Epoch::at(service.parts().effects.now(), length).0,
        ahead: held.window.ahead,
        length: length.seconds().get(),
    }
}

/// A share for the client of a grant, sealed to its key. Once for each subject; to the same client again.
#[utoipa::path(
    post, path = "/v1/shares", request_body = ShareRequest,
    responses((status = 200, body = ShareAnswer), Problem)
)]
pub(crate) async fn share(
    State(service): Shared,
    Form(request): Form<ShareRequest>,
) -> Result<Json<ShareAnswer>, Problem> {
    let domain = answers::domain_of(request.grant.as_bytes()).ok_or(ProblemType::Malformed)?;
    let place = service.find(domain).ok_or(ProblemType::NotFound)?;
    let held = at(&service, place)?;
    if let Some(seconds) = held.closed() {
        return Err(ProblemType::Rate.problem().after(seconds));
    }
    service.queue().ask(place, request).await.map(Json)
}

/// A share of a permit, for an epoch that the authority issues for now.
#[utoipa::path(
    post, path = "/v1/permits", request_body = PermitRequest,
    responses((status = 200, body = PermitAnswer), Problem)
)]
pub(crate) async fn permit(
    State(service): Shared,
    Form(request): Form<PermitRequest>,
) -> Result<Json<PermitAnswer>, Problem> {
    let place = service
        .find(request.domain.as_bytes())
        .ok_or(ProblemType::NotFound)?;
    let list = permits::list(service.parts(), at(&service, place)?).await?;
    let answer = work(&service, place, move |service, held| {
        let identity = Identity::from_bytes(request.identity.as_bytes());
        let wanted = Wanted {
            identity: identity.map_err(|_| ProblemType::Malformed)?,
            epoch: Epoch(request.epoch),
            kind: request.kind,
        };
        permits::permit(service.parts(), held, &list, &wanted)
    });
    answer.await.map(Json)
}

/// This authority's shares of all cover permits of an epoch: a `CoverBatch`.
#[utoipa::path(
    get, path = "/v1/domains/{domain}/covers/{epoch}",
    params(("domain" = String, Path, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"), ("epoch" = u64, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem)
)]
pub(crate) async fn covers(
    State(service): Shared,
    path: Result<Path<(String, u64)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    let Path((domain, epoch)) = path.map_err(|_| ProblemType::Malformed)?;
    let place = named(&service, &domain)?;
    let list = permits::list(service.parts(), at(&service, place)?).await?;
    let bytes = work(&service, place, move |service, held| {
        let covers = permits::covers(service.parts(), held, &list, Epoch(epoch));
        Handle::current().block_on(covers)
    });
    Ok((
        [(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS))],
        Vec::clone(&*bytes.await?),
    )
        .into_response())
}

/// Takes a revocation list that its registrar has signed, unless a later one was taken before.
#[utoipa::path(
    put, path = "/v1/domains/{domain}/list", params(("domain" = String, Path, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ListAnswer), Problem)
)]
pub(crate) async fn list(
    State(service): Shared,
    Path(domain): Path<String>,
    Octets(list): Octets,
) -> Result<Json<ListAnswer>, Problem> {
    let place = named(&service, &domain)?;
    let number = work(&service, place, move |service, held| {
        Handle::current().block_on(permits::take(service.parts(), held, &list))
    });
    Ok(Json(ListAnswer {
        number: number.await?,
    }))
}

/// The last revocation list that this authority took. One that was put back from a copy gives what is in the copy: it is for a
/// registrar that was put back itself, and that compares it with those of the others.
#[utoipa::path(
    get, path = "/v1/domains/{domain}/list", params(("domain" = String, Path, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem)
)]
pub(crate) async fn last_list(
    State(service): Shared,
    Path(domain): Path<String>,
) -> Result<Response, Problem> {
    let held = at(&service, named(&service, &domain)?)?;
    let known = held.lists.known(&*service.parts().records).await;
    let list = known.map_err(Problem::from)?.ok_or(ProblemType::NotFound)?;
    let head = [(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS))];
    Ok((head, list.to_bytes()).into_response())
}

/// This authority's part of the proof of a bulletin's `Draft`, if it is about the last list.
#[utoipa::path(
    post, path = "/v1/domains/{domain}/proofs", params(("domain" = String, Path, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ProofAnswer), Problem)
)]
pub(crate) async fn proof(
    State(service): Shared,
    Path(domain): Path<String>,
    body: axum::extract::Request,
) -> Result<Json<ProofAnswer>, Problem> {
    let place = named(&service, &domain)?;
    let list = permits::list(service.parts(), at(&service, place)?).await?;
    // Only a draft about this very list is worth reading, and it has this very length.
    let Octets(draft) = Octets::limited(body, permits::longest_draft(&list)).await?;
    let answer = work(&service, place, move |service, held| {
        permits::prove(service.parts(), held, &list, &draft)
    });
    answer.await.map(Json)
}

/// Whether everything is as it should be.
#[utoipa::path(
    get, path = "/readyz",
    responses((status = 200, body = ReadyAnswer), (status = 503, body = ReadyAnswer))
)]
pub(crate) async fn ready(State(service): Shared) -> Response {
    let mut faults: Vec<String> = service.parts().effects.clock_fault().into_iter().collect();
    for held in service.held() {
        let last = held.lists.last(&*service.parts().records).await;
        let id = answers::id_text(held);
        match last {
            Ok(None) if held.share.mpin().is_some() => {
                faults.push(format!("{id}: no revocation list yet"));
            }
            Ok(_) => {}
            Err(error) => faults.push(format!("{id}: {error}")),
        }
    }
    readiness(faults)
}

fn named(service: &Service, domain: &str) -> Result<usize, Problem> {
    let domain = Blob::<32>::from_text(domain).map_err(|_| ProblemType::NotFound)?;
    Ok(service
        .find(domain.as_bytes())
        .ok_or(ProblemType::NotFound)?)
}

fn at(service: &Service, place: usize) -> Result<&Held, Problem> {
    Ok(service.held().get(place).ok_or(ProblemType::NotFound)?)
}

/// Has something computed on the pool.
async fn work<T, F>(service: &Arc<Service>, place: usize, work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Service, &Held) -> Result<T, Problem> + Send + 'static,
{
    let shared = Arc::clone(service);
    let done = service
        .parts()
        .pool
        .run(move || work(&shared, at(&shared, place)?));
    done.await?
}
