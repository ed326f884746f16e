//! How large the next block should be.
//!
//! Large blocks are cheap while they hold, and wasted when they do not. The size follows the rate of
//! bad logins seen lately (group testing: 0.69/rate; Hwang, "A method for detecting all defective
//! members in a population by group testing", 1972), and is bounded by a credit in units of a single
//! check: a tenth for each login, and what earlier blocks saved. A block that could waste more than the
//! credit is not tried, so that in the long run no stream of logins costs more than a tenth over single
//! checks.

/// Cost of a test that does not depend on its size.
const FIXED: f64 = 0.9;
/// Cost of each login in a test.
const EACH: f64 = 0.04;
/// What a login adds to the credit.
const SHARE: f64 = 0.1;
/// Most credit that is kept.
const MOST: f64 = 128.0;
/// How much of what was seen is kept with each login.
const MEMORY: f64 = 1.0 - 1.0 / 256.0;

#[derive(Debug, Default)]
pub(super) struct Sizer {
    seen: f64,
    bad: f64,
    credit: f64,
}

impl Sizer {
    /// Logins have come in.
    pub(super) fn submit(&mut self, count: usize) {
        self.credit += SHARE * number(count);
    }

    /// The size of the next block, between 1 and `left`.
    pub(super) fn next(&self, left: usize) -> usize {
        let rate = self.bad / self.seen.max(1.0);
        let mut size = left.max(1);
        while size > 1 && (number(size) * rate > 0.69 || worst(size) > self.credit) {
            size = size.div_ceil(2);
        }
        size
    }

    /// A test has been made.
    pub(super) fn tested(&mut self, size: usize, bad: bool) {
        let single = size == 1;
        let cost = if single { 1.0 } else { cost(size) };
        let verdicts = if bad && !single { 0.0 } else { number(size) };
        self.credit = (self.credit + verdicts - cost).clamp(-MOST, MOST);
    }

    /// A login has its verdict.
    pub(super) fn settled(&mut self, bad: bool) {
        self.seen = self.seen * MEMORY + 1.0;
        self.bad = self.bad * MEMORY + if bad { 1.0 } else { 0.0 };
    }
}

fn cost(size: usize) -> f64 {
    FIXED + EACH * number(size)
}

/// What finding one bad login in a block costs more than checking it alone.
fn worst(size: usize) -> f64 {
    let mut size = size;
    let mut sum = -1.0;
    while size > 1 {
        sum += cost(size);
        size = size.div_ceil(2);
    }
    sum + 1.0
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
