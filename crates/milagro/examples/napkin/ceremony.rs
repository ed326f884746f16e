//! Letters between authorities, over their TCP ports.
//!
//! In earnest these channels are encrypted and both ends are known; a ceremony notices lies all the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use milagro::base::Writer;
use milagro::dta::AuthorityId;

use super::dta::LETTER;
use super::story::{Outcome, missing};
use super::wire::Connection;

/// How long an authority waits for the others.
const PATIENCE: Duration = Duration::from_secs(20);

/// Most letters that wait to be read in one box.
const ROOM: usize = 64;

/// A ceremony and a round of it.
pub(crate) type Slot = (u8, u8);

/// The letters that have come, and where to send others.
#[derive(Default)]
pub(crate) struct Post {
    boxes: Mutex<BTreeMap<Slot, Vec<Vec<u8>>>>,
    arrived: Condvar,
    peers: Mutex<Vec<(AuthorityId, SocketAddr)>>,
}

impl Post {
    /// Learns where the others live.
    pub(crate) fn meet(&self, peers: Vec<(AuthorityId, SocketAddr)>) {
        *self.peers.lock().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    /// Puts a letter that came into its box.
    pub(crate) fn deliver(&self, to: Slot, letter: &[u8]) {
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let letters = boxes.entry(to).or_default();
        if letters.len() < ROOM {
            letters.push(letter.to_vec());
            self.arrived.notify_all();
        }
    }

    /// Waits for a letter from each of the others and takes them out of the box. Whoever is late has not
    /// written.
    pub(crate) fn collect(&self, from: Slot) -> Vec<Vec<u8>> {
        let count = self.peers().len();
        let boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting =
            |boxes: &mut BTreeMap<Slot, Vec<Vec<u8>>>| boxes.get(&from).map_or(0, Vec::len) < count;
        let waited = self.arrived.wait_timeout_while(boxes, PATIENCE, waiting);
        let (mut boxes, _) = waited.unwrap_or_else(PoisonError::into_inner);
        boxes.remove(&from).unwrap_or_default()
    }

    /// Sends a letter to one of the others.
    pub(crate) fn send(&self, to: AuthorityId, into: Slot, letter: &[u8]) -> Outcome<()> {
        let peers = self.peers();
        let known = peers.iter().find(|(id, _)| *id == to);
        let (_, address) = known.ok_or_else(|| missing("the receiver is known"))?;
        let (ceremony, round) = into;
        let message = Writer::new()
            .u8(LETTER)
            .u8(ceremony)
            .u8(round)
            .bytes(letter);
        Connection::open(*address)?.ask(&message.finish())?;
        Ok(())
    }

    /// Sends a letter to all the others.
    pub(crate) fn publish(&self, into: Slot, letter: &[u8]) -> Outcome<()> {
        let peers = self.peers();
        let mut others = peers.iter();
        others.try_for_each(|(id, _)| self.send(*id, into, letter))
    }

    fn peers(&self) -> Vec<(AuthorityId, SocketAddr)> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.clone()
    }
}
