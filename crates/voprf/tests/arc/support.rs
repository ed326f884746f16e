//! A server with clients, over a ledger.

use alloc::sync::Arc;
use core::convert::Infallible;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Paid, Refused};
use milagro_voprf::arc::{
    Asking, Credential, Limit, NotPresented, Presentation, PresentationRefused, Presented,
    PublicKey, Request, RequestContext, Response, SecretKey, Terms, Verifier, Window,
};
use milagro_voprf::rand_core::UnwrapErr;

/// When the first window opens.
pub(super) const ORIGIN: Seconds = Seconds::new(1_800_057_600);
/// The length of a window.
pub(super) const DAY: Seconds = Seconds::days(1);
/// A moment in the midst of the first window.
pub(super) const NOON: Seconds = Seconds::new(1_800_100_800);

pub(super) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(super) fn limit(limit: u32) -> Limit {
    Limit::new(limit).unwrap()
}

pub(super) fn today() -> Window {
    Window::new(ORIGIN, ORIGIN.plus(DAY)).unwrap()
}

pub(super) fn terms(name: &[u8], presentations: u32) -> Terms {
    Terms::new(name, limit(presentations), today()).unwrap()
}

pub(super) fn context(name: &[u8]) -> RequestContext {
    RequestContext::new(name).unwrap()
}

pub(super) fn key() -> SecretKey {
    SecretKey::generate(&mut rng(), context(b"members"))
}

/// A credential of the key, by way of the wire.
pub(super) fn issue(key: &SecretKey) -> Credential {
    let public = key.public_key();
    let context = public.request_context().clone();
    let public = PublicKey::from_bytes(&public.to_bytes(), context).unwrap();
    let Asking { request, pending } = public.request(&mut rng());
    let request = Request::from_bytes(&request.to_bytes()).unwrap();
    let response = key.answer(&mut rng(), &request).unwrap();
    let response = Response::from_bytes(&response.to_bytes()).unwrap();
    pending.finish(&response).unwrap()
}

/// Shows a credential, with a store that keeps everything, by way of the wire.
pub(super) fn show(
    credential: &mut Credential,
    terms: &Terms,
) -> Result<Presentation, NotPresented<Infallible>> {
    let presentation = credential.present(&mut rng(), terms, NOON, |_| Ok(()))?;
    let bytes = presentation.to_bytes();
    Ok(Presentation::from_bytes(&bytes, terms.limit()).unwrap())
}

/// A server of one key, with its ledger.
pub(super) struct Server {
    pub(super) key: Arc<SecretKey>,
    pub(super) ledger: MemoryLedger,
}

impl Server {
    pub(super) fn new() -> Self {
        Self {
            key: Arc::new(key()),
            ledger: MemoryLedger::init(&mut rng(), 1_000_000, ORIGIN.minus(DAY)),
        }
    }

    pub(super) fn verifier(&self, terms: &Terms) -> Verifier {
        Verifier::new(Arc::clone(&self.key), terms.clone(), self.ledger.id())
    }

    /// Checks and counts.
    pub(super) fn take(
        &self,
        terms: &Terms,
        presentation: &Presentation,
    ) -> Result<Paid<Presented>, PresentationRefused> {
        let unspent = self.verifier(terms).check(presentation, b"page", NOON)?;
        Ok(unspent.spend_local(&self.ledger, NOON)?)
    }

    /// The same, and what the ledger said.
    pub(super) fn spend(
        &self,
        terms: &Terms,
        presentation: &Presentation,
        payload: &[u8],
    ) -> Result<Paid<Presented>, Refused<Presented>> {
        let unspent = self.verifier(terms).check(presentation, payload, NOON);
        unspent.unwrap().spend_local(&self.ledger, NOON)
    }
}
