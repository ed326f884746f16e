//! Browsers of this process that wait for somebody to log in elsewhere.

use alloc::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use milagro_wire::login::names::Number;
use tokio::sync::oneshot;

/// Most browsers that wait: half of the connections that a listener has (`milagro_wire::server::Limits`), so that there is room
/// for whoever logs in.
const WAITING: usize = 512;

/// Who waits for which number.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<BTreeMap<Number, oneshot::Sender<()>>>);

impl Watch {
    /// Tells when somebody has logged in for a number, or nobody will. Whoever has waited for the same number waits no more.
    /// `None` if too many wait.
    pub(crate) fn wait(&self, number: Number) -> Option<oneshot::Receiver<()>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, one| !one.is_closed());
        if waiting.len() >= WAITING && !waiting.contains_key(&number) {
            return None;
        }
        let (tell, told) = oneshot::channel();
        waiting.insert(number, tell);
        Some(told)
    }

    /// All numbers that somebody still waits for.
    pub(crate) fn numbers(&self) -> Vec<Number> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, one| !one.is_closed());
        waiting.keys().copied().collect()
    }

    /// Tells whoever waits for a number.
    pub(crate) fn tell(&self, number: Number) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = waiting.remove(&number) {
            // The browser may have gone.
            let _gone = one.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use milagro_wire::login::names::Number;

    use super::{WAITING, Watch};

    /// Nobody's numbers are asked about, and whoever has gone keeps nobody out.
    #[test]
    fn whoever_has_gone_is_forgotten() {
        let watch = Watch::default();
        let mut numbers = (0..).map(|digits| Number::with_check(digits).unwrap());
        let open: Vec<_> = numbers.by_ref().take(WAITING).collect();
        let waits: Vec<_> = open.iter().map(|one| watch.wait(*one).unwrap()).collect();
        let late = numbers.next().unwrap();
        assert!(watch.wait(late).is_none());
        assert_eq!(watch.numbers(), open);
        drop(waits);
        assert!(watch.numbers().is_empty());
        assert!(watch.wait(late).is_some());
    }
}
