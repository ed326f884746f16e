//! Subjects: which pseudonym is whose device, and how far it has come.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Records, Unavailable};
use milagro_mpin::names::IdentityError;
use milagro_mpin::{Identity, TrustDomainId};
use milagro_wire::forms::registrar::{SUBJECTS_MAX, SubjectState};
use sha2::{Digest as _, Sha256};

use crate::kinds::{DEVICE, SUBJECT};

const VERSION: u8 = 1;
/// Subjects that are read at a time.
const PAGE: u16 = 256;
const TAG: &[u8] = b"MILAGRO-V1-REGISTRAR-DEVICE-SHA256";

/// A pseudonym, without the kind of identity that it is.
pub(crate) type Pseudonym = [u8; 32];

/// A device of a user. It is named after its client key, so the same request makes the same subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Subject {
    pub(crate) state: State,
    pub(crate) user: String,
    /// The key that its grant names.
    pub(crate) client: [u8; 32],
    /// The hash of the code that it was enrolled with.
    pub(crate) code: Option<[u8; 32]>,
    pub(crate) since: Seconds,
}

/// How far a subject has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    Started,
    Confirmed,
    /// And whether it had been confirmed.
    Removed {
        confirmed: bool,
    },
}

/// The records of a domain's subjects.
#[derive(Clone, Copy)]
pub(crate) struct Subjects<'a> {
    pub(crate) records: &'a dyn Records,
    pub(crate) domain: &'a TrustDomainId,
}

/// Some subjects, and where the next ones begin.
pub(crate) struct SubjectPage {
    pub(crate) subjects: Vec<(Pseudonym, Subject)>,
    pub(crate) next: Option<Vec<u8>>,
}

/// The identity of the device that has a client key, before it gets a pseudonym.
pub(crate) fn identity(
    application: &str,
    user: &str,
    client: &[u8; 32],
) -> Result<Identity, IdentityError> {
    let hash = Sha256::new()
        .chain_update(TAG)
        .chain_update(client)
        .finalize();
    let device = hash.first_chunk::<16>().copied().unwrap_or_default();
    Identity::device(application, user, &device)
}

impl Subject {
    fn to_bytes(&self) -> Vec<u8> {
        let state = match self.state {
            State::Started => 0,
            State::Confirmed => 1,
            State::Removed { confirmed: false } => 2,
            State::Removed { confirmed: true } => 3,
        };
        let writer = Writer::new()
            .u8(VERSION)
            .u8(state)
            .string(self.user.as_bytes());
        let writer = writer.bytes(&self.client).seconds(self.since);
        let writer = match &self.code {
            Some(code) => writer.u8(1).bytes(code),
            None => writer.u8(0),
        };
        writer.finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let state = match reader.u8()? {
            0 => State::Started,
            1 => State::Confirmed,
            2 => State::Removed { confirmed: false },
            3 => State::Removed { confirmed: true },
            _ => return Err(DecodeError::Value),
        };
        let user = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
        let (client, since) = (*reader.array()?, reader.seconds()?);
        let code = match reader.u8()? {
            0 => None,
            1 => Some(*reader.array()?),
            _ => return Err(DecodeError::Value),
        };
        reader.finish()?;
        Ok(Self {
            state,
            user: user.to_owned(),
            client,
            code,
            since,
        })
    }
}

