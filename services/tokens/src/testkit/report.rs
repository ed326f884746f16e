//! The weather report: stations that are known draw tokens, and nameless reports spend them, once each.

use alloc::sync::Arc;

use axum::http::HeaderValue;
use milagro_base::Seconds;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Binding, Drawing, PendingTokens, Token, TokenKey};
use milagro_voprf::tokens::schedule::{PinnedSchedule, SignedSchedule};
use milagro_wire::bounded::{Blob, List};
use tokio::task::JoinSet;

use crate::client::TokenService;
use crate::forms::{RedeemItem, RedeemOutcome, RedeemRequest};
use crate::tenant::{KeyForm, TenantSettings, WithdrawnKey};
use crate::testkit::fleet::{Failure, Fleet, Ground, Process, Role};

/// After so long a key that was listed inside its epoch has opened.
const OPENS: Seconds = Seconds::new(122);

/// How much of it is played.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Size {
    /// How many users draw.
    pub users: u32,
    /// How many tokens each of them draws, over two epochs.
    pub tokens_each: u32,
    /// How often each token is tried at each of two redeemers, on another report each time.
    pub tries: u32,
}

impl Size {
    /// 100 users, 10,000 tokens, five tries at both.
    pub const FULL: Self = Self {
        users: 100,
        tokens_each: 100,
        tries: 5,
    };
    /// A size for every day: 6 users, 48 tokens.
    pub const SMALL: Self = Self {
        users: 6,
        tokens_each: 8,
        tries: 5,
    };
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Tokens that were drawn.
    pub drawn: usize,
    /// Tokens that were spent: as many, once each.
    pub spent: usize,
    /// Requests whose answer was lost, and came again the same.
    pub repeated: usize,
    /// Redemptions that were refused because the token was spent on another report.
    pub refused: usize,
    /// Tokens of a withdrawn key, which buy nothing.
    pub withdrawn: usize,
}

/// The settings of the report: an epoch of an hour.
#[must_use]
pub fn settings(size: Size) -> TenantSettings {
    TenantSettings {
        name: "weather".to_owned(),
        use_case: None,
        redeemer: "weather.example".to_owned(),
        origin: 0,
        epoch_seconds: 3_600,
        issue_overlap_seconds: 60,
        redeem_overlap_seconds: 1_800,
        leeway_seconds: Some(60),
        uses: 1,
        quota: size.tokens_each.saturating_add(1),
        quota_seconds: 365 * 86_400,
        budget_bits: 16,
        budget_block: None,
        epochs_ahead: 2,
        withdrawn: Vec::new(),
        keys: KeyForm::Compact,
    }
}

/// Plays it: two issuers and two redeemers over one ledger, by HTTP.
///
/// # Errors
/// [`Failure`], at the first thing that is not as it should be.
pub async fn weather<R: CryptoRng + 'static>(
    ground: Ground<R>,
    size: Size,
) -> Result<Report, Failure> {
    let mut settings = settings(size);
    let fleet = Fleet::found(ground, &settings).await?;
    let stage = Stage::set(&fleet).await?;
    // The first key opens when the ledger counts for certain.
    fleet.clock.advance(OPENS);

    let mut report = Report::default();
    let half = size.tokens_each / 2;
    let first = stage.draw_all(size.users, half, &mut report).await?;
    // The epoch changes: the next key is a new attribute, and nobody does anything.
    let early = stage.pinned().await?;
    fleet.clock.advance(Seconds::new(3_600));
    stage.refresh().await?;
    let rest = size.tokens_each.saturating_sub(half);
    let second = stage.draw_all(size.users, rest, &mut report).await?;
    ensure(
        stage.pinned().await? != early,
        "no new edition after an epoch",
    )?;
    let moved = early.follow(stage.pinned().await?);
    moved.map_err(|_| "the new edition does not follow")?;
    ensure(
        first
            .iter()
            .chain(&second)
            .all(|token| token.len() == Token::MIN_LEN + 32),
        "tokens",
    )?;

    // Tokens of both epochs are good now, once each.
    let all: Vec<_> = first.into_iter().chain(second).collect();
    stage.spend_all(all, size.tries, &mut report).await?;

    // An emergency: the key of this epoch is withdrawn, and one of the next serial takes its place.
    let caught = stage.draw_all(1, 1, &mut Report::default()).await?;
    let present = fleet.tenant().plan().timetable().epoch(fleet.clock.now());
    settings.withdrawn = vec![WithdrawnKey {
        epoch: present.ok_or("no epoch")?.number(),
        serial: 0,
    }];
    fleet.configure(&settings)?;
    let stage = Stage::set(&fleet).await?;
    let late = stage.try_once(&caught).await?;
    ensure(
        late == [RedeemOutcome::Refused],
        "a token of a withdrawn key",
    )?;
    report.withdrawn = late.len();
    fleet.clock.advance(OPENS);
    settings.quota = settings.quota.saturating_add(10);
    fleet.configure(&settings)?;
    let stage = Stage::set(&fleet).await?;
    let anew = stage.draw_all(1, 1, &mut Report::default()).await?;
    let spent = stage.try_once(&anew).await?;
    ensure(
        spent == [RedeemOutcome::Spent],
        "a token of the next serial",
    )?;
    Ok(report)
}

