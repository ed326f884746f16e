//! What was found.

use core::fmt;

use serde::Serialize;

/// All that was looked at.
#[derive(Default, Serialize)]
pub(super) struct Report {
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    what: String,
    state: State,
    words: String,
}

#[derive(Clone, Copy, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Bad,
    /// It was not looked at.
    Unknown,
}

impl Report {
    pub(super) fn good(&mut self, what: impl Into<String>, words: impl fmt::Display) {
        self.note(what, State::Good, words);
    }

    pub(super) fn bad(&mut self, what: impl Into<String>, words: impl fmt::Display) {
        self.note(what, State::Bad, words);
    }

    pub(super) fn unknown(&mut self, what: impl Into<String>, words: impl fmt::Display) {
        self.note(what, State::Unknown, words);
    }

    /// Good or bad, with the words of either.
    pub(super) fn all<W: fmt::Display>(&mut self, what: &str, found: Result<W, W>) {
        match found {
            Ok(words) => self.good(what, words),
            Err(words) => self.bad(what, words),
        }
    }

    fn note(&mut self, what: impl Into<String>, state: State, words: impl fmt::Display) {
        self.checks.push(Check {
            what: what.into(),
            state,
            words: words.to_string(),
        });
    }

    /// How many things are wrong.
    pub(super) fn count(&self) -> usize {
        let bad = self.checks.iter().filter(|check| check.state == State::Bad);
        bad.count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks.iter().try_for_each(|check| {
            let state = match check.state {
                State::Good => "good   ",
                State::Bad => "BAD    ",
                State::Unknown => "unknown",
            };
            writeln!(f, "{state} {}: {}", check.what, check.words)
        })
    }
}
