//! Proofs that no honest client makes.

use milagro_curve::{Scalar, SecretScalar, Transcript, loose::E1Point};

use super::fixture::{NONE, World, rng};
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::encoding::Message;
use crate::proof::fresh::Fresh;
use crate::proof::opening;
use crate::proof::spec::{self, Context, Mode};
use crate::proof::statement::{Statement, WithAgreement, WithPermit};

/// What a forged proof is for.
pub(super) struct Forgery<'a> {
    pub(super) world: &'a World,
    pub(super) identity: &'a Identity,
    pub(super) label: Option<PermitLabel>,
    pub(super) mode: Mode,
    pub(super) fresh: Fresh,
    pub(super) message: Option<&'a [u8]>,
}

impl<'a> Forgery<'a> {
    /// A login under the name of `identity`.
    pub(super) fn login(world: &'a World, identity: &'a Identity) -> Self {
        Self {
            world,
            identity,
            label: None,
            mode: Mode::Challenge,
            fresh: Fresh::Challenge(world.challenge().0),
            message: None,
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            mode: self.mode,
            fresh: &self.fresh,
            domain: &self.world.domain,
            server: &self.world.server,
            binding: &NONE,
            identity: self.identity,
            label: self.label.as_ref(),
            message: self.message,
        }
    }

    /// y for chosen U, W and G, and its transcript.
    pub(super) fn y(&self, statement: &Statement) -> (Scalar, Transcript) {
        spec::challenge_of(self.context().transcript(), statement)
    }

    /// The message with these parts.
    pub(super) fn message(&self, statement: &Statement) -> Message {
        let context = self.context();
        let form = self.mode.shape(self.label.is_some()).form;
        Message {
            mode: self.mode,
            fresh: self.fresh,
            aim: context.aim(),
            identity: self.identity.clone(),
            label: self.label,
            parts: statement.encode(form),
        }
    }

    /// Answers the opening's challenge as well as one can who knows x and r, with commitments to ρ and ρr that
    /// were made for these bases.
    pub(super) fn opened(&self, mut statement: Statement, parts: &Parts) -> Message {
        let (_, said) = self.y(&statement);
        let c = opening::challenge(&said, &statement);
        parts.respond(&mut statement, c);
        self.message(&statement)
    }
}

/// The numbers behind a proof.
pub(super) struct Parts {
    pub(super) x: SecretScalar,
    pub(super) rho: SecretScalar,
    pub(super) r: SecretScalar,
    pub(super) rho_r: SecretScalar,
}

impl Parts {
    pub(super) fn random() -> Self {
        let mut rng = rng();
        let mut next = || SecretScalar::random(&mut rng);
        Self {
            x: next(),
            rho: next(),
            r: next(),
            rho_r: next(),
        }
    }

    /// z and zr, with commitments that were made for ρ and ρr.
    pub(super) fn respond(&self, statement: &mut Statement, c: u128) {
        let c = Scalar::from(c);
        let respond = |rho: &SecretScalar, secret: &SecretScalar| rho.clone().respond(&c, secret);
        statement.z = respond(&self.rho, &self.x);
        if let Some(more) = &mut statement.agreement {
            more.z = respond(&self.rho_r, &self.r);
        }
    }
}

/// A statement whose parts are all `point`, to be filled in.
pub(super) fn blank(point: E1Point, permit: bool, agreement: bool) -> Statement {
    Statement {
        u: point,
        v: point,
        r: point,
        z: Scalar::ONE,
        permit: permit.then_some(WithPermit { w: point, r: point }),
        agreement: agreement.then_some(WithAgreement {
            g: point,
            r: point,
            z: Scalar::ONE,
        }),
    }
}
