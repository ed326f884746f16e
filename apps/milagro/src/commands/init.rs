//! `milagro init`

use std::sync::Arc;

use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_wire::bounded::Blob;
use milagro_wire::server::locked::{self, Named};
use serde::Serialize;

use crate::directory::{AUDIT_KEY, Directory, Opened};
use crate::exit::{Failure, Outcome};
use crate::keys;
use crate::out::print;
use crate::serve::runtime;
use crate::settings::Common;

#[derive(Serialize)]
struct Made {
    /// The public key of the member.
    member: Blob<48>,
}

pub(crate) fn run(common: &Common, at_once: bool) -> Outcome<()> {
    let member = make(common, at_once)?;
    print(&Made { member })
}

/// Makes a directory, and draws its keys: the public key of the member.
pub(crate) fn make(common: &Common, at_once: bool) -> Outcome<Blob<48>> {
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
    runtime()?.block_on(draw(&opened))
}

async fn draw(opened: &Opened) -> Outcome<Blob<48>> {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let mut audit = zeroize::Zeroizing::new([0; 32]);
    milagro_dta::rand_core::Rng::fill_bytes(rng, &mut *audit);
    let named = Named {
        name: AUDIT_KEY,
        secret: &*audit,
    };
    let kept = locked::keep(rng, &*opened.store, &opened.key, named).await;
    kept.map_err(Failure::other)?;
    let drawn = opened.member().draw_key().await.map_err(Failure::other)?;
    Blob::new(drawn.public().to_bytes()).map_err(Failure::other)
}