/// Two issuers, two redeemers.
struct Stage<'a> {
    fleet: &'a Fleet,
    processes: Vec<Process>,
    issuers: Vec<TokenService>,
    redeemers: Vec<TokenService>,
}

type Saved = zeroize::Zeroizing<Vec<u8>>;

impl<'a> Stage<'a> {
    async fn set(fleet: &'a Fleet) -> Result<Self, Failure> {
        let mut stage = Self {
            fleet,
            processes: Vec::new(),
            issuers: Vec::new(),
            redeemers: Vec::new(),
        };
        for role in [Role::Issuer, Role::Issuer, Role::Redeemer, Role::Redeemer] {
            let process = fleet.start(role).await?;
            let client = fleet.client(&process)?;
            match role {
                Role::Issuer => stage.issuers.push(client),
                Role::Redeemer => stage.redeemers.push(client),
            }
            stage.processes.push(process);
        }
        Ok(stage)
    }

    async fn refresh(&self) -> Result<(), Failure> {
        for process in &self.processes {
            process.refresh().await?;
        }
        Ok(())
    }

    /// The schedule, which is the same everywhere.
    async fn pinned(&self) -> Result<PinnedSchedule, Failure> {
        let mut all = Vec::new();
        for service in self.issuers.iter().chain(&self.redeemers) {
            all.push(service.schedule().await?);
        }
        all.dedup();
        let [bytes] = all.as_slice() else {
            return Err("two schedules at once".into());
        };
        let signed = SignedSchedule::from_bytes(bytes)?;
        Ok(self.fleet.verifier.pin(&signed)?)
    }

    /// Every user draws so many, and loses the first answer.
    async fn draw_all(
        &self,
        users: u32,
        tokens: u32,
        report: &mut Report,
    ) -> Result<Vec<Saved>, Failure> {
        let pinned = Arc::new(self.pinned().await?);
        let now = self.fleet.clock.now();
        let key: TokenKey = TokenKey::from_schedule(&pinned, now)?;
        let count = usize::try_from(tokens)?;
        let mut drawing = JoinSet::new();
        for user in 0..users {
            let Drawing { request, pending } = {
                let mut rng = self.fleet.effects.rng();
                key.draw(&mut *rng, count)?
            };
            let (issuers, request) = (self.issuers.clone(), request.to_bytes());
            drawing.spawn(draw(issuers, user, request, pending));
        }
        let mut all = Vec::new();
        while let Some(drawn) = drawing.join_next().await {
            all.extend(drawn??);
            report.repeated += 1;
        }
        report.drawn += all.len();
        ensure(
            all.len() == count * usize::try_from(users)?,
            "tokens are missing",
        )?;
        Ok(all)
    }

