//! What is said to a login service, and what it answers.
//!
//! | path | asked | answered |
//! |---|---|---|
//! | `GET /v1/challenge` | | [`ChallengeAnswer`] |
//! | `POST /v1/login` | [`LoginRequest`] | [`LoginAnswer`], and a session cookie where one was asked for |
//! | `POST /v1/agreements` | [`AgreementRequest`](agreements::AgreementRequest) | [`AgreementAnswer`](agreements::AgreementAnswer) |
//! | `POST /v1/agreements/confirm` | [`ConfirmRequest`](agreements::ConfirmRequest) | [`LoginAnswer`] with a code |
//! | `POST /v1/signatures` | [`SignatureRequest`] | [`SignatureAnswer`] |
//! | `GET /v1/signatures/keys` | | a JWK set |
//! | `POST /v1/codes/redeem` | [`RedeemRequest`], with the application's secret | [`RedeemAnswer`] |
//! | `GET`, `DELETE /v1/session` | a session cookie | [`SessionAnswer`] |
//! | `GET /v1/sessions` | a session cookie | [`SessionsAnswer`] |
//! | `DELETE /v1/sessions/{id}` | a session cookie | |
//! | `GET /v1/devices` | a session cookie | [`OwnDevicesAnswer`] |
//! | `DELETE /v1/devices/{id}` | the cookie of a session that began in the last five minutes | |
//! | `POST /v1/devices/code` | the cookie of a session that began in the last five minutes | [`CodeAnswer`](crate::forms::registrar::CodeAnswer) |
//! | `POST /v1/handoffs` | [`HandOffRequest`] | [`HandOffAnswer`], and a cookie |
//! | `POST /v1/handoffs/look` | [`LookRequest`] | [`LookAnswer`] |
//! | `GET /v1/handoffs/{number}/events` | the cookie | an event `code` with a [`HandedOver`] |

pub mod agreements;
pub mod names;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::bounded::{Blob, List};
use crate::login::names::{ClientId, Number, Origin, UserName};

/// Longest challenge, in bytes.
pub const CHALLENGE_MAX: usize = 64;
/// Longest proof, in bytes.
pub const PROOF_MAX: usize = 1 << 11;
/// Longest message that is signed, in bytes.
pub const MESSAGE_MAX: usize = 1 << 15;
/// Longest device cookie, in bytes.
pub const COOKIE_MAX: usize = 64;
/// Longest name of a server, in bytes.
pub const SERVER_MAX: usize = 1 << 10;
/// Bytes of a login code.
pub const CODE_LEN: usize = 32;
/// Bytes of a session's public number.
pub const SESSION_LEN: usize = 16;
/// Most devices of a user, ever.
pub const DEVICES_MAX: usize = 256;
/// Most sessions in one answer.
pub const SESSIONS_MAX: usize = 256;

/// A challenge, and what a proof has to name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ChallengeAnswer {
    /// `Challenge`.
    #[schema(schema_with = Blob::<CHALLENGE_MAX>::schema)]
    pub challenge: Blob<CHALLENGE_MAX>,
    /// `TrustDomainId`.
    #[schema(schema_with = Blob::<32>::schema)]
    pub domain: Blob<32>,
    /// `ServerId`.
    #[schema(schema_with = Blob::<SERVER_MAX>::schema)]
    pub server: Blob<SERVER_MAX>,
    /// Which permit a proof has to bring; nothing where logins need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<PermitWanted>,
}

/// Which permit a proof has to bring.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct PermitWanted {
    /// What is taken.
    pub kind: PermitKinds,
    /// The present epoch by the clock of the service.
    pub epoch: u64,
    /// Seconds of an epoch.
    pub seconds: u64,
}

/// Which kinds of permit a service takes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PermitKinds {
    /// Of one identity.
    Personal,
    /// Of a gap between revoked identities, as they stand in bulletins.
    Cover,
    /// Both.
    Either,
}

/// What a login is for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "for", deny_unknown_fields)]
#[non_exhaustive]
pub enum Purpose {
    /// A session of this browser with the login service.
    Session {},
    /// A code that an application takes in place of a password.
    Code {
        /// The application.
        #[schema(value_type = String, max_length = 64)]
        client: ClientId,
        /// The origin of the page that the code is used on.
        #[schema(value_type = String, max_length = 255)]
        origin: Origin,
    },
    /// The browser that shows a number.
    HandOff {
        /// The number that the person has typed or scanned.
        #[schema(value_type = String, max_length = 7)]
        number: Number,
        /// The origin that the person has seen and confirmed.
        #[schema(value_type = String, max_length = 255)]
        origin: Origin,
    },
}

/// A login.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// `LoginProof`.
    #[schema(schema_with = Blob::<PROOF_MAX>::schema)]
    pub proof: Blob<PROOF_MAX>,
    /// `DeviceCookie`.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
    /// What for.
    pub purpose: Purpose,
}

