//! Talk on standard error about work that takes long: bars on a terminal, lines elsewhere. Nothing has a colour, whatever
//! `NO_COLOR` says.

use core::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often a bar that nobody moves is drawn.
const TICK: Duration = Duration::from_millis(200);

/// What is said about one thing that takes long. Whatever is drawn is gone when it is dropped.
pub(crate) struct Talk {
    bar: ProgressBar,
    told: String,
    silent: bool,
}

impl Talk {
    /// About others that are waited for.
    pub(crate) fn new() -> Self {
        Self::of("waiting")
    }

    /// About something of unknown length.
    pub(crate) fn of(what: &'static str) -> Self {
        // Standard error that is no terminal shows no bar.
        let bar = ProgressBar::new_spinner().with_message(what);
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self::with(bar)
    }

    /// About so many bytes.
    pub(crate) fn bytes(what: &'static str, length: u64) -> Self {
        let bar = ProgressBar::new(length).with_message(what);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self::with(bar)
    }

    /// About nothing.
    pub(crate) fn none() -> Self {
        let mut talk = Self::with(ProgressBar::hidden());
        talk.silent = true;
        talk
    }

    const fn with(bar: ProgressBar) -> Self {
        Self {
            bar,
            told: String::new(),
            silent: false,
        }
    }

    /// So much more is done.
    pub(crate) fn step(&self, by: u64) {
        self.bar.inc(by);
    }

    /// Says something, if it was not just said.
    pub(crate) fn say(&mut self, words: String) {
        if self.silent || words == self.told {
            return;
        }
        self.bar.suspend(|| eprint!("{words}"));
        self.told = words;
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
