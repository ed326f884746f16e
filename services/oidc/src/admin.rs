//! The operator's routes: a router without a lock, to be put behind the operator's key with those of the login service.
//!
//! | path | what it does |
//! |---|---|
//! | `GET /admin/v1/oidc/clients?after=` | ids of clients, 256 at a time |
//! | `GET /admin/v1/oidc/clients/{client}` | a client as it was registered |
//! | `PUT /admin/v1/oidc/clients/{client}` | registers a client, or changes it, which keeps its secret; a new client's secret is answered once |
//! | `POST /admin/v1/oidc/clients/{client}/secret` | gives a client another secret |
//! | `DELETE /admin/v1/oidc/clients/{client}` | removes a client: its grants are worth nothing from then on |
//! | `POST /admin/v1/oidc/keys` | makes new keys that sign after [`crate::keys::LEAD`] |

mod documents;

use alloc::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use milagro_ledger::Unavailable;
use milagro_wire::login::names::ClientId;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Form, described};
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;
use zeroize::ZeroizeOnDrop;

use crate::authenticate::secret_hash;
use crate::clients::{Authentication, Client, Registration};
use crate::keys::{self, KeysError};
use crate::kinds::CLIENT;
use crate::notes::What;
use crate::service::Service;
use crate::shelf::{self, Kept, TRIES, text};

/// Ids in one answer.
const PAGE: u16 = 256;

type Shared = State<Arc<Service>>;

/// What a client is told once.
#[derive(Serialize, ZeroizeOnDrop, utoipa::ToSchema)]
pub(crate) struct Registered {
    #[schema(value_type = String, max_length = 64)]
    #[zeroize(skip)]
    client_id: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

milagro_base::opaque_debug!(Registered);

/// Ids, and whether there are more after the last.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Ids {
    #[schema(max_items = 256)]
    names: Vec<String>,
    more: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    after: Option<String>,
}

/// The OpenAPI document of [`router`], to be merged into that of the service beside it.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    described(documents::Operator::openapi())
}

/// The operator's routes. Whoever reaches them is the operator: the caller sees to that.
pub fn router(service: Arc<Service>) -> Router {
    let one = "/admin/v1/oidc/clients/{client}";
    Router::new()
        .route("/admin/v1/oidc/clients", get(list))
        .route(one, get(shown).put(register).delete(remove))
        .route(&format!("{one}/secret"), post(secret))
        .route("/admin/v1/oidc/keys", post(rotate))
        .with_state(service)
}

impl Service {
    /// Registers a client, or changes what was registered. A new one gets a secret, if it shows one.
    ///
    /// # Errors
    /// [`ProblemType::Malformed`] names the field; [`ProblemType::Unavailable`].
    pub async fn register(
        &self,
        id: &ClientId,
        registration: Registration,
    ) -> Result<Option<String>, Problem> {
        if let Some(field) = registration.fault() {
            return Err(ProblemType::Malformed.problem().saying(field));
        }
        let basic = registration.token_endpoint_auth_method == Authentication::ClientSecretBasic;
        let fresh = text(&*self.random::<32>());
        for _ in 0..TRIES {
            let found = self.found_client(id.as_str()).await.map_err(unavailable)?;
            let known = found.as_ref().map(|found| &found.value);
            let known = known.filter(|client| !client.secret.is_empty() && basic);
            let secret = match known {
                Some(client) => client.secret.clone(),
                None if basic => secret_hash(id, &fresh).to_vec(),
                None => Vec::new(),
            };
            let given = known.is_none() && basic;
            let instance = found.as_ref().map(|found| found.value.instance.clone());
            let client = Client {
                v: 1,
                id: id.clone(),
                secret,
                registered: registration.clone(),
                instance: instance.unwrap_or_else(|| self.random::<16>().to_vec()),
            };
            let version = found.map(|found| found.version);
            if self.put_client(&client, version).await? {
                return Ok(given.then_some(fresh));
            }
        }
        Err(unavailable(Unavailable))
    }

    async fn put_client(
        &self,
        client: &Client,
        version: Option<milagro_ledger::records::Version>,
    ) -> Result<bool, Problem> {
        let kept = Kept {
            kind: CLIENT,
            key: client.id.as_str().as_bytes(),
            value: client,
            until: None,
        };
        let written = shelf::put(self.records(), kept, version)
            .await
            .map_err(unavailable)?;
        if written {
            let noted = self.note(What::Client, None, Some(&client.id)).await;
            noted.map_err(unavailable)?;
        }
        Ok(written)
    }
}

fn unavailable(_: Unavailable) -> Problem {
    ProblemType::Unavailable.problem().after(1)
}

fn id_of(text: &str) -> Result<ClientId, Problem> {
    ClientId::new(text).map_err(|_| ProblemType::NotFound.problem())
}

async fn known(service: &Service, id: &ClientId) -> Result<shelf::Found<Client>, Problem> {
    let found = service.found_client(id.as_str()).await;
    found
        .map_err(unavailable)?
        .ok_or_else(|| ProblemType::NotFound.problem())
}

