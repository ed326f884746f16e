//! A service that runs through three epochs under load: keys are renewed, a peer is removed, a new master comes and
//! the old one goes, and no handshake fails but those that must.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test of a program"
)]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
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

/// What takes longer than this waited for a processor, perhaps until its key was over.
const SLOW: Duration = Duration::from_secs(1);

/// The least time between two connections: 50 a second.
const PAUSE: Duration = Duration::from_millis(20);

/// The epochs that the story takes.
const STORY: u32 = 3;

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
            step => assert!(matches!(step, Step::Wait { .. }), "no key counts"),
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

/// Everybody, and the service with what its operator changes and hears.
struct World {
    old: Arc<SigningMaster>,
    new: Arc<SigningMaster>,
    service: Arc<Node>,
    alice: Arc<Node>,
    carol: Arc<Node>,
    /// Alice again, with keys of the new master.
    moved: Arc<Node>,
    welcome: Replaceable,
    verifier: Arc<IdentityVerifier>,
    heard: Arc<Mutex<Vec<(Principal, Refusal)>>>,
}

impl World {
    fn new() -> Self {
        let master = || Arc::new(SigningMaster::random(&mut UnwrapErr(SysRng), "fleet"));
        let (old, new) = (master(), master());
        let [alice, carol] = ["alice", "carol"].map(|name| Node::new(&old, Role::Client, name));
        let welcome = Replaceable::new(list(&[&alice.principal, &carol.principal]));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        let verifier = IdentityVerifier::new(old.anchor(), POLICY, welcome.clone()).on_refusal(
            move |refused| {
                let who = refused.claimed.principal().clone();
                hears.lock().unwrap().push((who, refused.reason));
            },
        );
        Self {
            service: Node::new(&old, Role::Server, "service"),
            moved: Node::new(&new, Role::Client, "alice"),
            verifier: Arc::new(verifier),
            old,
            new,
            alice,
            carol,
            welcome,
            heard,
        }
    }

    fn nodes(&self) -> [Arc<Node>; 4] {
        [&self.service, &self.alice, &self.carol, &self.moved].map(Arc::clone)
    }

    /// Those who call, each with a configuration that it has from the start.
    fn callers(&self) -> [(Principal, Arc<ClientConfig>); 3] {
        let only = list(&[&self.service.principal]);
        let trusts = Arc::new(IdentityVerifier::new(self.old.anchor(), POLICY, only));
        [&self.alice, &self.carol, &self.moved]
            .map(|node| (node.principal.clone(), client(node, &trusts)))
    }
}

/// What the operator does, and when it was done.
struct Operator {
    start: Instant,
    removed: Option<Instant>,
    believed: Option<Instant>,
    distrusted: Option<Instant>,
}

impl Operator {
    fn after(&self, epochs: f64) -> Instant {
        self.start + Duration::from_secs(LENGTH).mul_f64(epochs)
    }

    fn act(&mut self, world: &World) {
        let now = Instant::now();
        let (alice, moved) = (&world.alice.principal, &world.moved.principal);
        if self.removed.is_none() && now > self.after(0.7) {
            world.welcome.replace(list(&[alice]));
            self.removed = Some(Instant::now());
        }
        if self.believed.is_none() && now > self.after(1.5) {
            world.verifier.believe(world.new.anchor());
            world.welcome.replace(list(&[alice, moved]));
            self.believed = Some(Instant::now());
        }
        if self.distrusted.is_none() && now > self.after(2.3) {
            assert!(world.verifier.distrust(world.old.domain()));
            self.distrusted = Some(Instant::now());
        }
    }

    /// From when to when calls of somebody are to be served.
    fn served(&self, who: &Principal, world: &World) -> (Instant, Instant) {
        if *who == world.alice.principal {
            (self.start, self.distrusted.unwrap())
        } else if *who == world.carol.principal {
            (self.start, self.removed.unwrap())
        } else {
            (self.believed.unwrap(), self.after(9.0))
        }
    }
}

/// Time between two connections: what a machine as busy as this one can do is twice as much.
async fn pause(world: &World, address: SocketAddr) -> Duration {
    let callers = world.callers();
    let (_, config) = &callers[0];
    let mut longest = Duration::ZERO;
    for _call in 0..3 {
        let begun = Instant::now();
        let server = world.service.principal.clone();
        call(config.clone(), server, address).await.unwrap();
        longest = longest.max(begun.elapsed());
    }
    PAUSE.max(2 * longest)
}

