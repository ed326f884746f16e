//! Why there is no service.

use core::fmt;

use crate::primary::KeyError;

/// Why there is no such service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// No tenant, or more than [`Service::TENANTS_MAX`](crate::service::Service::TENANTS_MAX).
    Tenants,
    /// Two tenants of one name.
    Twice,
    /// Two tenants of one use case: what a user draws of one would count for the other.
    UseCase,
    /// A tenant that neither issues nor redeems.
    Idle,
    /// Exported keys do not issue.
    Exported,
    /// Redemptions are counted in another ledger: keys were exported to whoever counts there.
    Elsewhere,
    /// The keys belong to another ledger than this one.
    Ledger,
    /// The keys cannot be read.
    Key(KeyError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenants => f.write_str("there are no tenants, or too many"),
            Self::Twice => f.write_str("two tenants of one name"),
            Self::UseCase => f.write_str("two tenants of one use case"),
            Self::Idle => f.write_str("a tenant that neither issues nor redeems"),
            Self::Exported => f.write_str("exported keys do not issue"),
            Self::Elsewhere => {
                f.write_str("redemptions of a tenant are counted elsewhere, and not here as well")
            }
            Self::Ledger => {
                f.write_str("the keys of a tenant belong to another ledger than this one")
            }
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Fault {}
