//! Whose tokens they are, and by which rules they are issued: from settings to checked values.

use alloc::collections::BTreeSet;
use core::fmt;
use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::OutOfRange;
use milagro_voprf::tokens::issuer::{QueryBudget, Quota};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{KeySchedule, Plan, Timetable, Uses};
use serde::{Deserialize, Serialize};

/// The name of a tenant in paths and records: 1 to 48 of `a` to `z`, `0` to `9`, `-`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TenantName(String);

impl TenantName {
    /// The longest name in bytes.
    pub const MAX_LEN: usize = 48;

    /// Takes a name.
    ///
    /// # Errors
    /// [`SettingsError::Name`] for anything else.
    pub fn new(name: &str) -> Result<Self, SettingsError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > Self::MAX_LEN || !name.bytes().all(allowed) {
            return Err(SettingsError::Name);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which primary key a tenant has, and so who may hold what.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyForm {
    /// One scalar; whoever redeems holds it, or may be trusted with all of it. Short proofs, short keys.
    #[default]
    Compact,
    /// 257 scalars; the keys of single epochs can be exported to redeemers that must not hold the primary key.
    Exportable,
}

/// A key that is withdrawn, and replaced by one of the next serial. It is named as schedules name it, so that this says the
/// same however often it is read, and of no key that comes later, such as those of a renewed primary key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct WithdrawnKey {
    /// Its epoch.
    pub epoch: u64,
    /// How many keys of the epoch were there before.
    pub serial: u32,
}

/// A tenant as a configuration says it. Times are in seconds.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(
    clippy::exhaustive_structs,
    reason = "a configuration fills in all of it"
)]
pub struct TenantSettings {
    /// Its name in paths.
    pub name: String,
    /// What its tokens are for, which enters every key; the name where nothing is said.
    #[serde(default)]
    pub use_case: Option<String>,
    /// The name that redemptions are bound to, the same for all redeemers of the tenant.
    pub redeemer: String,
    /// When epoch 0 begins, in seconds since 1970.
    #[serde(default)]
    pub origin: u64,
    /// How long an epoch is.
    pub epoch_seconds: u64,
    /// For how long after its epoch a key still issues.
    #[serde(default)]
    pub issue_overlap_seconds: u64,
    /// For how long after its epoch a key still redeems.
    pub redeem_overlap_seconds: u64,
    /// How far clocks may differ; a minute where nothing is said.
    #[serde(default)]
    pub leeway_seconds: Option<u64>,
    /// How often a token can be spent.
    #[serde(default = "one")]
    pub uses: u8,
    /// How many tokens a user may draw in each window.
    pub quota: u32,
    /// How long such a window is.
    pub quota_seconds: u64,
    /// How many bits of security the answers of the primary key may cost.
    #[serde(default = "budget_bits")]
    pub budget_bits: u32,
    /// How many answers a server leases at a time, and loses when it dies; 10,000 where nothing is said, or a thousandth of
    /// the budget where that is less.
    #[serde(default)]
    pub budget_block: Option<NonZeroU32>,
    /// For how many epochs after the present one keys are published.
    #[serde(default = "ahead")]
    pub epochs_ahead: u16,
    /// Keys that are withdrawn and replaced.
    #[serde(default)]
    pub withdrawn: Vec<WithdrawnKey>,
    /// Which primary key it has.
    #[serde(default)]
    pub keys: KeyForm,
}

const fn one() -> u8 {
    1
}

const fn budget_bits() -> u32 {
    16
}

const fn ahead() -> u16 {
    3
}

/// What of a tenant's settings is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SettingsError {
    /// The name.
    Name,
    /// The use case.
    UseCase,
    /// The redeemer's name.
    Redeemer,
    /// Lengths, overlaps or leeway.
    Times,
    /// The uses.
    Uses,
    /// The quota or its window.
    Quota,
    /// The budget.
    Budget,
    /// The epochs ahead: at least 1, and no more than a schedule has room for.
    Ahead,
    /// More keys that are withdrawn than [`Tenant::MAX_WITHDRAWN`].
    Withdrawn,
}

/// A tenant whose settings are right.
#[derive(Clone, Debug)]
pub struct Tenant {
    name: TenantName,
    redeemer: RedeemerId,
    plan: Plan,
    quota: Quota,
    budget: QueryBudget,
    ahead: u16,
    withdrawn: BTreeSet<WithdrawnKey>,
    keys: KeyForm,
}

