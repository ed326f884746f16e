//! The services: founded, started, introduced to each other, ended.

mod clients;
mod domain;
pub(crate) mod services;

use std::path::PathBuf;

use milagro_wire::bounded::Blob;
use tempfile::TempDir;

use crate::demo::ground::clients::Clients;
use crate::demo::ground::domain::Council;
use crate::demo::ground::services::{Login, Registrar, Tokens};
use crate::demo::part::Part;
use crate::demo::place::{Place, port, random, secret};
use crate::demo::site::Site;
use crate::demo::{front, shop};
use crate::exit::{Failure, Outcome};

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) log: String,
    pub(crate) pad: Option<PathBuf>,
}

/// Everything that runs.
pub(crate) struct Ground {
    pub(crate) site: Site,
    /// Each with its number.
    authorities: Vec<(u16, Part)>,
    /// In the order of their starts.
    others: Vec<Part>,
    /// Removed at the end.
    _directory: TempDir,
}

impl Ground {
    pub(crate) fn new(wanted: &Wanted) -> Outcome<Self> {
        let directory = TempDir::with_prefix("milagro-demo-").map_err(Failure::other)?;
        let base = directory.path();
        let place = |name: &str| Place::new(base, name, &wanted.log);
        let (key, key_file) = (random(), base.join("admin-key"));
        secret(&key_file, &key)?;
        let council = Council::found(base, &wanted.log)?;

        let registrar = Registrar {
            place: place("registrar")?,
            key_file: key_file.clone(),
            admin: port()?,
            login_admin: port()?,
        };
        let authorities = council.serve(&registrar.place)?;
        let registering = registrar.serve(&council.domain, &authorities)?;
        // A name of its own, so that the shop does not get the cookies of the login service.
        let front_port = port()?;
        let login = Login {
            place: place("login")?,
            key_file: key_file.clone(),
            admin: registrar.login_admin,
            registrar: registrar.address(),
            issuer: format!("http://localhost:{front_port}"),
            pad: wanted.pad.clone(),
        };
        let logging_in = login.serve(&council.domain)?;
        let behind = front::Behind {
            login: logging_in.address.clone(),
            registrar: registering.address.clone(),
            bulletins: registrar.bulletins(),
        };
        let fronting = front::serve(front_port, behind)?;
        let shop_port = port()?;
        let shop = format!("http://127.0.0.1:{shop_port}");
        let mut site = Site {
            domain: council.id,
            login: login.issuer.clone(),
            shop,
            tokens: String::new(),
            signer: None,
            registry_address: registrar.address(),
            operator_address: format!("http://127.0.0.1:{}", login.admin),
            key: Blob::from_text(&key).map_err(Failure::other)?,
            key_file,
        };
        let clients = Clients::register(&site)?;
        let selling = shop::serve(shop_port, clients.shop(&site)?)?;
        let tokens = Tokens {
            place: place("tokens")?,
            issuer: site.login.clone(),
        };
        let (issuing, signer) = tokens.serve()?;
        site.tokens.clone_from(&issuing.address);
        site.signer = Some(signer);
        Ok(Self {
            site,
            authorities,
            others: vec![registering, logging_in, fronting, selling, issuing],
            _directory: directory,
        })
    }

    /// Stops one of the authorities.
    pub(crate) fn stop_authority(&mut self, number: u16) -> Outcome<()> {
        let place = self.authorities.iter().position(|(it, _)| *it == number);
        let place = place.ok_or_else(|| Failure::other("no such authority"))?;
        self.authorities.remove(place).1.stop()
    }

    /// Ends everything, the last that was started first.
    pub(crate) fn end(self) -> Outcome<()> {
        let authorities = self.authorities.into_iter().map(|(_, part)| part);
        let all: Vec<Part> = authorities.chain(self.others).collect();
        let ended = all.into_iter().rev().map(Part::stop);
        // Each is told, whatever became of the one before.
        ended.fold(Ok(()), Outcome::and)
    }
}
