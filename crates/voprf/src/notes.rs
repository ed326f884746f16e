//! Longer stories: what does not fit on one item's page.

#[doc = include_str!("../docs/tokens.md")]
pub mod tokens {}

#[cfg(feature = "arc")]
#[doc = include_str!("../docs/arc.md")]
pub mod arc {}
