//! Making, renewing and handing over a key that nobody ever holds.
//!
//! One protocol in five rounds serves three tasks: founding a domain (distributed key generation),
//! refreshing its shares, and resharing to other authorities or another threshold. It is Feldman's
//! sharing by every dealer (T. Pedersen, EUROCRYPT '91), with the repairs that R. Gennaro, S. Jarecki,
//! H. Krawczyk and T. Rabin ask for (J. Cryptology 20, 2007): complaints that are settled in public,
//! and hash commitments first, so that nobody chooses a polynomial after seeing another.
//!
//! | round | state | broadcast | what it says |
//! |---|---|---|---|
//! | 1 | [`Committed`] | [`CommitMessage`] by dealers | a hash of the opening |
//! | 2 | [`Opened`] | [`OpenMessage`] by dealers | commitments in G1, proof of possession; what was received in round 1; and a [`PrivateShare`], signed, to each receiver |
//! | 3 | [`Complained`] | [`ComplaintMessage`] by receivers | whose share is missing, and whose is wrong, with the share for evidence; what was received in round 2 |
//! | 4 | [`Revealed`] | [`RevealMessage`] by dealers | the shares that are missing; what was received in round 3 |
//! | 5 | [`Confirmed`] | [`ConfirmMessage`] by receivers | a hash of the result, and of all that was received |
//!
//! Every broadcast is signed under the sender's [`MemberKey`], so that two versions of one message
//! convict their author, and echoed, so that they are found. States move by value: a step cannot be
//! taken twice, nor a polynomial used in two runs.
//!
//! The caller sends: broadcasts to all, private shares over channels that are confidential and
//! authenticated. The caller decides how long to wait: a message that is not there counts as not sent.
//! In rounds 1 and 2 all dealers must speak, else the run ends and says who was silent;
//! [`Plan::leave_out`] starts the next one without it. After that the run survives silence, wrong shares
//! and false complaints of t - 1 members if n >= 2t - 1. Whoever says different things to different
//! members, or echoes or confirms what is not so, still ends it, and is named; whoever speaks to some
//! and not to others ends it unnamed, unless the channel brings to all what it brings to one.
//!
//! A single lost share is made anew with less: see [`RepairPlan`].

mod commit;
mod complain;
mod confirm;
mod error;
mod evidence;
mod message;
mod open;
mod plan;
mod repair;
mod result;
mod reveal;
mod roster;
#[cfg(test)]
mod tests;

pub use commit::{CommitMessage, Committed, HashCommitment};
pub use complain::{Complained, ComplaintMessage, Complaints};
pub use confirm::{ConfirmMessage, Confirmation, Confirmed, Outcome};
pub use error::{CeremonyError, OpeningFault, Party, PlanError, RepairFault};
pub use message::{Body, Echo, Signed};
pub use open::{OpenMessage, Opened, Opening, PrivateShare};
pub use plan::Plan;
pub use repair::{Piece, RepairPlan, Split, SplitMessage, Splitting, Sum};
pub use reveal::{RevealMessage, Revealed, Reveals};
pub use roster::{MemberKey, MemberPublicKey, Roster};
