//! The server's side: the proof first, and nothing that is derived from a key before it holds.

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Sum, Scalar, SecretScalar, Transcript,
    pairing::{Term, pairing_product},
    table::G1Comb,
};
use milagro_ledger::{Paid, Unspent};

use crate::full::hello::ClientHello;
use crate::full::messages::ServerHello;
use crate::full::schedule::{self, Schedule};
use crate::full::session::ServerSession;
use crate::names::identity::Identity;
use crate::proof::spec;
use crate::proof::statement::{Statement, WithAgreement, WithPermit};
use crate::proof::tags;
use crate::server::admit::{Arrival, Case};
use crate::server::attempts;
use crate::server::check::Prepared;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::settlement::Use;
use crate::server::verifier::Verifier;

/// A hello that is worth checking once its attempt is paid.
pub struct AdmittedHello(Case);

/// A server's answer to a hello that holds.
#[derive(Debug)]
#[must_use = "the client waits for the answer"]
pub struct Answered {
    /// For the client's confirmation; or to seal and send along, where the next message may reach another machine.
    pub session: ServerSession,
    /// The message to the client.
    pub hello: ServerHello,
}

milagro_base::opaque_debug!(AdmittedHello);

impl AdmittedHello {
    /// Who wants to log in. Not proven yet.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.0.message.identity
    }
}

/// Multiples of the three points that are multiplied more than once.
struct Combs {
    a: Option<G1Comb>,
    b: G1Comb,
    u: G1Comb,
}

impl Combs {
    fn a(&self) -> &G1Comb {
        self.a.as_ref().unwrap_or(&self.b)
    }
}

impl Verifier {
    /// As [`Self::admit`], of a login with key agreement.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason. Nothing is charged then.
    pub fn admit_hello<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        hello: &ClientHello,
        arrival: Arrival<'_>,
    ) -> Result<Unspent<AdmittedHello>, Rejected> {
        let case = self.case(rng, &hello.0, arrival, None)?;
        let charges = case.charges.clone();
        Ok(Unspent::new(AdmittedHello(case), charges).on(self.ledger))
    }

    /// Checks the login of a hello whose attempt is paid and, only if it is good, answers with the server's half of
    /// the key agreement. Spending what comes back gives the attempt back and counts the answer: a hello is answered
    /// once. The challenge is used up, and there are a login and keys, when the client has confirmed: see
    /// [`ServerSession::confirm`].
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason; nothing that depends on a key exists then.
    pub fn check_hello<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        paid: Paid<AdmittedHello>,
        now: Seconds,
    ) -> Result<Unspent<Answered>, Rejected> {
        self.due(&paid.0, &paid, now)?;
        let prepared = self.prepare(paid.into_value().0)?;
        let combs = ordered(&prepared).ok_or(Reason::Malformed)?;
        let agreement = prepared.statement.agreement.ok_or(Reason::Malformed)?;
        if !opening_holds(&prepared, &agreement, &combs).ok_or(Reason::Malformed)? {
            return Err(Reason::Opening.into());
        }
        let Statement { u, v, .. } = &prepared.statement;
        let y_b = combs.b.mul_vartime(&prepared.y);
        if !spec::holds(u, v, y_b, self.points(&prepared)) {
            return Err(prepared.refuse());
        }
        self.answer(rng, prepared, &agreement, &combs)
    }

    fn answer<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prepared: Prepared,
        agreement: &WithAgreement,
        combs: &Combs,
    ) -> Result<Unspent<Answered>, Rejected> {
        let said = schedule::said(prepared.said.clone(), &prepared.statement);
        let settlement = Use::of(&prepared.case.message, &self.domain, &self.server);
        let permits = self.policy.permits.epochs();
        let label = prepared.case.message.label.as_ref().zip(permits);
        let end = label.map(|(label, epochs)| epochs.end(label.epoch()));
        let (login, returned) = self.login(rng, prepared)?;
        let mut hedge = Transcript::new(tags::NONCE);
        hedge.append("for", b"w");
        hedge.append("server", &*self.hedge);
        hedge.append("client", &said.bytes::<64>("hedge"));
        let w = SecretScalar::hedged(rng, hedge);
        let (w_point, d) = combs.b.exchange(&combs.u, &w);
        let schedule = Schedule::new(said, &w_point);
        let h_a = combs.a().mul_vartime(&schedule.h());
        let g = agreement.g.to_g1().map_err(|_| Reason::Malformed)?;
        let k = pairing_product(Term::new(h_a + g, &self.s_qs), &[]).into();
        let secrets = schedule.keys(&k, &d);
        let hello = ServerHello {
            w: w_point,
            confirmation: *secrets.server_confirmation,
        };
        let session = ServerSession {
            login,
            until: settlement.until().min(end.unwrap_or(Seconds::MAX)),
            ledger: self.ledger,
            settlement,
            expected: secrets.client_confirmation,
            keys: secrets.client_keys.reversed(),
        };
        let charge = attempts::charge(rng, settlement.answer(), 1, &w_point.to_bytes());
        Ok(Unspent::new(Answered { session, hello }, vec![charge])
            .returning(&returned)
            .on(self.ledger))
    }
}

/// The tables, if all points are of order r.
fn ordered(prepared: &Prepared) -> Option<Combs> {
    prepared.statement.check_order_but_u().ok()?;
    let u = G1Comb::check(prepared.statement.u).ok()?;
    let permit = prepared.statement.permit.is_some();
    Some(Combs {
        a: permit.then(|| G1Comb::new(&prepared.a)),
        b: G1Comb::new(&prepared.b),
        u,
    })
}

/// z·B = R + c·U, z·A = R' + c·W and zr·A = Rr + c·G, where all points are of order r; `None` if one is not.
fn opening_holds(prepared: &Prepared, agreement: &WithAgreement, combs: &Combs) -> Option<bool> {
    let c = Scalar::from(prepared.c);
    let Statement { r, z, permit, .. } = &prepared.statement;
    let same = |left: G1Sum, r: &milagro_curve::loose::E1Point, cx: G1Sum| {
        let right = G1Sum::from(r.to_g1().ok()?) + cx;
        Some((left - right).is_identity())
    };
    let mut holds = same(combs.b.mul_vartime(z), r, combs.u.mul_vartime(&c))?;
    if let Some(WithPermit { w, r }) = permit {
        holds &= same(combs.a().mul_vartime(z), r, &w.to_g1().ok()? * &c)?;
    }
    let WithAgreement { g, r, z } = agreement;
    holds &= same(combs.a().mul_vartime(z), r, &g.to_g1().ok()? * &c)?;
    Some(holds)
}
