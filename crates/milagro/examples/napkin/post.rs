//! Letters between authorities, over their TCP ports: a board of each ceremony for everybody.
//!
//! Anybody may read them, and nobody is believed but for a member's signature.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use milagro::base::Writer;
use milagro::dta::AuthorityId;

use super::dta::LETTER;
use super::story::Outcome;
use super::wire::Connection;

/// How long an authority waits for the others.
const PATIENCE: Duration = Duration::from_secs(20);

/// Most letters of a ceremony.
const ROOM: usize = 64;

/// The letters that have come, by ceremony, and where to send others.
#[derive(Default)]
pub(crate) struct Post {
    boxes: Mutex<BTreeMap<u8, Vec<Vec<u8>>>>,
    arrived: Condvar,
    peers: Mutex<Vec<(AuthorityId, SocketAddr)>>,
}

impl Post {
    /// Learns where the others live.
    pub(crate) fn meet(&self, peers: Vec<(AuthorityId, SocketAddr)>) {
        *self.peers.lock().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    /// Puts a letter that came into its box.
    pub(crate) fn deliver(&self, ceremony: u8, letter: &[u8]) {
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let letters = boxes.entry(ceremony).or_default();
        if letters.len() < ROOM {
            letters.push(letter.to_vec());
            self.arrived.notify_all();
        }
    }

    /// Waits until there are more letters than have been read; none if nobody writes any more.
    pub(crate) fn letters(&self, ceremony: u8, read: usize) -> Vec<Vec<u8>> {
        let boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let all = |boxes: &BTreeMap<u8, Vec<Vec<u8>>>| boxes.get(&ceremony).map_or(0, Vec::len);
        let waiting = |boxes: &mut BTreeMap<_, _>| all(boxes) <= read;
        let waited = self.arrived.wait_timeout_while(boxes, PATIENCE, waiting);
        let (boxes, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let letters = boxes.get(&ceremony).into_iter().flatten();
        letters.skip(read).cloned().collect()
    }

    /// Sends a letter to all the others.
    pub(crate) fn publish(&self, ceremony: u8, letter: &[u8]) -> Outcome<()> {
        let message = Writer::new().u8(LETTER).u8(ceremony).bytes(letter).finish();
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, address) in peers.iter() {
            Connection::open(*address)?.ask(&message)?;
        }
        Ok(())
    }
}
