//! The login service that the devices log in at: it enrols them, gives them their first cookies, and closes those that were
//! removed. The registrar does not know how it is reached.

use milagro_ledger::Answer;
use milagro_mpin::Identity;
use milagro_wire::forms::registrar::FirstCookie;
use milagro_wire::login::names::UserName;
use milagro_wire::problem::Problem;

/// A login service.
pub trait Logins: Send + Sync {
    /// Enrols a device of a user, or says again what it said: the same cookie until the device has logged in, and
    /// [`ProblemType::Conflict`](milagro_wire::problem::ProblemType::Conflict) from then on.
    fn enrol<'a>(
        &'a self,
        user: &'a UserName,
        subject: &'a Identity,
    ) -> Answer<'a, Result<FirstCookie, Problem>>;

    /// Closes a device that was removed, and opens it again when that is taken back; as often as it is said.
    /// [`ProblemType::NotFound`](milagro_wire::problem::ProblemType::NotFound) for one that was never enrolled.
    fn set_away<'a>(
        &'a self,
        user: &'a UserName,
        subject: &'a Identity,
        away: bool,
    ) -> Answer<'a, Result<(), Problem>>;
}
