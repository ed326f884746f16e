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
use crate::demo::site::Site;
use crate::exit::Outcome;
use crate::serve::{runtime, until_told};
use crate::settings::Common;

/// Whose activation code is printed.
const USER: &str = "alice";

pub(crate) fn run(common: &Common, arguments: &DemoArguments) -> Outcome<()> {
    let mut ground = Ground::new(&Wanted {
        log: common.log.clone().unwrap_or_else(|| "off".to_owned()),
        pad: arguments.pad.clone(),
        // The pad brings no permits yet.
        permits: arguments.check,
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
    let code = runtime()?.block_on(site.code(USER))?;
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
    println!("Ctrl-C ends it, and nothing is left of it.");
    runtime()?.block_on(until_told())
}
