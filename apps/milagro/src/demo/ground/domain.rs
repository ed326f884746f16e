//! Three authorities, of which two are enough.

use std::fs;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use milagro_mpin::TrustDomainId;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::ProtocolName;

use crate::commands::{authority, ceremony, registrar};
use crate::demo::part::Part;
use crate::demo::place::Place;
use crate::exit::{Failure, Outcome};
use crate::plan::New;
use crate::settings::{AuthoritySettings, CeremonySettings};

/// The members of a domain that is founded.
pub(crate) struct Council {
    members: Vec<Place>,
    /// The id of the domain, as text.
    pub(crate) domain: String,
    pub(crate) id: TrustDomainId,
}

impl Council {
    /// Founds a domain over a board that is a directory.
    pub(crate) fn found(base: &Path, log: &str) -> Outcome<Self> {
        let names = ["authority-1", "authority-2", "authority-3"];
        let members = names.map(|name| Place::new(base, name, log));
        let members = members.into_iter().collect::<Outcome<Vec<_>>>()?;
        let keys: Vec<String> = members.iter().map(|place| place.member.clone()).collect();
        let new = New {
            name: "demo".to_owned(),
            needed: 2,
        };
        let plan = ceremony::founding(ProtocolName::Mpin, new, &keys)?;
        let board = base.join("board");
        fs::create_dir(&board).map_err(Failure::other)?;
        let settings = CeremonySettings {
            board: Some(board.to_string_lossy().into_owned()),
            wait_seconds: Some(120),
            ..CeremonySettings::default()
        };
        let take_part = |place: &Place| ceremony::found(&place.common, &plan, &settings);
        let held: Vec<_> = thread::scope(|scope| {
            let parts = members.iter().map(|place| scope.spawn(|| take_part(place)));
            let parts: Vec<_> = parts.collect();
            parts.into_iter().map(ScopedJoinHandle::join).collect()
        });
        let mut domains = Vec::new();
        for held in held {
            let held = held.map_err(|_| Failure::other("a ceremony has come to a fault"))?;
            domains.push(held?.domain);
        }
        let id = agreed(&domains)?;
        let bytes = id
            .to_array()
            .ok_or_else(|| Failure::other("no id of a domain"))?;
        Ok(Self {
            members,
            domain: id.to_text(),
            id: TrustDomainId::from_bytes(bytes),
        })
    }

    /// Starts the authorities, for a registrar whose keys are drawn.
    pub(crate) fn serve(&self, registrar: &Place) -> Outcome<Vec<(u16, Part)>> {
        let key = registrar::public_key(&registrar.common)?.to_text();
        let settings = AuthoritySettings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            registrars: Some(vec![format!("{}={key}", self.domain)]),
            drain_seconds: Some(2),
            ..AuthoritySettings::default()
        };
        let serve = |(number, place): (u16, &Place)| {
            let (common, settings) = (place.common.clone(), settings.clone());
            let part = Part::start(move |host| {
                authority::run(host, None, &common, settings, &AuthoritySettings::default())
            });
            part.map(|part| (number, part))
        };
        // Their numbers are their places in the plan.
        (1..).zip(&self.members).map(serve).collect()
    }
}

fn agreed(domains: &[Blob<32>]) -> Outcome<Blob<32>> {
    let first = domains.first();
    let same = first.filter(|first| domains.iter().all(|domain| domain == *first));
    same.cloned()
        .ok_or_else(|| Failure::other("the authorities do not agree on the domain"))
}
