//! What users let applications do: grants, the codes that begin them, and the refresh tokens that carry them on.
//!
//! A grant is written down when its code is made, and everything that comes of the code hangs on it: whoever deletes it has
//! revoked the code, all refresh tokens, and what userinfo and introspection say of access tokens.
//!
//! ```text
//! code           grant (16) || HMAC(provider's key, grant) (32); the records hold its hash
//! refresh token  grant (16) || number (4) || issued (8) || HMAC(provider's key, grant || number || issued) (32)
//! ```
//!
//! So a code or refresh token that was never given out is refused without a look at records or ledger, and one that was is
//! known for what it is however old: its second use is told from a guess.

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::records::Version;
use milagro_ledger::rules::SKEW;
use milagro_ledger::{Account, Kind, Life, Unavailable};
use milagro_wire::login::names::ClientId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::browser::{Session, SessionRef};
use crate::clients::Client;
use crate::kinds::{CODE, GRANT, VISIT};
use crate::service::Service;
use crate::shelf::{self, Found, Kept, digest, text};

/// For how long a code is good. A constant, since the account of its use hangs on it; so for the next.
pub const CODE_LIFE: Seconds = Seconds::minutes(1);
/// For how long a refresh token is good that is not used.
pub const REFRESH_LIFE: Seconds = Seconds::days(14);

/// Most grants of an application in one session: each redirect of a browser may begin one, and they last for long.
const GRANTS_MAX: usize = 16;
/// Grants in one page of a session's.
const PAGE: u16 = 256;

/// The name of a grant.
pub(crate) type GrantId = [u8; 16];

/// A grant, as the records hold it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) v: u8,
    pub(crate) client: ClientId,
    /// Which client of that name.
    #[serde(
        default,
        with = "crate::shelf::coded",
        skip_serializing_if = "Vec::is_empty"
    )]
    instance: Vec<u8>,
    pub(crate) user: String,
    #[serde(with = "crate::shelf::coded")]
    session: Vec<u8>,
    /// When the user logged in.
    pub(crate) at: u64,
    pub(crate) amr: Vec<String>,
    pub(crate) acr: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// When it is over.
    pub(crate) until: u64,
    /// Its code was redeemed.
    pub(crate) redeemed: bool,
}

milagro_base::opaque_debug!(Grant);

impl Grant {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    pub(crate) fn session(&self) -> SessionRef {
        SessionRef {
            user: self.user.clone(),
            id: self.session.clone(),
        }
    }
}

/// What a code stands for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    pub(crate) v: u8,
    pub(crate) client: ClientId,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    issued: u64,
}

impl Code {
    pub(crate) fn is_timely(&self, now: Seconds) -> bool {
        let issued = Seconds::new(self.issued);
        now < issued.plus(CODE_LIFE) && issued <= now.plus(SKEW)
    }

    pub(crate) fn account(&self, hash: &[u8; 32]) -> Account {
        once(Kind::OIDC_CODE, hash, Seconds::new(self.issued), CODE_LIFE)
    }
}

/// One use of what was issued then and lasts so long.
pub(crate) fn once(kind: Kind, hash: &[u8; 32], issued: Seconds, life: Seconds) -> Account {
    let life = Life::Span {
        from: Some(issued.minus(SKEW)),
        until: issued.plus(life).plus(SKEW),
    };
    Account::new(kind, hash, life)
}

/// What an application asked for, and was allowed.
pub(crate) struct Allowed<'a> {
    pub(crate) client: &'a Client,
    pub(crate) session: &'a Session,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) redirect_uri: &'a str,
    pub(crate) challenge: &'a str,
}

/// A session that an application has a grant of.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visit {
    pub(crate) v: u8,
    pub(crate) client: ClientId,
    pub(crate) user: String,
    #[serde(with = "crate::shelf::coded")]
    session: Vec<u8>,
    /// The grant outlives the session.
    pub(crate) offline: bool,
    /// How often the application could not be told that the session is over.
    pub(crate) failed: u8,
    /// When somebody began to tell it for the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tried: Option<u64>,
    pub(crate) until: u64,
}

