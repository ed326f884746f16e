//! Login codes, which stand where passwords stood.

use milagro_wire::bounded::Blob;
use milagro_wire::client::{ClientCredentials, LoginClient};
use milagro_wire::login::RedeemRequest;
use milagro_wire::login::names::Origin;

use crate::demo::site::network;
use crate::exit::Outcome;

/// Asks the login service who a code stands for.
pub(crate) struct Codes {
    pub(crate) login: LoginClient,
    pub(crate) credentials: ClientCredentials,
    /// The origin of the shop's own pages.
    pub(crate) origin: Origin,
}

impl Codes {
    /// The user.
    pub(crate) async fn redeem(&self, code: &str) -> Outcome<String> {
        let code = Blob::from_text(code).map_err(network)?;
        let origin = self.origin.clone();
        let asked = RedeemRequest { code, origin };
        let answer = self.login.redeem(&self.credentials, &asked).await;
        Ok(answer.map_err(network)?.user.as_str().to_owned())
    }
}
