//! The login service as the program `milagro` runs it, but with its ledger and records in memory, and with a clock that is told
//! what time it is.

use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::get;
use getrandom::SysRng;
use metrics_exporter_prometheus::PrometheusBuilder;
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{InPlace, Ledger as _};
use milagro_login::keys::{Keys, ServerOf, install};
use milagro_login::tell::Silent;
use milagro_login::{Parts, Service, Settings, router};
use milagro_mpin::MasterSecret;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::UserName;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Frame, Limits, Listening, Pool, frame, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::Outcome;
use crate::load::phones::{DOMAIN, START, identity, name, policy, server_name};

/// How this program is told to be this server.
pub(crate) const ROLE: &str = "serve-logins";

/// Most accounts.
const ACCOUNTS: u64 = 1 << 20;
/// Most bytes of records.
const BYTES: usize = 1 << 26;

pub(crate) const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// As many threads as there are processors.
pub(crate) fn pool() -> Pool {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Pool::new(processors, 256)
}

/// What the service stands on that goes on without it.
struct Ground {
    ledger: Arc<InPlace<MemoryLedger>>,
    records: Arc<MemoryRecords>,
    clock: Arc<AtomicU64>,
}

/// Serves until the input ends. The first line is the master secret, the second how many phones there are; then a line for each
/// of them with its cookie is said. `pass SECONDS` lets time pass, after which what is worthless is forgotten.
pub(crate) async fn run(folder: &Path) -> Outcome<()> {
    let mut lines = std::io::stdin().lock().lines();
    let master = lines.next().ok_or("no master secret")??;
    let phones: usize = lines.next().ok_or("no number")??.parse()?;
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .try_init()?;
    let born = START.minus(Seconds::hours(1));
    let ground = Ground {
        ledger: Arc::new(InPlace(MemoryLedger::init(&mut rng(), ACCOUNTS, born))),
        records: Arc::new(MemoryRecords::new(BYTES)),
        clock: Arc::new(AtomicU64::new(START.get())),
    };
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let service = service(folder, &master, &ground).await?;
    let counted = get(move || core::future::ready(metrics.render()));
    listen(router(Arc::clone(&service)).route("/metrics", counted)).await?;
    let mut cookies = String::new();
    for number in 0..phones {
        let user = UserName::new(&name(number)).map_err(|_| "no name")?;
        let enrolled = service.enrol(&user, &identity(number)?).await;
        let enrolled = enrolled.map_err(|problem| format!("{problem:?}"))?;
        cookies.push_str(&enrolled.cookie.to_text());
        cookies.push('\n');
    }
    say(&cookies)?;
    for line in lines {
        let line = line?;
        let passed = line.strip_prefix("pass ").ok_or("not understood")?;
        let before = ground.clock.fetch_add(passed.parse()?, Ordering::SeqCst);
        ground.records.forget(Seconds::new(before));
        ground.ledger.0.forget();
        say("passed\n")?;
    }
    Ok(())
}

async fn service(folder: &Path, master: &str, ground: &Ground) -> Outcome<Arc<Service>> {
    let master = Blob::<32>::from_text(master).map_err(|_| "no master secret")?;
    let master = master.to_array().map(Zeroizing::new);
    let master = MasterSecret::from_bytes(&*master.ok_or("no master secret")?);
    let master = master.map_err(|_| "no master secret")?;
    let domain = master.trust_domain(DOMAIN);
    let (ledger, records) = (Arc::clone(&ground.ledger), Arc::clone(&ground.records));
    let operator = OperatorKey::random(&mut rng());
    let key = master
        .issue_server(&server_name()?)
        .belonging_to(ledger.id());
    let sealed = ServerOf { domain, key: &key };
    install(&mut rng(), &*records, &operator, sealed).await?;
    let keys = Keys::open(&*records, &operator, ledger.id()).await?;
    let clock = Arc::clone(&ground.clock);
    let parts = Parts {
        ledger,
        records,
        operator: Arc::new(operator),
        audit: Arc::new(Audit::open(&folder.join("audit"))?),
        audit_key: Zeroizing::new([7; 32]),
        pool: pool(),
        effects: Effects::new(move || Seconds::new(clock.load(Ordering::SeqCst)), rng),
        tell: Arc::new(Silent),
    };
    let settings = Settings {
        // A few devices stand for many.
        visits: NonZeroU32::MAX,
        ..Settings::new(policy(), Vec::new())
    };
    let service = Service::new(parts, keys, settings).map_err(|fault| format!("{fault:?}"))?;
    Ok(Arc::new(service))
}

/// Serves routes on a free port, in a frame, and says where.
pub(crate) async fn listen(routes: Router) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (_, tls) = watch::channel(None);
    let (_, routes) = watch::channel(frame(routes, Frame::default()));
    let limits = Limits::default();
    let listening = Listening {
        listener,
        tls,
        routes,
        limits,
    };
    tokio::spawn(serve(listening, std::future::pending()));
    say(&format!("{address}\n"))?;
    Ok(address)
}

/// Returns when the input ends.
pub(crate) fn wait_for_end() -> Outcome<()> {
    for line in std::io::stdin().lock().lines() {
        line?;
    }
    Ok(())
}

fn say(text: &str) -> Outcome<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}
