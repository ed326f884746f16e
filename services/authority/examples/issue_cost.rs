//! What one client secret costs the server beyond the multiplication and its proof: processor time of a process of its own that
//! serves over HTTP on loopback, less that of the same shares computed alone by the same process. Several devices ask at once,
//! so that lines of the audit file go to the disk together, as they do in a service that has much to do. Of several rounds
//! the cheapest counts: whatever else the machine does only adds to them.
//!
//! ```text
//! cargo run --release -p milagro-authority --example authority-issue-cost
//! ```

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example that prints a table")]

extern crate alloc;

use alloc::sync::Arc;
use core::error::Error;
use core::num::NonZeroU32;
use core::time::Duration;
use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use axum::routing::get;
use getrandom::SysRng;
use milagro_authority::{Configured, Parts, Service, router};
use milagro_base::Seconds;
use milagro_dta::dealer::deal;
use milagro_dta::grants::{ClientKey, Desk, Grant, IssuedSet, RegistrarKey, RegistrarPublicKey};
use milagro_dta::issue::ClientSecret;
use milagro_dta::permits::Window;
use milagro_dta::rand_core::UnwrapErr;
use milagro_dta::{Authority, AuthorityId, Mpin, Threshold};
use milagro_ledger::InPlace;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_mpin::{Identity, TrustDomainId};
use milagro_wire::bounded::Blob;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::{Effects, Frame, Limits, Listening, Pool, frame, serve};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::watch;
use zeroize::Zeroizing;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Grants that are answered before anything is measured, and while it is.
const WARM: u32 = 200;
const MEASURED: u32 = 2000;
/// So many rounds of so many grants are measured.
const ROUNDS: u32 = 10;
const ROUND: u32 = MEASURED / ROUNDS;
/// Devices that ask at once.
const DEVICES: usize = 8;
/// What it may cost.
const MOST: Duration = Duration::from_micros(300);
const NOW: Seconds = Seconds::new(1_700_000_000);

fn main() -> Outcome<()> {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("serve"), Some(registrar)) => run_server(&registrar),
        _ => measure(),
    }
}

/// Asks a server for many secrets, and prints what they cost it.
fn measure() -> Outcome<()> {
    let registrar = RegistrarKey::random(&mut rng());
    let public = Blob::<48>::new(registrar.public().to_bytes())?.to_text();
    let mut server = Running::start(&public)?;
    let said = server.line()?;
    let mut words = said.split_whitespace();
    let (Some(address), Some(domain), Some(alone), Some(crypto)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("the server said something else".into());
    };
    let (alone, crypto) = (nanoseconds(alone)?, nanoseconds(crypto)?);
    let domain = Blob::<32>::from_text(domain)?
        .to_array()
        .ok_or("no domain")?;
    let maker = Maker {
        domain: TrustDomainId::from_bytes(domain),
        registrar,
        client: ClientKey::random(&mut rng()),
    };
    let requests: Vec<_> = (0..WARM + MEASURED)
        .map(|number| maker.request(number))
        .collect::<Outcome<_>>()?;
    let mut connections = (0..DEVICES)
        .map(|_| Connection::new(address))
        .collect::<Outcome<Vec<_>>>()?;
    let (warm, measured) = requests.split_at(usize::try_from(WARM)?);
    post_all(&mut connections, warm)?;
    let each = cheapest(measured.chunks(usize::try_from(ROUND)?), |round| {
        let before = processor_time(&mut connections)?;
        post_all(&mut connections, round)?;
        Ok(processor_time(&mut connections)?.saturating_sub(before))
    })?;
    let beyond = each.saturating_sub(alone);
    println!("{ROUNDS} rounds of {ROUND} secrets, processor time of the server alone, each:");
    println!("  over HTTP                               {each:>10.1?}");
    println!("  multiplication and proof, alone         {alone:>10.1?}");
    println!(
        "  grant checked and share sealed, alone   {:>10.1?}",
        crypto.saturating_sub(alone)
    );
    println!("  beyond multiplication and proof         {beyond:>10.1?}   (at most {MOST:?})");
    if beyond > MOST {
        return Err("more than it may cost".into());
    }
    Ok(())
}