/// Calls for three epochs, in turns.
async fn load(
    world: &World,
    operator: &mut Operator,
    address: SocketAddr,
    pause: Duration,
) -> Vec<Call> {
    let callers = world.callers();
    let mut running = Vec::new();
    for (number, (who, config)) in (0..).zip(callers.iter().cycle()) {
        tokio::time::sleep_until((operator.start + pause * number).into()).await;
        let begun = Instant::now();
        if begun > operator.after(STORY.into()) {
            break;
        }
        operator.act(world);
        let (who, config) = (who.clone(), config.clone());
        let server = world.service.principal.clone();
        running.push(tokio::spawn(async move {
            let served = call(config, server, address).await;
            Call {
                who,
                begun,
                ended: Instant::now(),
                served,
            }
        }));
    }
    let mut calls = Vec::new();
    for call in running {
        calls.push(call.await.unwrap());
    }
    calls
}

/// How many calls of a kind there are at least, of so many in all.
fn few(planned: usize) -> usize {
    (planned / 30).max(1)
}

/// What was under way when something changed may end in either way; everything else in one.
fn judge(world: &World, operator: &Operator, calls: &[Call], planned: usize) {
    let (mut seen, mut slow) = (HashMap::new(), 0);
    for call in calls {
        let (from, until) = operator.served(&call.who, world);
        let verdict = if call.begun >= from && call.ended <= until {
            if call.ended - call.begun > SLOW {
                slow += 1;
                continue;
            }
            assert_eq!(call.served, Ok(()), "{}", call.who);
            true
        } else if call.ended <= from || call.begun >= until {
            assert!(call.served.is_err(), "{}", call.who);
            false
        } else {
            continue;
        };
        *seen.entry((&call.who, verdict)).or_insert(0) += 1;
    }
    // There was load, and all of it was seen but what was under way.
    assert!(calls.len() * 2 >= planned, "{} of {planned}", calls.len());
    assert_eq!(seen.len(), 6);
    assert!(
        seen.values().all(|count| *count >= few(planned)),
        "{seen:?}"
    );
    assert!(
        4 * (seen.values().sum::<usize>() + slow) >= 3 * calls.len(),
        "{seen:?}"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_service_runs_through_three_epochs() {
    let world = World::new();
    let config = server_config(&world.service.resolver, &world.verifier).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, Arc::new(config)));
    let nodes = world.nodes();
    // Agents do not wait for connections.
    let over = Arc::new(AtomicBool::new(false));
    let is_over = over.clone();
    let agents = thread::spawn(move || {
        while !is_over.load(Ordering::Relaxed) {
            nodes.iter().for_each(|node| node.renew());
            thread::sleep(Duration::from_millis(100));
        }
    });
    let pause = pause(&world, address).await;
    let story = Duration::from_secs(LENGTH) * STORY;
    let planned = usize::try_from(story.as_millis() / pause.as_millis()).unwrap();
    let mut operator = Operator {
        start: Instant::now(),
        removed: None,
        believed: None,
        distrusted: None,
    };
    let calls = load(&world, &mut operator, address, pause).await;
    serving.abort();
    over.store(true, Ordering::Relaxed);
    agents.join().unwrap();
    judge(&world, &operator, &calls, planned);

    for node in world.nodes() {
        let renewed = *node.renewed.lock().unwrap();
        assert!(
            (2..=5).contains(&renewed),
            "{} renewed {renewed}",
            node.principal
        );
    }
    // The operator heard why.
    let heard = world.heard.lock().unwrap();
    for (who, why) in [
        (&world.carol, Refusal::NotAuthorized),
        (&world.alice, Refusal::Domain),
        (&world.moved, Refusal::Domain),
    ] {
        let one = (who.principal.clone(), why);
        assert!(heard.iter().filter(|other| **other == one).count() >= few(planned));
    }
    let known = |why| matches!(why, Refusal::NotAuthorized | Refusal::Domain);
    assert!(heard.iter().all(|(_, why)| known(*why)));
}
