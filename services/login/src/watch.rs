//! Browsers of this process that wait for somebody to log in elsewhere.

use alloc::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use milagro_wire::login::names::Number;
use tokio::sync::oneshot;

/// Most browsers that wait.
const WAITING: usize = 4096;

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

    /// All numbers that somebody waits for.
    pub(crate) fn numbers(&self) -> Vec<Number> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
