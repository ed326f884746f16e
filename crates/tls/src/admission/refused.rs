//! What the operator hears of those who are refused.

use alloc::sync::Arc;

use crate::admission::refusal::Refusal;
use crate::admission::side::Side;
use crate::names::Identity;

/// A peer that was refused: for metrics and logs, through `on_refusal` of the end that refuses.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Who the peer says it is. Unless the reason says otherwise it has proven nothing: anybody can put any
    /// name here.
    pub claimed: &'a Identity,
    /// At which end it is.
    pub end: Side,
    /// Why it is refused. The peer is not told more than its alert says.
    pub reason: Refusal,
}

/// What is called with every refusal.
pub(super) type Hook = Arc<dyn Fn(&Refused<'_>) + Send + Sync>;
