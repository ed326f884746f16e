//! A handshake in memory, and what each end lets the other see of it.

use alloc::sync::Arc;
use std::sync::Mutex;

use milagro_mpin::names::EpochPolicy;
use rustls::{ClientConfig, ClientConnection, Connection, Error, ServerConfig, ServerConnection};

use super::{World, resolver};
use crate::admission::{AllowList, IdentityVerifier, Refusal, Refused, Replaceable, Side};
use crate::names::Identity;
use crate::raw_keys::server_config;

/// A record of TLS, as everybody on the way sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Record {
    kind: u8,
    length: usize,
}

/// What both ends of a handshake found, and what each of them sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) client: Result<(), Error>,
    pub(super) server: Result<(), Error>,
    pub(super) to_client: Vec<Record>,
    pub(super) to_server: Vec<Record>,
}

/// A handshake in memory. `between` is called when the server has answered and before the client's last flight
/// arrives.
pub(super) fn drive(
    world: &World,
    client: ClientConfig,
    server: ServerConfig,
    between: impl FnOnce(),
) -> Seen {
    let mut client =
        Connection::Client(ClientConnection::new(Arc::new(client), world.name()).unwrap());
    let mut server = Connection::Server(ServerConnection::new(Arc::new(server)).unwrap());
    let mut seen = Seen {
        client: Ok(()),
        server: Ok(()),
        to_client: Vec::new(),
        to_server: Vec::new(),
    };
    let mut between = Some(between);
    while client.wants_write() || server.wants_write() {
        let sent = carry(&mut client, &mut server, &mut seen.server);
        seen.to_server.extend(sent);
        let sent = carry(&mut server, &mut client, &mut seen.client);
        seen.to_client.extend(sent);
        if let Some(between) = between.take() {
            between();
        }
    }
    seen
}

fn carry(
    from: &mut Connection,
    to: &mut Connection,
    verdict: &mut Result<(), Error>,
) -> Vec<Record> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() && verdict.is_ok() {
        to.read_tls(&mut rest).unwrap();
        *verdict = to.process_new_packets().map(|_| ());
    }
    records(&bytes)
}

/// Type, version and length stand before each record (RFC 8446, section 5.1).
fn records(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        records.push(Record {
            kind: *kind,
            length,
        });
        bytes = &rest[length..];
    }
    assert!(bytes.is_empty());
    records
}

pub(super) fn list(names: &[&Identity]) -> AllowList {
    names.iter().map(|name| name.principal().clone()).collect()
}

/// The refusals that an operator hears of.
pub(super) type Heard = Arc<Mutex<Vec<(Identity, Refusal)>>>;

impl World {
    /// A server that lets in whom `list` permits, and the refusals that it tells of.
    pub(super) fn watched(&self, list: &Replaceable) -> (ServerConfig, Heard) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        let verifier =
            IdentityVerifier::new(self.master.anchor(), EpochPolicy::DAILY, list.clone())
                .on_refusal(move |refused: &Refused<'_>| {
                    assert_eq!(refused.end, Side::Client);
                    let one = (refused.claimed.clone(), refused.reason);
                    hears.lock().unwrap().push(one);
                });
        let keys = resolver(self.key(&self.server), &self.clock);
        (server_config(&keys, &Arc::new(verifier)).unwrap(), heard)
    }
}
