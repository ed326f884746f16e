//! Keys of both sides on grants: an identity gets each once.

use milagro_base::Seconds;
use milagro_dta::grants::{
    ClientKey, Desk, Enrolment, Grant, Granted, IssuedSet, RegistrarKey, SignedGrant,
};
use milagro_dta::issue::{CombineError, FirstKey, SecondKey};
use milagro_dta::{Agreement, Authority, Psk};
use milagro_ledger::memory::MemoryLedger;

use super::fixture::{NOW, rng, today};
use super::two_sided::dealt;
use crate::keys::{IdentityKey, IssueError, KeyError, PairAnchor, ResponderKey, TwoSided};
use crate::names::{Identity, Principal, Role};

/// Three authorities, two of which have to help, that count whom they have issued to.
struct Offices<U: TwoSided> {
    authorities: Vec<(Authority<U>, MemoryLedger)>,
    registrar: RegistrarKey,
}

impl<U: TwoSided> Offices<U> {
    fn new() -> Self {
        let open = |mut authority: Authority<U>| {
            let ledger = MemoryLedger::init(&mut rng(), 1000, NOW.minus(Seconds::days(30)));
            let nobody = IssuedSet::new(*authority.domain().id());
            authority.count_in_local(&ledger, &nobody, NOW).unwrap();
            (authority, ledger)
        };
        Self {
            authorities: dealt::<U>().into_iter().map(open).collect(),
            registrar: RegistrarKey::random(&mut rng()),
        }
    }

    fn named(&self, role: Role, name: &str) -> Identity {
        let domain = *self.authorities[0].0.domain().id();
        Principal::new(domain, role, name).unwrap().at(today())
    }

    fn grant<G: Granted<Protocol = U, Subject = milagro_mpin::Identity>>(
        &self,
        subject: milagro_mpin::Identity,
        client: &ClientKey,
    ) -> SignedGrant<G> {
        let grant = Grant {
            domain: *self.authorities[0].0.domain().id(),
            subject,
            client: client.public().unwrap(),
            from: NOW,
            until: NOW.plus(Seconds::days(1)),
        };
        grant.sign(&mut rng(), &self.registrar).unwrap()
    }

    /// What comes of asking these authorities.
    fn ask<'a, G: Granted<Protocol = U, Subject = milagro_mpin::Identity>>(
        &'a self,
        which: &[usize],
        subject: milagro_mpin::Identity,
        client: &'a ClientKey,
    ) -> Enrolment<'a, G> {
        let grant = self.grant::<G>(subject, client);
        let mut enrolment = Enrolment::new(self.authorities[0].0.domain(), client, &grant).unwrap();
        for (authority, ledger) in which.iter().map(|index| &self.authorities[*index]) {
            let registrar = self.registrar.public();
            let desk = Desk {
                registrar: &registrar,
                ledger,
                now: NOW,
            };
            let answer = authority.answer_local::<G, _, _>(&mut rng(), &desk, &grant.to_bytes());
            if let Ok(answer) = answer {
                enrolment.add(authority.id(), &answer.sealed).unwrap();
            }
        }
        enrolment
    }
}

fn each_once<U: TwoSided>() {
    let offices = Offices::<U>::new();
    let anchor = PairAnchor::of(offices.authorities[0].0.domain());
    let peer = offices.named(Role::Peer, "peer");
    let [node, thief] = [(); 2].map(|()| ClientKey::random(&mut rng()));
    let subject = || peer.to_subject();
    let first = |which: &[usize], client| {
        let enrolment = offices.ask::<FirstKey<U>>(which, subject(), client);
        IdentityKey::<U>::enrolled(enrolment)
    };
    let second = |which: &[usize], client| {
        let enrolment = offices.ask::<SecondKey<U>>(which, subject(), client);
        ResponderKey::<U>::enrolled(enrolment)
    };
    // One share is too few.
    let few = first(&[0], &node).unwrap_err();
    assert!(
        matches!(few, IssueError::Shares(CombineError::TooFew { .. })),
        "{few:?}"
    );
    let key = first(&[0, 1], &node).unwrap().key;
    assert_eq!(*key.identity(), peer);
    assert!(IdentityKey::<U>::from_bytes(&key.to_bytes(), &anchor).is_ok());
    // The side that answers is another purpose, with a key of its own.
    let other = second(&[1, 2], &node).unwrap().key;
    assert!(ResponderKey::<U>::from_bytes(&other.to_bytes(), &anchor).is_ok());
    // A registrar who signs again for another key gets fewer answers than it takes.
    assert!(first(&[0, 1, 2], &thief).is_err());
    assert!(second(&[0, 1, 2], &thief).is_err());
    // The node asks again and is answered.
    let again = first(&[0, 1, 2], &node).unwrap().key;
    assert_eq!(*again.to_bytes(), *key.to_bytes());
}

#[test]
fn an_identity_is_enrolled_once() {
    each_once::<Psk>();
    each_once::<Agreement>();
}

/// Grants are for subjects; those that are no identities of this crate, and of the wrong side, make no keys.
#[test]
fn only_identities_of_the_side_are_enrolled() {
    let offices = Offices::<Psk>::new();
    let node = ClientKey::random(&mut rng());
    let first = |subject| {
        let enrolment = offices.ask::<FirstKey<Psk>>(&[0, 1, 2], subject, &node);
        IdentityKey::<Psk>::enrolled(enrolment)
            .map(|_| ())
            .unwrap_err()
    };
    let second = |subject| {
        let enrolment = offices.ask::<SecondKey<Psk>>(&[0, 1, 2], subject, &node);
        ResponderKey::<Psk>::enrolled(enrolment)
            .map(|_| ())
            .unwrap_err()
    };
    let raw = || milagro_mpin::Identity::raw(b"alice").unwrap();
    assert_eq!(first(raw()), KeyError::Subject.into());
    assert_eq!(second(raw()), KeyError::Subject.into());
    let alice = offices.named(Role::Client, "alice");
    let device = milagro_mpin::Identity::device("example", "alice", &[7; 16]).unwrap();
    assert_eq!(first(device), KeyError::Subject.into());
    let foreign = Principal::new(
        milagro_mpin::TrustDomainId::from_bytes([7; 32]),
        Role::Peer,
        "peer",
    );
    let foreign = foreign.unwrap().at(today()).to_subject();
    assert_eq!(first(foreign.clone()), KeyError::Domain.into());
    assert_eq!(second(foreign), KeyError::Domain.into());
    assert_eq!(second(alice.to_subject()), KeyError::Role.into());
    let server = offices.named(Role::Server, "server");
    assert_eq!(first(server.to_subject()), KeyError::Role.into());
}
