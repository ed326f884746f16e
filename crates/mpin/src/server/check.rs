//! The second move: points, opening, pairing, of what is paid.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, G2Prepared, Scalar, Transcript};
use milagro_ledger::{Charge, Paid, Unspent};

use crate::proof::encoding::Message;
use crate::proof::fresh::SKEW;
use crate::proof::opening::{self, Bases};
use crate::proof::spec::{self, Mode, ServerPoints};
use crate::proof::statement::Statement;
use crate::server::admit::{Admitted, AdmittedSignature, Case};
use crate::server::attempts::{self, Decision};
use crate::server::device::{Attempts, CopiedCookie};
use crate::server::failure::OpenedFailure;
use crate::server::outcome::{Authenticated, Signed};
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::settlement::Use;
use crate::server::verifier::Verifier;

/// A paid proof with everything that its equations need.
pub(crate) struct Prepared {
    pub(crate) case: Case,
    pub(crate) statement: Statement,
    pub(crate) a: G1Point,
    pub(crate) b: G1Point,
    pub(crate) y: Scalar,
    /// The transcript of y.
    pub(crate) said: Transcript,
    /// The opening's challenge.
    pub(crate) c: u128,
    /// Pa, of an identity with a device key.
    pub(crate) pa: Option<G2Prepared>,
}