/// A login that ended well.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct LoginAnswer {
    /// The next `DeviceCookie`: keep it durably before it is presented.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
    /// Who has logged in.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// The login code, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = Blob::<CODE_LEN>::schema, required = false)]
    pub code: Option<Blob<CODE_LEN>>,
}

/// A signature on a message, which its signer submits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureRequest {
    /// `Signature`.
    #[schema(schema_with = Blob::<PROOF_MAX>::schema)]
    pub signature: Blob<PROOF_MAX>,
    /// The message.
    #[schema(schema_with = Blob::<MESSAGE_MAX>::schema)]
    pub message: Blob<MESSAGE_MAX>,
    /// `DeviceCookie`.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
}

/// A signature that is good.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct SignatureAnswer {
    /// The next `DeviceCookie`: keep it durably before it is presented.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
    /// Who has signed.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// On which device: 16 bytes.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// When, by the signer's clock, in seconds since 1970.
    pub signed_at: u64,
    /// What the service says of it to others: a JWS in compact form, under a key of `GET /v1/signatures/keys`.
    #[schema(max_length = 4096)]
    pub statement: String,
}

/// A login code that an application was given. The application says who it is by `Authorization: Basic` with its id
/// and its secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemRequest {
    /// The code.
    #[schema(schema_with = Blob::<CODE_LEN>::schema)]
    pub code: Blob<CODE_LEN>,
    /// The origin of the page that it came from.
    #[schema(value_type = String, max_length = 255)]
    pub origin: Origin,
}

/// Who has logged in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct RedeemAnswer {
    /// The user.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// The device: 16 bytes.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The keys that the application shares with the device now, where the login agreed on them. They are given out once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<AgreedKeys>,
}

/// The keys that an application shares with a device, as the server's side has them (`SessionKeys`), 32 bytes each.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct AgreedKeys {
    /// For what the device sends.
    #[schema(schema_with = Blob::<32>::schema)]
    pub receiving: Blob<32>,
    /// For what the application sends.
    #[schema(schema_with = Blob::<32>::schema)]
    pub sending: Blob<32>,
    /// To derive other keys from.
    #[schema(schema_with = Blob::<32>::schema)]
    pub exporter: Blob<32>,
}

/// A session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct SessionAnswer {
    /// Its number, which opens nothing.
    #[schema(schema_with = Blob::<SESSION_LEN>::schema)]
    pub id: Blob<SESSION_LEN>,
    /// Whose it is.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// The device that it began on: 16 bytes.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// When it began, in seconds since 1970: its user logged in then, since each login begins another.
    pub began: u64,
    /// When it was last used, to the minute.
    pub used: u64,
}

/// All sessions of a user, at most 256 of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct SessionsAnswer {
    /// In no particular order.
    #[schema(value_type = Vec<SessionAnswer>, max_items = 256)]
    pub sessions: List<SessionAnswer, SESSIONS_MAX>,
}

/// A device of a user, as the user sees it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct OwnDevice {
    /// The device: 16 bytes.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// When it was enrolled, in seconds since 1970.
    pub enrolled: u64,
    /// Whether it has logged in yet.
    pub confirmed: bool,
    /// Whether it was removed, or a copy of it was found: it logs in no more.
    pub closed: bool,
    /// Whether the session that asks began on it.
    pub own: bool,
}

/// The devices of a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct OwnDevicesAnswer {
    /// In no particular order.
    #[schema(value_type = Vec<OwnDevice>, max_items = 256)]
    pub devices: List<OwnDevice, DEVICES_MAX>,
}

/// A browser asks for a number to show.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOffRequest {
    /// The application.
    #[schema(value_type = String, max_length = 64)]
    pub client: ClientId,
    /// The origin of the page that the code is used on.
    #[schema(value_type = String, max_length = 255)]
    pub origin: Origin,
}

/// A number to show, beside the origin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct HandOffAnswer {
    /// The number.
    #[schema(value_type = String, max_length = 7)]
    pub number: Number,
    /// For how many seconds it is good.
    pub seconds: u64,
}

/// A device asks what a number stands for, before its person confirms.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookRequest {
    /// What the person has typed.
    #[schema(value_type = String, max_length = 7)]
    pub number: Number,
    /// `Identity`.
    #[schema(schema_with = Blob::<2048>::schema)]
    pub identity: Blob<2048>,
    /// `DeviceCookie`.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
}

/// What a number stands for: show both, and ask.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct LookAnswer {
    /// The application.
    #[schema(value_type = String, max_length = 64)]
    pub client: ClientId,
    /// The origin that asks.
    #[schema(value_type = String, max_length = 255)]
    pub origin: Origin,
}

/// What the browser gets once the person has logged in elsewhere.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct HandedOver {
    /// The login code.
    #[schema(schema_with = Blob::<CODE_LEN>::schema)]
    pub code: Blob<CODE_LEN>,
}
