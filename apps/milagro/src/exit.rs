//! How the program ends.

use core::fmt;
use std::process::ExitCode;

/// Why a command did not do what it was told. The code of each is part of the interface.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    words: String,
}

/// Exit codes. 0 is success, and 2 is clap's, for a wrong command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Code {
    /// Something else.
    Other = 1,
    /// The configuration is wrong.
    Config = 3,
    /// A store or a sealed share is an older state than one that was there.
    Stale = 4,
    /// Another process works in the directory.
    InUse = 5,
    /// A ceremony has no result, or is over.
    NoResult = 6,
    /// The time is up, and others are still waited for.
    Waiting = 7,
    /// Another machine does not answer, or says no.
    Network = 8,
}

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: Code, words: impl fmt::Display) -> Self {
        Self {
            code,
            words: words.to_string(),
        }
    }

    pub(crate) fn other(words: impl fmt::Display) -> Self {
        Self::new(Code::Other, words)
    }

    pub(crate) fn config(words: impl fmt::Display) -> Self {
        Self::new(Code::Config, words)
    }

    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn exit(&self) -> ExitCode {
        eprintln!("milagro: {}", self.words);
        // The number is the variant's.
        #[expect(clippy::as_conversions, reason = "a discriminant between 1 and 8")]
        ExitCode::from(self.code as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl core::error::Error for Failure {}
