//! The login in three messages, with the scalars of a file.

use core::convert::Infallible;

use milagro_curve::SecretScalar;
use milagro_mpin::compat::{
    Base, Client, Commitment, LoggedIn, Refused, Response, Server, encoding,
};
use milagro_mpin::rand_core::{TryCryptoRng, TryRng};
use serde::Deserialize;

use super::keys::{not_computed, of};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

/// A generator that gives the scalars of a file: each as 64 bytes, the lower half of them.
pub(super) struct Script(Vec<u8>);

impl Script {
    pub(super) fn new(scalar: &[u8; 48]) -> Self {
        let mut bytes = vec![0; 16];
        bytes.extend_from_slice(scalar);
        Self(bytes)
    }
}

impl TryRng for Script {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let count = out.len().min(self.0.len());
        for (to, from) in out.iter_mut().zip(self.0.drain(..count)) {
            *to = from;
        }
        Ok(())
    }
}

impl TryCryptoRng for Script {}

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
        server: (&Server, Base<L>),
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

    /// Computes U and V again, compares, and lets the server check what the file says.
    pub(super) fn check<L: Copy>(
        &self,
        client: &Client<L>,
        (server, base): (&Server, Base<L>),
        checks: &mut Checks,
    ) -> Result<Result<LoggedIn<L>, Refused>, Mismatch> {
        let (u, committed) = client.commit_with(self.x()?);
        let (field, bytes) = self.u;
        checks.bytes(field, u.to_bytes(), bytes);
        let u = Commitment::from_bytes(&bytes.array(field)?).map_err(of(field))?;

        let (field, bytes) = self.y;
        let mut script = Script::new(&bytes.array(field)?);
        let (y, pending) = server.challenge(&mut script, base, u, 0);
        checks.bytes(field, y.to_bytes(), bytes);

        let (field, bytes) = self.v;
        let v = committed.respond(&y).map_err(not_computed(field))?;
        checks.bytes(field, v.to_bytes(), bytes);
        let v = Response::from_bytes(&bytes.array(field)?).map_err(of(field))?;
        Ok(pending.verify(server, &v, 0))
    }
}
