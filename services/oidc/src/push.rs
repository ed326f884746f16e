//! Requests that are pushed (RFC 9126): the browser carries a name of the request, and nobody can change it on the way.

use milagro_base::Seconds;
use milagro_ledger::Account;
use milagro_ledger::rules::SKEW;
use milagro_wire::login::names::ClientId;
use serde::{Deserialize, Serialize};

use crate::clients::Client;
use crate::error::{OAuthError, Word};
use crate::forms::PushedAnswer;
use crate::grants::once;
use crate::kinds::{PUSHED, PUSHED_USE};
use crate::params::Params;
use crate::rates::Head;
use crate::request;
use crate::service::Service;
use crate::shelf::{self, Kept, bytes, digest, text};

/// For how long a pushed request is good, with the login that it may have to wait for. A constant, since the account of its
/// use hangs on it.
pub const PUSHED_LIFE: Seconds = Seconds::minutes(10);

/// The longest request that is kept, with the client's assertion: enough for a hint and all else.
const PUSHED_MAX: usize = 1 << 13;

/// RFC 9126, section 2.2.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushed {
    v: u8,
    client: ClientId,
    issued: u64,
    params: String,
}

/// A request as it is judged.
pub(crate) struct Resolved {
    pub(crate) client: Client,
    pub(crate) params: Params,
    /// What is used up when a code is made of it.
    pub(crate) use_up: Option<Account>,
}

impl Service {
    /// Keeps a request of a client that has shown who it is.
    pub(crate) async fn push(
        &self,
        head: &Head,
        mut params: Params,
    ) -> Result<PushedAnswer, OAuthError> {
        let client = self.authenticate(&head.headers, &params).await?;
        self.counted.count_client(client.named(), head)?;
        if client.is_public() {
            // Anybody could fill the records.
            let words = "for clients that are authenticated";
            return Err(OAuthError::new(Word::UnauthorizedClient, words));
        }
        if params.get("request_uri").is_some() {
            return Err(OAuthError::new(Word::InvalidRequest, "request_uri"));
        }
        if params.to_text().len() > PUSHED_MAX {
            return Err(OAuthError::new(Word::InvalidRequest, "too long"));
        }
        for name in ["client_assertion", "client_assertion_type"] {
            params.remove(name);
        }
        request::redirect_of(&client, &params)?;
        request::judge(&client, &params)?;
        let (name, issued) = (self.random::<32>(), self.now());
        let pushed = Pushed {
            v: 1,
            client: client.id,
            issued: issued.get(),
            params: params.to_text(),
        };
        let kept = Kept {
            kind: PUSHED,
            key: &digest("pushed", &[&*name]),
            value: &pushed,
            until: Some(issued.plus(PUSHED_LIFE)),
        };
        if !shelf::put(self.records(), kept, None).await? {
            return Err(OAuthError::new(Word::ServerError, "ask again"));
        }
        Ok(PushedAnswer {
            request_uri: format!("{PREFIX}{}", text(&*name)),
            expires_in: PUSHED_LIFE.get(),
        })
    }

    /// The client and the parameters that a request means.
    pub(crate) async fn resolve(&self, given: &Params) -> Result<Resolved, OAuthError> {
        let unknown = || OAuthError::new(Word::InvalidRequest, "client_id");
        let client = self.client(given.need("client_id")?).await?;
        let client = client.ok_or_else(unknown)?;
        let Some(uri) = given.get("request_uri") else {
            if client.registered.require_pushed_authorization_requests {
                return Err(OAuthError::new(
                    Word::InvalidRequest,
                    "the request is not pushed",
                ));
            }
            let params = given.clone();
            return Ok(Resolved {
                client,
                params,
                use_up: None,
            });
        };
        let worthless = || OAuthError::new(Word::InvalidRequest, "request_uri");
        let name = uri.strip_prefix(PREFIX).and_then(bytes::<32>);
        let hash = digest("pushed", &[&name.ok_or_else(worthless)?]);
        let found = shelf::find::<Pushed>(self.records(), PUSHED, &hash).await?;
        let pushed = found.ok_or_else(worthless)?.value;
        let (now, issued) = (self.now(), Seconds::new(pushed.issued));
        let timely = now < issued.plus(PUSHED_LIFE) && issued <= now.plus(SKEW);
        if !timely || pushed.client != client.id {
            return Err(worthless());
        }
        Ok(Resolved {
            client,
            params: Params::parse(pushed.params.as_bytes())?,
            use_up: Some(once(PUSHED_USE, &hash, issued, PUSHED_LIFE)),
        })
    }
}
