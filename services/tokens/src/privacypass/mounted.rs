//! An issuer and a gate whose keys change by themselves.

use alloc::sync::Arc;
use std::sync::{PoisonError, RwLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use milagro_base::Seconds;
use milagro_ledger::Ledger;
use milagro_voprf::Ristretto255;
use milagro_voprf::privacypass::{IssuerKeys, Origin, ServerName, TokenChallenge, media};
use milagro_voprf::suite::P384;
use milagro_wire::problem::Problem;
use milagro_wire::server::{Effects, Pool};

use crate::authenticate::Authenticate;
use crate::primary::KeyError;
use crate::privacypass::issuer::{self, Allowance, Issuer};
use crate::privacypass::origin::{Gate, Grounds, admit};
use crate::privacypass::series::Series;

/// What an issuer and a gate stand on.
pub struct Mounting {
    /// The name of the issuer, as challenges have it.
    pub issuer: ServerName,
    /// The name of the origin whose gate this is.
    pub origin: ServerName,
    /// Whom tokens are issued to.
    pub door: Arc<dyn Authenticate>,
    /// How many, in windows of the series.
    pub allowance: Allowance,
    /// What the keys come from.
    pub series: Series,
    /// Where tokens are counted.
    pub ledger: Arc<dyn Ledger>,
    /// Where is computed.
    pub pool: Pool,
    /// Clock and generator.
    pub effects: Effects,
}

milagro_base::opaque_debug!(Mounting);

/// An issuer of both types, and a gate for tokens of type 0x0001, with the keys of the present window.
pub struct Mounted {
    on: Mounting,
    shown: RwLock<Shown>,
}

milagro_base::opaque_debug!(Mounted);

#[derive(Clone)]
struct Shown {
    number: u64,
    issuer: Arc<Issuer>,
    gate: Arc<Gate<P384>>,
}

impl Mounted {
    /// Where a proxy asks whether a request may pass: status 204 if it spends a token, and 401 with a challenge if not. The
    /// subrequests of nginx's `auth_request` are made so.
    pub const GATE: &str = "/private-token/gate";

    /// Mounts them.
    ///
    /// # Errors
    /// [`KeyError::Derivation`]; [`KeyError::OtherForm`] for names that are no issuer and origin.
    pub fn new(on: Mounting) -> Result<Self, KeyError> {
        let shown = Shown::new(&on, on.effects.now())?;
        let shown = RwLock::new(shown);
        Ok(Self { on, shown })
    }

    /// Takes the keys of the next window, when it has begun. To be called every half a minute or so.
    ///
    /// # Errors
    /// As [`Self::new`]; the keys stay as they are.
    pub fn refresh(&self) -> Result<(), KeyError> {
        let now = self.on.effects.now();
        if self.shown().number != self.on.series.number(now) {
            let next = Shown::new(&self.on, now)?;
            *self.shown.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
        Ok(())
    }

    /// The directory, where tokens are asked for, and the gate.
    pub fn router(self: Arc<Self>) -> Router {
        let gate = any(async || StatusCode::NO_CONTENT);
        let gate = gate.layer(from_fn_with_state(Arc::clone(&self), pass));
        Router::new()
            .route(media::DIRECTORY_PATH, get(directory))
            .route(
                issuer::REQUESTS,
                post(request).layer(DefaultBodyLimit::disable()),
            )
            .route(Self::GATE, gate)
            .with_state(self)
    }

    fn shown(&self) -> Shown {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }
}

impl Shown {
    fn new(on: &Mounting, now: Seconds) -> Result<Self, KeyError> {
        let p384: Arc<IssuerKeys<P384>> = Arc::new(on.series.keys(now)?);
        let ristretto255: Arc<IssuerKeys<Ristretto255>> = Arc::new(on.series.keys(now)?);
        let challenge = TokenChallenge::new(on.issuer.clone());
        let challenge = challenge.with_origins(core::slice::from_ref(&on.origin));
        let challenge = challenge.map_err(|_| KeyError::OtherForm)?;
        let (origin, issuer) = (on.origin.clone(), on.issuer.clone());
        let origin = Origin::new(origin, issuer, Arc::clone(&p384), on.ledger.id());
        let grounds = Grounds {
            ledger: Arc::clone(&on.ledger),
            pool: on.pool.clone(),
            effects: on.effects.clone(),
        };
        let gate = Gate::new(origin, Arc::clone(&p384), challenge, grounds);
        let issuer = Issuer {
            door: Arc::clone(&on.door),
            allowance: on.allowance,
            p384,
            ristretto255,
            ledger: Arc::clone(&on.ledger),
            pool: on.pool.clone(),
            effects: on.effects.clone(),
        };
        Ok(Self {
            number: on.series.number(now),
            issuer: Arc::new(issuer),
            gate: Arc::new(gate.map_err(|_| KeyError::OtherForm)?),
        })
    }
}

async fn directory(State(mounted): State<Arc<Mounted>>) -> Result<Response, Problem> {
    issuer::directory(State(mounted.shown().issuer)).await
}

async fn request(
    State(mounted): State<Arc<Mounted>>,
    request: Request,
) -> Result<Response, Response> {
    issuer::request(State(mounted.shown().issuer), request).await
}

async fn pass(State(mounted): State<Arc<Mounted>>, request: Request, next: Next) -> Response {
    admit(State(mounted.shown().gate), request, next).await
}
