//! What the registrar says of a login that has passed every check here, and that it has taken place.

use milagro_wire::problem::{Problem, ProblemType};

use crate::device::{self, Device, Who};
use crate::notes;
use crate::registrar::{Link, Notice, WhenAway, passed_on};
use crate::service::Service;
use crate::shelf::unavailable;

/// What the registrar says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Permission {
    Given,
    Refused,
}

impl Service {
    /// Asks the registrar whether a device may log in, and says that it has. A wrong proof never gets so far, so that only
    /// whoever has the device and its PIN makes the registrar work.
    pub(crate) async fn permission(
        &self,
        who: &Who,
        device: &Device,
    ) -> Result<Permission, Problem> {
        if let Some(link) = &self.link {
            let asked = link.registrar.may_log_in(&device.identity).await;
            match asked {
                Ok(true) => {}
                Ok(false) => return Ok(Permission::Refused),
                Err(problem) if is_no(&problem) => return Ok(Permission::Refused),
                Err(problem) if device.confirmed && link.when_away == WhenAway::LetIn => {
                    notes::dropped("registrar-away-let-in");
                    drop(problem);
                }
                Err(problem) => {
                    notes::dropped("registrar-away");
                    return Err(passed_on(&problem));
                }
            }
            if device.confirmed {
                link.say(Notice::LoggedIn, &device.identity);
            } else if first_login(link, device).await? == Permission::Refused {
                return Ok(Permission::Refused);
            }
        }
        if !device.confirmed {
            let confirmed = device::change(self.records(), &who.key, |device| {
                device.confirmed = true;
            });
            confirmed.await.map_err(unavailable)?;
        }
        Ok(Permission::Given)
    }
}

/// The first login ends what the device's code can do: until the registrar has written that down, another device may take the
/// place of this one.
async fn first_login(link: &Link, device: &Device) -> Result<Permission, Problem> {
    match link.registrar.logged_in(&device.identity).await {
        Ok(()) => Ok(Permission::Given),
        Err(problem) if is_no(&problem) => Ok(Permission::Refused),
        Err(problem) => {
            notes::dropped("registrar-away");
            Err(passed_on(&problem))
        }
    }
}

/// Whether a registrar says no, and not that it cannot say anything.
fn is_no(problem: &Problem) -> bool {
    let no = [
        ProblemType::Refused,
        ProblemType::NotFound,
        ProblemType::Revoked,
    ];
    problem.known().is_some_and(|known| no.contains(&known))
}
