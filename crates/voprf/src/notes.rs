//! Longer stories: what does not fit on one item's page.

#[doc = include_str!("../docs/tokens.md")]
pub mod tokens {}

#[cfg(feature = "bls12381")]
#[doc = include_str!("../docs/public.md")]
pub mod public {}

#[cfg(feature = "threshold")]
#[doc = include_str!("../docs/threshold.md")]
pub mod threshold {}

#[cfg(feature = "privacypass")]
#[doc = include_str!("../docs/privacypass.md")]
pub mod privacypass {}

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[cfg(feature = "arc")]
#[doc = include_str!("../docs/arc.md")]
pub mod arc {}
