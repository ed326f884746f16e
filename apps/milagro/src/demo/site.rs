//! Where everything is, and how it is asked.

use std::path::PathBuf;

use milagro_mpin::TrustDomainId;
use milagro_voprf::tokens::schedule::ScheduleVerifier;
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::client::{
    BulletinFiles, Endpoint, OperatorClient, Patience, RegistrarAdmin, RegistrarClient,
};

use crate::exit::{Code, Failure, Outcome};
use crate::tls;

/// Addresses and keys of a demonstration.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) domain: TrustDomainId,
    /// The login service, the registrar and the bulletins, under one name: the issuer of OpenID Connect.
    pub(crate) login: String,
    pub(crate) shop: String,
    pub(crate) tokens: String,
    /// Who signs the schedules of the token service.
    pub(crate) signer: Option<ScheduleVerifier>,
    pub(crate) registry_address: String,
    pub(crate) operator_address: String,
    pub(crate) key: Blob<32>,
    /// The file with the key of administrators and operators.
    pub(crate) key_file: PathBuf,
}

impl Site {
    /// The registrar, as devices ask it.
    pub(crate) fn registrar(&self) -> Outcome<RegistrarClient> {
        Ok(RegistrarClient::new(endpoint(&format!(
            "{}/registrar/",
            self.login
        ))?))
    }

    /// The files of bulletins.
    pub(crate) fn bulletins(&self) -> Outcome<BulletinFiles> {
        Ok(BulletinFiles::new(endpoint(&format!(
            "{}/bulletins/",
            self.login
        ))?))
    }

    /// The registrar, as administrators ask it.
    pub(crate) fn registry(&self) -> Outcome<RegistrarAdmin> {
        let key = self.key.to_array();
        let key = key.ok_or_else(|| Failure::other("a key has 32 bytes"))?;
        let builder = RegistrarAdmin::with_key(tls::client(None)?, &key).map_err(network)?;
        let endpoint = Endpoint::new(&self.registry_address, builder, Patience::default());
        Ok(RegistrarAdmin::new(endpoint.map_err(Failure::other)?))
    }

    /// The login service, as its operator asks it.
    pub(crate) fn operator(&self) -> Outcome<OperatorClient> {
        let endpoint = endpoint(&self.operator_address)?;
        Ok(OperatorClient::new(endpoint, self.key.clone()))
    }

    /// An activation code for a user.
    pub(crate) async fn code(&self, user: &str) -> Outcome<String> {
        let user = Text::new(user.to_owned()).map_err(Failure::other)?;
        let code = self.registry()?.code(user).await;
        Ok(code.map_err(network)?.code)
    }
}

pub(crate) fn endpoint(address: &str) -> Outcome<Endpoint> {
    Endpoint::new(address, tls::client(None)?, Patience::default()).map_err(Failure::other)
}

/// Something does not answer, or says no.
pub(crate) fn network(error: impl core::fmt::Display) -> Failure {
    Failure::new(Code::Network, error)
}
