//! Three members, their plan, and a registrar with a client.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::thread;

use milagro_base::Seconds;
use milagro_dta::grants::{ClientKey, Enrolment, Grant, RegistrarKey, SignedGrant};
use milagro_dta::issue::ClientSecret;
use milagro_dta::rand_core::UnwrapErr;
use milagro_dta::{AuthorityId, Mpin, TrustDomain};
use milagro_mpin::{Identity, TrustDomainId};
use milagro_wire::bounded::Blob;
use milagro_wire::client::{AuthorityClient, CallError, Endpoint, Patience};
use milagro_wire::forms::{ShareAnswer, ShareRequest};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Runtime;

use crate::process::{Place, Running, good};

/// Three members and a plan by which any two of them are enough.
pub(crate) struct Council {
    pub(crate) members: Vec<Place>,
    pub(crate) plan: PathBuf,
}

impl Council {
    pub(crate) fn new() -> Self {
        Self::of((0..3).map(|_| Place::new()).collect())
    }

    /// Of members that are there.
    pub(crate) fn of(members: Vec<Place>) -> Self {
        let first = &members[0];
        let mut command =
            first.command(["ceremony", "found", "--name", "example", "--needed", "2"]);
        members.iter().for_each(|member| {
            command.args(["--member", member.member()]);
        });
        let plan = first.path("plan.toml");
        fs::write(&plan, good(command.output().expect("it runs"))).expect("written");
        Self { members, plan }
    }

    /// The arguments of taking part.
    pub(crate) fn run<'a>(&'a self, board: &'a str) -> Vec<&'a str> {
        let plan = self.plan.to_str().expect("UTF-8");
        run_plan(Planned { plan, set: None }, board)
    }

    /// Holds the ceremony of a plan over one directory, undisturbed.
    pub(crate) fn hold(&self, plan: &str) -> Value {
        let members: Vec<&Place> = self.members.iter().collect();
        hold(&members, Planned { plan, set: None })
    }

    pub(crate) fn found(&self) -> Value {
        self.hold(self.plan.to_str().expect("UTF-8"))
    }

    /// The plan of a refresh, as the first member makes it.
    pub(crate) fn refresh_plan(&self, domain: &str) -> String {
        let mut command = self.members[0].command(["ceremony", "refresh", "--domain", domain]);
        self.members.iter().for_each(|member| {
            command.args(["--member", member.member()]);
        });
        let plan = self.members[0].path("refresh.toml");
        fs::write(&plan, good(command.output().expect("it runs"))).expect("written");
        plan.to_str().expect("UTF-8").to_owned()
    }
}

/// A plan, and the file that comes with it.
#[derive(Clone, Copy)]
pub(crate) struct Planned<'a> {
    pub(crate) plan: &'a str,
    pub(crate) set: Option<&'a str>,
}

/// Holds the ceremony of a plan over one directory, undisturbed.
pub(crate) fn hold(members: &[&Place], planned: Planned<'_>) -> Value {
    let board = tempfile::tempdir().expect("a directory");
    let board = board.path().to_str().expect("UTF-8");
    let start = |member: &&Place| member.start(run_plan(planned, board));
    let running: Vec<Running> = members.iter().map(start).collect();
    agreed(&running.into_iter().map(Running::json).collect::<Vec<_>>())
}

/// The arguments of taking part.
pub(crate) fn run_plan<'a>(planned: Planned<'a>, board: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["ceremony", "run", planned.plan, "--board", board];
    arguments.extend(["--wait-seconds", "100"]);
    arguments.extend(planned.set.into_iter().flat_map(|set| ["--set", set]));
    arguments
}

/// A flag for each of several values.
pub(crate) fn each<'a>(flag: &'a str, values: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    let values = values.iter().map(AsRef::as_ref);
    values.flat_map(|value| [flag, value]).collect()
}

