//! What a registrar is asked and answers.

use milagro_mpin::Identity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::bounded::{Blob, List, Text};
use crate::forms::{DOMAIN_MAX, GRANT_MAX, IDENTITY_MAX, ShareAnswer};
use crate::login::names::UserName;
use crate::login::{COOKIE_MAX, SERVER_MAX};
use crate::name::Name;

/// Longest name of a user, in bytes.
pub const USER_MAX: usize = 255;
/// Longest context that an application gets with the question whether somebody may enrol.
pub const CONTEXT_MAX: usize = 2048;
/// Longest activation code, with whatever separators.
pub const CODE_MAX: usize = 64;
/// Longest letter, sealed.
pub const LETTER_MAX: usize = 1024;
/// Most subjects of one user.
pub const SUBJECTS_MAX: usize = 64;

/// What a registrar registers for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct RegistrarAnswer {
    /// The name of the application, as it stands in identities.
    #[schema(max_length = 255)]
    pub application: String,
    /// `TrustDomain`, all of it that is public. A client compares its id with the one that it expects.
    #[schema(schema_with = Blob::<DOMAIN_MAX>::schema)]
    pub domain: Blob<DOMAIN_MAX>,
    /// `RegistrarPublicKey`.
    #[schema(schema_with = Blob::<48>::schema)]
    pub registrar: Blob<48>,
    /// How long an epoch is, in seconds.
    pub epoch_seconds: u64,
    /// Whether an application can be asked to let somebody enrol.
    pub hook: bool,
    /// Whether codes are sent by mail.
    pub mail: bool,
    /// Whether devices get the first cookie of a login service here.
    #[serde(default)]
    pub logins: bool,
}

/// By what right somebody enrols.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Entitlement {
    /// The application says so when it is asked.
    Hook(HookEntitlement),
    /// An activation code: from an administrator, a mail, or another device.
    #[schema(value_type = String)]
    Code(Text<CODE_MAX>),
}

/// What an application is asked about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HookEntitlement {
    /// The user's name.
    #[schema(value_type = String, max_length = 255)]
    pub user: Text<USER_MAX>,
    /// Whatever the application can tell by that this is the user: a session, a one-time password. It goes to the application
    /// and nowhere else.
    #[schema(value_type = String, max_length = 2048)]
    pub context: Text<CONTEXT_MAX>,
}

/// A request to be enrolled.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// `ClientPublicKey`, of a key that the device has stored. With the same key, the same subject is granted again.
    #[schema(schema_with = Blob::<32>::schema)]
    pub client: Blob<32>,
    /// By what right.
    pub by: Entitlement,
}

/// A grant for a new subject.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct EnrolmentAnswer {
    /// `Identity`: a pseudonym.
    #[schema(schema_with = Blob::<IDENTITY_MAX>::schema)]
    pub subject: Blob<IDENTITY_MAX>,
    /// `SignedGrant` of the client secret, for all authorities.
    #[schema(schema_with = Blob::<GRANT_MAX>::schema)]
    pub grant: Blob<GRANT_MAX>,
    /// When the grant ends; the device can ask for another one with the same key.
    pub until: u64,
}

/// A request for a code by mail.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailRequest {
    /// The address, which is the user's name.
    #[schema(value_type = String, max_length = 255)]
    pub address: Text<USER_MAX>,
}

/// What all authorities said to a grant. Only the client of the grant can read it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct SharesAnswer {
    /// The answers.
    #[schema(value_type = Vec<ShareAnswer>, max_items = 255)]
    pub shares: List<ShareAnswer, 255>,
    /// How many authorities did not answer, or said no.
    pub missing: u16,
}

/// A request for the first cookie of a device that the authorities have answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// `SignedGrant`, as the authorities were shown it.
    #[schema(schema_with = Blob::<GRANT_MAX>::schema)]
    pub grant: Blob<GRANT_MAX>,
}

/// The first cookie of a device.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct DeviceAnswer {
    /// A letter, sealed for the grant to its client's key: a [`FirstCookie`] in JSON.
    #[schema(schema_with = Blob::<LETTER_MAX>::schema)]
    pub sealed: Blob<LETTER_MAX>,
}