milagro_base::opaque_debug!(Visit);

impl Visit {
    pub(crate) fn session(&self) -> SessionRef {
        SessionRef {
            user: self.user.clone(),
            id: self.session.clone(),
        }
    }
}

pub(crate) fn visit_key(session: &[u8; 32], grant: &GrantId) -> Vec<u8> {
    [session.as_slice(), grant].concat()
}

/// A refresh token that was given out here.
pub(crate) struct Refresh {
    pub(crate) grant: GrantId,
    pub(crate) number: u32,
    pub(crate) issued: Seconds,
}

impl Refresh {
    fn stated(&self) -> Vec<u8> {
        let writer = Writer::new().bytes(&self.grant).u32(self.number);
        writer.seconds(self.issued).finish()
    }

    pub(crate) fn is_timely(&self, now: Seconds) -> bool {
        now < self.issued.plus(REFRESH_LIFE) && self.issued <= now.plus(SKEW)
    }

    pub(crate) fn account(&self) -> Account {
        let hash = digest("refresh", &[&self.stated()]);
        once(Kind::REFRESH_TOKEN, &hash, self.issued, REFRESH_LIFE)
    }
}

impl Service {
    /// A code, and the grant that it begins.
    pub(crate) async fn make_code(
        &self,
        allowed: Allowed<'_>,
    ) -> Result<Zeroizing<String>, Unavailable> {
        let id = self.random::<16>();
        let code = Zeroizing::new([id.as_slice(), &self.mac("code", &[&*id])].concat());
        let issued = self.now();
        let until = issued.plus(self.settings.grants);
        let session = allowed.session;
        let grant = Grant {
            v: 1,
            client: allowed.client.id.clone(),
            instance: allowed.client.instance.clone(),
            user: session.of.user.clone(),
            session: session.of.id.clone(),
            at: session.at.get(),
            amr: session.amr.clone(),
            acr: session.acr.clone(),
            scopes: allowed.scopes,
            nonce: allowed.nonce.map(str::to_owned),
            until: until.get(),
            redeemed: false,
        };
        // It goes with its code, unless that is redeemed.
        let kept = Kept {
            kind: GRANT,
            key: &*id,
            value: &grant,
            until: Some(issued.plus(CODE_LIFE)),
        };
        let stands_for = Code {
            v: 1,
            client: allowed.client.id.clone(),
            redirect_uri: allowed.redirect_uri.to_owned(),
            challenge: allowed.challenge.to_owned(),
            issued: issued.get(),
        };
        let records = self.records();
        let hash = digest("code", &[&code]);
        let until = Some(issued.plus(CODE_LIFE));
        let second = Kept {
            kind: CODE,
            key: &hash,
            value: &stands_for,
            until,
        };
        let written =
            shelf::put(records, kept, None).await? && shelf::put(records, second, None).await?;
        written
            .then(|| Zeroizing::new(text(&code)))
            .ok_or(Unavailable)
    }

    /// The hash of a code, and the grant that it began, if it was given out here.
    pub(crate) fn issued_code(&self, given: &str) -> Option<([u8; 32], GrantId)> {
        let bytes = Zeroizing::new(shelf::bytes::<48>(given)?);
        let (grant, mac) = bytes.split_first_chunk::<16>()?;
        let ours = self.is_mac("code", &[grant], mac);
        ours.then(|| (digest("code", &[&*bytes]), *grant))
    }

    pub(crate) async fn code(&self, hash: &[u8; 32]) -> Result<Option<Code>, Unavailable> {
        let found = shelf::find::<Code>(self.records(), CODE, hash).await?;
        Ok(found.map(|found| found.value))
    }

    /// A grant that is not over.
    pub(crate) async fn grant(&self, id: &GrantId) -> Result<Option<Found<Grant>>, Unavailable> {
        let found = shelf::find::<Grant>(self.records(), GRANT, id).await?;
        let now = self.now();
        Ok(found.filter(|found| now < Seconds::new(found.value.until)))
    }

