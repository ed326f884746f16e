//! Handshakes across the edge of an epoch.

use alloc::sync::Arc;
use core::sync::atomic::AtomicU64;

use milagro_mpin::names::EpochPolicy;
use rustls::{AlertDescription as Alert, CertificateError, Error, HandshakeKind};

use super::super::fixture::today;
use super::tcp::talk;
use super::{Clock, World, resolver, verifier};
use crate::admission::Anyone;
use crate::keys::KeyError;
use crate::raw_keys::{client_config, server_config};
use milagro_mpin::names::Epoch;

const DAY: u64 = 86_400;

fn midnight() -> u64 {
    (today().0 + 1) * DAY
}

fn next(identity: &crate::names::Identity) -> crate::names::Identity {
    identity.principal().at(Epoch(identity.epoch().0 + 1))
}

#[test]
fn keys_count_for_the_time_of_grace() {
    let world = World::new();
    let (client, server) = (Arc::new(world.client()), Arc::new(world.server()));
    let policy = EpochPolicy::DAILY;
    for now in [
        midnight() - 1,
        midnight(),
        midnight() + policy.grace.get() - 1,
    ] {
        world.clock.set(now);
        let (by_client, by_server) = talk(&client, world.name(), &server);
        assert_eq!(by_client.unwrap().peer, world.server);
        assert_eq!(by_server.unwrap().peer, world.client);
    }
    world.clock.set(midnight() + policy.grace.get());
    let (by_client, by_server) = talk(&client, world.name(), &server);
    let expired = Error::InvalidCertificate(CertificateError::Expired);
    assert_eq!(by_client.unwrap_err(), expired);
    let alert = Error::AlertReceived(Alert::CertificateExpired);
    assert_eq!(by_server.unwrap_err(), alert);
}

#[test]
fn installed_keys_take_over_at_the_edge() {
    let world = World::new();
    let keys = resolver(world.key(&world.server), &world.clock);
    let verifier = verifier(&world.master, Anyone);
    let server = Arc::new(server_config(&keys, &verifier).unwrap());
    let client = Arc::new(world.client());
    keys.install(world.key(&next(&world.server))).unwrap();
    world.clock.set(midnight() - 1);
    assert_eq!(keys.epoch(), Some(today()));
    let (seen, _) = talk(&client, world.name(), &server);
    assert_eq!(seen.unwrap().peer, world.server);
    world.clock.set(midnight());
    assert_eq!(keys.epoch(), Some(Epoch(today().0 + 1)));
    // The client still uses yesterday's key, within the grace period.
    let (by_client, by_server) = talk(&client, world.name(), &server);
    assert_eq!(by_client.unwrap().peer, next(&world.server));
    assert_eq!(by_server.unwrap().peer, world.client);
}

#[test]
fn resolvers_keep_one_principal() {
    let world = World::new();
    let keys = resolver(world.key(&world.server), &world.clock);
    let refused = keys.install(world.key(&world.client)).unwrap_err();
    assert_eq!(refused, KeyError::Principal);
    let second = next(&world.server);
    let third = next(&second);
    world.clock.set(midnight());
    keys.install(world.key(&third)).unwrap();
    // The first one stays: its epoch was the last one to begin.
    assert_eq!(keys.epoch(), Some(today()));
    keys.install(world.key(&second)).unwrap();
    assert_eq!(keys.epoch(), Some(second.epoch()));
    keys.install(world.key(&second)).unwrap();
    assert_eq!(keys.epoch(), Some(second.epoch()));
}

/// A clock that runs ahead by less than the skew does no harm, one that runs ahead by more does.
#[test]
fn clocks_may_differ_by_the_skew() {
    let world = World::new();
    let ahead = Arc::new(Clock(AtomicU64::new(midnight())));
    let keys = resolver(world.key(&next(&world.client)), &ahead);
    let verifier = verifier(&world.master, Anyone);
    let client = Arc::new(client_config(&keys, &verifier).unwrap());
    let server = Arc::new(world.server());
    world.clock.set(midnight() - EpochPolicy::DAILY.skew.get());
    let (_, by_server) = talk(&client, world.name(), &server);
    assert_eq!(by_server.unwrap().peer, next(&world.client));
    world
        .clock
        .set(midnight() - EpochPolicy::DAILY.skew.get() - 1);
    let (_, by_server) = talk(&client, world.name(), &server);
    let refused = Error::InvalidCertificate(CertificateError::NotValidYet);
    assert_eq!(by_server.unwrap_err(), refused);
}

/// With tickets or a session store on either side, the second handshake would be a resumed one, and the
/// third would succeed.
#[test]
fn nobody_outlives_an_epoch_by_resumption() {
    let world = World::new();
    let (client, server) = (Arc::new(world.client()), Arc::new(world.server()));
    for _ in 0..2 {
        let (by_client, by_server) = talk(&client, world.name(), &server);
        assert_eq!(by_client.unwrap().kind, HandshakeKind::Full);
        assert_eq!(by_server.unwrap().kind, HandshakeKind::Full);
    }
    world.clock.set(midnight() + DAY);
    let (by_client, _) = talk(&client, world.name(), &server);
    let expired = Error::InvalidCertificate(CertificateError::Expired);
    assert_eq!(by_client.unwrap_err(), expired);
}

