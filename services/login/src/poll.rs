//! Looks for hand-offs that have ended, for the browsers of this process.

use alloc::sync::{Arc, Weak};

use crate::handoffs::{HandOff, record_key};
use crate::kinds::HAND_OFF;
use crate::service::Service;

/// Looks for numbers that somebody has logged in for, as long as the service lives.
pub(crate) fn begin(service: &Arc<Service>) {
    let pause = service.settings.look;
    let service = Arc::downgrade(service);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            if look(&service).await.is_none() {
                return;
            }
        }
    });
}

/// One question for all numbers. `None` when the service is gone.
async fn look(service: &Weak<Service>) -> Option<()> {
    let service = service.upgrade()?;
    let numbers = service.watch.numbers();
    if numbers.is_empty() {
        return Some(());
    }
    let keys: Vec<[u8; 7]> = numbers.iter().map(|number| record_key(*number)).collect();
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 7]>::as_slice).collect();
    let Ok(found) = service.records().get(HAND_OFF, &keys).await else {
        // Asked again in a second.
        return Some(());
    };
    for (number, record) in numbers.into_iter().zip(found) {
        let hand_off = record.and_then(|record| HandOff::from_bytes(&record.value).ok());
        if hand_off.is_none_or(|one| one.done.is_some()) {
            service.watch.tell(number);
        }
    }
    Some(())
}
