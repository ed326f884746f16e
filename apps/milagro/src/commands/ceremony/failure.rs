//! How the program ends when a ceremony or a share does not go on.

use milagro_authority::ceremony::SessionError;
use milagro_authority::safe::SafeError;
use milagro_dta::grants::GrantError;

use crate::exit::{Code, Failure};

pub(crate) fn failure(error: SessionError) -> Failure {
    match error {
        SessionError::Safe(error) => safe_failure(error),
        SessionError::Over
        | SessionError::OtherPlan
        | SessionError::Log(_)
        | SessionError::NoShare => Failure::new(Code::NoResult, error),
        SessionError::Seat(_)
        | SessionError::Secret(_)
        | SessionError::Issued
        | SessionError::NotHandedOver
        | SessionError::Count(GrantError::Set | GrantError::Ledger) => Failure::config(error),
        error => Failure::other(error),
    }
}

pub(crate) fn safe_failure(error: SafeError) -> Failure {
    match error {
        SafeError::Generation { .. } | SafeError::Older | SafeError::Backwards => {
            Failure::new(Code::Stale, error)
        }
        SafeError::Unknown | SafeError::Missing(_) | SafeError::Vault(_) => Failure::config(error),
        error => Failure::other(error),
    }
}