/// The same story with resumption turned on at both ends, to show that the test above can fail.
#[test]
fn resumption_would_let_the_expired_in() {
    let world = World::new();
    let (mut client, mut server) = (world.client(), world.server());
    client.resumption = rustls::client::Resumption::in_memory_sessions(8);
    server.session_storage = rustls::server::ServerSessionMemoryCache::new(8);
    server.send_tls13_tickets = 1;
    let (client, server) = (Arc::new(client), Arc::new(server));
    let (first, _) = talk(&client, world.name(), &server);
    assert_eq!(first.unwrap().kind, HandshakeKind::Full);
    world.clock.set(midnight() + EpochPolicy::DAILY.grace.get());
    let (second, _) = talk(&client, world.name(), &server);
    assert_eq!(second.unwrap().kind, HandshakeKind::Resumed);
    // One end that leaves it off is enough.
    let server = Arc::new(world.server());
    let (refused, _) = talk(&client, world.name(), &server);
    let expired = Error::InvalidCertificate(CertificateError::Expired);
    assert_eq!(refused.unwrap_err(), expired);
}

/// Installed before, at and after the edge, within skew and grace, with a clock that runs ahead and comes back.
#[test]
fn every_edge_of_resolvers() {
    let world = World::new();
    let policy = EpochPolicy::DAILY;
    let (skew, grace) = (policy.skew.get(), policy.grace.get());
    let second = next(&world.server);
    let inner = verifier(&world.master, Anyone);
    let times = [
        midnight() - 3600,
        midnight() - skew - 1,
        midnight() - skew,
        midnight() - 1,
        midnight(),
        midnight() + skew,
        midnight() + grace - 1,
        midnight() + grace,
        midnight() + 3600,
    ];
    for installed in times {
        world.clock.set(midnight() - 3600);
        let keys = resolver(world.key(&world.server), &world.clock);
        for now in times {
            if now == installed {
                world.clock.set(now);
                keys.install(world.key(&second)).unwrap();
            }
            world.clock.set(now);
            let is_second = now >= midnight() && now >= installed;
            let used = if is_second { &second } else { &world.server };
            assert_eq!(keys.epoch(), Some(used.epoch()), "{installed} {now}");
            // A peer with the same clock takes it, but for the old key after its time of grace.
            let verdict = inner.check(used, crate::admission::Side::Server, now.into());
            let late = !is_second && now >= midnight() + grace;
            assert_eq!(verdict.is_err(), late, "{installed} {now}");
        }
    }
    // The clock is ahead, by an hour and by years, when the keys of a week come in; then it is right again.
    for ahead in [3600, DAY, 30 * DAY, 3000 * DAY] {
        world.clock.set(midnight() - 3600);
        let keys = resolver(world.key(&world.server), &world.clock);
        world.clock.set(midnight() - 3600 + ahead);
        let mut following = second.clone();
        for _ in 0..7 {
            keys.install(world.key(&following)).unwrap();
            following = next(&following);
        }
        world.clock.set(midnight() - 3600);
        assert_eq!(keys.epoch(), Some(today()), "{ahead}");
    }
}

/// With a clock that is right, what is over goes once later keys are there. What is kept is bounded, and what counts
/// makes no room.
#[test]
fn what_is_over_goes() {
    let world = World::new();
    let keys = resolver(world.key(&world.server), &world.clock);
    let mut following = world.server.clone();
    for day in 1..=60 {
        following = next(&following);
        world.clock.set(midnight() + (day - 1) * DAY);
        keys.install(world.key(&following)).unwrap();
        assert!(keys.held() <= 8, "{day}: {}", keys.held());
    }
    // More keys ahead of time than there is room for.
    world.clock.set(midnight() - 1);
    let keys = resolver(world.key(&world.server), &world.clock);
    let mut following = world.server.clone();
    for day in 1..=40 {
        following = next(&following);
        let installed = keys.install(world.key(&following));
        let expected = if day < 32 {
            Ok(())
        } else {
            Err(KeyError::Full)
        };
        assert_eq!(installed, expected, "{day}");
    }
    assert_eq!((keys.held(), keys.epoch()), (32, Some(today())));
    // One that is there already takes its own place; and once today is over, there is room for one more.
    keys.install(world.key(&world.server)).unwrap();
    world.clock.set(midnight() + EpochPolicy::DAILY.grace.get());
    keys.install(world.key(&following)).unwrap();
    assert_eq!(keys.held(), 32);
    let refused = keys.install(world.key(&next(&following)));
    assert_eq!(refused, Err(KeyError::Full));
}
