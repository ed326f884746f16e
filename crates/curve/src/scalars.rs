//! Numbers modulo r, the order of the groups.

pub(crate) mod public;
pub(crate) mod secret;
