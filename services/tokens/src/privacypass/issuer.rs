//! The issuer: who asks, how many, the quota, and only then the answer.

use alloc::sync::Arc;
use core::num::NonZeroU32;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Router, body};
use milagro_base::{Seconds, Writer};
use milagro_ledger::{Account, Charge, Claim, Ledger, Life, Refused, Unspent};
use milagro_voprf::Ristretto255;
use milagro_voprf::privacypass::{
    self as pass, Directory, IssueRefusal, IssuerKeys, TokenSuite, TokenType, UncheckedRequest,
    media,
};
use milagro_voprf::suite::P384;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Effects, Pool};
use sha2::{Digest as _, Sha256};

use crate::authenticate::{Authenticate, Unauthenticated, UserHash};
use crate::kinds::PRIVACY_PASS;

/// Where requests go, as the directory says.
pub(super) const REQUESTS: &str = "/private-token/requests";
/// The longest request in bytes: 16,384 elements of P-384 and what stands before them.
const REQUEST_MAX: usize = 49 * 16_384 + 16;

/// How much each user may draw.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Allowance {
    /// Tokens, of both types together, in each window, and the most in one answer.
    pub tokens: NonZeroU32,
    /// How long a window is, at least one second.
    pub window: Seconds,
}

impl Allowance {
    /// How often over a user is answered what he may draw in one window, repeats counted.
    pub const ANSWERS: u32 = 16;
}

/// An issuer of both types of tokens.
pub struct Issuer {
    /// Whom tokens are issued to.
    pub door: Arc<dyn Authenticate>,
    /// How many.
    pub allowance: Allowance,
    /// The keys of type 0x0001.
    pub p384: Arc<IssuerKeys<P384>>,
    /// The keys of type 0x0005.
    pub ristretto255: Arc<IssuerKeys<Ristretto255>>,
    /// Where it counts.
    pub ledger: Arc<dyn Ledger>,
    /// Where it computes.
    pub pool: Pool,
    /// Its clock and generator.
    pub effects: Effects,
}

milagro_base::opaque_debug!(Issuer);

/// The routes of an issuer: its directory, and where tokens are asked for.
pub fn issuer_router(issuer: Arc<Issuer>) -> Router {
    Router::new()
        .route(media::DIRECTORY_PATH, get(directory))
        .route(REQUESTS, post(request).layer(DefaultBodyLimit::disable()))
        .with_state(issuer)
}

pub(super) async fn directory(State(issuer): State<Arc<Issuer>>) -> Result<Response, Problem> {
    let now = issuer.effects.now();
    let directory = Directory::new(REQUESTS).map_err(|_| ProblemType::Internal)?;
    let directory = directory
        .with_keys(&issuer.p384, now)
        .with_keys(&issuer.ristretto255, now);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(media::DIRECTORY),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        ),
    ];
    Ok((headers, directory.to_json()).into_response())
}

pub(super) async fn request(
    State(issuer): State<Arc<Issuer>>,
    request: Request,
) -> Result<Response, Response> {
    let (head, body) = request.into_parts();
    let kind = head.headers.get(header::CONTENT_TYPE).cloned();
    let batch = match kind.as_ref().map(HeaderValue::as_bytes) {
        Some(kind) if kind == media::TOKEN_REQUEST.as_bytes() => false,
        Some(kind) if kind == media::BATCH_REQUEST.as_bytes() => true,
        _ => return Err(ProblemType::MediaType.problem().into_response()),
    };
    let (door, now) = (Arc::clone(&issuer.door), issuer.effects.now());
    let user = issuer.pool.run(move || door.user(&head, now)).await;
    let user = user.map_err(|busy| Problem::from(busy).into_response())?;
    let user = user.map_err(|error| {
        if error == Unauthenticated::Unavailable {
            return ProblemType::Unavailable.problem().after(1).into_response();
        }
        let challenge = (header::WWW_AUTHENTICATE, issuer.door.challenge());
        (StatusCode::UNAUTHORIZED, [challenge]).into_response()
    })?;
    let bytes = body::to_bytes(body, REQUEST_MAX).await;
    let bytes = bytes.map_err(|_| ProblemType::TooLarge.problem().into_response())?;
    let asked = Asked {
        user,
        batch,
        bytes: bytes.to_vec(),
    };
    let kind = bytes.first_chunk().copied().map(u16::from_be_bytes);
    // Whoever hangs up has changed nothing.
    let task = tokio::spawn(async move {
        match kind.map(TokenType::new) {
            Some(P384::TYPE) => asked.answer(&issuer, Arc::clone(&issuer.p384)).await,
            Some(Ristretto255::TYPE) => {
                asked
                    .answer(&issuer, Arc::clone(&issuer.ristretto255))
                    .await
            }
            _ => Err(refused()),
        }
    });
    let done = task
        .await
        .unwrap_or_else(|_| Err(ProblemType::Internal.problem()));
    done.map_err(Problem::into_response)
}

