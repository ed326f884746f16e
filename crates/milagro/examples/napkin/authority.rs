//! The trust authority: issues keys to those who bring an activation code, once per code.
//!
//! The story uses plain TCP, and what is issued here travels in clear. In earnest this channel is encrypted
//! and its ends are known, and the code comes by another way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use milagro::curve::encoding::{Reader, Writer};
use milagro::curve::{SecretG1, SecretG2};
use milagro::mpin::{
    ClientSecret, DecodeError, Identity, MasterSecret, ServerId, ServerSecret, TrustDomainId,
};

use super::story::{Outcome, missing};
use super::wire::{Connection, Role};
use super::world::rng;

/// What an activation code was given out for.
#[derive(Clone, PartialEq)]
pub(crate) enum Applicant {
    Client(Identity),
    Server(ServerId),
}

/// Sixteen bytes that the authority has handed to an applicant by another way.
pub(crate) type Code = [u8; 16];

pub(crate) struct Authority {
    master: MasterSecret,
    domain: TrustDomainId,
    codes: Mutex<HashMap<Code, Applicant>>,
}

impl Authority {
    /// Makes a master secret that never leaves this process.
    pub(crate) fn found(name: &str) -> Self {
        let master = MasterSecret::random(&mut rng());
        Self {
            domain: master.trust_domain(name),
            master,
            codes: Mutex::default(),
        }
    }

    pub(crate) const fn domain(&self) -> TrustDomainId {
        self.domain
    }

    /// Hands out a code.
    pub(crate) fn admit(&self, applicant: Applicant, code: Code) {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.insert(code, applicant);
    }

    fn spend(&self, code: &Code, applicant: &Applicant) -> bool {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = codes.get(code) == Some(applicant);
        admitted && codes.remove(code).is_some()
    }

    fn issue(&self, message: &[u8]) -> Result<Option<Vec<u8>>, DecodeError> {
        let (code, applicant) = read(message)?;
        if !self.spend(&code, &applicant) {
            return Ok(None);
        }
        Ok(Some(match applicant {
            Applicant::Client(identity) => {
                let secret = self.master.issue_client(&identity);
                secret.as_point().to_bytes().to_vec()
            }
            Applicant::Server(server) => {
                let secret = self.master.issue_server(&server);
                secret.as_point().to_bytes().to_vec()
            }
        }))
    }
}

impl Role for Authority {
    type Memory = ();

    /// The key, or no bytes for whoever has no code for it.
    fn answer(&self, (): &mut (), message: &[u8]) -> Option<Vec<u8>> {
        self.issue(message).ok().map(Option::unwrap_or_default)
    }
}

/// Asks the authority for a client's secret; `None` if it refuses.
pub(crate) fn request_client(
    to: &mut Connection,
    code: &Code,
    identity: &Identity,
) -> Outcome<Option<ClientSecret>> {
    let answer = to.ask(&write(code, &Applicant::Client(identity.clone())))?;
    if answer.is_empty() {
        return Ok(None);
    }
    let point = SecretG1::from_bytes(answer.as_slice().try_into()?)?;
    Ok(Some(ClientSecret::from_point(identity.clone(), point)))
}

/// Asks the authority for a server's secret.
pub(crate) fn request_server(
    to: &mut Connection,
    code: &Code,
    server: &ServerId,
) -> Outcome<ServerSecret> {
    let answer = to.ask(&write(code, &Applicant::Server(server.clone())))?;
    if answer.is_empty() {
        return Err(missing("the authority knows the server's code"));
    }
    let point = SecretG2::from_bytes(answer.as_slice().try_into()?)?;
    Ok(ServerSecret::from_point(server.clone(), point))
}

fn write(code: &Code, applicant: &Applicant) -> Vec<u8> {
    let writer = Writer::new().bytes(code);
    match applicant {
        Applicant::Client(identity) => writer.u8(1).bytes(&identity.to_bytes()),
        Applicant::Server(server) => writer.u8(2).string(server.as_bytes()),
    }
    .finish()
}

fn read(message: &[u8]) -> Result<(Code, Applicant), DecodeError> {
    let mut reader = Reader::new(message);
    let code = *reader.array()?;
    let applicant = match reader.u8()? {
        1 => Applicant::Client(Identity::read(&mut reader)?),
        2 => {
            let name = ServerId::new(reader.string()?);
            Applicant::Server(name.map_err(|_| DecodeError::Value)?)
        }
        _ => return Err(DecodeError::Value),
    };
    reader.finish()?;
    Ok((code, applicant))
}