/// All devices ask at once, each for its part.
fn post_all(connections: &mut [Connection], requests: &[Vec<u8>]) -> Outcome<()> {
    let each = requests.len().div_ceil(connections.len());
    let parts = connections.iter_mut().zip(requests.chunks(each));
    thread::scope(|scope| {
        let running: Vec<_> = parts
            .map(|(connection, part)| {
                scope.spawn(|| {
                    let posted = part.iter().try_for_each(|request| connection.post(request));
                    posted.map_err(|error| error.to_string())
                })
            })
            .collect();
        running.into_iter().try_for_each(|running| {
            let posted = running.join().map_err(|_| "a device panicked")?;
            Ok(posted?)
        })
    })
}

/// What the server has spent so far.
fn processor_time(connections: &mut [Connection]) -> Outcome<Duration> {
    let first = connections.first_mut().ok_or("no connection")?;
    nanoseconds(&first.get("/spent")?)
}

/// What one of a round's secrets costs, in the cheapest round.
fn cheapest<T>(
    rounds: impl Iterator<Item = T>,
    mut run: impl FnMut(T) -> Outcome<Duration>,
) -> Outcome<Duration> {
    let mut least = None;
    for round in rounds {
        let spent = run(round)?.checked_div(ROUND).ok_or("nothing measured")?;
        least = Some(least.map_or(spent, |least: Duration| least.min(spent)));
    }
    least.ok_or_else(|| "nothing measured".into())
}

/// Who makes grants.
struct Maker {
    domain: TrustDomainId,
    registrar: RegistrarKey,
    client: ClientKey,
}

impl Maker {
    /// A request with a grant for somebody new.
    fn request(&self, number: u32) -> Outcome<Vec<u8>> {
        let grant = grant(self.domain, number, &self.client)?;
        let signed = grant.sign(&mut rng(), &self.registrar)?;
        let text = Blob::<4096>::new(signed.to_bytes())?.to_text();
        let body = format!("{{\"grant\":\"{text}\"}}");
        let head = format!(
            "POST /v1/shares HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Ok([head, body].concat().into_bytes())
    }
}

fn grant(domain: TrustDomainId, number: u32, client: &ClientKey) -> Outcome<Grant<ClientSecret>> {
    Ok(Grant {
        domain,
        subject: Identity::raw(format!("user {number}").as_bytes())?,
        client: client.public()?,
        from: NOW,
        until: NOW.plus(Seconds::hours(1)),
    })
}

/// One connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn new(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::new(stream);
        Ok(Self { stream })
    }

    fn post(&mut self, request: &[u8]) -> Outcome<()> {
        self.stream.get_mut().write_all(request)?;
        let body = self.answer()?;
        body.contains("sealed")
            .then_some(())
            .ok_or_else(|| body.into())
    }

    fn get(&mut self, path: &str) -> Outcome<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> Outcome<String> {
        let mut length = 0_usize;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(String::from_utf8(body)?)
    }
}

/// The server's process, which is killed when this is dropped.
struct Running(Child);

