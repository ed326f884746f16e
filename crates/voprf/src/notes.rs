//! Longer stories: what does not fit on one item's page.

#[doc = include_str!("../docs/tokens.md")]
pub mod tokens {}
