//! A server's secret by a grant of the registrar: asked for, combined and checked here, and written nowhere in between.

use milagro_dta::grants::{ClientKey, Enrolment, SignedGrant};
use milagro_dta::issue::ServerSecret as ByGrant;
use milagro_dta::rand_core::CryptoRng;
use milagro_dta::{AuthorityId, Mpin, TrustDomain};
use milagro_mpin::{ServerId, ServerSecret, TrustDomainId};
use milagro_wire::bounded::Blob;
use milagro_wire::client::RegistrarAdmin;
use milagro_wire::forms::registrar::{ServerAnswer, ServerRequest};
use milagro_wire::server::locked::{self, Named, SecretError};

use crate::directory::Opened;
use crate::exit::{Code, Failure, Outcome};

/// Whose secret, and who is asked.
pub(super) struct Wanted<'a> {
    registrar: &'a RegistrarAdmin,
    domain: &'a TrustDomainId,
    server: ServerId,
    /// Under which name the key that the shares are sealed to is kept.
    kept: String,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        registrar: &'a RegistrarAdmin,
        domain: &'a TrustDomainId,
        server: &str,
    ) -> Outcome<Self> {
        let name = ServerId::new(server.as_bytes());
        Ok(Self {
            registrar,
            domain,
            server: name.map_err(|error| Failure::config(format!("--server: {error}")))?,
            kept: format!("login/client-key/{server}"),
        })
    }

    /// The secret. The authorities give it to the first key that comes and to no other, so the key is kept, sealed, before it is
    /// used: what fails here is repeated, and so is the whole when a restored store has another ledger.
    pub(super) async fn fetch<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        opened: &Opened,
    ) -> Outcome<ServerSecret> {
        let key = self.key(rng, opened).await?;
        let client = key.public().map_err(Failure::other)?;
        let request = ServerRequest {
            server: Blob::new(self.server.as_bytes()).map_err(Failure::other)?,
            client: Blob::new(*client.as_bytes()).map_err(Failure::other)?,
        };
        let answer = self.registrar.server(&request).await;
        let answer = answer.map_err(|error| network(&error))?;
        self.combined(&key, &answer)
    }

    async fn key<R: CryptoRng + ?Sized>(&self, rng: &mut R, opened: &Opened) -> Outcome<ClientKey> {
        let fresh = ClientKey::random(rng);
        let named = Named {
            name: &self.kept,
            secret: fresh.as_bytes(),
        };
        match locked::keep(rng, &*opened.store, &opened.key, named).await {
            Ok(()) => Ok(fresh),
            Err(SecretError::Exists) => {
                let found = locked::find(&*opened.store, &opened.key, &self.kept).await;
                Ok(ClientKey::from_bytes(&*found.map_err(Failure::other)?))
            }
            Err(error) => Err(Failure::other(error)),
        }
    }

    fn combined(&self, key: &ClientKey, answer: &ServerAnswer) -> Outcome<ServerSecret> {
        let domain = TrustDomain::<Mpin>::from_bytes(answer.domain.as_bytes()).ok();
        let domain = domain.filter(|domain| domain.id() == self.domain);
        let domain = domain.ok_or_else(|| network(&"it registers for another domain"))?;
        let grant = SignedGrant::<ByGrant>::from_bytes(answer.grant.as_bytes()).ok();
        let grant = grant.filter(|grant| grant.grant().subject == self.server);
        let grant = grant.ok_or_else(|| network(&"it has granted something else"))?;
        let mut enrolment =
            Enrolment::new(&domain, key, &grant).map_err(|error| network(&error))?;
        for share in answer.shares.shares.as_slice() {
            // Whoever is not one of the domain's is none whose share would count.
            if let Some(from) = AuthorityId::new(share.authority) {
                let _culprit = enrolment.add(from, share.sealed.as_bytes());
            }
        }
        let combined = enrolment.finish().map_err(|error| network(&error))?;
        Ok(combined.key)
    }
}

fn network(words: &dyn core::fmt::Display) -> Failure {
    Failure::new(Code::Network, format!("registrar: {words}"))
}
