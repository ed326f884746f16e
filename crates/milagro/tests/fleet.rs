//! A service that runs through three epochs under load: keys are renewed, a peer is removed, a new master comes and
//! the old one goes, and no handshake fails but those that must.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test of a program"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use getrandom::SysRng;
use milagro::base::Seconds;
use milagro::tls::admission::{AllowList, IdentityVerifier, Refusal, Replaceable};
use milagro::tls::keys::{IdentityKey, Signing};
use milagro::tls::rand_core::UnwrapErr;
use milagro::tls::raw_keys::{
    IdentityResolver, client_config, peer_identity, server_config, server_name_for,
};
use milagro::tls::renewal::Step;
use milagro::tls::rustls::crypto::aws_lc_rs;
use milagro::tls::rustls::time_provider::{DefaultTimeProvider, TimeProvider as _};
use milagro::tls::rustls::{ClientConfig, ServerConfig};
use milagro::tls::signing::SigningMaster;
use milagro::tls::{Epoch, EpochLength, EpochPolicy, Principal, Role};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const LENGTH: u64 = 4;

/// Epochs of four seconds.
const POLICY: EpochPolicy = EpochPolicy {
    length: EpochLength::new(Seconds::new(LENGTH)).unwrap(),
    grace: Seconds::new(2),
    skew: Seconds::new(1),
};

/// How long the authority may be away.
const OUTAGE: Seconds = Seconds::new(2);

/// Time between two connections: 50 a second.
const PAUSE: Duration = Duration::from_millis(20);

fn now() -> Seconds {
    Seconds::new(DefaultTimeProvider.current_time().unwrap().as_secs())
}

/// Somebody with keys, and what issues them.
struct Node {
    master: Arc<SigningMaster>,
    principal: Principal,
    resolver: Arc<IdentityResolver>,
    renewed: Mutex<usize>,
}

impl Node {
    fn new(master: &Arc<SigningMaster>, role: Role, name: &str) -> Arc<Self> {
        let principal = Principal::new(master.domain(), role, name).unwrap();
        let epoch = Epoch::at(now(), POLICY.length);
        let key = master.issue(&principal.at(epoch)).unwrap();
        let resolver = IdentityResolver::new(
            key,
            POLICY,
            Arc::new(aws_lc_rs::default_provider()),
            Arc::new(DefaultTimeProvider),
        );
        Arc::new(Self {
            master: master.clone(),
            principal,
            resolver: Arc::new(resolver),
            renewed: Mutex::new(0),
        })
    }

    fn key(&self, epoch: Epoch) -> IdentityKey<Signing> {
        self.master.issue(&self.principal.at(epoch)).unwrap()
    }

    /// What the node's agent does all the time.
    fn renew(&self) {
        match self.resolver.renewal(OUTAGE).unwrap() {
            Step::Fetch { epoch, .. } | Step::Warn { epoch, .. } => {
                self.resolver.install(self.key(epoch)).unwrap();
                *self.renewed.lock().unwrap() += 1;
            }
            Step::Stop { .. } => panic!("a node without a key that counts"),
            _ => {}
        }
    }
}

/// One connection: who called, from when to when, and whether it was served.
#[derive(Debug)]
struct Call {
    who: Principal,
    begun: Instant,
    ended: Instant,
    served: Result<(), String>,
}

async fn call(config: Arc<ClientConfig>, server: Principal, to: SocketAddr) -> Result<(), String> {
    let talk = async {
        let tcp = TcpStream::connect(to).await?;
        let name = server_name_for(&server).map_err(std::io::Error::other)?;
        let mut stream = TlsConnector::from(config).connect(name, tcp).await?;
        stream.write_all(b"ping").await?;
        let mut pong = [0; 4];
        // A client hears of its own refusal when it first reads.
        stream.read_exact(&mut pong).await?;
        let known = peer_identity(stream.get_ref().1);
        assert_eq!(known.unwrap().principal(), &server);
        std::io::Result::Ok(())
    };
    talk.await.map_err(|error| error.to_string())
}

async fn serve(listener: TcpListener, config: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut stream = acceptor.accept(tcp).await?;
            let mut ping = [0; 4];
            stream.read_exact(&mut ping).await?;
            stream.write_all(b"pong").await?;
            stream.shutdown().await
        });
    }
}

fn list(all: &[&Principal]) -> AllowList {
    all.iter().copied().cloned().collect()
}

fn client(node: &Node, trusts: &Arc<IdentityVerifier>) -> Arc<ClientConfig> {
    Arc::new(client_config(&node.resolver, trusts).unwrap())
}

