//! `milagro tokens draw`, `milagro tokens report`: a client for scripts.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

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

/// A file that only its owner reads, and that is whole at any moment.
struct WalletFile(PathBuf);

impl Keeper for WalletFile {
    fn save(&mut self, state: &[u8]) -> Result<(), SaveError> {
        let next = self.0.with_extension("next");
        let write = || -> io::Result<()> {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                options.mode(0o600);
            }
            let mut file = options.open(&next)?;
            file.write_all(state)?;
            file.sync_all()?;
            fs::rename(&next, &self.0)?;
            let directory = self.0.parent().filter(|path| !path.as_os_str().is_empty());
            fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|_| SaveError)
    }
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
    let parts = ClientParts {
        issuer: service()?,
        redeemer: service()?,
        redeemer_id: redeemer.map_err(|_| Failure::config("redeemer: 1 to 255 bytes"))?,
        trust: Trust::Signer(signer.ok_or_else(|| Failure::config("signer: not a public key"))?),
        refill,
        keeper: WalletFile(arguments.wallet.clone()),
    };
    let saved = match fs::read(&arguments.wallet) {
        Ok(saved) => Some(Zeroizing::new(saved)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Failure::other(format!(
                "{}: {error}",
                arguments.wallet.display()
            )));
        }
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
