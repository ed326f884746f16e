//! Plans of ceremonies, as files.

use std::fs;
use std::path::Path;

use milagro_authority::ceremony::Task;
use milagro_authority::safe::Stored;
use milagro_dta::ceremony::Plan;
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{MemberPublicKey, Roster, Threshold, TrustDomain};
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::{DOMAIN_MAX, ProtocolName};
use serde::{Deserialize, Serialize};

use crate::exit::{Failure, Outcome};

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
    /// The members' public keys, in the order of their numbers.
    pub(crate) members: List<Blob<48>, 255>,
}

/// A new domain.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) needed: u16,
}

impl PlanFile {
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

    /// What the plan says, for its protocol.
    pub(crate) fn task<P: Stored>(&self) -> Outcome<Task<P>> {
        let number = self.session.to_array();
        let number = number.ok_or_else(|| Failure::config("a session's number has 32 bytes"))?;
        let roster = self.roster()?;
        let members = u16::try_from(roster.len()).map_err(Failure::config)?;
        let (plan, domain) = match (&self.found, &self.refresh) {
            (Some(new), None) => {
                let threshold = Threshold::new(new.needed, members).map_err(Failure::config)?;
                (Plan::<P>::found(number, &new.name, threshold, roster), None)
            }
            (None, Some(domain)) => {
                let domain = TrustDomain::<P>::from_bytes(domain.as_bytes());
                let domain = domain.map_err(Failure::config)?;
                (Plan::refresh(number, domain.clone(), roster), Some(domain))
            }
            _ => {
                return Err(Failure::config(
                    "a plan either founds a domain or refreshes one",
                ));
            }
        };
        let plan = plan.map_err(Failure::config)?;
        Ok(Task {
            number,
            plan,
            domain,
            issued: None,
        })
    }

    fn roster(&self) -> Outcome<Roster<Bls12381G1>> {
        let members = self.members.as_slice().iter();
        let keys = members.map(|key| MemberPublicKey::from_bytes(key.as_bytes()));
        let keys = keys
            .collect::<Result<Vec<_>, _>>()
            .map_err(Failure::config)?;
        Roster::new(keys).map_err(Failure::config)
    }
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
