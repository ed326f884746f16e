//! Which permit a login has to bring, as a challenge says it.

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::server::PermitPolicy;
use milagro_wire::login::{PermitKinds, PermitWanted};

/// By the clock of the service, so that no device needs one.
pub(crate) fn wanted(policy: &PermitPolicy, now: Seconds) -> Option<PermitWanted> {
    let say = |kind, epochs: &EpochPolicy| PermitWanted {
        kind,
        epoch: Epoch::at(now, epochs.length).0,
        seconds: epochs.length.seconds().get(),
    };
    match policy {
        PermitPolicy::Personal(epochs) => Some(say(PermitKinds::Personal, epochs)),
        PermitPolicy::Cover(epochs) => Some(say(PermitKinds::Cover, epochs)),
        PermitPolicy::PersonalOrCover(epochs) => Some(say(PermitKinds::Either, epochs)),
        // No permits; or a kind that came later, which clients of this form cannot bring.
        _ => None,
    }
}
