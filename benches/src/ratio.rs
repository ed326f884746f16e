//! One promise against its figures.

use core::fmt;

use crate::figures::Figures;
use crate::table::{Ratio, Unit};

#[cfg(test)]
mod tests;

/// How a promise came out.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The ratio is at most its bound, or has none.
    Kept(Measured),
    /// The ratio is above its bound, or is no number.
    Above(Measured),
    /// These ids have no figure.
    Missing(Vec<String>),
}

/// Both sides of a ratio, per item.
#[derive(Debug, PartialEq)]
pub struct Measured {
    ours: f64,
    peer: f64,
    unit: Unit,
}

impl Outcome {
    /// False for what makes `--check` fail.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

impl Measured {
    /// Ours divided by the peer's.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ours / self.peer
    }
}

/// Compares one promise with the figures.
#[must_use]
pub fn outcome(ratio: &Ratio, figures: &Figures) -> Outcome {
    let missing: Vec<String> = ratio
        .ids()
        .filter(|id| figures.median(id).is_none())
        .map(str::to_owned)
        .collect();
    if !missing.is_empty() {
        return Outcome::Missing(missing);
    }
    let side = |ids: &[String], per: u32| -> f64 {
        ids.iter().filter_map(|id| figures.median(id)).sum::<f64>() / f64::from(per)
    };
    let measured = Measured {
        ours: side(&ratio.ours, ratio.ours_per),
        peer: side(&ratio.peer, ratio.peer_per),
        unit: ratio.unit,
    };
    judged(ratio, measured)
}

/// The outcome of the middle one of several rounds, in the order of their ratios; missing if missing in any round.
#[must_use]
pub fn middle(ratio: &Ratio, rounds: &[Figures]) -> Outcome {
    let mut measured = Vec::with_capacity(rounds.len());
    for figures in rounds {
        match outcome(ratio, figures) {
            Outcome::Kept(round) | Outcome::Above(round) => measured.push(round),
            missing @ Outcome::Missing(_) => return missing,
        }
    }
    measured.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let middle = measured.len() / 2;
    if middle < measured.len() {
        judged(ratio, measured.swap_remove(middle))
    } else {
        Outcome::Missing(ratio.ids().map(str::to_owned).collect())
    }
}

/// The regular expression that makes criterion run exactly these benchmarks.
#[must_use]
pub fn filter<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut alternatives: Vec<String> = ids.into_iter().map(escaped).collect();
    alternatives.sort();
    alternatives.dedup();
    format!("^({})$", alternatives.join("|"))
}

fn judged(ratio: &Ratio, measured: Measured) -> Outcome {
    let bound = ratio.bound.unwrap_or(f64::MAX);
    if measured.ratio() <= bound {
        Outcome::Kept(measured)
    } else {
        Outcome::Above(measured)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} / {}",
            Amount(self.ours, self.unit),
            Amount(self.peer, self.unit)
        )
    }
}

struct Amount(f64, Unit);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(amount, unit) = *self;
        match unit {
            Unit::Bytes => write!(f, "{amount:.0} bytes"),
            Unit::Time if amount < 1e3 => write!(f, "{amount:.1} ns"),
            Unit::Time if amount < 1e6 => write!(f, "{:.2} us", amount / 1e3),
            Unit::Time => write!(f, "{:.3} ms", amount / 1e6),
        }
    }
}

fn escaped(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for character in id.chars() {
        if !character.is_alphanumeric() && !matches!(character, '/' | '_' | ' ') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}
