//! Prints each step after checking it, and stops at the first that fails.

use std::error::Error;
use std::fmt;

/// What every step ends in.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What has been printed so far.
#[derive(Default)]
pub(crate) struct Report {
    sections: u32,
    steps: u32,
}

/// Something that should have happened and did not.
#[derive(Debug)]
pub(crate) struct Unexpected(String);

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this should have happened, and did not: {}", self.0)
    }
}

impl Error for Unexpected {}

impl Report {
    /// A heading.
    pub(crate) fn section(&mut self, title: &str) {
        self.sections += 1;
        print(&format!("\n{}. {title}", self.sections));
    }

    /// Prints a sentence that is true only if `holds`; if not, the run ends here.
    pub(crate) fn step(&mut self, sentence: &str, holds: bool) -> Outcome<()> {
        if !holds {
            return Err(Unexpected(sentence.to_owned()).into());
        }
        self.steps += 1;
        print(&format!(" - {sentence}"));
        Ok(())
    }

    /// The last line.
    pub(crate) fn end(&self) {
        print(&format!("\nAll {} steps went as they should.", self.steps));
    }
}

/// A sentence that sets the note.
pub(crate) fn note(sentence: &str) {
    print(&format!("   {sentence}"));
}

/// A step whose failure has an error of its own to show.
pub(crate) fn missing(what: &str) -> Box<dyn Error + Send + Sync> {
    Unexpected(what.to_owned()).into()
}

#[expect(clippy::print_stdout, reason = "the report is the output")]
fn print(line: &str) {
    println!("{line}");
}
