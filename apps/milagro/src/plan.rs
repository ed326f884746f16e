//! Plans of ceremonies, as files.

use std::fs;
use std::path::Path;

use milagro_authority::ceremony::Task;
use milagro_authority::safe::Stored;
use milagro_dta::ceremony::Plan;
use milagro_dta::grants::IssuedSet;
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{AuthorityId, MemberPublicKey, Roster, Threshold, TrustDomain};
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::{DOMAIN_MAX, ProtocolName};
use milagro_wire::name::Name;
use serde::{Deserialize, Serialize};

use crate::exit::{Failure, Outcome};
use crate::sets::SetFile;

/// Longest plan, in bytes: 255 members and a domain of as many.
const FILE_MAX: u64 = 1 << 16;

/// A plan. All members have the same; nothing in it is secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PlanFile {
    pub(crate) protocol: ProtocolName,
    /// The number of the session, which is used once.
    pub(crate) session: Blob<32>,
    /// Of a new domain: what it is called, and how many members it takes to use its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<New>,
    /// The domain whose shares are renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh: Option<Blob<DOMAIN_MAX>>,
    /// The domain that is handed over to others, or to more or fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reshare: Option<Reshare>,
    /// The domain of which one share is made anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repair: Option<Repair>,
    /// The SHA-256 of the file with everybody to whom keys were issued, of a domain that is handed over or repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issued: Option<Name>,
    /// The members' public keys, in the order of their numbers. In a repair, the seat has the key of whoever gets the share.
    pub(crate) members: List<Blob<48>, 255>,
    /// The public keys of those that a domain is handed over to, in the order of their new numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) receivers: Option<List<Blob<48>, 255>>,
}

/// A new domain.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) needed: u16,
}

/// A domain that is handed over.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reshare {
    pub(crate) domain: Blob<DOMAIN_MAX>,
    /// How many of the new members it takes to use the key.
    pub(crate) needed: u16,
}

/// A share that is made anew.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repair {
    pub(crate) domain: Blob<DOMAIN_MAX>,
    /// The number of the member that gets it.
    pub(crate) seat: u16,
    /// The numbers of those that help, as many as the key needs.
    pub(crate) helpers: List<u16, 255>,
}

impl PlanFile {
    /// A plan that says nothing yet of what is done.
    pub(crate) const fn new(
        protocol: ProtocolName,
        session: Blob<32>,
        members: List<Blob<48>, 255>,
    ) -> Self {
        Self {
            protocol,
            session,
            found: None,
            refresh: None,
            reshare: None,
            repair: None,
            issued: None,
            members,
            receivers: None,
        }
    }

    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let fault = |words: &dyn core::fmt::Display| {
            Failure::config(format!("{}: {words}", path.display()))
        };
        let length = fs::metadata(path).map_err(|error| fault(&error))?.len();
        if length > FILE_MAX {
            return Err(fault(&"too long for a plan"));
        }
        let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
        toml::from_str(&text).map_err(|error| fault(&error))
    }

    pub(crate) fn to_text(&self) -> Outcome<String> {
        toml::to_string(self).map_err(Failure::other)
    }

    /// What the plan says, for its protocol. `issued` is the file that it names.
    pub(crate) fn task<P: Stored>(&self, issued: Option<&SetFile>) -> Outcome<Task<P>> {
        let number = self.session.to_array();
        let number = number.ok_or_else(|| Failure::config("a session's number has 32 bytes"))?;
        let (plan, domain) = match self {
            Self {
                found: Some(new),
                refresh: None,
                reshare: None,
                repair: None,
                issued: None,
                receivers: None,
                ..
            } => (self.found::<P>(number, new)?, None),
            Self {
                found: None,
                refresh: Some(domain),
                reshare: None,
                repair: None,
                issued: None,
                receivers: None,
                ..
            } => {
                let domain = read_domain::<P>(domain)?;
                let plan = Plan::refresh(number, domain.clone(), roster(&self.members)?);
                (plan.map_err(Failure::config)?, Some(domain))
            }
            Self {
                found: None,
                refresh: None,
                reshare: Some(to),
                repair: None,
                issued: Some(_),
                receivers: Some(receivers),
                ..
            } => {
                let domain = read_domain::<P>(&to.domain)?;
                let plan = self.reshare(number, &domain, (to.needed, receivers))?;
                (plan, Some(domain))
            }
            Self {
                found: None,
                refresh: None,
                reshare: None,
                repair: Some(repair),
                issued: Some(_),
                receivers: None,
                ..
            } => {
                let domain = read_domain::<P>(&repair.domain)?;
                (self.repair(number, &domain, repair)?, Some(domain))
            }
            _ => {
                let words = "a plan founds, refreshes, reshares or repairs one domain; the latter two name the issued";
                return Err(Failure::config(words));
            }
        };
        let (plan, issued) = self.carrying(plan, issued)?;
        Ok(Task {
            number,
            plan,
            domain,
            issued,
        })
    }

    fn found<P: Stored>(&self, number: [u8; 32], new: &New) -> Outcome<Plan<P>> {
        let roster = roster(&self.members)?;
        let threshold = threshold(new.needed, &roster)?;
        Plan::found(number, &new.name, threshold, roster).map_err(Failure::config)
    }

    fn reshare<P: Stored>(
        &self,
        number: [u8; 32],
        domain: &TrustDomain<P>,
        (needed, receivers): (u16, &List<Blob<48>, 255>),
    ) -> Outcome<Plan<P>> {
        let (members, receivers) = (roster(&self.members)?, roster(receivers)?);
        let threshold = threshold(needed, &receivers)?;
        let plan = Plan::reshare(number, domain.clone(), members, threshold, receivers);
        plan.map_err(Failure::config)
    }

    fn repair<P: Stored>(
        &self,
        number: [u8; 32],
        domain: &TrustDomain<P>,
        repair: &Repair,
    ) -> Outcome<Plan<P>> {
        let members = roster(&self.members)?;
        if members.len() != usize::from(domain.threshold().members()) {
            return Err(Failure::config("not the members of the domain"));
        }
        let seat = authority(repair.seat)?;
        let helpers = repair.helpers.as_slice().iter();
        let helpers = helpers.map(|number| authority(*number));
        let helpers = members.among(&helpers.collect::<Outcome<Vec<_>>>()?);
        let key = *members
            .key(seat)
            .ok_or_else(|| Failure::config("no such seat"))?;
        let plan = Plan::repair(number, domain.clone(), helpers, seat, key);
        plan.map_err(Failure::config)
    }

    /// The plan with the set of issued subjects that it names.
    fn carrying<P: Stored>(
        &self,
        plan: Plan<P>,
        issued: Option<&SetFile>,
    ) -> Outcome<(Plan<P>, Option<IssuedSet>)> {
        match (&self.issued, issued) {
            (None, None) => Ok((plan, None)),
            (None, Some(_)) => Err(Failure::config("the plan names no issued subjects")),
            (Some(name), None) => Err(Failure::config(format!(
                "the plan comes with a file of issued subjects, {name}: give --set"
            ))),
            (Some(name), Some(file)) if *name != file.name => Err(Failure::config(format!(
                "--set is the file {}, and the plan comes with {name}",
                file.name
            ))),
            (Some(_), Some(file)) => {
                let plan = plan.carrying(&file.set).map_err(Failure::config)?;
                Ok((plan, Some(file.set.clone())))
            }
        }
    }
}

