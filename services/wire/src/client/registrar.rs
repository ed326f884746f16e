//! Asks a registrar: what a device does to be enrolled, and what it needs day by day.

use core::fmt;

use milagro_dta::grants::{ClientKey, Enrolment, GrantError, SignedGrant};
use milagro_dta::issue::{ClientSecret, CombineError, Combined};
use milagro_dta::permits::bulletin::{SliceIndex, UncheckedBulletin};
use milagro_dta::permits::{ListMark, Period};
use milagro_dta::{AuthorityId, Mpin, TrustDomain};
use milagro_mpin::{ClientSecret as MpinSecret, Identity, Permit, TrustDomainId};
use reqwest::Method;

use crate::bounded::{Blob, Text};
use crate::client::transport::{Ask, CallError, Endpoint, json};
use crate::forms::registrar::{
    BulletinAnswer, DeviceAnswer, DeviceRequest, EnrolmentAnswer, EnrolmentRequest, Entitlement,
    FirstCookie, MailRequest, RegistrarAnswer, SharesAnswer,
};
use crate::forms::{BODY_MAX, ShareRequest};
use crate::name::Name;
use crate::problem::ProblemType;

/// A registrar. What it says of keys is checked here; that the subject is one's own, its TLS says.
#[derive(Clone, Debug)]
pub struct RegistrarClient(Endpoint);

/// Static files of bulletins, wherever they come from.
#[derive(Clone, Debug)]
pub struct BulletinFiles(Endpoint);

/// A device that is enrolled.
#[derive(Debug)]
pub struct Enrolled {
    /// Its name from now on.
    pub subject: Identity,
    /// Its secret. Split the PIN off and drop it: `milagro_mpin::Token::new`.
    pub secret: Combined<MpinSecret>,
    /// Its first cookie with the login service, if the registrar knows one.
    pub first: Option<FirstCookie>,
}

/// Why a device is not enrolled, or has no permit.
#[derive(Debug)]
#[non_exhaustive]
pub enum EnrolError {
    /// No answer.
    Call(CallError),
    /// The grant is not for this domain or key.
    Grant(GrantError),
    /// The shares are not good, or too few authorities have booked them: ask again with the same key.
    Shares(CombineError),
    /// The answer is not what it should be: of another domain or epoch, or altered.
    Answer,
    /// The subject is revoked.
    Revoked,
}

impl RegistrarClient {
    /// The registrar at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// What it registers for.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn about(&self) -> Result<RegistrarAnswer, CallError> {
        self.0.form(&get(&["v1", "registrar"])).await
    }

    /// The domain whose id the device knows.
    ///
    /// # Errors
    /// [`EnrolError::Call`], [`EnrolError::Answer`] for another domain.
    pub async fn domain(&self, id: &TrustDomainId) -> Result<TrustDomain<Mpin>, EnrolError> {
        let about = self.about().await.map_err(EnrolError::Call)?;
        let domain = TrustDomain::from_bytes(about.domain.as_bytes());
        let domain = domain.map_err(|_| EnrolError::Answer)?;
        (domain.id() == id)
            .then_some(domain)
            .ok_or(EnrolError::Answer)
    }

    /// Has a code sent to an address.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn mail(&self, address: Text<255>) -> Result<(), CallError> {
        let body = json(&MailRequest { address })?;
        let ask = Ask {
            method: Method::POST,
            body,
            ..get(&["v1", "mails"])
        };
        self.0.ask(&ask).await.map(|_| ())
    }

    /// A grant, which the authorities answer once.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn grant(&self, request: &EnrolmentRequest) -> Result<EnrolmentAnswer, CallError> {
        let ask = Ask {
            method: Method::POST,
            body: json(request)?,
            ..get(&["v1", "enrolments"])
        };
        self.0.form(&ask).await
    }

    /// The answers of all authorities to a grant, through the registrar, who cannot read them.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn shares(&self, request: &ShareRequest) -> Result<SharesAnswer, CallError> {
        let (path, most) = (&["v1", "shares"], 1 << 19);
        let ask = Ask {
            method: Method::POST,
            body: json(request)?,
            most,
            ..get(path)
        };
        self.0.form(&ask).await
    }

    /// Enrols: asks for a grant, presents it to all authorities, checks and combines their shares, and has the login service
    /// that the registrar knows give the device its first cookie.
    ///
    /// The device stores `key` before, and calls this again with the same key and entitlement after any error that may
    /// pass; it drops the key when it is enrolled.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub async fn enrol(
        &self,
        domain: &TrustDomain<Mpin>,
        key: &ClientKey,
        by: Entitlement,
    ) -> Result<Enrolled, EnrolError> {
        let client = key.public().map_err(|_| EnrolError::Answer)?;
        let client = Blob::new(*client.as_bytes()).map_err(|_| EnrolError::Answer)?;
        let granted = self.grant(&EnrolmentRequest { client, by }).await;
        let granted = granted.map_err(EnrolError::Call)?;
        let grant = SignedGrant::<ClientSecret>::from_bytes(granted.grant.as_bytes());
        let grant = grant.map_err(|_| EnrolError::Answer)?;
        let subject = grant.grant().subject.clone();
        if subject.to_bytes() != granted.subject.as_bytes() {
            return Err(EnrolError::Answer);
        }
        let mut enrolment = Enrolment::new(domain, key, &grant).map_err(EnrolError::Grant)?;
        let request = ShareRequest {
            grant: granted.grant,
        };
        let shares = self.shares(&request).await.map_err(EnrolError::Call)?;
        for share in shares.shares.into_vec() {
            // Whoever is not one of the domain's is none whose share would count.
            if let Some(from) = AuthorityId::new(share.authority) {
                let _culprit = enrolment.add(from, share.sealed.as_bytes());
            }
        }
        let secret = enrolment.finish().map_err(EnrolError::Shares)?;
        let first = match self.first_cookie(key, &grant).await {
            Err(EnrolError::Call(CallError::Problem(problem)))
                if problem.known() == Some(ProblemType::NotFound) =>
            {
                None
            }
            first => Some(first?),
        };
        Ok(Enrolled {
            subject,
            secret,
            first,
        })
    }

    /// The first cookie of a device whose secret the authorities have issued; the same one until the first login.
    ///
    /// # Errors
    /// [`EnrolError::Call`], [`ProblemType::NotFound`] if the registrar knows no login service; [`EnrolError::Answer`].
    pub async fn first_cookie(
        &self,
        key: &ClientKey,
        grant: &SignedGrant<ClientSecret>,
    ) -> Result<FirstCookie, EnrolError> {
        let grant_bytes = Blob::new(grant.to_bytes()).map_err(|_| EnrolError::Answer)?;
        let body = json(&DeviceRequest { grant: grant_bytes }).map_err(EnrolError::Call)?;
        let ask = Ask {
            method: Method::POST,
            body,
            ..get(&["v1", "devices"])
        };
        let answer: DeviceAnswer = self.0.form(&ask).await.map_err(EnrolError::Call)?;
        let letter = key.open_letter(grant, answer.sealed.as_bytes());
        let letter = letter.ok_or(EnrolError::Answer)?;
        serde_json::from_slice(&letter).map_err(|_| EnrolError::Answer)
    }

    /// Which files the permits of an epoch are in.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn bulletin(&self, epoch: u64) -> Result<BulletinAnswer, CallError> {
        self.0
            .form(&get(&["v1", "bulletins", &epoch.to_string()]))
            .await
    }
}

