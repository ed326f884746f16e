//! Connections that stand while lists, anchors and clocks go on; and what strangers can tell of a list that is asked
//! behind the handshake.

use alloc::sync::Arc;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::io::{Read as _, Write as _};

use milagro_base::Seconds;
use milagro_mpin::names::EpochPolicy;
use rustls::{Connection, ServerConfig};

use super::super::fixture::{NOW, identity, master, today};
use super::memory::handshake;
use super::{World, resolver};
use crate::admission::{
    AllowList, Anyone, AuthorizeLater, IdentityVerifier, Refusal, Replaceable, Side, Welcome,
};
use crate::names::{Identity, Principal, Role};
use crate::raw_keys::{peer_identity, server_config};
use crate::tests::{Work, work};

fn server(world: &World, verifier: &Arc<IdentityVerifier>) -> Arc<ServerConfig> {
    let keys = resolver(world.key(&world.server), &world.clock);
    Arc::new(server_config(&keys, verifier).unwrap())
}

/// One end writes, the other reads.
fn say(from: &mut Connection, to: &mut Connection, words: &[u8]) {
    from.writer().write_all(words).unwrap();
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    to.read_tls(&mut bytes.as_slice()).unwrap();
    to.process_new_packets().unwrap();
    let mut heard = vec![0; words.len()];
    to.reader().read_exact(&mut heard).unwrap();
    assert_eq!(heard, words);
}

/// TLS goes on talking, whatever has happened since. Who asks again is told.
#[test]
fn a_connection_that_stands_is_asked_for_again() {
    let world = World::new();
    let list = Replaceable::new(Anyone);
    let verifier = IdentityVerifier::new(world.master.anchor(), EpochPolicy::DAILY, list.clone());
    let verifier = Arc::new(verifier);
    let client = Arc::new(world.client());
    let (client, server) = handshake(&client, world.name(), &server(&world, &verifier)).unwrap();
    let peer = peer_identity(&server).unwrap();
    let (mut client, mut server) = (Connection::Client(client), Connection::Server(server));
    let again = |now: Seconds| verifier.check_again(&peer, Side::Client, now);
    assert_eq!(again(NOW), Ok(()));

    list.replace(AllowList::default());
    assert_eq!(again(NOW), Err(Refusal::NotAuthorized));
    say(&mut client, &mut server, b"still here");
    list.replace(Anyone);
    let end = today().next().start(EpochPolicy::DAILY.length);
    let end = end.plus(EpochPolicy::DAILY.grace);
    assert_eq!(again(end.minus(Seconds::new(1))), Ok(()));
    assert_eq!(again(end), Err(Refusal::Expired));
    assert_eq!(again(Seconds::MAX), Err(Refusal::Expired));
    assert_eq!(again(Seconds::ZERO), Err(Refusal::NotYetValid));
    assert_eq!(
        verifier.check_again(&peer, Side::Server, NOW),
        Err(Refusal::Role)
    );
    // The anchor goes, another one comes, and the first comes back.
    assert!(verifier.distrust(world.master.domain()));
    assert_eq!(again(NOW), Err(Refusal::Domain));
    say(&mut server, &mut client, b"me too");
    verifier.believe(master().anchor());
    assert_eq!(again(NOW), Err(Refusal::Domain));
    verifier.believe(world.master.anchor());
    assert_eq!(again(NOW), Ok(()));
}

struct Directory(Principal);

impl AuthorizeLater for Directory {
    async fn permits(&self, peer: &Principal) -> bool {
        *peer == self.0
    }
}

fn welcome(
    verifier: &IdentityVerifier,
    list: &Directory,
    peer: Identity,
) -> Result<Welcome, Refusal> {
    let mut asking = pin!(verifier.welcome(list, peer, Side::Client, || NOW));
    match asking
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(verdict) => verdict,
        Poll::Pending => panic!("waits"),
    }
}

/// A list that is asked behind the handshake makes no difference within it.
#[test]
fn a_later_list_costs_the_same_for_all() {
    let world = World::new();
    let anchor = world.master.anchor().with_point_cache(0);
    let verifier = IdentityVerifier::new(anchor, EpochPolicy::DAILY, Anyone);
    let verifier = Arc::new(verifier);
    let config = server(&world, &verifier);
    let directory = Directory(world.client.principal().clone());
    let carol = identity(&world.master, Role::Client, "carol");
    let verdicts = [&world.client, &carol].map(|who| {
        let client = Arc::new(world.client_with(world.key(who)));
        let before = work();
        let (_, server) = handshake(&client, world.name(), &config).unwrap();
        let spent = work() - before;
        let peer = peer_identity(&server).unwrap();
        (spent, welcome(&verifier, &directory, peer).map(|_| ()))
    });
    let both = Work {
        pairings: 2,
        hashes: 2,
        decodings: 2,
    };
    let refused = Err(Refusal::NotAuthorized);
    assert_eq!(verdicts, [(both, Ok(())), (both, refused)]);
}