fn read_domain<P: Stored>(domain: &Blob<DOMAIN_MAX>) -> Outcome<TrustDomain<P>> {
    TrustDomain::from_bytes(domain.as_bytes()).map_err(Failure::config)
}

fn roster(members: &List<Blob<48>, 255>) -> Outcome<Roster<Bls12381G1>> {
    let keys = members.as_slice().iter();
    let keys = keys.map(|key| MemberPublicKey::from_bytes(key.as_bytes()));
    let keys = keys
        .collect::<Result<Vec<_>, _>>()
        .map_err(Failure::config)?;
    Roster::new(keys).map_err(Failure::config)
}

fn threshold(needed: u16, of: &Roster<Bls12381G1>) -> Outcome<Threshold> {
    let members = u16::try_from(of.len()).map_err(Failure::config)?;
    Threshold::new(needed, members).map_err(Failure::config)
}

fn authority(number: u16) -> Outcome<AuthorityId> {
    AuthorityId::new(number).ok_or_else(|| Failure::config("members are numbered from 1"))
}

/// Public keys from the command line.
pub(crate) fn members(keys: &[String]) -> Outcome<List<Blob<48>, 255>> {
    let fault = |key: &String| Failure::config(format!("{key} is no public key of a member"));
    let keys = keys
        .iter()
        .map(|key| Blob::from_text(key).map_err(|_| fault(key)));
    List::new(keys.collect::<Outcome<_>>()?).map_err(Failure::config)
}

/// Calls a generic function with the protocol of a name.
macro_rules! for_protocol {
    ($name:expr, $function:ident($($argument:expr),*)) => {
        match $name {
            milagro_wire::forms::ProtocolName::Mpin => $function::<milagro_dta::Mpin>($($argument),*),
            milagro_wire::forms::ProtocolName::Signing => $function::<milagro_dta::Signing>($($argument),*),
            milagro_wire::forms::ProtocolName::Psk => $function::<milagro_dta::Psk>($($argument),*),
            milagro_wire::forms::ProtocolName::Agreement => $function::<milagro_dta::Agreement>($($argument),*),
            _ => return Err($crate::exit::Failure::config("a protocol of another release")),
        }
    };
}
pub(crate) use for_protocol;
