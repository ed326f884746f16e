//! Applications that take login codes: each has an id, a secret, and the origins of its pages.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_ledger::Unavailable;
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::{ClientId, Origin};
use milagro_wire::problem::{Problem, ProblemType};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::kinds::CLIENT;
use crate::service::Service;
use crate::shelf::{self, Kept, TRIES, digest, unavailable};

/// Most origins of an application.
pub(crate) const ORIGINS_MAX: usize = 16;

/// An application, as the records hold it.
#[derive(Clone)]
pub(crate) struct Client {
    secret: [u8; 32],
    pub(crate) origins: Vec<Origin>,
}

milagro_base::opaque_debug!(Client);

impl Client {
    /// Version (1), hash of the secret (32), number of origins (1), origins.
    fn to_bytes(&self) -> Vec<u8> {
        let count = u8::try_from(self.origins.len()).unwrap_or(u8::MAX);
        let writer = Writer::new().u8(1).bytes(&self.secret).u8(count);
        let origins = self.origins.iter();
        origins
            .fold(writer, |writer, origin| {
                writer.string(origin.as_str().as_bytes())
            })
            .finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(1)?;
        let secret = *reader.array()?;
        let mut origins = Vec::new();
        for _ in 0..reader.u8()? {
            let text = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
            origins.push(Origin::new(text).map_err(|_| DecodeError::Value)?);
        }
        reader.finish()?;
        Ok(Self { secret, origins })
    }

    /// Whether a page of this origin is one of the application's.
    pub(crate) fn has(&self, origin: &Origin) -> bool {
        self.origins.contains(origin)
    }
}

fn secret_hash(id: &ClientId, secret: &[u8]) -> [u8; 32] {
    let id = digest("client", id.as_str().as_bytes());
    digest("client secret", &[id.as_slice(), secret].concat())
}

impl Service {
    /// An application by its id.
    pub(crate) async fn client(&self, id: &ClientId) -> Result<Option<Client>, Unavailable> {
        let found = shelf::find(self.records(), CLIENT, id.as_str().as_bytes()).await?;
        Ok(found.and_then(|record| Client::from_bytes(&record.value).ok()))
    }

    /// Writes an application down, in place of the one that may be there, and returns its new secret.
    pub(crate) async fn put_client(
        &self,
        id: &ClientId,
        origins: Vec<Origin>,
    ) -> Result<Zeroizing<[u8; 32]>, Problem> {
        if origins.is_empty() || origins.len() > ORIGINS_MAX {
            return Err(ProblemType::Malformed.problem());
        }
        let secret = self.random::<32>();
        let client = Client {
            secret: secret_hash(id, &*secret),
            origins,
        };
        let key = id.as_str().as_bytes();
        for _ in 0..TRIES {
            let found = shelf::find(self.records(), CLIENT, key).await;
            let version = found.map_err(unavailable)?.map(|record| record.version);
            let kept = Kept {
                kind: CLIENT,
                key,
                value: &client.to_bytes(),
                until: None,
            };
            let written = shelf::put(self.records(), kept, version).await;
            if written.map_err(unavailable)? {
                return Ok(secret);
            }
        }
        Err(unavailable(Unavailable))
    }

    /// The application that says who it is, if its secret is right.
    pub(crate) async fn authenticate(
        &self,
        id: &ClientId,
        secret: &Blob<32>,
    ) -> Result<Option<Client>, Unavailable> {
        let client = self.client(id).await?;
        let given = secret_hash(id, secret.as_bytes());
        Ok(client.filter(|client| given.ct_eq(&client.secret).into()))
    }
}