    /// Turns a grant whose code was redeemed into one that lasts. False if somebody has revoked it meanwhile.
    pub(crate) async fn begin_grant(
        &self,
        id: &GrantId,
        grant: &Grant,
        version: Version,
    ) -> Result<bool, Unavailable> {
        let records = self.records();
        let until = Some(Seconds::new(grant.until));
        let visit = Visit {
            v: 1,
            client: grant.client.clone(),
            user: grant.user.clone(),
            session: grant.session.clone(),
            offline: grant.has("offline_access"),
            failed: 0,
            tried: None,
            until: grant.until,
        };
        let key = visit_key(&self.session_name(&grant.session()), id);
        let visited = Kept {
            kind: VISIT,
            key: &key,
            value: &visit,
            until,
        };
        // First, or a process that ends in between would leave a grant that no end of a session finds.
        if !shelf::put(records, visited, None).await? {
            return Ok(false);
        }
        let redeemed = Grant {
            redeemed: true,
            ..grant.clone()
        };
        let kept = Kept {
            kind: GRANT,
            key: id,
            value: &redeemed,
            until,
        };
        shelf::put(records, kept, Some(version)).await
    }

    /// Ends the oldest grants of an application in a session, so that there is room for one more.
    pub(crate) async fn make_room(&self, grant: &Grant) -> Result<(), Unavailable> {
        let (records, session) = (self.records(), self.session_name(&grant.session()));
        let mut visits: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut after = Vec::new();
        loop {
            let page = records.list(VISIT, &session, &after, PAGE).await?;
            if page.keys.len() < GRANTS_MAX && visits.is_empty() && !page.more {
                return Ok(());
            }
            for key in &page.keys {
                let found = shelf::find::<Visit>(records, VISIT, key).await?;
                let found = found.filter(|found| found.value.client == grant.client);
                visits.extend(found.map(|found| (found.value.until, key.clone())));
            }
            match page.keys.last() {
                Some(last) if page.more => after.clone_from(last),
                _ => break,
            }
        }
        visits.sort();
        let many = (visits.len() + 1).saturating_sub(GRANTS_MAX);
        for (_, key) in visits.iter().take(many) {
            if let Some(id) = key.get(32..).and_then(|id| GrantId::try_from(id).ok()) {
                self.revoke(&id).await?;
            }
            shelf::delete(records, VISIT, key).await?;
        }
        Ok(())
    }

    /// Ends a grant, and with it all that came of its code. True if it had not ended.
    pub(crate) async fn revoke(&self, id: &GrantId) -> Result<bool, Unavailable> {
        shelf::delete(self.records(), GRANT, id).await
    }

    /// Whether a grant may be used: its client is there, and its session is open, or it is one for offline access of a user
    /// who is not locked.
    pub(crate) async fn stands(&self, grant: &Grant) -> Result<bool, Unavailable> {
        let client = self.client(grant.client.as_str()).await?;
        if client.is_none_or(|client| client.instance != grant.instance) {
            return Ok(false);
        }
        if grant.redeemed && grant.has("offline_access") {
            self.browser().may_stay(&grant.user).await
        } else {
            self.browser().is_open(&grant.session()).await
        }
    }

    pub(crate) fn refresh_text(&self, refresh: &Refresh) -> Zeroizing<String> {
        let stated = refresh.stated();
        let mac = self.mac("refresh", &[&stated]);
        Zeroizing::new(text(&[stated.as_slice(), &mac].concat()))
    }

    /// A refresh token, if it was given out here.
    pub(crate) fn refresh(&self, given: &str) -> Option<Refresh> {
        let bytes = Zeroizing::new(shelf::bytes::<60>(given)?);
        let mut reader = Reader::new(&*bytes);
        let refresh = Refresh {
            grant: *reader.array().ok()?,
            number: reader.u32().ok()?,
            issued: reader.seconds().ok()?,
        };
        let mac = reader.array::<32>().ok()?;
        self.is_mac("refresh", &[&refresh.stated()], mac)
            .then_some(refresh)
    }
}
