//! What users do with their own devices: a browser with a session looks at them, removes one, and gets a code for another.

use alloc::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use milagro_base::Seconds;
use milagro_mpin::server::DeviceId;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::registrar::CodeAnswer;
use milagro_wire::login::{OwnDevice, OwnDevicesAnswer};
use milagro_wire::problem::{Problem, ProblemType};

use crate::cookies::signed_in;
use crate::device;
use crate::guard;
use crate::kinds::CODES;
use crate::notes::{Event, Outcome, What};
use crate::registrar::passed_on;
use crate::service::Service;
use crate::sessions::Session;
use crate::shelf::unavailable;

/// How long ago the login of whoever adds or removes a device may be.
const RECENT: Seconds = Seconds::minutes(5);
/// How many codes for other devices a device gets in an hour.
const CODES_MOST: u64 = 10;

type Shared = State<Arc<Service>>;

/// The devices of the user of this browser.
#[utoipa::path(get, path = "/v1/devices", responses((status = 200, body = OwnDevicesAnswer), Problem))]
pub(crate) async fn devices(
    State(service): Shared,
    headers: HeaderMap,
) -> Result<Json<OwnDevicesAnswer>, Problem> {
    let session = signed_in(&service, &headers).await?;
    let found = service.devices(&session.user).await.map_err(unavailable)?;
    let devices = found.iter().map(|(_, device)| {
        Ok(OwnDevice {
            device: Blob::new(device.id.to_bytes()).map_err(|_| ProblemType::Internal)?,
            enrolled: device.enrolled.get(),
            confirmed: device.confirmed,
            closed: !device.is_open(),
            own: device.id == session.device,
        })
    });
    let devices = devices.collect::<Result<Vec<_>, Problem>>()?;
    let devices = List::new(devices).map_err(|_| ProblemType::Internal)?;
    Ok(Json(OwnDevicesAnswer { devices }))
}

/// Removes a device of the user of this browser, who has logged in within the last five minutes, for ever.
#[utoipa::path(
    delete, path = "/v1/devices/{id}", params(("id" = String, Path)),
    responses((status = 204), Problem)
)]
pub(crate) async fn remove(
    State(service): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    guard::from_own(&headers, service.settings.origins.iter())?;
    let session = signed_in(&service, &headers).await?;
    service.is_recent(&session)?;
    let id = Blob::<16>::from_text(&id).ok().and_then(|id| id.to_array());
    let id = DeviceId::from_bytes(id.ok_or(ProblemType::NotFound)?);
    service.remove(&session.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An activation code for another device of the user of this browser, who has logged in within the last five minutes.
#[utoipa::path(post, path = "/v1/devices/code", responses((status = 200, body = CodeAnswer), Problem))]
pub(crate) async fn code(
    State(service): Shared,
    headers: HeaderMap,
) -> Result<Json<CodeAnswer>, Problem> {
    guard::from_own(&headers, service.settings.origins.iter())?;
    let session = signed_in(&service, &headers).await?;
    service.code_for_device(&session).await.map(Json)
}

impl Service {
    /// Whoever finds a browser that somebody has left changes no devices.
    fn is_recent(&self, session: &Session) -> Result<(), Problem> {
        if self.now() < session.began.plus(RECENT) {
            return Ok(());
        }
        Err(ProblemType::Refused.problem().saying("log in again first"))
    }

    /// An activation code for another device of whoever has a session.
    async fn code_for_device(&self, session: &Session) -> Result<CodeAnswer, Problem> {
        let link = self.link.as_ref().ok_or(ProblemType::NotFound)?;
        self.is_recent(session)?;
        let key = session.device_key();
        let found = device::find(self.records(), key).await;
        let (device, _) = found.map_err(unavailable)?.ok_or(ProblemType::Refused)?;
        let charge = self.rate(CODES, key, CODES_MOST, Seconds::hours(1));
        let _paid = self.rated(vec![charge]).await?;
        let code = link.registrar.code_for_device(&device.identity).await;
        let code = code.map_err(|problem| passed_on(&problem))?;
        let event = Event::new(What::DeviceCode, Outcome::Accepted)
            .of(&self.book, &session.user)
            .on(&self.book, session.device);
        self.book.note(self.now(), event).await?;
        Ok(code)
    }
}