impl Running {
    fn start(registrar: &str) -> Outcome<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve", registrar]).stdout(Stdio::piped());
        Ok(Self(command.spawn()?))
    }

    fn line(&mut self) -> Outcome<String> {
        let out = self.0.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Prints address, domain, and what a share alone, and all cryptography of an answer alone cost, and serves.
fn run_server(registrar: &str) -> Outcome<()> {
    let public = Blob::<48>::from_text(registrar)?;
    let public = RegistrarPublicKey::from_bytes(public.as_bytes())?;
    let directory = tempfile::tempdir()?;
    let ledger = MemoryLedger::init(&mut rng(), 100_000, NOW);
    let mut authority = authority()?;
    let nobody = IssuedSet::new(*authority.domain().id());
    authority.count_in_local(&ledger, &nobody, NOW)?;
    let (alone, crypto) = (shares_alone(&authority)?, answers_alone()?);
    let domain = Blob::<32>::new(authority.domain().id().to_bytes())?.to_text();
    let parts = Parts {
        ledger: Arc::new(InPlace(ledger)),
        records: Arc::new(MemoryRecords::new(64 << 20)),
        audit: Arc::new(Audit::open(&directory.path().join("audit"))?),
        audit_key: Zeroizing::new([1; 32]),
        pool: Pool::new(2, 16),
        effects: Effects::new(|| NOW, rng),
    };
    let configured = Configured {
        share: authority.into(),
        registrar: public,
        window: Window::DAILY,
        grants_per_minute: NonZeroU32::MAX,
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let service = Service::new(parts, vec![configured])
            .await
            .map_err(|fault| format!("{fault:?}"))?;
        let spent = get(async || spent().as_nanos().to_string());
        let routes = router(Arc::new(service)).route("/spent", spent);
        let routes = frame(routes, Frame::default());
        let (_tls, tls) = watch::channel(None);
        let (_routes, routes) = watch::channel(routes);
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let limits = Limits::default();
        let listening = Listening {
            listener,
            tls,
            routes,
            limits,
        };
        println!(
            "{address} {domain} {} {}",
            alone.as_nanos(),
            crypto.as_nanos()
        );
        serve(listening, core::future::pending()).await;
        Ok(())
    })
}

fn authority() -> Outcome<Authority<Mpin>> {
    let threshold = Threshold::new(1, 1)?;
    let dealt = deal::<Mpin, _>(&mut rng(), "example", threshold)?;
    let share = dealt.shares.into_iter().next().ok_or("no share")?;
    let me = AuthorityId::new(1).ok_or("no number")?;
    Ok(share.accept(me, "example", threshold, &dealt.domain)?)
}

/// What a multiplication and its proof cost, by themselves.
fn shares_alone(authority: &Authority<Mpin>) -> Outcome<Duration> {
    let subjects = (0..WARM + MEASURED)
        .map(|number| Ok(Identity::raw(format!("user {number}").as_bytes())?))
        .collect::<Outcome<Vec<_>>>()?;
    let (warm, measured) = subjects.split_at(usize::try_from(WARM)?);
    let issue = |subjects: &[Identity]| -> Outcome<()> {
        for subject in subjects {
            let share = authority
                .uncounted()
                .issue::<ClientSecret, _>(&mut rng(), subject)?;
            core::hint::black_box(share);
        }
        Ok(())
    };
    issue(warm)?;
    cheapest(measured.chunks(usize::try_from(ROUND)?), |round| {
        let before = spent();
        issue(round)?;
        Ok(spent().saturating_sub(before))
    })
}

/// What all cryptography of an answer costs, without a service around it.
fn answers_alone() -> Outcome<Duration> {
    let ledger = MemoryLedger::init(&mut rng(), 100_000, NOW);
    let mut authority = authority()?;
    let domain = *authority.domain().id();
    authority.count_in_local(&ledger, &IssuedSet::new(domain), NOW)?;
    let (registrar, client) = (
        RegistrarKey::random(&mut rng()),
        ClientKey::random(&mut rng()),
    );
    let grants = (0..MEASURED).map(|number| {
        let signed = grant(domain, number, &client)?.sign(&mut rng(), &registrar)?;
        Ok(signed.to_bytes())
    });
    let grants = grants.collect::<Outcome<Vec<_>>>()?;
    let public = registrar.public();
    let desk = Desk {
        registrar: &public,
        ledger: &ledger,
        now: NOW,
    };
    cheapest(grants.chunks(usize::try_from(ROUND)?), |round| {
        let before = spent();
        for grant in round {
            let answer = authority.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, grant)?;
            core::hint::black_box(answer);
        }
        Ok(spent().saturating_sub(before))
    })
}

/// Processor time of all threads of this process.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn nanoseconds(text: &str) -> Outcome<Duration> {
    Ok(Duration::from_nanos(text.trim().parse()?))
}

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
