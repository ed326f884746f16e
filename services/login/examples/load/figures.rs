//! Figures with their bounds.

use std::process::ExitCode;

/// What was measured.
#[derive(Default)]
pub(crate) struct Figures {
    missed: u32,
}

/// What a figure needs to be worth something.
#[derive(Clone, Copy)]
pub(crate) enum Machine {
    /// Processor time and memory of one process.
    Any,
    /// Times on the clock.
    Quiet,
}

/// A figure that must not be above its bound.
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) most: f64,
    pub(crate) machine: Machine,
}

impl Figures {
    /// Prints a figure, and remembers whether it is within its bound.
    #[expect(clippy::print_stdout, reason = "that is what it is for")]
    pub(crate) fn hold(&mut self, figure: &Figure) {
        let Figure {
            what,
            value,
            unit,
            most,
            machine,
        } = figure;
        // Not a number is not within a bound.
        let within = *value <= *most;
        self.missed += u32::from(!within);
        let verdict = if within { "ok" } else { "MISSED" };
        let quiet = match machine {
            Machine::Any => "",
            Machine::Quiet => "  (wants a quiet machine)",
        };
        println!("{what:<52} {value:>9.2} {unit:<8} at most {most:>7.2}  {verdict}{quiet}");
    }

    /// Prints what has no bound.
    #[expect(clippy::print_stdout, reason = "that is what it is for")]
    pub(crate) fn say(what: &str, value: f64, unit: &str) {
        println!("{what:<52} {value:>9.2} {unit}");
    }

    /// The exit code.
    #[expect(clippy::print_stdout, reason = "that is what it is for")]
    pub(crate) fn verdict(&self) -> ExitCode {
        if self.missed == 0 {
            return ExitCode::SUCCESS;
        }
        println!("{} figures are beyond their bounds", self.missed);
        ExitCode::FAILURE
    }
}

/// A count as a number to reckon with.
pub(crate) fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
