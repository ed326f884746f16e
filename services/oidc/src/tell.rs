//! Sessions that are over, and applications that are told of it (OpenID Connect Back-Channel Logout).
//!
//! What an application has to be told stands in the records until it was heard, or was said in vain [`TRIES`] times, so that
//! nothing is lost with a process. Addresses are those of registered clients, looked at as
//! [`milagro_wire::client::guard`] says.

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;

use jsonwebtoken::Algorithm;
use milagro_base::Seconds;
use milagro_ledger::Unavailable;
use milagro_ledger::records::Version;
use milagro_wire::client::guard::is_public;
use milagro_wire::login::names::ClientId;
use reqwest::Url;
use serde_json::json;

use crate::browser::SessionRef;
use crate::clients::Client;
use crate::grants::{GrantId, Visit};
use crate::jwt::{self, How, Sort};
use crate::kinds::{GRANT, VISIT};
use crate::notes::What;
use crate::service::Service;
use crate::shelf::{self, Kept, text};

/// How often an application is told in vain.
const TRIES: u8 = 5;
/// How long a try may take, after which it has failed.
const TRY: Seconds = Seconds::new(10);
/// For how long a message is good.
const MESSAGE_LIFE: Seconds = Seconds::minutes(2);
/// Sessions in one page of a sweep.
const PAGE: u16 = 256;

/// A grant of a session that is over.
pub(crate) struct Closed {
    key: Vec<u8>,
    visit: Visit,
    version: Version,
}

/// What came of telling an application.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    /// There is nothing more to say.
    Heard,
    /// It answered, and not well.
    Refused,
    /// It did not answer.
    Silent,
}

impl Service {
    /// Says that a session is over: its grants end, but those for offline access, and then applications are told. Returns
    /// how many were. What cannot be told now is told by [`Self::sweep`].
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn ended(&self, session: &SessionRef) -> Result<usize, Unavailable> {
        self.ended_but(session, &mut BTreeSet::new()).await
    }

    /// The same, but that applications which have not answered are not waited for again.
    async fn ended_but(
        &self,
        session: &SessionRef,
        silent: &mut BTreeSet<ClientId>,
    ) -> Result<usize, Unavailable> {
        let closed = self.close(session).await?;
        self.tell_all(closed, silent).await
    }

