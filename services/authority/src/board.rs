//! A board that ceremonies are held on: messages under their own hash, put up once, for whoever asks.
//!
//! It needs no trust. It can leave messages out, which the members of a ceremony see and say; it cannot alter or invent one. What
//! is put up is not looked at: messages of other plans, and what is no message at all, are dropped by whoever reads.

use alloc::sync::Arc;
use core::num::NonZeroU32;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Account, Charge, Claim, Ledger, Life, Records, Verdict};
use milagro_wire::bounded::List;
use milagro_wire::forms::{MESSAGE_MAX, NAMES_MAX, NamesAnswer};
use milagro_wire::name::Name;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Octets;
use serde::Deserialize;

use crate::documents::{self, OCTETS};
use crate::kinds::{MESSAGE, MESSAGES};
use milagro_wire::server::Effects;

/// What a board stands on.
#[derive(Clone)]
pub struct Board {
    /// Where it counts its messages.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps them.
    pub records: Arc<dyn Records>,
    /// Its clock.
    pub effects: Effects,
    /// How many there may be, ever.
    pub most: u64,
}

/// From where names are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    after: Option<Name>,
}

type Shared = State<Arc<Board>>;

/// The routes of a board, to be put into a frame (`milagro_wire::server::frame`).
pub fn router(board: Board) -> Router {
    Router::new()
        .route("/v1/messages", get(names))
        .route("/v1/messages/{name}", get(message).put(put_message))
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(async || Json(documents::board())))
        .with_state(Arc::new(board))
}

/// Puts a message up under its SHA-256. One that is there stays.
#[utoipa::path(
    put, path = "/v1/messages/{name}", params(("name" = inline(Name), Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201), (status = 204), Problem)
)]
pub(crate) async fn put_message(
    State(board): Shared,
    Path(name): Path<String>,
    Octets(message): Octets,
) -> Result<StatusCode, Problem> {
    let name: Name = name.parse().map_err(|_| ProblemType::Malformed)?;
    if message.len() > MESSAGE_MAX {
        return Err(ProblemType::TooLarge.problem());
    }
    if Name::of(&message) != name {
        return Err(ProblemType::Conflict
            .problem()
            .saying("the name is not the hash of the message"));
    }
    if message.is_empty() {
        return Err(ProblemType::Malformed.problem());
    }
    if board.find(name).await?.is_some() {
        return Ok(StatusCode::NO_CONTENT);
    }
    board.pay(name).await?;
    let entry = Entry {
        kind: MESSAGE,
        key: name.as_bytes(),
        value: &message,
        expected: None,
        until: None,
    };
    match board.records.put(entry).await.map_err(|_| unavailable())? {
        Put::Stored(_) => Ok(StatusCode::CREATED),
        Put::Conflict(_) => Ok(StatusCode::NO_CONTENT),
    }
}

/// A message.
#[utoipa::path(
    get, path = "/v1/messages/{name}", params(("name" = inline(Name), Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem)
)]
pub(crate) async fn message(
    State(board): Shared,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name: Name = name.parse().map_err(|_| ProblemType::Malformed)?;
    let found = board.find(name).await?.ok_or(ProblemType::NotFound)?;
    let immutable = HeaderValue::from_static("public, max-age=31536000, immutable");
    let kind = HeaderValue::from_static(OCTETS);
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, immutable),
    ];
    Ok((head, found).into_response())
}

/// Names of messages, at most 256, in ascending order.
#[utoipa::path(
    get, path = "/v1/messages", params(("after" = Option<String>, Query, pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, body = NamesAnswer), Problem)
)]
pub(crate) async fn names(
    State(board): Shared,
    query: Result<Query<From>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<NamesAnswer>, Problem> {
    let Query(From { after }) = query.map_err(|_| ProblemType::Malformed)?;
    let after = after.as_ref().map_or(&[][..], |name| name.as_bytes());
    let limit = u16::try_from(NAMES_MAX).unwrap_or(u16::MAX);
    let page = board.records.list(MESSAGE, &[], after, limit).await;
    let page = page.map_err(|_| unavailable())?;
    let names = page
        .keys
        .iter()
        .map(|key| key.as_slice().try_into().map(Name::from_bytes));
    let names = names
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| ProblemType::Internal)?;
    let names = List::new(names).map_err(|_| ProblemType::Internal)?;
    Ok(Json(NamesAnswer {
        names,
        more: page.more,
    }))
}

/// Whether the store answers.
async fn ready(State(board): Shared) -> Result<StatusCode, Problem> {
    board
        .find(Name::from_bytes([0; 32]))
        .await
        .map(|_| StatusCode::NO_CONTENT)
}

impl Board {
    async fn find(&self, name: Name) -> Result<Option<Vec<u8>>, Problem> {
        let found = self.records.get(MESSAGE, &[name.as_bytes()]).await;
        let found = found.map_err(|_| unavailable())?;
        Ok(found
            .into_iter()
            .flatten()
            .next()
            .map(|record| record.value))
    }

    /// Counts one message more. A process that is killed before it is put up has it counted once only, if it is put up soon.
    async fn pay(&self, name: Name) -> Result<(), Problem> {
        let charge = Charge {
            account: Account::new(MESSAGES, Name::of(b"messages").as_bytes(), Life::Lasting),
            amount: NonZeroU32::MIN,
            limit: self.most,
            claim: Claim::public(*name.as_bytes()),
        };
        let verdicts = self.ledger.charge(self.effects.now(), &[charge]).await;
        match verdicts.first() {
            Some(Verdict::Granted(_)) => Ok(()),
            Some(Verdict::Exhausted { .. }) => {
                Err(ProblemType::Conflict.problem().saying("the board is full"))
            }
            _ => Err(unavailable()),
        }
    }
}

fn unavailable() -> Problem {
    ProblemType::Unavailable.problem().after(1)
}

impl core::fmt::Debug for Board {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Board")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}
