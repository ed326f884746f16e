//! `milagro demo`: everything beside each other in one process, over stores in a directory that is gone at its end.
//!
//! The services are those of the other commands, started by the same functions; only the proxy in front of them, the shop and the
//! people are the demonstration's own.

mod browser;
mod check;
mod front;
mod ground;
mod part;
mod people;
mod place;
mod shop;
mod site;

use crate::cli::demo::DemoArguments;
use crate::demo::ground::{Ground, Wanted};
use crate::demo::site::{Site, network};
use crate::exit::Outcome;
use crate::serve::{runtime, until_told};
use crate::settings::Common;

/// Whose activation code is printed.
const USER: &str = "alice";

pub(crate) fn run(common: &Common, arguments: &DemoArguments) -> Outcome<()> {
    let mut ground = Ground::new(&Wanted {
        log: common.log.clone().unwrap_or_else(|| "off".to_owned()),
        pad: arguments.pad.clone(),
    })?;
    let done = if arguments.check {
        check::run(&mut ground)
    } else {
        wait(&ground.site, arguments.pad.is_some())
    };
    let ended = ground.end();
    done.and(ended)
}

/// Says what to open, and waits until it is enough.
fn wait(site: &Site, pad: bool) -> Outcome<()> {
    let code = runtime()?.block_on(async {
        // Logins need a permit of the day from the first one on.
        site.registry()?.publish().await.map_err(network)?;
        site.code(USER).await
    })?;
    let (login, shop, tokens) = (&site.login, &site.shop, &site.tokens);
    let (operator, key) = (&site.operator_address, site.key_file.display());
    println!("shop            {shop}/");
    println!("login service   {login}/login");
    if pad {
        println!("enrol {USER}     {login}/enrol#code={code}");
    } else {
        println!(
            "                its pages are not built: apps/milagro/docs/demo.md says how, and then give --pad"
        );
        println!("code of {USER}   {code}");
    }
    println!("OpenID          {login}/.well-known/openid-configuration");
    println!("tokens          {tokens}/openapi.json");
    println!("operator        milagro admin --address {operator} --admin-key-file {key} users");
    let registry = &site.registry_address;
    println!(
        "registrar       milagro registry --registrar {registry} --admin-key-file {key} code bob"
    );
    println!("Ctrl-C ends it, and nothing is left of it.");
    runtime()?.block_on(until_told())
}
