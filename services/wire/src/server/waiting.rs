//! Connections that wait for a request, head and body. When there is no room for another connection, the one that has waited
//! longest makes room: whoever opens many and says nothing, or begins what never ends, keeps nobody out.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::sync::Notify;

/// All that wait, in the order in which they began to.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    next: u64,
    waiting: BTreeMap<u64, Arc<Notify>>,
}

impl Waiting {
    /// A connection that waits.
    pub(super) fn connection(&self) -> Arc<Place> {
        let place = Place {
            waiting: self.clone(),
            close: Arc::new(Notify::new()),
            number: Mutex::new(None),
        };
        place.wait();
        Arc::new(place)
    }

    /// Tells the connection that has waited longest to end. False if none waits.
    pub(super) fn close_oldest(&self) -> bool {
        let oldest = self.line().waiting.pop_first();
        oldest.is_some_and(|(_, close)| {
            close.notify_one();
            true
        })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a connection among those that wait, if it does.
#[derive(Debug)]
pub(super) struct Place {
    waiting: Waiting,
    close: Arc<Notify>,
    number: Mutex<Option<u64>>,
}

impl Place {
    /// Waits, behind all others.
    fn wait(&self) {
        // A body that nobody has read to its end is no longer waited for.
        self.work();
        let mut line = self.waiting.line();
        let number = line.next;
        line.next = number.wrapping_add(1);
        line.waiting.insert(number, Arc::clone(&self.close));
        drop(line);
        *self.number() = Some(number);
    }

    /// Waits no longer: there is a whole request.
    pub(super) fn work(&self) {
        if let Some(number) = self.number().take() {
            self.waiting.line().waiting.remove(&number);
        }
    }

    /// Ends when the connection is to make room.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }

    fn number(&self) -> MutexGuard<'_, Option<u64>> {
        self.number.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.work();
    }
}

/// The body of a request, until whose end its connection waits.
pub(super) struct Question {
    body: Incoming,
    place: Arc<Place>,
}

impl Question {
    pub(super) fn new(body: Incoming, place: Arc<Place>) -> Self {
        if body.is_end_stream() {
            place.work();
        }
        Self { body, place }
    }
}

impl HttpBody for Question {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if self.body.is_end_stream() || matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.place.work();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer, after which its connection waits again.
pub(super) struct Answer {
    body: Body,
    place: Arc<Place>,
}

impl Answer {
    pub(super) const fn new(body: Body, place: Arc<Place>) -> Self {
        Self { body, place }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.place.wait();
    }
}
