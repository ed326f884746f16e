//! `milagro demo`

use std::path::PathBuf;

use clap::Args;

/// A demonstration.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Plays its users over HTTP, says what came of each step, and ends.
    #[arg(long)]
    pub(crate) check: bool,
    /// The directory of the built pad, for the pages of the login service.
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "check")]
    pub(crate) pad: Option<PathBuf>,
}