#[tokio::test(flavor = "current_thread")]
async fn a_service_runs_through_three_epochs() {
    let old = Arc::new(SigningMaster::random(&mut UnwrapErr(SysRng), "fleet"));
    let new = Arc::new(SigningMaster::random(&mut UnwrapErr(SysRng), "fleet"));
    let service = Node::new(&old, Role::Server, "service");
    let [alice, carol] = ["alice", "carol"].map(|name| Node::new(&old, Role::Client, name));
    let moved = Node::new(&new, Role::Client, "alice");
    let nodes = [&service, &alice, &carol, &moved].map(Arc::clone);

    // The service, and what its operator hears.
    let welcome = Replaceable::new(list(&[&alice.principal, &carol.principal]));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let verifier =
        IdentityVerifier::new(old.anchor(), POLICY, welcome.clone()).on_refusal(move |refused| {
            let who = refused.claimed.principal().clone();
            hears.lock().unwrap().push((who, refused.reason));
        });
    let verifier = Arc::new(verifier);
    let config = Arc::new(server_config(&service.resolver, &verifier).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, config));
    let agents = tokio::spawn(async move {
        loop {
            nodes.iter().for_each(|node| node.renew());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });

    let trusts = IdentityVerifier::new(old.anchor(), POLICY, list(&[&service.principal]));
    let trusts = Arc::new(trusts);
    let callers =
        [&alice, &carol, &moved].map(|node| (node.principal.clone(), client(node, &trusts)));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    let after = |epochs: f64| start + Duration::from_secs(LENGTH).mul_f64(epochs);
    // What the operator does, and when.
    let mut removed = None;
    let mut believed = None;
    let mut distrusted = None;
    let mut running = Vec::new();
    for number in 0.. {
        tokio::time::sleep_until((start + PAUSE * number).into()).await;
        let begun = Instant::now();
        if begun > after(3.0) {
            break;
        }
        if removed.is_none() && begun > after(0.7) {
            welcome.replace(list(&[&alice.principal]));
            removed = Some(Instant::now());
        }
        if believed.is_none() && begun > after(1.5) {
            verifier.believe(new.anchor());
            welcome.replace(list(&[&alice.principal, &moved.principal]));
            believed = Some(Instant::now());
        }
        if distrusted.is_none() && begun > after(2.3) {
            assert!(verifier.distrust(old.domain()));
            distrusted = Some(Instant::now());
        }
        // In turns.
        let turn = usize::try_from(number).unwrap() % callers.len();
        let (who, config) = callers[turn].clone();
        let (server, calls) = (service.principal.clone(), calls.clone());
        running.push(tokio::spawn(async move {
            let served = call(config, server, address).await;
            let ended = Instant::now();
            calls.lock().unwrap().push(Call {
                who,
                begun,
                ended,
                served,
            });
        }));
    }
    for call in running {
        call.await.unwrap();
    }
    serving.abort();
    agents.abort();

    let (removed, believed, distrusted) =
        (removed.unwrap(), believed.unwrap(), distrusted.unwrap());
    let calls = calls.lock().unwrap();
    let mut seen = [0; 6];
    for call in calls.iter() {
        let (good_from, good_until) = if call.who == alice.principal {
            (start, distrusted)
        } else if call.who == carol.principal {
            (start, removed)
        } else {
            (believed, after(9.0))
        };
        let kind = if call.who == alice.principal {
            0
        } else if call.who == carol.principal {
            2
        } else {
            4
        };
        // What was under way when something changed may end in either way.
        if call.begun >= good_from && call.ended <= good_until {
            assert_eq!(call.served, Ok(()), "{} {:?}", call.who, call.begun - start);
            seen[kind] += 1;
        } else if call.ended <= good_from || call.begun >= good_until {
            assert!(
                call.served.is_err(),
                "{} {:?}",
                call.who,
                call.begun - start
            );
            seen[kind + 1] += 1;
        }
    }
    // There was load, and all of it was seen.
    assert!(calls.len() >= 450, "{}", calls.len());
    assert!(seen.iter().all(|count| *count >= 20), "{seen:?}");
    assert!(seen.iter().sum::<usize>() + 20 >= calls.len(), "{seen:?}");
    for node in [&service, &alice, &carol, &moved] {
        let renewed = *node.renewed.lock().unwrap();
        assert!(
            (2..=5).contains(&renewed),
            "{} renewed {renewed}",
            node.principal
        );
    }
    // The operator heard why.
    let heard = heard.lock().unwrap();
    let count = |who: &Principal, why| {
        heard
            .iter()
            .filter(|(other, reason)| other == who && *reason == why)
            .count()
    };
    assert!(count(&carol.principal, Refusal::NotAuthorized) >= 20);
    assert!(count(&alice.principal, Refusal::Domain) >= 20);
    assert!(count(&moved.principal, Refusal::Domain) >= 20);
    assert!(
        heard
            .iter()
            .all(|(_, why)| matches!(why, Refusal::NotAuthorized | Refusal::Domain))
    );
}
