//! `milagro tokens draw`, `milagro tokens report`: a client for scripts.

use core::time::Duration;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use axum::http::HeaderValue;
use milagro_dta::rand_core::UnwrapErr;
use milagro_tokens::client::{
    Client, ClientError, ClientParts, Keeper, Purchase, Receipt, Refill, Refilled, SaveError,
    SpendError, TokenService, Trust,
};
use milagro_tokens::forms::PAYLOAD_MAX;
use milagro_tokens::tenant::TenantName;
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::ScheduleVerifier;
use milagro_wire::bounded::Blob;
use milagro_wire::client::{Endpoint, Patience};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::tokens::{DrawArguments, ReportArguments, ServiceArguments};
use crate::directory::now;
use crate::exit::{Code, Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::tls;

/// How long another process may have the wallet.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file that only its owner reads, that is whole at any moment, and that one process at a time has: two would show the
/// same token twice, which tells redeemers that both reports are of one client.
struct WalletFile {
    path: PathBuf,
    /// Beside it, since each state is a new file. It stays: who took it away would let two in.
    _lock: File,
}

impl WalletFile {
    /// Waits for its turn.
    fn open(path: &Path) -> Outcome<Self> {
        let fault = |error: io::Error| Failure::other(format!("{}: {error}", path.display()));
        let lock = owned().truncate(false).open(beside(path, ".lock"));
        let lock = lock.map_err(fault)?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    let words = format!("{}: another process has the wallet", path.display());
                    return Err(Failure::new(Code::InUse, words));
                }
                Err(TryLockError::Error(error)) => return Err(fault(error)),
            }
        }
        let path = path.to_owned();
        Ok(Self { path, _lock: lock })
    }

    /// What was saved last, if there is something.
    fn saved(&self) -> Outcome<Option<Zeroizing<Vec<u8>>>> {
        match fs::read(&self.path) {
            Ok(saved) => Ok(Some(Zeroizing::new(saved))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let path = self.path.display();
                Err(Failure::other(format!("{path}: {error}")))
            }
        }
    }
}

impl Keeper for WalletFile {
    fn save(&mut self, state: &[u8]) -> Result<(), SaveError> {
        let next = beside(&self.path, ".next");
        let write = || -> io::Result<()> {
            // Nothing that stands there is written to: it may be of other rights, or lead elsewhere.
            match fs::remove_file(&next) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = owned().create_new(true).open(&next)?;
            file.write_all(state)?;
            file.sync_all()?;
            fs::rename(&next, &self.path)?;
            let directory = self.path.parent();
            let directory = directory.filter(|path| !path.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|_| SaveError)
    }
}

/// A file that only its owner reads.
fn owned() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// The whole name and an ending, so that wallets in one directory do not share it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[derive(Serialize)]
struct Held {
    /// How many came.
    drawn: usize,
    /// How many there are.
    tokens: usize,
}

#[derive(Serialize)]
struct Reported {
    accepted: bool,
}

fn client(arguments: &ServiceArguments, refill: Refill) -> Outcome<Client<WalletFile>> {
    let service = || -> Outcome<TokenService> {
        let builder = tls::client(arguments.roots.as_deref())?;
        let endpoint = Endpoint::new(&arguments.service, builder, Patience::default());
        let tenant = TenantName::new(&arguments.tenant).map_err(Failure::config)?;
        Ok(TokenService::new(
            endpoint.map_err(Failure::config)?,
            tenant,
        ))
    };
    let signer = Blob::<32>::from_text(&arguments.signer)
        .ok()
        .and_then(|blob| blob.to_array());
    let signer = signer.and_then(|bytes| ScheduleVerifier::from_bytes(&bytes).ok());
    let redeemer = RedeemerId::new(arguments.redeemer.as_bytes());
    let keeper = WalletFile::open(&arguments.wallet)?;
    let saved = keeper.saved()?;
    let parts = ClientParts {
        issuer: service()?,
        redeemer: service()?,
        redeemer_id: redeemer.map_err(|_| Failure::config("redeemer: 1 to 255 bytes"))?,
        trust: Trust::Signer(signer.ok_or_else(|| Failure::config("signer: not a public key"))?),
        refill,
        keeper,
    };
    Client::new(parts, saved.as_ref().map(|saved| saved.as_slice())).map_err(Failure::other)
}

pub(crate) fn draw(arguments: &DrawArguments) -> Outcome<()> {
    let refill = Refill {
        low: arguments.low.into(),
        full: arguments.full.into(),
    };
    let path = &arguments.bearer_file;
    let bearer = fs::read_to_string(path).map(Zeroizing::new);
    let bearer = bearer.map_err(|error| Failure::config(format!("{}: {error}", path.display())))?;
    let header = HeaderValue::from_str(&Zeroizing::new(format!("Bearer {}", bearer.trim_end())));
    let mut header = header.map_err(Failure::config)?;
    header.set_sensitive(true);
    let mut client = client(&arguments.service, refill)?;
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let refilled = runtime()?.block_on(client.refill(rng, Some(&header), now()));
    let drawn = match refilled.map_err(|error| failure(&error))? {
        Refilled::Drawn(drawn) => drawn,
        _ => 0,
    };
    let tokens = client.len();
    print(&Held { drawn, tokens })
}

pub(crate) fn report(arguments: &ReportArguments) -> Outcome<()> {
    let mut payload = Vec::new();
    let most = u64::try_from(PAYLOAD_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    io::stdin()
        .lock()
        .take(most)
        .read_to_end(&mut payload)
        .map_err(Failure::other)?;
    let mut client = client(&arguments.service, Refill { low: 0, full: 0 })?;
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let purchase = Purchase {
        context: arguments.context.as_bytes(),
        payload: &payload,
    };
    let receipts = runtime()?.block_on(async {
        client.follow().await.map_err(SpendError::NotSent)?;
        client.spend(rng, &[purchase], now()).await
    });
    match receipts {
        Ok(receipts) => {
            let accepted = receipts == [Receipt::Accepted];
            print(&Reported { accepted })?;
            accepted
                .then_some(())
                .ok_or_else(|| Failure::new(Code::Network, "refused"))
        }
        Err(SpendError::NotSent(error)) => Err(failure(&error)),
        Err(error) => Err(Failure::new(Code::Network, error)),
    }
}

fn failure(error: &ClientError) -> Failure {
    let code = match error {
        ClientError::Call(_)
        | ClientError::NotPinned
        | ClientError::OtherKey
        | ClientError::Answer => Code::Network,
        _ => Code::Other,
    };
    Failure::new(code, error)
}
