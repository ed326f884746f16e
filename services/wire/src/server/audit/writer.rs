//! The thread that waits for the disk, so that no thread of a runtime does.

use alloc::sync::Arc;
use std::io::{self, ErrorKind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use milagro_base::Seconds;
use tokio::sync::oneshot;

use crate::server::audit::lines::{Head, Lines, Waiting, said};

/// Lines that wait at most.
pub(super) const WAITING: usize = 1 << 10;
/// Lines that are written at once at most.
const TOGETHER: usize = 1 << 8;

/// A line, and whoever waits for it.
struct Noted {
    event: (Seconds, String),
    written: oneshot::Sender<Result<Head, ErrorKind>>,
}

/// The way to the thread, which ends with this.
#[derive(Debug)]
pub(super) struct Writer {
    lines: Option<SyncSender<Noted>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn begin(lines: Arc<Lines>) -> io::Result<Self> {
        let (sender, waiting) = sync_channel(WAITING);
        let thread = Builder::new().name("audit".to_owned());
        let thread = thread.spawn(move || write(&lines, &waiting))?;
        Ok(Self {
            lines: Some(sender),
            thread: Some(thread),
        })
    }

    /// Has a line written, and ends when it is.
    pub(super) async fn write(&self, event: (Seconds, String)) -> io::Result<Head> {
        let (written, is_written) = oneshot::channel();
        let sent = match &self.lines {
            Some(lines) => lines.try_send(Noted { event, written }),
            None => return Err(ErrorKind::BrokenPipe.into()),
        };
        match sent {
            Ok(()) => Ok(is_written.await.unwrap_or(Err(ErrorKind::BrokenPipe))?),
            Err(TrySendError::Full(_)) => Err(ErrorKind::WouldBlock.into()),
            Err(TrySendError::Disconnected(_)) => Err(ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Writer {
    /// Whoever opens the file next finds all of it.
    fn drop(&mut self) {
        drop(self.lines.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// Writes what waits, until nobody can give any more.
fn write(lines: &Lines, waiting: &Receiver<Noted>) {
    while let Ok(first) = waiting.recv() {
        let more = waiting.try_iter().take(TOGETHER - 1);
        let all = core::iter::once(first).chain(more);
        // Each by itself: one that is too long is nobody else's failure.
        let (events, told): (Vec<_>, Vec<_>) = all
            .map(|Noted { event, written }| {
                let waiting = Waiting::new(vec![event]);
                let outcome = Arc::clone(&waiting.outcome);
                (waiting, (outcome, written))
            })
            .unzip();
        lines.write(events);
        for (outcome, written) in told {
            // Whoever asked may have gone.
            let _gone = written.send(said(&outcome));
        }
    }
}
