//! The table of promised ratios.

use alloc::collections::BTreeSet;
use core::fmt;

use serde::Deserialize;

use crate::Options;

#[cfg(test)]
mod tests;

/// Every speed promise of the project, in the order in which it is printed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    ratio: Vec<Ratio>,
}

/// One promise: what ours costs, divided by what the peer costs, and the bound on that.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// Short name, `layer/thing`; what `--only` matches.
    pub name: String,
    /// The promise in words, with its conditions.
    pub text: String,
    /// The member of the workspace that has the bench, where it is not this one; see [`Self::skips`].
    pub package: Option<String>,
    /// The bench file that measures both sides, so that they come from one run.
    pub bench: String,
    /// Criterion ids (`group/function`) whose medians are added up for our side.
    pub ours: Vec<String>,
    /// Criterion ids whose medians are added up for the other side.
    pub peer: Vec<String>,
    /// How many items one measured call of ours handles.
    #[serde(default = "one")]
    pub ours_per: u32,
    /// How many items one measured call of the peer handles.
    #[serde(default = "one")]
    pub peer_per: u32,
    /// What is measured.
    #[serde(default)]
    pub unit: Unit,
    /// The highest ratio that keeps the promise.
    pub bound: Option<f64>,
    /// True where no bound was promised and the figure is only shown.
    #[serde(default)]
    pub report: bool,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unit {
    /// Nanoseconds.
    #[default]
    Time,
    /// Bytes, as written by [`record`](crate::record).
    Bytes,
}

/// What is wrong with a table.
#[derive(Debug)]
#[non_exhaustive]
pub enum TableError {
    /// Not TOML, or not of this shape.
    Syntax(toml::de::Error),
    /// An entry contradicts itself; its name and the reason.
    Entry(String, &'static str),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => write!(f, "the table of ratios does not parse: {error}"),
            Self::Entry(name, reason) => write!(f, "ratio {name}: {reason}"),
        }
    }
}

impl core::error::Error for TableError {}

impl Table {
    /// Reads a table and refuses entries that could not fail.
    ///
    /// # Errors
    /// [`TableError::Syntax`] for text of another shape; [`TableError::Entry`] for a repeated name, an empty side, a
    /// divisor of zero, a bound that is not a positive number, or an entry without exactly one of `bound` and `report`.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let table: Self = toml::from_str(text).map_err(TableError::Syntax)?;
        let mut names = BTreeSet::new();
        for ratio in &table.ratio {
            let fault = if names.insert(&ratio.name) {
                ratio.fault()
            } else {
                Some("the name occurs twice")
            };
            if let Some(reason) = fault {
                return Err(TableError::Entry(ratio.name.clone(), reason));
            }
        }
        Ok(table)
    }

    /// The entries whose name starts with one of the prefixes; all of them if there is no prefix.
    pub fn only<'a>(&'a self, prefixes: &'a [String]) -> impl Iterator<Item = &'a Ratio> {
        self.ratio.iter().filter(|ratio| {
            prefixes.is_empty() || prefixes.iter().any(|prefix| ratio.name.starts_with(prefix))
        })
    }
}

impl Ratio {
    /// The member of the workspace that has the bench.
    #[must_use]
    pub fn package(&self) -> &str {
        self.package.as_deref().unwrap_or(env!("CARGO_PKG_NAME"))
    }

    /// True for an entry of another member, which may need what this machine lacks, as long as `--only` does
    /// not ask for it.
    #[must_use]
    pub const fn skips(&self, options: &Options) -> bool {
        self.package.is_some() && options.only.is_empty()
    }

    /// Every criterion id that the entry needs.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ours.iter().chain(&self.peer).map(String::as_str)
    }

    fn fault(&self) -> Option<&'static str> {
        if self.package.as_deref() == Some(env!("CARGO_PKG_NAME")) {
            return Some("`package` is for other members");
        }
        if self.ours.is_empty() || self.peer.is_empty() {
            return Some("a side without an id");
        }
        if self.ours_per == 0 || self.peer_per == 0 {
            return Some("a divisor of zero");
        }
        match (self.bound, self.report) {
            (Some(bound), false) if bound.is_finite() && bound > 0.0 => None,
            (Some(_), false) => Some("a bound must be a positive number"),
            (None, true) => None,
            _ => Some("needs either `bound` or `report = true`"),
        }
    }
}

const fn one() -> u32 {
    1
}