    /// Every token is tried so often at both redeemers, on another report each time.
    async fn spend_all(
        &self,
        tokens: Vec<Saved>,
        tries: u32,
        report: &mut Report,
    ) -> Result<(), Failure> {
        for batch in tokens.chunks(50) {
            let mut trying = JoinSet::new();
            for number in 0..tries {
                for (place, redeemer) in self.redeemers.iter().enumerate() {
                    let payload = format!("report {number} to {place}");
                    let items = self.items(batch, payload.as_bytes())?;
                    let redeemer = redeemer.clone();
                    trying.spawn(async move { twice(&redeemer, items).await });
                }
            }
            let mut spent = vec![0_usize; batch.len()];
            while let Some(tried) = trying.join_next().await {
                for (count, outcome) in spent.iter_mut().zip(tried??) {
                    match outcome {
                        RedeemOutcome::Spent => *count += 1,
                        RedeemOutcome::Refused => report.refused += 1,
                        other => return Err(format!("{other:?}").into()),
                    }
                }
            }
            if spent.iter().any(|count| *count != 1) {
                return Err(format!("not once each: {spent:?}").into());
            }
            report.spent += spent.len();
        }
        Ok(())
    }

    async fn try_once(&self, tokens: &[Saved]) -> Result<Vec<RedeemOutcome>, Failure> {
        let items = self.items(tokens, b"report")?;
        let redeemer = self.redeemers.first().ok_or("no redeemer")?;
        let answer = redeemer
            .redeem(&RedeemRequest {
                redemptions: List::new(items)?,
            })
            .await?;
        Ok(answer.outcomes.into_vec())
    }

    fn items(&self, tokens: &[Saved], payload: &[u8]) -> Result<Vec<RedeemItem>, Failure> {
        let redeemer = self.fleet.tenant().redeemer().clone();
        let item = |token: &Saved| {
            let binding = Binding {
                redeemer: &redeemer,
                context: b"report/v1",
                payload,
            };
            let spending = Token::from_bytes(token)?.redeem(&binding);
            Ok(RedeemItem {
                request: Blob::new(spending.request.to_bytes())?,
                context: Blob::new(binding.context)?,
                payload: Blob::new(payload)?,
            })
        };
        tokens.iter().map(item).collect()
    }
}

/// Asks one issuer, loses the answer, asks the other: the same bytes.
async fn draw(
    issuers: Vec<TokenService>,
    user: u32,
    request: Vec<u8>,
    pending: PendingTokens,
) -> Result<Vec<Saved>, Failure> {
    let name = HeaderValue::from_str(&format!("station-{user}"))?;
    let mut answers = Vec::new();
    for issuer in &issuers {
        answers.push(issuer.issue(Some(&name), &request).await?);
    }
    answers.dedup();
    let [answer] = answers.as_slice() else {
        return Err("another answer to the same request".into());
    };
    let answer = TokenResponse::from_bytes(answer, pending.count())?;
    let tokens = pending.finish(&answer)?;
    Ok(tokens.iter().map(Token::to_bytes).collect())
}

/// Spends, loses the answer, and asks for the same again: what was spent is known to have been spent on this.
async fn twice(
    redeemer: &TokenService,
    items: Vec<RedeemItem>,
) -> Result<Vec<RedeemOutcome>, Failure> {
    let request = RedeemRequest {
        redemptions: List::new(items)?,
    };
    let first = redeemer.redeem(&request).await?.outcomes.into_vec();
    let again = redeemer.redeem(&request).await?.outcomes.into_vec();
    for (first, again) in first.iter().zip(&again) {
        let fits = match first {
            RedeemOutcome::Spent => *again == RedeemOutcome::Again,
            other => again == other,
        };
        ensure(fits, "another outcome of the same redemption")?;
    }
    Ok(first)
}

fn ensure(is_so: bool, words: &str) -> Result<(), Failure> {
    if is_so { Ok(()) } else { Err(words.into()) }
}
