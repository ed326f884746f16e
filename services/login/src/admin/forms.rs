//! What the operator asks and is answered.

use milagro_wire::bounded::{Blob, List};
use milagro_wire::login::DEVICES_MAX;
use milagro_wire::login::names::{ClientId, Origin, UserName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clients::ORIGINS_MAX;

/// Names, and whether there are more after the last.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct NamesAnswer {
    /// In ascending order.
    #[schema(value_type = Vec<String>, max_items = 256)]
    pub names: List<String, 256>,
    /// Whether there are more.
    pub more: bool,
}

/// A user.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct UserAnswer {
    /// The name.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// Whether nobody gets in under it.
    pub locked: bool,
    /// The devices.
    #[schema(value_type = Vec<DeviceAnswer>, max_items = 256)]
    pub devices: List<DeviceAnswer, DEVICES_MAX>,
}

/// A device.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct DeviceAnswer {
    /// Its 16 bytes.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// `Identity`.
    #[schema(schema_with = Blob::<2048>::schema)]
    pub identity: Blob<2048>,
    /// When it was enrolled, in seconds since 1970.
    pub enrolled: u64,
    /// Whether a copy of its cookie was found, or it was removed.
    pub frozen: bool,
    /// Whether it has logged in.
    pub confirmed: bool,
    /// Whether the registrar has removed it.
    pub away: bool,
}

/// A device to enrol.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EnrolRequest {
    /// Whose it is.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// `Identity`, whose secret the device has.
    #[schema(schema_with = Blob::<2048>::schema)]
    pub identity: Blob<2048>,
}

/// A cookie for a device, which nobody else may see.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CookieAnswer {
    /// The device.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// `DeviceCookie`.
    #[schema(schema_with = Blob::<64>::schema)]
    pub cookie: Blob<64>,
}

/// An application.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientRequest {
    /// The origins of its pages.
    #[schema(value_type = Vec<String>, max_items = 16)]
    pub origins: List<Origin, ORIGINS_MAX>,
}

/// The secret of an application, shown once.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ClientAnswer {
    /// The application.
    #[schema(value_type = String, max_length = 64)]
    pub client: ClientId,
    /// Its secret.
    #[schema(schema_with = Blob::<32>::schema)]
    pub secret: Blob<32>,
}

/// How far the audit file has come.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct AuditAnswer {
    /// How many lines there are.
    pub lines: u64,
    /// The chain of the last, in hexadecimal.
    #[schema(max_length = 64)]
    pub chain: String,
}

/// How many sessions were ended.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct EndedAnswer {
    /// How many.
    pub ended: usize,
}

/// From when on a new key is used.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[non_exhaustive]
pub struct RotatedAnswer {
    /// In seconds since 1970.
    pub from: u64,
}
