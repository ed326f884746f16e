//! `milagro server-key`

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
use crate::directory::{Directory, operator_key, secret_file};
use crate::exit::{Failure, Outcome};
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

#[derive(Serialize)]
struct Sealed {
    /// The name of the server.
    server: String,
    /// The ledger that its key belongs to from now on.
    ledger: Blob<32>,
}

pub(crate) fn run(common: &Common, arguments: &ServerKeyArguments) -> Outcome<()> {
    let domain = Blob::<32>::from_text(&arguments.domain).ok();
    let domain = domain.and_then(|blob| blob.to_array());
    let domain = domain.ok_or_else(|| Failure::config("--domain: not the id of a domain"))?;
    let directory = Directory::of(common)?;
    let opened = directory.open(Arc::new(operator_key(common)?))?;
    let secret = Zeroizing::new(secret_file::<2048>(&arguments.secret)?.as_bytes().to_vec());
    let secret = ServerSecret::from_bytes(&secret).map_err(|error| {
        let path = arguments.secret.display();
        Failure::config(format!("{path}: no secret of a server: {error}"))
    })?;
    let ledger = opened.store.id();
    let key = secret.belonging_to(ledger);
    let server = ServerOf {
        domain: TrustDomainId::from_bytes(domain),
        key: &key,
    };
    let rng = &mut UnwrapErr(SysRng);
    let kept = keys::install(rng, &*opened.store, &opened.key, server);
    runtime()?.block_on(kept).map_err(Failure::other)?;
    print(&Sealed {
        server: String::from_utf8_lossy(key.server().as_bytes()).into_owned(),
        ledger: Blob::new(ledger.to_bytes()).map_err(Failure::other)?,
    })
}