/// Ids of clients, 256 at a time.
#[utoipa::path(
    get, path = "/admin/v1/oidc/clients", params(("after" = Option<String>, Query)),
    responses((status = 200, body = Ids), Problem)
)]
pub(crate) async fn list(
    State(service): Shared,
    Query(after): Query<After>,
) -> Result<Json<Ids>, Problem> {
    let after = after.after.unwrap_or_default();
    let page = service
        .records()
        .list(CLIENT, &[], after.as_bytes(), PAGE)
        .await;
    let page = page.map_err(unavailable)?;
    let names = page
        .keys
        .into_iter()
        .filter_map(|key| String::from_utf8(key).ok());
    Ok(Json(Ids {
        names: names.collect(),
        more: page.more,
    }))
}

/// A client as it was registered.
#[utoipa::path(
    get, path = "/admin/v1/oidc/clients/{client}", params(("client" = String, Path)),
    responses((status = 200, body = Registration), Problem)
)]
pub(crate) async fn shown(
    State(service): Shared,
    Path(client): Path<String>,
) -> Result<Json<Registration>, Problem> {
    let found = known(&service, &id_of(&client)?).await?;
    Ok(Json(found.value.registered))
}

/// Registers a client, or changes it.
#[utoipa::path(
    put, path = "/admin/v1/oidc/clients/{client}", params(("client" = String, Path)), request_body = Registration,
    responses((status = 200, body = Registered), Problem)
)]
pub(crate) async fn register(
    State(service): Shared,
    Path(client): Path<String>,
    Form(form): Form<Registration>,
) -> Result<Json<Registered>, Problem> {
    let client_id = id_of(&client)?;
    let client_secret = service.register(&client_id, form).await?;
    Ok(Json(Registered {
        client_id,
        client_secret,
    }))
}

/// Gives a client another secret.
#[utoipa::path(
    post, path = "/admin/v1/oidc/clients/{client}/secret", params(("client" = String, Path)),
    responses((status = 200, body = Registered), Problem)
)]
pub(crate) async fn secret(
    State(service): Shared,
    Path(client): Path<String>,
) -> Result<Json<Registered>, Problem> {
    let client_id = id_of(&client)?;
    let found = known(&service, &client_id).await?;
    let mut client = found.value;
    if client.registered.token_endpoint_auth_method != Authentication::ClientSecretBasic {
        return Err(ProblemType::Conflict.problem());
    }
    let fresh = text(&*service.random::<32>());
    client.secret = secret_hash(&client_id, &fresh).to_vec();
    if !service.put_client(&client, Some(found.version)).await? {
        return Err(ProblemType::Conflict.problem());
    }
    Ok(Json(Registered {
        client_id,
        client_secret: Some(fresh),
    }))
}

/// Removes a client.
#[utoipa::path(
    delete, path = "/admin/v1/oidc/clients/{client}", params(("client" = String, Path)),
    responses((status = 204, description = "removed"), Problem)
)]
pub(crate) async fn remove(
    State(service): Shared,
    Path(client): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = id_of(&client)?;
    let gone = shelf::delete(service.records(), CLIENT, id.as_str().as_bytes()).await;
    if !gone.map_err(unavailable)? {
        return Err(ProblemType::NotFound.problem());
    }
    let noted = service.note(What::Client, None, Some(&id)).await;
    noted.map_err(unavailable)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new keys.
#[utoipa::path(
    post, path = "/admin/v1/oidc/keys",
    responses((status = 204, description = "made"), Problem)
)]
pub(crate) async fn rotate(State(service): Shared) -> Result<StatusCode, Problem> {
    // A client that hangs up drops this future, and not the task.
    let ended = tokio::spawn(async move { rotate_keys(&service).await }).await;
    ended.map_err(|_| ProblemType::Internal.problem())??;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes the line before the keys: none begin without one.
async fn rotate_keys(service: &Service) -> Result<(), Problem> {
    // Others would have the keys before they have read them, or begin them late.
    if let Some(fault) = service.parts.effects.clock_fault() {
        return Err(ProblemType::Unavailable.problem().saying(fault));
    }
    let (records, operator) = (service.records(), &service.parts.operator);
    let rng = &mut service.parts.effects.draw();
    let next = match keys::next(rng, records, operator, service.now()).await {
        Ok(next) => next,
        Err(KeysError::TooSoon) => return Err(ProblemType::Conflict.problem()),
        Err(_) => return Err(unavailable(Unavailable)),
    };
    let from = next.from;
    let noted = service.note_keys(What::Rotated, from).await;
    noted.map_err(unavailable)?;
    if next.write(rng, records, operator).await.is_err() {
        // Whether or not this line can be written, too, the keys' failure is what the operator is told.
        let _unwritten = service.note_keys(What::NotRotated, from).await;
        return Err(unavailable(Unavailable));
    }
    Ok(())
}
