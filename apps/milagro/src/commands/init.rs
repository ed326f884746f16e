//! `milagro init`

use std::sync::Arc;

use milagro_authority::ceremony::SessionError;
use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_wire::bounded::Blob;
use milagro_wire::server::locked::{self, Named, SecretError};
use serde::Serialize;

use crate::directory::{AUDIT_KEY, Directory, Opened};
use crate::exit::{Failure, Outcome};
use crate::keys;
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

/// What a new directory has.
#[derive(Serialize)]
pub(crate) struct Made {
    /// The public key of the member.
    pub(crate) member: Blob<48>,
    /// The database, and whether the keys that are there now were drawn by another replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined: Option<bool>,
}

/// The keys of a store, which all of its replicas have.
struct Keys {
    member: Blob<48>,
    /// Another replica has drawn them.
    joined: bool,
}

pub(crate) fn run(common: &Common, at_once: bool) -> Outcome<()> {
    print(&make(common, at_once)?)
}

/// Makes a directory, and draws its keys.
pub(crate) fn make(common: &Common, at_once: bool) -> Outcome<Made> {
    let directory = Directory::of(common)?;
    directory.prepare()?;
    let key = Arc::new(keys::make(common)?);
    let store = Arc::new(if at_once {
        directory.make_at(Seconds::ZERO)?
    } else {
        directory.make()?
    });
    let opened = Opened {
        store,
        key,
        directory,
    };
    let keys = runtime()?.block_on(draw(&opened))?;
    let database = opened.directory.database();
    Ok(Made {
        member: keys.member,
        store: database.map(|database| database.address().to_owned()),
        joined: database.map(|_| keys.joined),
    })
}

/// Draws the keys, or looks whether those that are there open: of replicas that begin at the same time, one draws each.
async fn draw(opened: &Opened) -> Outcome<Keys> {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let mut audit = zeroize::Zeroizing::new([0; 32]);
    milagro_dta::rand_core::Rng::fill_bytes(rng, &mut *audit);
    let named = Named {
        name: AUDIT_KEY,
        secret: &*audit,
    };
    match locked::keep(rng, &*opened.store, &opened.key, named).await {
        Err(SecretError::Exists) => {
            let found = locked::find(&*opened.store, &opened.key, AUDIT_KEY).await;
            let _opens = found.map_err(other_key)?;
        }
        kept => kept.map_err(Failure::other)?,
    }
    let member = opened.member();
    let (key, joined) = match member.draw_key().await {
        Err(SessionError::Secret(SecretError::Exists)) => {
            let found = member.signing_key().await;
            (found.map_err(Failure::other)?, true)
        }
        drawn => (drawn.map_err(Failure::other)?, false),
    };
    let member = Blob::new(key.public().to_bytes()).map_err(Failure::other)?;
    Ok(Keys { member, joined })
}

fn other_key(error: SecretError) -> Failure {
    match error {
        SecretError::Key => Failure::config(
            "the keys in this store are sealed under another operator's key: replicas have the same",
        ),
        error => Failure::other(error),
    }
}
