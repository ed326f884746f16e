//! Ours: a client and a server with keys of their names.

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_interop::{Client, Server};
use milagro_tls::admission::Anyone;
use milagro_tls::keys::{PairMaster, Psk};
use milagro_tls::psk::{PskInitiator, PskResponder};
use milagro_tls::rand_core::UnwrapErr;
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};
use openssl::ssl::Ssl;

const EPOCH: Epoch = Epoch(20_000);
const NOW: Seconds = Seconds::days(EPOCH.0);

/// A client, the server that it calls, and the key that each of them remembers, or does not.
pub(crate) struct Pair {
    client: Client,
    server: Server,
    name: Principal,
}

impl Pair {
    /// `capacity` is that of both caches; with 0 both ends compute a pairing for every handshake.
    pub(crate) fn new(capacity: usize) -> Self {
        let mut rng = UnwrapErr(SysRng);
        let master = PairMaster::<Psk>::random(&mut rng, "bench.example");
        let principal = |role, name| Principal::new(master.domain(), role, name).unwrap();
        let name = principal(Role::Server, "server");
        let issued = master.issue(&mut rng, &principal(Role::Client, "client").at(EPOCH));
        let key = issued.unwrap().accept(&master.anchor()).unwrap();
        let initiator = PskInitiator::new(key, EpochPolicy::DAILY, capacity);
        let key = master.issue_responder(&name.at(EPOCH)).unwrap();
        let responder = PskResponder::new(key, EpochPolicy::DAILY, capacity, Anyone);
        Self {
            client: Client::new(initiator.into()).unwrap(),
            server: Server::new(responder.into(), || NOW).unwrap(),
            name,
        }
    }

    pub(crate) fn ends(&self) -> (Ssl, Ssl) {
        let client = self.client.prepare(&self.name, NOW);
        (client.unwrap(), Ssl::new(self.server.context()).unwrap())
    }
}
