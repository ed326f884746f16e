//! What the operator asks and is answered.

use milagro_wire::bounded::{Blob, List};
use milagro_wire::login::DEVICES_MAX;
use milagro_wire::login::names::{ClientId, Origin, UserName};
use serde::{Deserialize, Serialize};

use crate::clients::ORIGINS_MAX;

/// Names, and whether there are more after the last.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct NamesAnswer {
    /// In ascending order.
    pub names: List<String, 256>,
    /// Whether there are more.
    pub more: bool,
}

/// A user.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct UserAnswer {
    /// The name.
    pub user: UserName,
    /// Whether nobody gets in under it.
    pub locked: bool,
    /// The devices.
    pub devices: List<DeviceAnswer, DEVICES_MAX>,
}

/// A device.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct DeviceAnswer {
    /// Its 16 bytes.
    pub device: Blob<16>,
    /// `Identity`.
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
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EnrolRequest {
    /// Whose it is.
    pub user: UserName,
    /// `Identity`, whose secret the device has.
    pub identity: Blob<2048>,
}

/// A cookie for a device, which nobody else may see.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CookieAnswer {
    /// The device.
    pub device: Blob<16>,
    /// `DeviceCookie`.
    pub cookie: Blob<64>,
}

/// An application.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientRequest {
    /// The origins of its pages.
    pub origins: List<Origin, ORIGINS_MAX>,
}

/// The secret of an application, shown once.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ClientAnswer {
    /// The application.
    pub client: ClientId,
    /// Its secret.
    pub secret: Blob<32>,
}

/// How far the audit file has come.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AuditAnswer {
    /// How many lines there are.
    pub lines: u64,
    /// The chain of the last, in hexadecimal.
    pub chain: String,
}

/// How many sessions were ended.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct EndedAnswer {
    /// How many.
    pub ended: usize,
}