struct Asked {
    user: UserHash,
    batch: bool,
    bytes: Vec<u8>,
}

impl Asked {
    async fn answer<S>(self, issuer: &Issuer, keys: Arc<IssuerKeys<S>>) -> Result<Response, Problem>
    where
        S: TokenSuite + Send + Sync + 'static,
        pass::Admitted<S>: Send,
        pass::Issuer<S>: Send + Sync,
    {
        let most = usize::try_from(issuer.allowance.tokens.get()).unwrap_or(usize::MAX);
        let answers = pass::Issuer::new(keys, most);
        let request = if self.batch {
            UncheckedRequest::<S>::batch(&self.bytes, answers.maximum())
        } else {
            UncheckedRequest::single(&self.bytes)
        };
        let request = request.map_err(|_| refused())?;
        let count = u32::try_from(request.count())
            .ok()
            .and_then(NonZeroU32::new);
        let now = issuer.effects.now();
        let count = count.ok_or_else(refused)?;
        let fresh = Claim::fresh(&mut *issuer.effects.rng());
        let charges = vec![
            self.charge(&issuer.allowance, count, now),
            self.answers(&issuer.allowance, (count, fresh), now),
        ];
        let admitted = answers.admit(request, now).map_err(|_| refused())?;
        let unspent = Unspent::new(admitted, charges).on(issuer.ledger.id());
        let admitted = match unspent.spend(&*issuer.ledger, now).await {
            // The same elements again tell nothing new.
            Ok(paid) | Err(Refused::Again(paid)) => paid.into_value(),
            Err(Refused::Exhausted | Refused::Conflict) => return Err(refused()),
            Err(_) => return Err(ProblemType::Unavailable.problem().after(1)),
        };
        let effects = issuer.effects.clone();
        let answered = issuer
            .pool
            .run(move || answers.answer(&mut *effects.rng(), admitted));
        let answer = answered.await?.map_err(|_| refused())?;
        let kind = HeaderValue::from_static(answer.media_type());
        Ok(([(header::CONTENT_TYPE, kind)], answer.to_bytes()).into_response())
    }

    /// What is drawn. claim = SHA-256(⟨label⟩ ‖ user ‖ request), public: the same request is charged once.
    fn charge(&self, allowance: &Allowance, amount: NonZeroU32, now: Seconds) -> Charge {
        let claim = Writer::new().string(b"MILAGRO-V1-PRIVACY-PASS-ISSUANCE-CLAIM-SHA256");
        let claim = claim
            .bytes(self.user.as_bytes())
            .bytes(&self.bytes)
            .finish();
        Charge {
            account: self.account(b"MILAGRO-V1-PRIVACY-PASS-ISSUANCE-SHA256", allowance, now),
            amount,
            limit: allowance.tokens.get().into(),
            claim: Claim::public(Sha256::digest(claim).into()),
        }
    }

    /// What is answered, repeats too: whoever is charged once must not have work done without end.
    fn answers(
        &self,
        allowance: &Allowance,
        (amount, claim): (NonZeroU32, Claim),
        now: Seconds,
    ) -> Charge {
        let label = b"MILAGRO-V1-PRIVACY-PASS-ISSUANCE-ANSWERS-SHA256";
        Charge {
            account: self.account(label, allowance, now),
            amount,
            limit: u64::from(allowance.tokens.get()).saturating_mul(Allowance::ANSWERS.into()),
            claim,
        }
    }

    /// account = SHA-256(⟨label⟩ ‖ user ‖ window length ‖ window number).
    fn account(&self, label: &[u8], allowance: &Allowance, now: Seconds) -> Account {
        let length = allowance.window.get().max(1);
        let window = now.get().checked_div(length).unwrap_or(0);
        let thing = Writer::new().string(label).bytes(self.user.as_bytes());
        let thing = thing.u64(length).u64(window).finish();
        let end = window.saturating_add(1).saturating_mul(length);
        let life = Life::Span {
            from: None,
            until: Seconds::new(end),
        };
        Account::new(PRIVACY_PASS, &Sha256::digest(thing).into(), life)
    }
}

/// Status 422, for whatever reason (RFC 9578, section 5.2).
fn refused() -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        title: "Unprocessable Content".to_owned(),
        status: IssueRefusal::STATUS,
        detail: None,
        retry_after: None,
        attempts_left: None,
    }
}
