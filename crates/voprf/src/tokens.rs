//! Tokens: drawn by a known user, spent by a nameless client.

pub(crate) mod issue;
pub(crate) mod policy;
pub(crate) mod redeem;
pub(crate) mod schedule;
pub(crate) mod store;
pub(crate) mod token;
pub(crate) mod wallet;

pub use issue::{
    IssueRefusal, Issuer, KeyRing, PendingTokens, TokenKey, TokenKeyError, TokenRequest,
    TokenResponse,
};
pub use policy::{IssuancePolicy, PolicyRefusal, UserRate};
pub use redeem::{
    BareRequest, Binding, OutputSource, Redeemed, Redeemer, RedeemerId, RedemptionRefused,
    RedemptionRequest, Refusal, Reservation,
};
pub use schedule::{
    BudgetExhausted, Epoch, KeySchedule, NotPinned, PinnedSchedule, QueryBudget, ScheduleDigest,
    ScheduledKey, Timetable,
};
pub use store::{CommitError, MemoryStore, RedemptionStore, ReserveError, Spend};
pub use token::{FormatError, KeyId, Nonce, Token, TokenOutput, UseIndex, Uses};
pub use wallet::Wallet;