/// What all say, which is the same.
pub(crate) fn agreed(results: &[Value]) -> Value {
    assert!(
        results.iter().all(|result| *result == results[0]),
        "{results:?}"
    );
    results[0].clone()
}

/// A registrar, and what a client of it does.
pub(crate) struct Registrar {
    pub(crate) key: RegistrarKey,
    pub(crate) domain: TrustDomainId,
}

impl Registrar {
    pub(crate) fn of(result: &Value) -> Self {
        let id = Blob::<32>::from_text(result["domain"].as_str().expect("a domain"));
        let id = id.expect("an id").to_array().expect("32 bytes");
        Self {
            key: RegistrarKey::random(&mut rng()),
            domain: TrustDomainId::from_bytes(id),
        }
    }

    /// As `--registrars` takes it.
    pub(crate) fn setting(&self) -> String {
        let id = Blob::<32>::new(self.domain.to_bytes()).expect("fits");
        let key = Blob::<48>::new(self.key.public().to_bytes()).expect("fits");
        format!("{}={}", id.to_text(), key.to_text())
    }

    pub(crate) fn grant(&self, name: &[u8], client: &ClientKey) -> SignedGrant<ClientSecret> {
        let now = now();
        let grant = Grant {
            domain: self.domain,
            subject: Identity::raw(name).expect("a name"),
            client: client.public().expect("a key"),
            from: now,
            until: now.plus(Seconds::hours(1)),
        };
        grant.sign(&mut rng(), &self.key).expect("signed")
    }

    /// A member's service, and its address.
    pub(crate) fn serve(&self, member: &Place) -> (Running, String) {
        let mut running = member.start(serving(&self.setting()));
        let address = running.address();
        (running, address)
    }
}

/// Serves on a free port, for registrars that a setting lists.
pub(crate) const fn serving(registrars: &str) -> [&str; 5] {
    [
        "authority",
        "--listen",
        "127.0.0.1:0",
        "--registrars",
        registrars,
    ]
}

pub(crate) fn client(address: &str) -> AuthorityClient {
    let endpoint = Endpoint::new(address, crate::process::http(), Patience::default());
    AuthorityClient::new(endpoint.expect("an address"))
}

pub(crate) fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// Asks an authority for a share.
pub(crate) fn ask(address: &str, grant: &[u8]) -> Result<ShareAnswer, CallError> {
    let request = ShareRequest {
        grant: Blob::new(grant).expect("fits"),
    };
    runtime().block_on(client(address).share(&request))
}

/// The domain, as an authority serves it.
pub(crate) fn domain(address: &str) -> TrustDomain<Mpin> {
    let answer = runtime()
        .block_on(client(address).domains())
        .expect("an answer");
    let form = answer.domains.into_vec().remove(0);
    TrustDomain::from_bytes(form.domain.as_bytes()).expect("a domain")
}

/// Asks authorities, and combines what they say.
pub(crate) fn enrol(addresses: &[&str], registrar: &Registrar, name: &[u8]) {
    let client = ClientKey::random(&mut rng());
    let grant = registrar.grant(name, &client);
    let domain = domain(addresses[0]);
    let mut enrolment = Enrolment::new(&domain, &client, &grant).expect("fits");
    for address in addresses {
        let answer = ask(address, &grant.to_bytes()).expect("a share");
        let from = AuthorityId::new(answer.authority).expect("a number");
        enrolment
            .add(from, answer.sealed.as_bytes())
            .expect("a good share");
    }
    enrolment.finish().expect("a secret");
}

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(crate) fn now() -> Seconds {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    Seconds::new(since.as_secs())
}

/// A day by UTC, as its number since 1970, that the next two minutes belong to: what a test does in them, it does on one day.
pub(crate) fn day() -> u64 {
    const LENGTH: u64 = 86_400;
    let left = LENGTH - now().get() % LENGTH;
    if left < 120 {
        thread::sleep(Duration::from_secs(left));
    }
    now().get() / LENGTH
}