/// What the letter of a [`DeviceAnswer`] says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct FirstCookie {
    /// Whose the device is.
    #[schema(value_type = String, max_length = 128)]
    pub user: UserName,
    /// The device at the login service: 16 bytes.
    #[schema(schema_with = Blob::<16>::schema)]
    pub device: Blob<16>,
    /// `DeviceCookie`: keep it durably beside the token.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
}

/// A server whose secret is to be issued.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerRequest {
    /// `ServerId`.
    #[schema(schema_with = Blob::<SERVER_MAX>::schema)]
    pub server: Blob<SERVER_MAX>,
    /// `ClientPublicKey`, of a key that the server has stored. With the same key, its shares are given again.
    #[schema(schema_with = Blob::<32>::schema)]
    pub client: Blob<32>,
}

/// The shares of a server's secret, which only the client's key opens.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct ServerAnswer {
    /// `TrustDomain`. A server compares its id with the one that it expects.
    #[schema(schema_with = Blob::<DOMAIN_MAX>::schema)]
    pub domain: Blob<DOMAIN_MAX>,
    /// `SignedGrant` of the server secret.
    #[schema(schema_with = Blob::<GRANT_MAX>::schema)]
    pub grant: Blob<GRANT_MAX>,
    /// What the authorities answered.
    pub shares: SharesAnswer,
}

/// What a user is to be told by another way than the device in question.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NewsForm {
    /// A device was frozen, since somebody has a copy of it.
    CopyFound,
    /// Somebody guesses PINs with an old cookie of a device.
    CopySuspected,
}

/// News for a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewsRequest {
    /// The user's name.
    #[schema(value_type = String, max_length = 255)]
    pub user: Text<USER_MAX>,
    /// The news.
    pub news: NewsForm,
}

/// The files of an epoch's bulletin: each is named by its SHA-256.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct BulletinAnswer {
    /// The epoch.
    pub epoch: u64,
    /// The number of the revocation list that it comes from.
    pub list: u64,
    /// `<this>.bulletin` is the whole, with its proof.
    pub bulletin: Name,
    /// `<this>.index` says which `.slice` is whose.
    pub index: Name,
}

/// A user for whom a code is made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRequest {
    /// The user's name.
    #[schema(value_type = String, max_length = 255)]
    pub user: Text<USER_MAX>,
}

/// An activation code.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct CodeAnswer {
    /// The code, which is kept nowhere.
    #[schema(max_length = 64)]
    pub code: String,
    /// When it ends.
    pub until: u64,
}

impl core::fmt::Debug for CodeAnswer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CodeAnswer").finish_non_exhaustive()
    }
}

/// How far a subject has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SubjectState {
    /// A grant was given, and there was no login yet.
    Started,
    /// The device has logged in.
    Confirmed,
    /// Revoked from the next list on.
    Removed,
}

/// A device of a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct SubjectForm {
    /// `Identity`: its pseudonym.
    #[schema(schema_with = Blob::<IDENTITY_MAX>::schema)]
    pub subject: Blob<IDENTITY_MAX>,
    /// Whose it is.
    #[schema(max_length = 255)]
    pub user: String,
    /// How far it has come.
    pub state: SubjectState,
    /// When it was granted.
    pub since: u64,
}

/// The devices of a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct SubjectsAnswer {
    /// In no order that means anything.
    #[schema(value_type = Vec<SubjectForm>, max_items = 64)]
    pub subjects: List<SubjectForm, SUBJECTS_MAX>,
}

/// What the authorities have of the last list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct PushAnswer {
    /// The number of the last list.
    pub number: u64,
    /// How many subjects it revokes.
    pub revoked: u64,
    /// How many authorities have it.
    pub taken: u16,
    /// Why others do not, by their place in the configuration.
    #[schema(value_type = Vec<String>, max_items = 255)]
    pub faults: List<String, 255>,
}

/// What an application has answered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct PermitUserAnswer {
    /// Whether the user may log in now.
    pub allowed: bool,
}

impl SubjectForm {
    /// The pseudonym.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        Identity::from_bytes(self.subject.as_bytes()).ok()
    }
}
