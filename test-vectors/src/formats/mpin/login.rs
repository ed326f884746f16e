//! The login in three messages, with the scalars of a file.

use milagro_curve::SecretScalar;
use milagro_mpin::compat::{
    Base, Client, Commitment, LegacyChallenge, LoggedIn, Refused, Response, encoding, hazmat,
};
use serde::Deserialize;

use super::keys::{not_computed, of};
use super::server::{Judge, NOW};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

/// x, U, y, V as a file names and gives them.
#[derive(Clone, Copy)]
pub(super) struct Messages<'a> {
    pub(super) x: (&'a str, &'a Hex),
    pub(super) u: (&'a str, &'a Hex),
    pub(super) y: (&'a str, &'a Hex),
    pub(super) v: (&'a str, &'a Hex),
}

/// A login of a file of this project's layout.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    pub(super) x: Hex,
    pub(super) u: Hex,
    pub(super) y: Hex,
    pub(super) v: Hex,
    pub(super) accepted: bool,
}

impl Login {
    pub(super) fn messages(&self) -> Messages<'_> {
        Messages {
            x: ("login.x", &self.x),
            u: ("login.u", &self.u),
            y: ("login.y", &self.y),
            v: ("login.v", &self.v),
        }
    }

    /// Computes it again, and compares everything.
    pub(super) fn check<L: Copy>(
        &self,
        client: &Client<L>,
        server: (&Judge, Base<L>),
        checks: &mut Checks,
    ) -> Result<(), Mismatch> {
        let verdict = self.messages().check(client, server, checks)?;
        checks.equal("login.accepted", &verdict.is_ok(), &self.accepted);
        Ok(())
    }
}

impl Messages<'_> {
    pub(super) fn x(&self) -> Result<SecretScalar, Mismatch> {
        let (field, bytes) = self.x;
        encoding::secret_scalar_from_bytes(&bytes.array(field)?).map_err(of(field))
    }

    pub(super) fn y(&self) -> Result<LegacyChallenge, Mismatch> {
        let (field, bytes) = self.y;
        LegacyChallenge::from_bytes(&bytes.array(field)?).map_err(of(field))
    }

    /// Computes U and V again, compares, and lets the server check what the file says.
    pub(super) fn check<L: Copy>(
        &self,
        client: &Client<L>,
        (server, base): (&Judge, Base<L>),
        checks: &mut Checks,
    ) -> Result<Result<LoggedIn<L>, Refused>, Mismatch> {
        let step = hazmat::commit(client, self.x()?);
        let (field, bytes) = self.u;
        checks.bytes(field, step.message.to_bytes(), bytes);
        let u = Commitment::from_bytes(&bytes.array(field)?).map_err(of(field))?;

        let y = self.y()?;
        let (field, bytes) = self.y;
        checks.bytes(field, y.to_bytes(), bytes);
        let pending = hazmat::challenge(base, u, y, NOW).state;

        let (field, bytes) = self.v;
        let v = step.state.respond(&y).map_err(not_computed(field))?;
        checks.bytes(field, v.to_bytes(), bytes);
        let v = Response::from_bytes(&bytes.array(field)?).map_err(of(field))?;
        server.login(pending, &v)
    }
}