impl Subjects<'_> {
    /// A subject, and which edition of its record it is.
    pub(crate) async fn get(
        &self,
        name: &Pseudonym,
    ) -> Result<Option<(Subject, Version)>, Unavailable> {
        let found = self.records.get(SUBJECT, &[&self.key(name)]).await?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(None);
        };
        // What this service did not write, it does not guess at.
        let subject = Subject::from_bytes(&record.value).map_err(|_| Unavailable)?;
        Ok(Some((subject, record.version)))
    }

    /// Subjects of many pseudonyms, in order.
    pub(crate) async fn get_all(
        &self,
        names: &[Pseudonym],
    ) -> Result<Vec<Option<Subject>>, Unavailable> {
        let keys: Vec<Vec<u8>> = names.iter().map(|name| self.key(name)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let found = self.records.get(SUBJECT, &keys).await?;
        let subjects = found.into_iter().map(|record| match record {
            Some(record) => Subject::from_bytes(&record.value)
                .map(Some)
                .map_err(|_| Unavailable),
            None => Ok(None),
        });
        subjects.collect()
    }

    /// Some subjects of the domain, in the order of their pseudonyms, after those of the page before.
    pub(crate) async fn page(&self, after: &[u8]) -> Result<SubjectPage, Unavailable> {
        let prefix = self.domain.to_bytes();
        let page = self.records.list(SUBJECT, &prefix, after, PAGE).await?;
        let names = page.keys.iter();
        let names: Vec<Pseudonym> = names
            .filter_map(|key| key.last_chunk::<32>().copied())
            .collect();
        let found = self.get_all(&names).await?;
        let subjects = names.into_iter().zip(found);
        Ok(SubjectPage {
            subjects: subjects
                .filter_map(|(name, subject)| Some((name, subject?)))
                .collect(),
            next: page.keys.last().filter(|_| page.more).cloned(),
        })
    }

    /// Puts a subject in the place of an edition, or where there is none. False if something else is there.
    pub(crate) async fn put(
        &self,
        name: &Pseudonym,
        subject: &Subject,
        expected: Option<Version>,
    ) -> Result<bool, Unavailable> {
        if !matches!(subject.state, State::Removed { .. }) {
            self.list(name, &subject.user).await?;
        }
        let entry = Entry {
            kind: SUBJECT,
            key: &self.key(name),
            value: &subject.to_bytes(),
            expected,
            until: None,
        };
        Ok(matches!(self.records.put(entry).await?, Put::Stored(_)))
    }

    /// The live pseudonyms of a user; as many as there may be, and one more.
    pub(crate) async fn of_user(&self, user: &str) -> Result<Vec<Pseudonym>, Unavailable> {
        let prefix = self.device(user, &[]);
        let most = u16::try_from(SUBJECTS_MAX)
            .unwrap_or(u16::MAX)
            .saturating_add(1);
        let page = self.records.list(DEVICE, &prefix, &[], most).await?;
        let names = page
            .keys
            .iter()
            .filter_map(|key| key.last_chunk::<32>().copied());
        Ok(names.collect())
    }

    /// Notes that a user has a device. One that is noted and has no record is nobody's.
    async fn list(&self, name: &Pseudonym, user: &str) -> Result<(), Unavailable> {
        let entry = Entry {
            kind: DEVICE,
            key: &self.device(user, name),
            value: &[],
            expected: None,
            until: None,
        };
        let (Put::Stored(_) | Put::Conflict(_)) = self.records.put(entry).await?;
        Ok(())
    }

    /// Forgets that a user has a device.
    pub(crate) async fn unlist(&self, name: &Pseudonym, user: &str) -> Result<(), Unavailable> {
        let key = self.device(user, name);
        let found = self.records.get(DEVICE, &[&key]).await?;
        for record in found.into_iter().flatten() {
            let (Put::Stored(_) | Put::Conflict(_)) =
                self.records.delete(DEVICE, &key, record.version).await?;
        }
        Ok(())
    }

    fn key(&self, name: &Pseudonym) -> Vec<u8> {
        Writer::new()
            .bytes(&self.domain.to_bytes())
            .bytes(name)
            .finish()
    }

    fn device(&self, user: &str, name: &[u8]) -> Vec<u8> {
        let writer = Writer::new().bytes(&self.domain.to_bytes());
        writer.string(user.as_bytes()).bytes(name).finish()
    }
}

impl From<State> for SubjectState {
    fn from(state: State) -> Self {
        match state {
            State::Started => Self::Started,
            State::Confirmed => Self::Confirmed,
            State::Removed { .. } => Self::Removed,
        }
    }
}
