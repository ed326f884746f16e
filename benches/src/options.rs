//! The command line of `ratios`.

use core::fmt;

#[cfg(test)]
mod tests;

/// What `--help` prints.
pub const USAGE: &str = "\
ratios [--read | --rounds N] [--check] [--only PREFIX]... [-- CRITERION OPTIONS]

Runs the benchmarks behind benches/ratios.toml and prints each ratio beside its bound.

  --read         measure nothing, read what criterion last left behind
  --rounds N     measure N times and let the middle ratio speak: for machines with other work; 1 unless given
  --check        exit with 1 if a ratio is above its bound or a figure is missing
  --only PREFIX  the entries whose name starts with PREFIX; may be given more than once
  -- OPTIONS     for criterion, e.g. --measurement-time 10

An entry with a `package` is skipped, and named, where that member does not build, unless --only asks for it.
";

/// A parsed command line.
#[derive(Debug, Eq, PartialEq)]
pub struct Options {
    /// How often to measure; 0 to read what is there.
    pub rounds: u32,
    /// Let the exit code speak.
    pub check: bool,
    /// Print the usage and end.
    pub help: bool,
    /// Prefixes of entry names; empty for all.
    pub only: Vec<String>,
    /// Arguments for criterion.
    pub criterion: Vec<String>,
}

/// An argument that `ratios` does not know, or an option without its value.
#[derive(Debug, Eq, PartialEq)]
pub struct OptionsError(String);

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the argument `{}`\n\n{USAGE}", self.0)
    }
}

impl core::error::Error for OptionsError {}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: 1,
            check: false,
            help: false,
            only: Vec::new(),
            criterion: Vec::new(),
        }
    }
}

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
                "--read" => options.rounds = 0,
                "--rounds" => {
                    options.rounds = count(arguments.next()).ok_or(OptionsError(argument))?;
                }
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

fn count(argument: Option<String>) -> Option<u32> {
    argument?
        .parse()
        .ok()
        .filter(|rounds| (1..=99).contains(rounds))
}
