//! The origin: routes that take a token.

use alloc::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use milagro_ledger::{Ledger, Unspent};
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima, Offer, Offers};
use milagro_voprf::privacypass::{
    IssuedChallenge, IssuerKeys, NotOurs, Origin, Redeemed, Redemption, TokenChallenge,
    TokenRefused, TokenSuite,
};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Effects, Pool};

/// Where a gate stands.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Grounds {
    /// Where tokens are counted.
    pub ledger: Arc<dyn Ledger>,
    /// Where they are checked.
    pub pool: Pool,
    /// The clock.
    pub effects: Effects,
}

milagro_base::opaque_debug!(Grounds);

/// What routes ask a token for: one challenge, the same for everybody, so that tokens can be drawn before they are needed.
pub struct Gate<S: TokenSuite> {
    origin: Origin<S>,
    keys: Arc<IssuerKeys<S>>,
    expected: IssuedChallenge<S>,
    grounds: Grounds,
}

impl<S: TokenSuite> Gate<S> {
    /// A gate of an origin, with the keys of its issuer, which asks for tokens by this challenge.
    ///
    /// # Errors
    /// [`NotOurs`] if the challenge is for another issuer or other origins.
    pub fn new(
        origin: Origin<S>,
        keys: Arc<IssuerKeys<S>>,
        challenge: TokenChallenge<S>,
        grounds: Grounds,
    ) -> Result<Self, NotOurs> {
        Ok(Self {
            expected: origin.issue(challenge)?,
            origin,
            keys,
            grounds,
        })
    }

    /// Status 401, and which token is asked for.
    fn ask(&self) -> Response {
        let now = self.grounds.effects.now();
        let offers = self
            .keys
            .current(now)
            .map(|key| Offer::new(&self.expected, key, now));
        let offers = Offers::new(offers.into_iter().collect()).to_string();
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        if let Ok(offers) = HeaderValue::from_str(&offers) {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, offers);
        }
        response
    }
}

impl<S: TokenSuite> core::fmt::Debug for Gate<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// Lets a request through that spends a token, once, and asks all others for one: a middleware for
/// [`from_fn_with_state`](axum::middleware::from_fn_with_state). The handler does not see the token. A token that was spent
/// before, on whatever, lets nobody through.
pub async fn admit<S>(
    State(gate): State<Arc<Gate<S>>>,
    mut request: Request,
    next: Next,
) -> Response
where
    S: TokenSuite + Send + Sync + 'static,
    Gate<S>: Send + Sync,
{
    let Some(value) = request.headers_mut().remove(header::AUTHORIZATION) else {
        return gate.ask();
    };
    let payload = format!("{} {}", request.method(), request.uri());
    let checking = Arc::clone(&gate);
    let checked = gate
        .grounds
        .pool
        .run(move || check(&checking, &value, payload.as_bytes()));
    let unspent = match checked.await {
        Ok(Ok(unspent)) => unspent,
        Ok(Err(_)) => return gate.ask(),
        Err(busy) => return Problem::from(busy).into_response(),
    };
    let (ledger, now) = (&*gate.grounds.ledger, gate.grounds.effects.now());
    match unspent.spend(ledger, now).await {
        Ok(_) => next.run(request).await,
        Err(milagro_ledger::Refused::Unknown(_) | milagro_ledger::Refused::Full) => {
            ProblemType::Unavailable.problem().after(1).into_response()
        }
        Err(_) => gate.ask(),
    }
}

fn check<S: TokenSuite>(
    gate: &Gate<S>,
    value: &HeaderValue,
    payload: &[u8],
) -> Result<Unspent<Redeemed>, Option<TokenRefused>> {
    let credentials = Credentials::parse(value.as_bytes(), &HeaderMaxima::USUAL);
    let credentials = credentials.map_err(|_| None)?;
    let token = credentials.token::<S>().map_err(|_| None)?;
    let redemption = Redemption {
        token: &token,
        expected: core::slice::from_ref(&gate.expected),
        payload,
    };
    let now = gate.grounds.effects.now();
    let checked = gate.origin.check(&redemption, now);
    checked.map_err(|refusal| Some(refusal.into()))
}