impl Tenant {
    /// The most epochs ahead.
    pub const MAX_AHEAD: u16 = 512;
    /// The most keys that are withdrawn by settings.
    pub const MAX_WITHDRAWN: usize = 256;

    /// Checks settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &TenantSettings) -> Result<Self, SettingsError> {
        let name = TenantName::new(&settings.name)?;
        let redeemer = RedeemerId::new(settings.redeemer.as_bytes());
        let uses = Uses::new(settings.uses).map_err(|_| SettingsError::Uses)?;
        let use_case = settings.use_case.as_deref().unwrap_or(&settings.name);
        let times = timetable(settings).map_err(|_| SettingsError::Times)?;
        let plan = Plan::new::<Ristretto255>(use_case, times, uses);
        let quota = Quota::new(settings.quota, Seconds::new(settings.quota_seconds));
        let budget = QueryBudget::for_loss(settings.budget_bits);
        let budget = budget.map_err(|_| SettingsError::Budget)?;
        let block = settings.budget_block.unwrap_or_else(|| block(&budget));
        let budget = budget.in_blocks_of(block);
        if !(1..=Self::MAX_AHEAD).contains(&settings.epochs_ahead) {
            return Err(SettingsError::Ahead);
        }
        if settings.withdrawn.len() > Self::MAX_WITHDRAWN {
            return Err(SettingsError::Withdrawn);
        }
        Ok(Self {
            name,
            redeemer: redeemer.map_err(|_| SettingsError::Redeemer)?,
            plan: plan.map_err(|_| SettingsError::UseCase)?,
            quota: quota.map_err(|_| SettingsError::Quota)?,
            budget,
            ahead: settings.epochs_ahead,
            withdrawn: settings.withdrawn.iter().copied().collect(),
            keys: settings.keys,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &TenantName {
        &self.name
    }

    /// The name that redemptions are bound to.
    #[must_use]
    pub const fn redeemer(&self) -> &RedeemerId {
        &self.redeemer
    }

    /// The plan of its keys.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What a user may draw.
    #[must_use]
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// What the primary key may answer.
    #[must_use]
    pub const fn budget(&self) -> QueryBudget {
        self.budget
    }

    /// Which primary key it has.
    #[must_use]
    pub const fn key_form(&self) -> KeyForm {
        self.keys
    }

    /// For how many epochs after the present one keys are published.
    #[must_use]
    pub const fn epochs_ahead(&self) -> u16 {
        self.ahead
    }

    /// The keys that are withdrawn.
    #[must_use]
    pub const fn withdrawn(&self) -> &BTreeSet<WithdrawnKey> {
        &self.withdrawn
    }
}

/// A server that is killed or reloads loses no more than a thousandth.
fn block(budget: &QueryBudget) -> NonZeroU32 {
    let share = budget.limit().checked_div(1_000).unwrap_or(0);
    let share = NonZeroU32::new(u32::try_from(share).unwrap_or(u32::MAX));
    let share = share.unwrap_or(NonZeroU32::MIN);
    share.min(QueryBudget::BLOCK)
}

fn timetable(settings: &TenantSettings) -> Result<Timetable, OutOfRange> {
    let (origin, length) = (settings.origin, settings.epoch_seconds);
    let issue = Seconds::new(settings.issue_overlap_seconds);
    let redeem = Seconds::new(settings.redeem_overlap_seconds);
    let times = Timetable::new(Seconds::new(origin), Seconds::new(length))?;
    let times = times.with_overlap(issue, redeem)?;
    match settings.leeway_seconds {
        Some(leeway) => times.with_leeway(Seconds::new(leeway)),
        None => Ok(times),
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name: 1 to 48 lower-case letters, digits and hyphens",
            Self::UseCase => "use-case: 1 to 64 printable characters of ASCII without spaces",
            Self::Redeemer => "redeemer: 1 to 255 bytes",
            Self::Times => {
                "times: an epoch longer than 0; issue overlap at most an epoch and the redeem overlap; leeway at most an \
                 epoch and an hour"
            }
            Self::Uses => "uses: 1 to 64",
            Self::Quota => "quota, quota-seconds: not 0",
            Self::Budget => "budget-bits: at most 31",
            Self::Ahead => "epochs-ahead: 1 to 512",
            Self::Withdrawn => "withdrawn: at most 256",
        })
    }
}

impl core::error::Error for SettingsError {}

// The largest window of epochs, with as many withdrawn keys as there may be, fits into a schedule.
const _: () = assert!(512 + 256 + 2 < KeySchedule::MAX_KEYS);
