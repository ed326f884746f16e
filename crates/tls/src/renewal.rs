//! When to fetch the next key.

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

/// Tells a node with keys when to fetch the next one, when to warn, and when to stop. It knows no clock and no
/// network: it is given the time and the last epoch that there is a key for.
///
/// With a budget of `outage`, the node holds the key of every epoch that begins within the next `outage` seconds
/// as long as the authorities answer, so that they may be away for as long as that and nobody notices.
///
/// ```
/// use milagro_tls::renewal::{Renewal, Step};
/// use milagro_tls::{Epoch, EpochPolicy, Seconds};
///
/// let renewal = Renewal::new(EpochPolicy::DAILY, Seconds::hours(8));
/// let (today, midnight) = (Epoch(20_000), Epoch(20_001).start(EpochPolicy::DAILY.length));
/// let before = |hours| midnight.minus(Seconds::hours(hours));
///
/// assert_eq!(renewal.step(today, before(9)), Step::Wait { until: before(8) });
/// assert_eq!(renewal.step(today, before(8)), Step::Fetch { epoch: Epoch(20_001), until: before(4) });
/// assert!(matches!(renewal.step(today, before(4)), Step::Warn { .. }));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Renewal {
    epochs: EpochPolicy,
    outage: Seconds,
}

/// What a node does now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Nothing. Ask again at that time.
    Wait {
        /// When to ask again: it is time to fetch then, or to stop.
        until: Seconds,
    },
    /// Fetch the key of an epoch, and retry until it is there. Spread the first try of many nodes over this time.
    Fetch {
        /// The epoch that there is no key for yet.
        epoch: Epoch,
        /// When it becomes urgent.
        until: Seconds,
    },
    /// Half of the budget is used up: go on fetching, and tell somebody.
    Warn {
        /// The epoch that there is no key for yet.
        epoch: Epoch,
        /// When peers begin to refuse the last key that there is.
        until: Seconds,
    },
    /// Peers with a clock as far ahead as the policy allows refuse the last key that there is: open no new
    /// connections, take the node out of service, and go on fetching.
    Stop {
        /// The epoch to fetch the key of: the one of this time, since those before are over.
        epoch: Epoch,
    },
}

impl Renewal {
    /// For these epochs, and authorities that may be away for `outage`. With a budget of 0 keys are fetched when
    /// their epoch begins, and the time of grace is all that is left.
    #[must_use]
    pub const fn new(epochs: EpochPolicy, outage: Seconds) -> Self {
        Self { epochs, outage }
    }

    /// What to do at the time `now` with keys up to the epoch `newest`.
    #[must_use]
    pub fn step(&self, newest: Epoch, now: Seconds) -> Step {
        let epoch = newest.next();
        if epoch == newest {
            // The last epoch of all lasts for ever.
            return Step::Wait {
                until: Seconds::MAX,
            };
        }
        let (fetch, warn, stop) = (
            self.fetch_from(newest),
            self.warn_from(newest),
            self.stop_from(newest),
        );
        if now >= stop {
            let current = Epoch::at(now, self.epochs.length);
            Step::Stop {
                epoch: epoch.max(current),
            }
        } else if now >= warn {
            Step::Warn { epoch, until: stop }
        } else if now >= fetch {
            let until = warn.min(stop);
            Step::Fetch { epoch, until }
        } else {
            // Peers may refuse a key before its epoch ends, when they are further ahead than they wait.
            let until = fetch.min(stop);
            Step::Wait { until }
        }
    }

    /// As [`Self::step`], for a node that may have no key at all.
    pub(crate) fn step_of(&self, newest: Option<Epoch>, now: Seconds) -> Step {
        match newest {
            Some(newest) => self.step(newest, now),
            None => Step::Stop {
                epoch: Epoch::at(now, self.epochs.length),
            },
        }
    }

    /// From when on the key behind that of the epoch `newest` is to be fetched.
    #[must_use]
    pub fn fetch_from(&self, newest: Epoch) -> Seconds {
        self.end(newest).minus(self.outage)
    }

    /// From when on it is late: half of the budget before the epoch `newest` ends. If the budget is 0, from its
    /// end on.
    #[must_use]
    pub fn warn_from(&self, newest: Epoch) -> Seconds {
        let half = Seconds::new(self.outage.get() / 2);
        self.end(newest).minus(half)
    }

    /// From when on some peer may refuse the key of the epoch `newest`: its end and the time of grace, less the
    /// seconds that a peer's clock may be ahead.
    #[must_use]
    pub fn stop_from(&self, newest: Epoch) -> Seconds {
        let EpochPolicy { grace, skew, .. } = self.epochs;
        self.end(newest).plus(grace).minus(skew)
    }

    /// When the epoch ends.
    fn end(&self, epoch: Epoch) -> Seconds {
        epoch.next().start(self.epochs.length)
    }
}
