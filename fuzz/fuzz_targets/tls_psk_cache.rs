//! A server's keys and cache, in any order of calls, against a list: who gets a key, which one, and how many are
//! remembered.

#![no_main]

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::{Damage, Seeded};
use milagro_tls::admission::Refusal;
use milagro_tls::keys::{PairMaster, Psk, ResponderKey};
use milagro_tls::psk::{PskError, PskForm, PskIdentity, PskResponder, TargetKdf};
use milagro_tls::{Epoch, EpochLength, EpochPolicy, Identity, Principal, Role};

/// Epochs of 100 seconds.
const POLICY: EpochPolicy = EpochPolicy {
    length: EpochLength::new(Seconds::new(100)).unwrap(),
    grace: Seconds::new(30),
    skew: Seconds::new(20),
};

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    External {
        client: u8,
        epoch: u8,
        damage: Option<Damage>,
    },
    Imported {
        client: u8,
        epoch: u8,
        sha384: bool,
        damage: Option<Damage>,
    },
    Install {
        epoch: u8,
    },
    Expire,
    Later {
        seconds: u8,
    },
}

struct World {
    master: PairMaster<Psk>,
    server: Principal,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = PairMaster::<Psk>::random(&mut Seeded(1), "fuzz");
    World {
        server: Principal::new(master.domain(), Role::Peer, "server").unwrap(),
        master,
    }
});

impl World {
    fn key(&self, epoch: u8) -> ResponderKey<Psk> {
        let server = self.server.at(Epoch(epoch.into()));
        self.master.issue_responder(&server).unwrap()
    }

    /// The first four are welcome; the fifth is not, and the sixth is the server itself.
    fn client(&self, number: u8) -> Principal {
        let domain = self.master.domain();
        match number % 6 {
            4 => Principal::new(domain, Role::Client, "stranger").unwrap(),
            5 => self.server.clone(),
            number => Principal::new(domain, Role::Client, &format!("c{number}")).unwrap(),
        }
    }
}

fn welcome(client: &Principal) -> bool {
    client.name() != "stranger"
}

/// What the server should have: for every epoch with a key, who is remembered, the oldest first.
struct Model {
    capacity: usize,
    now: u64,
    epochs: BTreeMap<u64, VecDeque<Principal>>,
}

impl Model {
    fn expire(&mut self) {
        let now = self.now;
        self.epochs.retain(|epoch, _| {
            *epoch > now / 100 || POLICY.accepts(Epoch(*epoch), Seconds::new(now))
        });
    }

    /// What is over by the clock has no pairs; what two epochs more are over, too, and older than the last key by
    /// more than two, has no key.
    fn install(&mut self, epoch: u64) {
        self.epochs.insert(epoch, VecDeque::new());
        let now = Seconds::new(self.now);
        let over = |epoch: u64| epoch < self.now / 100 && !POLICY.accepts(Epoch(epoch), now);
        let newest = self.epochs.keys().copied().max().unwrap_or(epoch);
        self.epochs
            .retain(|epoch, _| epoch + 2 >= newest || !over(epoch + 2));
        for (epoch, known) in &mut self.epochs {
            if over(*epoch) {
                known.clear();
            }
        }
    }

    fn ask(&mut self, client: &Identity) -> Result<(), PskError> {
        let epoch = client.epoch().0;
        if *client.principal() == WORLD.server {
            return Err(Refusal::Reflected.into());
        }
        if !POLICY.accepts(Epoch(epoch), Seconds::new(self.now)) {
            let early = epoch > self.now / 100;
            return Err(if early {
                Refusal::NotYetValid
            } else {
                Refusal::Expired
            }
            .into());
        }
        if !welcome(client.principal()) {
            return Err(Refusal::NotAuthorized.into());
        }
        let known = self.epochs.get_mut(&epoch).ok_or(PskError::NoKey)?;
        if self.capacity > 0 && !known.contains(client.principal()) {
            if known.len() == self.capacity {
                known.pop_front();
            }
            known.push_back(client.principal().clone());
        }
        Ok(())
    }

    fn remembered(&self) -> usize {
        self.epochs.values().map(VecDeque::len).sum()
    }
}

fuzz_target!(|input: (u8, Vec<Step>)| {
    let (capacity, steps) = input;
    let capacity = usize::from(capacity % 4);
    let world = &*WORLD;
    let mut model = Model {
        capacity,
        now: 50,
        epochs: BTreeMap::from([(0, VecDeque::new())]),
    };
    let server = PskResponder::new(world.key(0), POLICY, capacity, welcome);
    for step in steps.into_iter().take(24) {
        match step {
            Step::External {
                client,
                epoch,
                damage,
            } => {
                let client = world.client(client).at(Epoch((epoch % 4).into()));
                let text = PskIdentity::of(client.principal(), Some(client.epoch())).unwrap();
                let sent = text.as_str().as_bytes();
                let bytes = damage.map_or(sent.to_vec(), |damage| damage.apply(sent));
                let answer = server.external(&bytes, Seconds::new(model.now));
                // A damaged text may be somebody else's.
                let Ok(read) = PskIdentity::from_bytes(&bytes) else {
                    assert!(matches!(answer, Err(PskError::Identity(_))));
                    continue;
                };
                let Some(client) = read.in_domain(world.master.domain()) else {
                    assert_eq!(answer.unwrap_err(), Refusal::Domain.into());
                    continue;
                };
                let client = client.at(read.epoch().unwrap_or(Epoch(model.now / 100)));
                assert_eq!(
                    answer.as_ref().map(|_| ()),
                    model.ask(&client).as_ref().map(|_| ())
                );
                if let Ok(psk) = answer {
                    let epoch = u8::try_from(client.epoch().0).unwrap();
                    let pair = world.key(epoch).pair(client.principal()).unwrap();
                    assert_eq!(psk.key(), pair.external(PskForm::WithEpoch).unwrap().key());
                    assert_eq!(psk.identity(), &read);
                }
            }
            Step::Imported {
                client,
                epoch,
                sha384,
                damage,
            } => {
                let client = world.client(client);
                let kdf = if sha384 {
                    TargetKdf::HkdfSha384
                } else {
                    TargetKdf::HkdfSha256
                };
                let Ok(pair) = world.key(epoch % 4).pair(&client) else {
                    continue;
                };
                let psk = pair.import(kdf, PskForm::WithEpoch).unwrap();
                let damage = damage.map(|damage| damage.apply(psk.identity()));
                let bytes = damage.unwrap_or(psk.identity().to_vec());
                let answer = server.imported(&bytes, Seconds::new(model.now));
                if bytes == psk.identity() {
                    let expected = model.ask(&client.at(Epoch((epoch % 4).into())));
                    assert_eq!(answer.as_ref().map(|_| ()), expected.as_ref().map(|_| ()));
                    if let Ok(theirs) = answer {
                        assert_eq!(theirs.key(), psk.key());
                    }
                } else if let Ok(theirs) = answer {
                    // The same pair with the other hash: nothing else has this context.
                    assert_eq!(theirs.identity(), bytes);
                    assert_ne!(theirs.kdf(), kdf);
                    assert!(model.ask(&client.at(Epoch((epoch % 4).into()))).is_ok());
                }
            }
            Step::Install { epoch } => {
                server
                    .install(world.key(epoch % 4), Seconds::new(model.now))
                    .unwrap();
                model.install((epoch % 4).into());
            }
            Step::Expire => {
                server.expire(Seconds::new(model.now));
                model.expire();
            }
            Step::Later { seconds } => model.now += u64::from(seconds),
        }
        assert_eq!(server.remembered(), model.remembered());
    }
});
