//! One of the services of the process, on a thread with a runtime of its own.

use core::time::Duration;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use axum::Router;
use milagro_wire::server::{Frame, frame};
use tokio::sync::watch;

use crate::exit::{Failure, Outcome};
use crate::serve::{Host, Listener, Sides, run, runtime};

/// A service that runs. It ends before this is gone.
pub(crate) struct Part {
    pub(crate) address: String,
    running: Option<Running>,
}

struct Running {
    end: watch::Sender<()>,
    thread: JoinHandle<Outcome<()>>,
}

impl Running {
    fn stop(self) -> Outcome<()> {
        drop(self.end);
        joined(self.thread)
    }
}

impl Part {
    /// Starts a service, and waits until it listens.
    pub(crate) fn start(work: impl FnOnce(&Host) -> Outcome<()> + Send + 'static) -> Outcome<Self> {
        let (listens, heard) = mpsc::channel();
        let (end, ends) = watch::channel(());
        let thread = thread::spawn(move || work(&Host::Shared { listens, ends }));
        let Ok(address) = heard.recv() else {
            // It has ended before.
            joined(thread)?;
            return Err(Failure::other("a service does not listen"));
        };
        Ok(Self {
            address,
            running: Some(Running { end, thread }),
        })
    }

    /// Serves routes of the demonstration's own.
    pub(crate) fn listening(port: u16, routes: Router) -> Outcome<Self> {
        let routes = frame(routes, Frame::default());
        let listener = Listener {
            address: ([127, 0, 0, 1], port).into(),
            certificate: None,
            key: None,
            drain: Duration::from_secs(2),
            sides: Sides::default(),
        };
        Self::start(move |host| {
            let same = routes.clone();
            let reload = async move || Ok(same.clone());
            runtime()?.block_on(run(host, listener, routes, reload))
        })
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        self.running.take().map_or(Ok(()), Running::stop)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Whoever wants to know how it ended has stopped it.
        let _ended = self.running.take().map(Running::stop);
    }
}

fn joined(thread: JoinHandle<Outcome<()>>) -> Outcome<()> {
    let fault = |_| Failure::other("a service has come to a fault of its own");
    thread.join().map_err(fault)?
}
