//! The command line of `ratios`.

use core::fmt;

#[cfg(test)]
mod tests;

/// What `--help` prints.
pub const USAGE: &str = "\
ratios [--read] [--check] [--only PREFIX]... [-- CRITERION OPTIONS]

Runs the benchmarks behind benches/ratios.toml and prints each ratio beside its bound.

  --read         measure nothing, read what criterion last left behind
  --check        exit with 1 if a ratio is above its bound or a figure is missing
  --only PREFIX  the entries whose name starts with PREFIX; may be given more than once
  -- OPTIONS     for criterion, e.g. --measurement-time 10
";

/// A parsed command line.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// Measure nothing.
    pub read: bool,
    /// Let the exit code speak.
    pub check: bool,
    /// Print the usage and end.
    pub help: bool,
    /// Prefixes of entry names; empty for all.
    pub only: Vec<String>,
    /// Arguments for criterion.
    pub criterion: Vec<String>,
}

/// An argument that `ratios` does not know, or `--only` without its prefix.
#[derive(Debug, Eq, PartialEq)]
pub struct OptionsError(String);

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the argument `{}`\n\n{USAGE}", self.0)
    }
}

impl core::error::Error for OptionsError {}

impl Options {
    /// Reads the arguments that follow the name of the program.
    ///
    /// # Errors
    /// [`OptionsError`] with the first argument that cannot be used.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, OptionsError> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--read" => options.read = true,
                "--check" => options.check = true,
                "--help" => options.help = true,
                "--only" => options
                    .only
                    .push(arguments.next().ok_or(OptionsError(argument))?),
                "--" => options.criterion.extend(arguments.by_ref()),
                _ => return Err(OptionsError(argument)),
            }
        }
        Ok(options)
    }
}
