//! What the audit file says that was decided.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// An audit file that is being written.
#[derive(Clone)]
pub(crate) struct Lines(pub(crate) PathBuf);

impl Lines {
    /// All events that are written down whole.
    fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.0).expect("an audit file");
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let events = whole.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            line["event"].take()
        });
        events.collect()
    }

    /// How often something was accepted of a device.
    pub(crate) fn accepted(&self, what: &str, device: &str) -> usize {
        let is_it = |event: &&Value| {
            event["what"] == what && event["outcome"] == "accepted" && event["device"] == device
        };
        self.events().iter().filter(is_it).count()
    }

    /// How often anything was decided in a way.
    pub(crate) fn outcomes(&self, outcome: &str) -> usize {
        let is_it = |event: &&Value| event["outcome"] == outcome;
        self.events().iter().filter(is_it).count()
    }

    /// Devices as the file names them, in the order in which they were enrolled.
    pub(crate) fn devices(&self) -> Vec<String> {
        let events = self.events().into_iter();
        let enrolled = events.filter(|event| event["what"] == "enrolment");
        enrolled
            .map(|event| event["device"].as_str().expect("a device").to_owned())
            .collect()
    }
}
