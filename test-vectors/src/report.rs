//! What came of the cases of a file.

use core::fmt;

/// The cases of a file, in order, with what was left out of all of them.
#[derive(Debug, Default)]
pub struct Report {
    cases: Vec<Case>,
    notes: Vec<String>,
}

/// One case by name.
#[derive(Debug)]
pub struct Case {
    /// What the file calls it.
    pub name: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a case.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// Every value is as the file says.
    Passed,
    /// These are not, or could not be read.
    Failed(Vec<Mismatch>),
    /// Not run, with the reason.
    Skipped(String),
}

/// A field that differs or cannot be read, and how.
#[derive(Debug)]
pub struct Mismatch {
    field: String,
    problem: String,
}

impl Mismatch {
    /// Something is wrong with a field.
    pub fn new(field: &str, problem: impl fmt::Display) -> Self {
        Self {
            field: field.to_owned(),
            problem: problem.to_string(),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl core::error::Error for Mismatch {}

/// The comparisons of one case. All of them are made, so that a case names every field that differs.
#[derive(Debug, Default)]
pub struct Checks(Vec<Mismatch>);

impl Checks {
    /// Compares bytes.
    pub fn bytes(&mut self, field: &str, computed: impl AsRef<[u8]>, given: impl AsRef<[u8]>) {
        let (computed, given) = (computed.as_ref(), given.as_ref());
        if computed != given {
            let (computed, given) = (hex::encode(computed), hex::encode(given));
            self.fail(field, format!("computed {computed}, the file says {given}"));
        }
    }

    /// Compares values.
    pub fn equal<T: fmt::Debug + PartialEq>(&mut self, field: &str, computed: &T, given: &T) {
        if computed != given {
            self.fail(
                field,
                format!("computed {computed:?}, the file says {given:?}"),
            );
        }
    }

    /// Whether nothing differed so far.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes a field that is wrong.
    pub fn fail(&mut self, field: &str, problem: impl fmt::Display) {
        self.0.push(Mismatch::new(field, problem));
    }
}

impl Report {
    /// Runs a case.
    pub fn case(
        &mut self,
        name: impl Into<String>,
        check: impl FnOnce(&mut Checks) -> Result<(), Mismatch>,
    ) {
        let mut checks = Checks::default();
        if let Err(mismatch) = check(&mut checks) {
            checks.0.push(mismatch);
        }
        let verdict = if checks.0.is_empty() {
            Verdict::Passed
        } else {
            Verdict::Failed(checks.0)
        };
        self.push(name, verdict);
    }

    /// Leaves a case out.
    pub fn skip(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.push(name, Verdict::Skipped(reason.into()));
    }

    /// Says what is not checked, or counted apart, in all cases.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The cases in the order of the file.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Whether at least one case ran, and none failed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let (passed, failed, _) = self.counts();
        passed > 0 && failed == 0
    }

    /// Whether there is no case, or one that failed. Cases that are left out are no failure.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.cases.is_empty() || self.counts().1 > 0
    }

    /// How many cases passed, failed and were skipped.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for case in &self.cases {
            match case.verdict {
                Verdict::Passed => counts.0 += 1,
                Verdict::Failed(_) => counts.1 += 1,
                Verdict::Skipped(_) => counts.2 += 1,
            }
        }
        counts
    }

    fn push(&mut self, name: impl Into<String>, verdict: Verdict) {
        let name = name.into();
        self.cases.push(Case { name, verdict });
    }

    /// The reasons for skipping, each once with the number of cases.
    fn reasons(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for case in &self.cases {
            if let Verdict::Skipped(reason) = &case.verdict {
                match reasons.iter_mut().find(|(other, _)| other == reason) {
                    Some((_, count)) => *count += 1,
                    None => reasons.push((reason, 1)),
                }
            }
        }
        reasons
    }
}

/// One line with the figures, and one for each case that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed, skipped) = self.counts();
        let run = passed + failed;
        write!(
            f,
            "{run} run, {passed} passed, {failed} failed, {skipped} skipped"
        )?;
        for (reason, count) in self.reasons() {
            write!(f, "; skipped {count}: {reason}")?;
        }
        for note in &self.notes {
            write!(f, "; {note}")?;
        }
        for case in &self.cases {
            if let Verdict::Failed(mismatches) = &case.verdict {
                write!(f, "\n  FAILED {}:", case.name)?;
                for mismatch in mismatches {
                    write!(f, "\n    {mismatch}")?;
                }
            }
        }
        Ok(())
    }
}
