//! Services talk over TLS 1.3 without certificates.

use std::io;

use milagro::base::Seconds;
use milagro::tls::Identity;
use rustls::{CertificateError, Error};

use crate::napkin::report::{Outcome, Report, note};
use crate::napkin::signers::{Service, Signers};
use crate::napkin::world::World;

/// More than an epoch and its grace.
const TWO_DAYS: Seconds = Seconds::days(2);

/// TLS 1.3 without certificates.
pub(crate) fn talk(report: &mut Report, world: &World) -> Outcome<()> {
    report.section("Services talk without certificates");
    note(
        "Signatures have a master key of their own, in three shares; any two make a service's key for today.",
    );
    let now = world.clock.now();
    let signers = Signers::found(&world.clock)?;
    let billing = signers.issue("billing", now)?;
    let stock = signers.issue("stock", now)?;
    let both = [&billing, &stock];
    let (by_client, by_server) = signers.talk((&billing, &stock), &both)?;
    report.step(
        "billing calls stock over TLS 1.3 in an unmodified rustls: no certificate is sent, and each knows the other by \
         name.",
        is(&by_client, &stock) && is(&by_server, &billing),
    )?;
    let archive = signers.issue("archive", now.minus(TWO_DAYS))?;
    let all = [&billing, &stock, &archive];
    let (by_client, by_server) = signers.talk((&archive, &stock), &all)?;
    report.step(
        "archive calls with a key of the day before yesterday, and is refused: it has expired.",
        by_client.is_err() && why(&by_server) == Some(&CertificateError::Expired),
    )?;
    let (by_client, by_server) = signers.talk((&billing, &archive), &all)?;
    report.step(
        "billing calls archive, and hangs up for the same reason.",
        by_server.is_err() && why(&by_client) == Some(&CertificateError::Expired),
    )?;
    let (by_client, by_server) = signers.talk((&stock, &billing), &[&billing])?;
    report.step(
        "A service that is not on the other's list is refused, whatever key it has, with the alert of a wrong signature: \
         so nobody learns who is on the list.",
        by_client.is_err() && why(&by_server) == Some(&CertificateError::BadSignature),
    )?;
    let archive = signers.issue("archive", world.clock.now())?;
    let (by_client, by_server) = signers.talk((&archive, &stock), &[&archive, &stock])?;
    report.step(
        "archive gets a key for today and calls again: stock knows it.",
        is(&by_client, &stock) && is(&by_server, &archive),
    )
}

fn is(seen: &io::Result<Identity>, service: &Service) -> bool {
    let seen = seen.as_ref().map(Identity::principal);
    seen.is_ok_and(|seen| seen == service.principal())
}

/// What this end did not like about the other.
fn why(seen: &io::Result<Identity>) -> Option<&CertificateError> {
    match seen.as_ref().err()?.get_ref()?.downcast_ref()? {
        Error::InvalidCertificate(reason) => Some(reason),
        _ => None,
    }
}
