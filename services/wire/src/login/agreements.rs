//! Logins that agree on a key with an application (M-Pin Full).
//!
//! ```text
//! binding = SHA-256(MILAGRO-V1-LOGIN-AGREEMENT-SHA256 || client (2 and more) || origin (2 and more))      each behind its length
//! ```
//!
//! The hello is made with `ChannelBinding::Context(binding)`, so the proof and the keys are for one application and one page.

use milagro_base::Writer;
use milagro_mpin::ChannelBinding;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::bounded::Blob;
use crate::login::COOKIE_MAX;
use crate::login::names::{ClientId, Origin};

/// Bytes of an agreement's number.
pub const AGREEMENT_LEN: usize = 32;
/// Longest hello of a client, in bytes.
pub const HELLO_MAX: usize = 1 << 11;
/// Longest hello of a server, in bytes.
pub const SERVER_HELLO_MAX: usize = 128;
/// Longest confirmation of a client, in bytes.
pub const CONFIRMATION_MAX: usize = 64;

const TAG: &[u8] = b"MILAGRO-V1-LOGIN-AGREEMENT-SHA256";

/// What a hello is bound to: the application that gets the keys, and the origin of its page.
#[must_use]
pub fn binding(client: &ClientId, origin: &Origin) -> ChannelBinding {
    let said = Writer::new()
        .string(client.as_str().as_bytes())
        .string(origin.as_str().as_bytes())
        .finish();
    let hash = Sha256::new().chain_update(TAG).chain_update(said);
    ChannelBinding::Context(hash.finalize().into())
}

/// The start of a login that agrees on a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementRequest {
    /// `ClientHello`, made with [`binding`].
    #[schema(schema_with = Blob::<HELLO_MAX>::schema)]
    pub hello: Blob<HELLO_MAX>,
    /// `DeviceCookie`.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
    /// The application.
    #[schema(value_type = String, max_length = 64)]
    pub client: ClientId,
    /// The origin of the page that the code is used on.
    #[schema(value_type = String, max_length = 255)]
    pub origin: Origin,
}

/// The server's half. Nobody has logged in yet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct AgreementAnswer {
    /// `ServerHello`.
    #[schema(schema_with = Blob::<SERVER_HELLO_MAX>::schema)]
    pub hello: Blob<SERVER_HELLO_MAX>,
    /// The agreement's number, for the confirmation: whichever replica gets it goes on.
    #[schema(schema_with = Blob::<AGREEMENT_LEN>::schema)]
    pub agreement: Blob<AGREEMENT_LEN>,
    /// For how many seconds it can be confirmed.
    pub seconds: u64,
}

/// The end of a login that agrees on a key, from the device that began it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The agreement's number.
    #[schema(schema_with = Blob::<AGREEMENT_LEN>::schema)]
    pub agreement: Blob<AGREEMENT_LEN>,
    /// `Identity`.
    #[schema(schema_with = Blob::<2048>::schema)]
    pub identity: Blob<2048>,
    /// `DeviceCookie`, the same as with the hello.
    #[schema(schema_with = Blob::<COOKIE_MAX>::schema)]
    pub cookie: Blob<COOKIE_MAX>,
    /// `ClientConfirmation`.
    #[schema(schema_with = Blob::<CONFIRMATION_MAX>::schema)]
    pub confirmation: Blob<CONFIRMATION_MAX>,
}

#[cfg(test)]
mod tests {
    use super::{ChannelBinding, ClientId, Origin, binding};

    /// Devices of today log in to later releases.
    #[test]
    fn bindings_are_frozen_and_tell_applications_apart() {
        let of = |client: &str, origin: &str| {
            let client = ClientId::new(client).unwrap();
            match binding(&client, &Origin::new(origin).unwrap()) {
                ChannelBinding::Context(hash) => hash,
                other => panic!("{other:?}"),
            }
        };
        let shop = of("shop", "https://shop.example");
        let text = crate::bounded::Blob::<32>::new(shop).unwrap().to_text();
        assert_eq!(text, "euMxJGTvQS69Vzla0mQ2WccKXO1Rwt4VRXQ-vNgvofs");
        assert_ne!(shop, of("bank", "https://shop.example"));
        assert_ne!(shop, of("shop", "https://shop.example:8443"));
    }
}
