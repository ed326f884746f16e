//! Logins with M-Pin in axum, on a server that counts in a file:
//! `cargo run -p milagro-store-embedded --example embedded-login`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "says what it sees")]

extern crate alloc;

use alloc::sync::Arc;
use core::error::Error;
use core::future::IntoFuture as _;
use core::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use milagro_base::Seconds;
use milagro_ledger::{Ledger, Paid, Refused, Unspent};
use milagro_mpin::server::{Arrival, Attempts, PermitPolicy, Policy};
use milagro_mpin::{
    ChannelBinding, Identity, LoginProof, MasterSecret, ServerId, Target, Verifier,
};
use milagro_store_embedded::{Settings, init, open};
use milagro_store_testkit::load::{clock, rng};
use milagro_store_testkit::phone::Phone;
use tokio::net::TcpListener;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// A server of the application. Challenges are not stored, and counts are the ledger's, so it remembers nothing.
struct Replica {
    verifier: Verifier,
    ledger: Arc<dyn Ledger>,
}

impl Replica {
    /// Serves on a free port.
    async fn start(self) -> Outcome<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/challenge", get(challenge))
            .route("/login", post(login))
            .layer(DefaultBodyLimit::max(4096))
            .with_state(Arc::new(self));
        tokio::spawn(axum::serve(listener, router).into_future());
        Ok(address)
    }

    /// The three moves: admit and pay for the attempt, check, use the challenge up.
    async fn log_in(&self, message: &[u8]) -> Result<Identity, StatusCode> {
        let now = clock();
        let proof = LoginProof::from_bytes(message).map_err(|_error| StatusCode::BAD_REQUEST)?;
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        let arrival = Arrival::new(&ChannelBinding::None, attempts, now);
        let admitted = self.verifier.admit(&mut rng(), &proof, arrival);
        let admitted = admitted.map_err(|_rejected| StatusCode::UNAUTHORIZED)?;
        let attempt = self.pay(admitted, StatusCode::TOO_MANY_REQUESTS).await?;
        let check = || self.verifier.check(&mut rng(), attempt, now);
        let checked = match tokio::task::block_in_place(check) {
            Ok(checked) => checked,
            Err(rejected) => {
                rejected.give_back(&*self.ledger).await;
                return Err(StatusCode::UNAUTHORIZED);
            }
        };
        let login = self.pay(checked, StatusCode::UNAUTHORIZED).await?;
        Ok(login.identity().clone())
    }

    async fn pay<T>(
        &self,
        value: Unspent<T>,
        exhausted: StatusCode,
    ) -> Result<Paid<T>, StatusCode> {
        let paid = value.spend(&*self.ledger, clock()).await;
        paid.map_err(|refused| match refused {
            Refused::Exhausted => exhausted,
            Refused::Unknown(_) | Refused::Full => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        })
    }
}

async fn challenge(State(replica): State<Arc<Replica>>) -> Vec<u8> {
    let challenge = replica.verifier.challenge(&mut rng(), clock());
    challenge.to_bytes().to_vec()
}

async fn login(State(replica): State<Arc<Replica>>, message: Bytes) -> Result<Vec<u8>, StatusCode> {
    // In a task of its own: a client that hangs up changes nothing.
    let task = tokio::spawn(async move { replica.log_in(&message).await });
    let identity = task
        .await
        .map_err(|_panic| StatusCode::INTERNAL_SERVER_ERROR)??;
    Ok(identity.to_bytes())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    // An authority, and what it gives to a server and to a device.
    let master = MasterSecret::random(&mut rng());
    let domain = master.trust_domain("example");
    let server = ServerId::new(b"www.example.com")?;
    let alice = Identity::device("example", "alice", &[7; 16])?;
    let target = Target {
        domain,
        server: server.clone(),
        binding: ChannelBinding::None,
    };
    let phone = Phone::new(target, master.issue_client(&alice), "0042")?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store");
    // Once, by hand: the ledger, and the server's key, which names it. What is older than a ledger is over, so this was
    // an hour ago.
    let hour_ago = clock().minus(Seconds::hours(1));
    let ledger = init(&mut rng(), &path, Settings::default(), hour_ago)?;
    let key = master.issue_server(&server).belonging_to(ledger.id());
    drop(ledger);
    // At every start.
    let ledger = Arc::new(open(&path, Settings::default())?);
    let policy = Policy::new(PermitPolicy::NoPermits);
    let verifier = Verifier::new(domain, &key, ledger.id(), policy)?;
    let replicas = [Replica { verifier, ledger }.start().await?];
    // Alice, then a thief of her token who guesses at every replica in turn: the right PIN comes too late.
    let typed = ["0042", "1111", "2222", "3333", "4444", "5555", "0042"];
    let expected = [200, 401, 401, 401, 401, 401, 429];
    for ((pin, expected), at) in typed.iter().zip(expected).zip(replicas.iter().cycle()) {
        let status = phone.log_in(*at, pin).await?;
        println!("PIN {pin} at {at}: {status}");
        if status != expected {
            return Err(format!("{expected} was expected").into());
        }
    }
    Ok(())
}
