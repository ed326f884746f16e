//! `milagro doctor`: what can be wrong around an authority, each thing in words. Changes nothing.

mod here;
mod inside;
mod others;
mod report;

use crate::commands::authority::Checked;
use crate::commands::doctor::report::Report;
use crate::directory::Directory;
use crate::exit::{Failure, Outcome};
use crate::out::print;
use crate::settings::Settings;

pub(crate) fn run(settings: &Settings, json: bool) -> Outcome<()> {
    let directory = Directory::of(&settings.common)?;
    let mut report = Report::default();
    here::look(settings, &directory, &mut report);
    let checked = match Checked::new(&settings.authority) {
        Ok(checked) => {
            report.good("configuration", "it is right");
            Some(checked)
        }
        Err(error) => {
            report.bad("configuration", error);
            None
        }
    };
    let held = inside::look(&settings.common, &directory, checked.as_ref(), &mut report);
    others::look(settings, &held, &mut report);
    let bad = report.count();
    if json {
        print(&report)?;
    } else {
        print!("{report}");
    }
    if bad == 0 {
        return Ok(());
    }
    Err(Failure::other(format!("{bad} things are wrong")))
}
