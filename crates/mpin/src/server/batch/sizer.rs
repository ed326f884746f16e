//! How large the next block should be.
//!
//! Large blocks are cheap while they hold, and wasted when they do not. The size follows the rate of
//! bad logins seen lately (group testing: 0.69/rate; Hwang, "A method for detecting all defective
//! members in a population by group testing", 1972), and is bounded by a credit in units of a single
//! check: a tenth for each login, and what earlier blocks saved. A block that could waste more than the
//! credit is not tried, so that in the long run no stream of logins costs more than a tenth over single
//! checks.

/// Cost of a test that does not depend on its size, in checks of an opening and an equation alone.
const FIXED: f64 = 0.95;
/// Cost of each equation in a test.
const EACH: f64 = 0.05;
/// Cost of each opening in a test.
const OPENING: f64 = 0.06;
/// What an equation alone costs.
const EQUATION: f64 = 0.85;
/// What a login adds to the credit.
const SHARE: f64 = 0.1;
/// Most credit that is kept.
const MOST: f64 = 192.0;
/// How much of what was seen is kept with each login.
const MEMORY: f64 = 1.0 - 1.0 / 256.0;

#[derive(Debug, Default)]
pub(super) struct Sizer {
    seen: f64,
    bad: f64,
    credit: f64,
}

/// What a test is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// How many equations.
    pub(super) equations: usize,
    /// How many openings that are not known to hold yet.
    pub(super) openings: usize,
}

impl Sizer {
    /// Logins have come in.
    pub(super) fn submit(&mut self, count: usize) {
        self.credit += SHARE * number(count);
    }

    /// The size of the next block, between 1 and `left.equations`.
    pub(super) fn next(&self, left: Size) -> usize {
        let rate = self.bad / self.seen.max(1.0);
        let each = if left.openings == 0 {
            EACH
        } else {
            EACH + OPENING
        };
        let mut size = left.equations.max(1);
        while size > 1 && (number(size) * rate > 0.69 || worst(size, each) > self.credit) {
            size = size.div_ceil(2);
        }
        size
    }

    /// The openings of this many logins have been tested, in one sum without a pairing.
    pub(super) fn opened(&mut self, count: usize) {
        self.spend(OPENING * number(count));
    }

    /// A test has been made.
    pub(super) fn tested(&mut self, size: Size, bad: bool) {
        let openings = number(size.openings);
        let (cost, verdicts) = match size.equations {
            1 => (EQUATION + (1.0 - EQUATION) * openings, 1.0),
            many => {
                let cost = FIXED + EACH * number(many) + OPENING * openings;
                (cost, if bad { 0.0 } else { number(many) })
            }
        };
        self.spend(cost - verdicts);
    }

    /// A login has its verdict.
    pub(super) fn settled(&mut self, bad: bool) {
        self.seen = self.seen * MEMORY + 1.0;
        self.bad = self.bad * MEMORY + if bad { 1.0 } else { 0.0 };
    }

    fn spend(&mut self, cost: f64) {
        self.credit = (self.credit - cost).clamp(-MOST, MOST);
    }
}

/// What finding one bad login in a block costs more than checking it alone.
fn worst(size: usize, each: f64) -> f64 {
    let mut size = size;
    let mut sum = 0.0;
    while size > 1 {
        sum += FIXED + each * number(size);
        size = size.div_ceil(2);
    }
    sum
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
