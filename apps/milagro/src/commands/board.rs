//! `milagro board`

use core::time::Duration;
use std::sync::Arc;

use milagro_authority::board::{Board, router};
use milagro_wire::server::{Frame, frame};

use crate::directory::{Directory, effects};
use crate::exit::{Failure, Outcome};
use crate::serve::{self, Host, Listener, Sides, runtime};
use crate::settings::{BoardSettings, Common};

/// Most messages where nothing is said: those of 255 members in several sessions.
const MESSAGES: u64 = 10_000;

pub(crate) fn run(common: &Common, settings: BoardSettings) -> Outcome<()> {
    let messages = settings.messages.unwrap_or(MESSAGES);
    if messages == 0 {
        return Err(Failure::config("messages: 0"));
    }
    let store = Arc::new(Directory::of(common)?.open_store()?);
    serve::log(common.log.as_deref())?;
    let (ledger, records) = (Arc::clone(&store), store);
    let board = Board {
        ledger,
        records,
        effects: effects(),
        most: messages,
    };
    let hosts = settings.hosts.unwrap_or_default();
    let routes = frame(
        router(board),
        Frame {
            hosts,
            ..Frame::default()
        },
    );
    let listener = Listener {
        address: settings
            .listen
            .unwrap_or_else(|| ([127, 0, 0, 1], 8441).into()),
        certificate: settings.tls_certificate,
        key: settings.tls_key,
        drain: Duration::from_secs(10),
        sides: Sides::default(),
    };
    let same = routes.clone();
    let reload = async move || Ok(same.clone());
    runtime()?.block_on(serve::run(&Host::Process, listener, routes, reload))
}