impl Verifier {
    /// Checks a login whose attempt is paid. Spending what comes back uses up the challenge, or the one-pass
    /// proof, and gives the attempt back.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason. The attempt stays counted, unless nothing was checked.
    pub fn check<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        paid: Paid<Admitted>,
        now: Seconds,
    ) -> Result<Unspent<Authenticated>, Rejected> {
        self.due(&paid.0, &paid, now)?;
        let prepared = self.prepare(paid.into_value().0)?;
        if !opening::holds_vartime(&prepared.statement, prepared.c, prepared.bases()) {
            return Err(Reason::Opening.into());
        }
        if !self.holds(&prepared) {
            return Err(prepared.refuse());
        }
        self.accept(rng, prepared)
    }

    /// As [`Self::check`], of a signature: it counts once.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_signature<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        paid: Paid<AdmittedSignature>,
        now: Seconds,
    ) -> Result<Unspent<Signed>, Rejected> {
        self.due(&paid.case, &paid, now)?;
        let AdmittedSignature { case, digest } = paid.into_value();
        let prepared = self.prepare(case)?;
        if !opening::holds_vartime(&prepared.statement, prepared.c, prepared.bases()) {
            return Err(Reason::Opening.into());
        }
        if !self.holds(&prepared) {
            return Err(prepared.refuse());
        }
        let time = prepared.case.message.fresh.time();
        let charges = self.settlement(rng, &prepared.case.message, &prepared.case.about);
        let (login, returned) = self.login(rng, prepared)?;
        let signed = Signed {
            login,
            time,
            digest,
        };
        Ok(Unspent::new(signed, charges)
            .returning(&returned)
            .on(self.ledger))
    }

    /// Whether something paid is to be checked: here, for these charges, by now.
    pub(crate) fn due<T>(&self, case: &Case, paid: &Paid<T>, now: Seconds) -> Result<(), Rejected> {
        let unchecked = |reason| {
            let charges = paid.charges().map(|(charge, _)| *charge).collect();
            Err(Rejected::unchecked(reason, charges))
        };
        let paid_for = paid.charges().map(|(charge, _)| charge);
        let here = case.verifier == self.name && paid.ledger() == self.ledger;
        if !here || !paid_for.eq(&case.charges) {
            return unchecked(Reason::Misdirected);
        }
        if let Err(reason) = self.policy.timely(&case.message.fresh, now) {
            return unchecked(reason);
        }
        if let Err(reason) = self.admit_label(&case.message, now) {
            return unchecked(reason);
        }
        let mut grants = paid
            .charges()
            .filter(|(charge, _)| attempts::is_delayed(charge));
        let early = grants.any(|(_, grant)| {
            let decision = self.policy.attempts.decide(grant, now);
            matches!(decision, Decision::BackOff { .. })
        });
        if early {
            return unchecked(Reason::TooSoon);
        }
        Ok(())
    }

    /// Decodes the points, and computes all that does not depend on the verdict.
    pub(crate) fn prepare(&self, case: Case) -> Result<Prepared, Reason> {
        let statement = case.message.statement().map_err(|_| Reason::Malformed)?;
        if case.message.mode == Mode::Sign {
            statement.u.to_g1().map_err(|_| Reason::Malformed)?;
            statement
                .check_order_but_u()
                .map_err(|_| Reason::Malformed)?;
        }
        let Message {
            identity, label, ..
        } = &case.message;
        let n = label
            .as_ref()
            .zip(case.length)
            .map(|(label, length)| label.to_point(&self.domain, length, identity));
        let a = self.point_of(identity);
        let b = spec::base(&a, n.as_ref()).ok_or(Reason::Proof)?;
        let (y, said) = spec::challenge_of(case.context.clone(), &statement);
        Ok(Prepared {
            c: opening::challenge(&said, &statement),
            pa: case.pinned.map(|key| G2Prepared::from(key.point())),
            case,
            statement,
            a,
            b,
            y,
            said,
        })
    }

    pub(crate) fn holds(&self, prepared: &Prepared) -> bool {
        let Statement { u, v, .. } = &prepared.statement;
        let y_b = &prepared.b * &prepared.y;
        spec::holds(u, v, y_b, self.points(prepared))
    }

    pub(crate) fn points<'a>(&'a self, prepared: &'a Prepared) -> ServerPoints<'a> {
        ServerPoints {
            first: prepared.pa.as_ref().unwrap_or(&self.qs),
            second: &self.s_qs,
        }
    }

    /// The login of a proof that is right, still to be spent.
    pub(crate) fn accept<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prepared: Prepared,
    ) -> Result<Unspent<Authenticated>, Rejected> {
        let charges = self.settlement(rng, &prepared.case.message, &prepared.case.about);
        let (login, returned) = self.login(rng, prepared)?;
        Ok(Unspent::new(login, charges)
            .returning(&returned)
            .on(self.ledger))
    }

    /// The login of a proof that is right, and what it gets back; unless it came with a copied cookie.
    pub(crate) fn login<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prepared: Prepared,
    ) -> Result<(Authenticated, Vec<Charge>), Rejected> {
        let Case {
            message,
            attempts,
            charges,
            about,
            ..
        } = prepared.case;
        let presented = match attempts {
            Attempts::Device(presented) => Some(presented),
            Attempts::PerIdentityStrangersCanLockOut => None,
        };
        let replaced = presented.as_ref().and_then(|device| device.replaced);
        if let Some((presented, replaced)) = presented.as_ref().zip(replaced) {
            // A message that was made before and came late is the honest device's, as far as anybody knows.
            if message.fresh.time() <= replaced.plus(SKEW) {
                return Err(Reason::CookieReplaced.into());
            }
            let settlement = self.settlement(rng, &message, &about);
            let copied = CopiedCookie {
                counted: presented.counted.clone(),
                device: presented.device,
            };
            return Err(Rejected::copied_cookie(
                Unspent::new(copied, settlement).on(self.ledger),
            ));
        }
        self.remember(&message.identity, &prepared.a);
        let login = Authenticated::new(message.identity, message.label, presented);
        Ok((login, charges))
    }

    /// What a proof that is right is charged.
    fn settlement<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &Message,
        about: &[u8; 32],
    ) -> Vec<Charge> {
        let account = Use::of(message, &self.domain, &self.server).account();
        vec![attempts::charge(rng, account, 1, about)]
    }
}

impl Prepared {
    pub(crate) const fn bases(&self) -> Bases<'_> {
        Bases {
            a: &self.a,
            b: &self.b,
        }
    }

    /// The refusal of a proof whose opening holds and whose equation does not.
    pub(crate) fn refuse(self) -> Rejected {
        let Statement { u, v, .. } = self.statement;
        Rejected::opened_failure(OpenedFailure {
            w: *self.statement.w(),
            time: self.case.message.fresh.time(),
            identity: self.case.message.identity,
            a: self.a,
            b: self.b,
            y: self.y,
            u,
            v,
            pa: self.pa,
        })
    }
}