/// What a device compares a bulletin with.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The domain.
    pub domain: &'a TrustDomain<Mpin>,
    /// The epoch.
    pub period: Period,
    /// Whose permit.
    pub identity: &'a Identity,
}

impl BulletinFiles {
    /// The directory at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// A permit out of a slice.
    ///
    /// # Security
    /// It is worth what `named` is worth, which the registrar says who has checked the bulletin: ask it over TLS. The files
    /// themselves can come from anywhere.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub async fn permit(
        &self,
        wanted: &Wanted<'_>,
        named: &BulletinAnswer,
    ) -> Result<Permit, EnrolError> {
        let bytes = self
            .file(&named.index, "index", SliceIndex::INDEX_MAX)
            .await?;
        let index = SliceIndex::from_bytes(&bytes, named.index.as_bytes());
        let index = index.map_err(|_| EnrolError::Answer)?;
        let head = index.head();
        if head.edition != *wanted.domain.edition() || head.period != wanted.period {
            return Err(EnrolError::Answer);
        }
        let slice = index.slice_of(wanted.identity).ok_or(EnrolError::Revoked)?;
        let slice = self
            .file(&Name::from_bytes(slice), "slice", SliceIndex::SLICE_MAX)
            .await?;
        let permit = index.permit(wanted.identity, &slice);
        permit
            .map_err(|_| EnrolError::Answer)?
            .ok_or(EnrolError::Revoked)
    }

    /// A permit out of the whole bulletin, whose proof needs no trust in anybody but t authorities; and the mark of the list
    /// that it comes from.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub async fn checked(
        &self,
        wanted: &Wanted<'_>,
        named: &BulletinAnswer,
    ) -> Result<(Permit, ListMark), EnrolError> {
        let bytes = self.file(&named.bulletin, "bulletin", 1 << 27).await?;
        let unchecked = UncheckedBulletin::from_bytes(&bytes).map_err(|_| EnrolError::Answer)?;
        if unchecked.head().period != wanted.period {
            return Err(EnrolError::Answer);
        }
        let bulletin = unchecked
            .verify(wanted.domain)
            .map_err(|_| EnrolError::Answer)?;
        let permit = bulletin
            .permit(wanted.identity)
            .ok_or(EnrolError::Revoked)?;
        Ok((permit, bulletin.head().list))
    }

    async fn file(&self, name: &Name, kind: &str, most: usize) -> Result<Vec<u8>, EnrolError> {
        let file = format!("{name}.{kind}");
        let path = [file.as_str()];
        let ask = Ask { most, ..get(&path) };
        self.0.ask(&ask).await.map_err(EnrolError::Call)
    }
}

const fn get<'a>(path: &'a [&'a str]) -> Ask<'a> {
    Ask {
        authorization: None,
        method: Method::GET,
        path,
        query: &[],
        body: None,
        most: BODY_MAX,
    }
}

impl fmt::Display for EnrolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Grant(error) => error.fmt(f),
            Self::Shares(error) => error.fmt(f),
            Self::Answer => f.write_str("the answer is of another domain or epoch, or altered"),
            Self::Revoked => f.write_str("the subject is revoked"),
        }
    }
}

impl core::error::Error for EnrolError {}
