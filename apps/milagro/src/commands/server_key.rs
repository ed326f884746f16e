//! `milagro server-key`

mod fetched;

use std::path::Path;
use std::sync::Arc;

use getrandom::SysRng;
use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::Ledger as _;
use milagro_login::keys::{self, ServerOf};
use milagro_mpin::{ServerSecret, TrustDomainId};
use milagro_wire::bounded::Blob;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::admin::ServerKeyArguments;
use crate::commands::server_key::fetched::Wanted;
use crate::directory::{Directory, operator_key, secret_file};
use crate::exit::{Failure, Outcome};
use crate::links::{Other, RegistrarService};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

#[derive(Serialize)]
pub(crate) struct Sealed {
    /// The name of the server.
    server: String,
    /// The ledger that its key belongs to from now on.
    ledger: Blob<32>,
}

pub(crate) fn run(common: &Common, arguments: &ServerKeyArguments) -> Outcome<()> {
    print(&seal(common, arguments)?)
}

/// Seals the key, wherever its secret comes from.
pub(crate) fn seal(common: &Common, arguments: &ServerKeyArguments) -> Outcome<Sealed> {
    let domain = Blob::<32>::from_text(&arguments.domain).ok();
    let domain = domain.and_then(|blob| blob.to_array());
    let domain = domain.ok_or_else(|| Failure::config("--domain: not the id of a domain"))?;
    let domain = TrustDomainId::from_bytes(domain);
    let registrar = RegistrarService::of(&Other {
        name: "registrar",
        address: arguments.registrar.as_deref(),
        key: arguments.registrar_key_file.as_deref(),
        roots: arguments.registrar_roots.as_deref(),
    })?;
    let directory = Directory::of(common)?;
    let opened = directory.open(Arc::new(operator_key(common)?))?;
    let (ledger, rng) = (opened.store.id(), &mut UnwrapErr(SysRng));
    let key = runtime()?.block_on(async {
        let secret = match (&registrar, &arguments.server, &arguments.secret) {
            (Some(registrar), Some(server), _) => {
                let registrar = registrar.admin();
                let wanted = Wanted::new(registrar, &domain, server)?;
                wanted.fetch(rng, &opened).await?
            }
            (None, _, Some(path)) => read(path)?,
            _ => return Err(Failure::config("no secret, and no registrar")),
        };
        let key = secret.belonging_to(ledger);
        let server = ServerOf { domain, key: &key };
        let kept = keys::install(rng, &*opened.store, &opened.key, server).await;
        kept.map_err(Failure::other).map(|()| key)
    })?;
    Ok(Sealed {
        server: String::from_utf8_lossy(key.server().as_bytes()).into_owned(),
        ledger: Blob::new(ledger.to_bytes()).map_err(Failure::other)?,
    })
}

fn read(path: &Path) -> Outcome<ServerSecret> {
    let secret = Zeroizing::new(secret_file::<2048>(path)?.as_bytes().to_vec());
    ServerSecret::from_bytes(&secret).map_err(|error| {
        let path = path.display();
        Failure::config(format!("{path}: no secret of a server: {error}"))
    })
}