    /// Looks for sessions that ended without a word, and ends what hangs on them. Whoever runs a provider calls it once a
    /// minute or so, in one process or in each.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn sweep(&self) -> Result<usize, Unavailable> {
        let mut after = Vec::new();
        let mut told = 0_usize;
        // One that takes its time would have all others wait for it, once for each session.
        let mut silent = BTreeSet::new();
        loop {
            let page = self.records().list(VISIT, &[], &after, PAGE).await?;
            let mut seen: Option<[u8; 32]> = None;
            for key in &page.keys {
                let Some(name) = key.first_chunk::<32>() else {
                    continue;
                };
                if seen.as_ref() == Some(name) {
                    continue;
                }
                seen = Some(*name);
                told = told.saturating_add(self.swept(key, &mut silent).await?);
            }
            match page.keys.last() {
                Some(last) if page.more => after.clone_from(last),
                _ => return Ok(told),
            }
        }
    }

    /// Looks at the session of one key.
    async fn swept(
        &self,
        key: &[u8],
        silent: &mut BTreeSet<ClientId>,
    ) -> Result<usize, Unavailable> {
        let found = shelf::find::<Visit>(self.records(), VISIT, key).await?;
        let Some(visit) = found.map(|found| found.value) else {
            return Ok(0);
        };
        if self.browser().is_open(&visit.session()).await? {
            return Ok(0);
        }
        self.ended_but(&visit.session(), silent).await
    }

    /// Ends the grants of a session, and says of which.
    pub(crate) async fn close(&self, session: &SessionRef) -> Result<Vec<Closed>, Unavailable> {
        let (records, prefix) = (self.records(), self.session_name(session));
        let mut closed: Vec<Closed> = Vec::new();
        let mut after = Vec::new();
        loop {
            let page = records.list(VISIT, &prefix, &after, PAGE).await?;
            for key in &page.keys {
                let Some(found) = shelf::find::<Visit>(records, VISIT, key).await? else {
                    continue;
                };
                let (visit, version) = (found.value, found.version);
                let id = key.get(32..).and_then(|id| GrantId::try_from(id).ok());
                // Where a lock ended the session, it ends grants for offline access as well: nothing comes back by unlocking.
                let stays = visit.offline && self.browser().may_stay(&visit.user).await?;
                if let Some(id) = id.filter(|_| !stays) {
                    shelf::delete(records, GRANT, &id).await?;
                }
                let key = key.clone();
                closed.push(Closed {
                    key,
                    visit,
                    version,
                });
            }
            match page.keys.last() {
                Some(last) if page.more => after.clone_from(last),
                _ => return Ok(closed),
            }
        }
    }

    /// Tells each application once, whatever number of grants it had.
    pub(crate) async fn tell_all(
        &self,
        closed: Vec<Closed>,
        silent: &mut BTreeSet<ClientId>,
    ) -> Result<usize, Unavailable> {
        let mut outcomes: BTreeMap<ClientId, bool> = BTreeMap::new();
        for Closed { key, visit, .. } in self.claimed(closed).await? {
            let id = visit.client.clone();
            let heard = match outcomes.get(&id) {
                Some(heard) => *heard,
                None if silent.contains(&id) => false,
                None => {
                    let outcome = self.tell(&visit).await?;
                    if outcome == Outcome::Silent {
                        silent.insert(id.clone());
                    }
                    outcome == Outcome::Heard
                }
            };
            outcomes.insert(id, heard);
            if heard || visit.failed >= TRIES {
                shelf::delete(self.records(), VISIT, &key).await?;
            }
        }
        Ok(outcomes.values().filter(|heard| **heard).count())
    }

    /// Those that are this process's to tell: the try is counted before it is made, so that of several who have seen the same
    /// end, on this replica or another, one alone tells. The first grant of an application decides about all of its.
    async fn claimed(&self, closed: Vec<Closed>) -> Result<Vec<Closed>, Unavailable> {
        let mut claimed = Vec::with_capacity(closed.len());
        let (now, mut lost) = (self.now(), BTreeSet::new());
        for mut one in closed {
            let tried = one.visit.tried.map(Seconds::new);
            // A clock that was ahead keeps nobody from being told.
            let is_lately = |tried: Seconds| now < tried.plus(TRY) && tried <= now.plus(TRY);
            if tried.is_some_and(is_lately) || lost.contains(&one.visit.client) {
                lost.insert(one.visit.client);
                continue;
            }
            one.visit.tried = Some(now.get());
            one.visit.failed = one.visit.failed.saturating_add(1);
            let kept = Kept {
                kind: VISIT,
                key: &one.key,
                value: &one.visit,
                until: Some(Seconds::new(one.visit.until)),
            };
            if shelf::put(self.records(), kept, Some(one.version)).await? {
                claimed.push(one);
            } else {
                lost.insert(one.visit.client);
            }
        }
        Ok(claimed)
    }

    /// Tells one application.
    async fn tell(&self, visit: &Visit) -> Result<Outcome, Unavailable> {
        let Some(client) = self.client(visit.client.as_str()).await? else {
            return Ok(Outcome::Heard);
        };
        let Some(address) = client.registered.backchannel_logout_uri.as_deref() else {
            return Ok(Outcome::Heard);
        };
        let outcome = match Url::parse(address) {
            Ok(url) if self.may_lead_to(&url) => self.send(url, &client, visit).await,
            _ => Outcome::Refused,
        };
        let heard = outcome == Outcome::Heard;
        let what = if heard { What::Told } else { What::NotTold };
        self.note(what, Some(&visit.user), Some(&client.id)).await?;
        Ok(outcome)
    }

    async fn send(&self, url: Url, client: &Client, visit: &Visit) -> Outcome {
        let (keys, now) = (self.keys().await, self.now());
        let claims = json!({
            "iss": self.issuer(),
            "sub": self.subject(&visit.user),
            "aud": client.id,
            "iat": now.get(),
            "exp": now.plus(MESSAGE_LIFE).get(),
            "jti": text(&*self.random::<16>()),
            "sid": text(&self.session_name(&visit.session())),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let algorithm = Algorithm::from(client.registered.id_token_signed_response_alg);
        let how = How {
            sort: Sort::Logout,
            algorithm,
            now,
        };
        let Ok(token) = jwt::sign(&keys, how, &claims) else {
            return Outcome::Refused;
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let kind = "application/x-www-form-urlencoded";
        let request = self.teller.post(url).header("content-type", kind);
        match request.body(body).send().await {
            Ok(answer) if answer.status().is_success() => Outcome::Heard,
            Ok(_) => Outcome::Refused,
            Err(_) => Outcome::Silent,
        }
    }

    /// https to public addresses, or whatever the operator's own network has.
    fn may_lead_to(&self, url: &Url) -> bool {
        let private = self.settings.private;
        let host = url.host_str().unwrap_or_default();
        let numbers = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let public = numbers.map_or(true, is_public);
        (url.scheme() == "https" && public) || private
    }
}
