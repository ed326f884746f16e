//! Secrets of servers: a grant of the registrar, and what the authorities answer to it.

use alloc::sync::Arc;

use milagro_dta::grants::{ClientPublicKey, Grant};
use milagro_dta::issue::ServerSecret;
use milagro_mpin::ServerId;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ShareRequest;
use milagro_wire::forms::registrar::{ServerAnswer, ServerRequest};
use milagro_wire::problem::{Problem, ProblemType};

use crate::enrol::GRANT;
use crate::notes::Decision;
use crate::service::Service;

impl Service {
    /// The shares of a server's secret, sealed to a client's key. The authorities issue it once, for good, to the first key that
    /// comes; to the same key again.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn server(&self, request: &ServerRequest) -> Result<ServerAnswer, Problem> {
        let server = ServerId::new(request.server.as_bytes());
        let server = server.map_err(|_| ProblemType::Malformed)?;
        let client = request.client.to_array::<32>();
        let client = client.ok_or(ProblemType::Malformed)?;
        let now = self.parts.effects.now();
        let grant = Grant::<ServerSecret> {
            domain: *self.domain.id(),
            subject: server,
            client: ClientPublicKey::from_bytes(&client),
            from: now,
            until: now.plus(GRANT),
        };
        Decision::new("server", "granted")
            .record(&self.parts)
            .await?;
        let (keys, effects) = (Arc::clone(&self.keys), self.parts.effects.clone());
        let signed = self
            .parts
            .pool
            .run(move || grant.sign(&mut *effects.rng(), &keys.signs))
            .await?;
        let signed = signed.map_err(|_| ProblemType::Internal)?;
        let grant = Blob::new(signed.to_bytes()).map_err(|_| ProblemType::Internal)?;
        let asked = ShareRequest {
            grant: grant.clone(),
        };
        Ok(ServerAnswer {
            domain: Blob::new(self.domain.to_bytes()).map_err(|_| ProblemType::Internal)?,
            grant,
            shares: self.ask_shares(&asked).await?,
        })
    }
}
