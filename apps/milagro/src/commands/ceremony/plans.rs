//! Makes plans.

use std::path::Path;

use milagro_authority::HeldShare;
use milagro_authority::safe::{SafeError, Stored, all};
use milagro_dta::grants::IssuedSet;
use milagro_dta::rand_core::{Rng as _, UnwrapErr};
use milagro_dta::{Threshold, TrustDomain};
use milagro_mpin::TrustDomainId;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::{DOMAIN_MAX, ProtocolName};

use crate::cli::ceremony::{
    FoundArguments, IssuedArguments, ProtocolArgument, RefreshArguments, RepairArguments,
    ReshareArguments,
};
use crate::commands::ceremony::failure::safe_failure;
use crate::directory::Opened;
use crate::exit::{Failure, Outcome};
use crate::plan::{New, PlanFile, Repair, Reshare, for_protocol, members};
use crate::serve::runtime;
use crate::sets::{SetFile, domain_id, united};

pub(super) fn found(arguments: &FoundArguments) -> Outcome<()> {
    let protocol = match arguments.protocol {
        ProtocolArgument::Mpin => ProtocolName::Mpin,
        ProtocolArgument::Signing => ProtocolName::Signing,
        ProtocolArgument::Psk => ProtocolName::Psk,
        ProtocolArgument::Agreement => ProtocolName::Agreement,
    };
    let new = New {
        name: arguments.name.clone(),
        needed: arguments.needed,
    };
    show(&founding(protocol, new, &arguments.members)?, None)
}

/// The plan of a new domain, whose members have these public keys.
pub(crate) fn founding(protocol: ProtocolName, new: New, keys: &[String]) -> Outcome<PlanFile> {
    let mut plan = PlanFile::new(protocol, session()?, members(keys)?);
    plan.found = Some(new);
    Ok(plan)
}

pub(super) fn refresh(opened: &Opened, arguments: &RefreshArguments) -> Outcome<()> {
    let share = share(opened, &domain_id(&arguments.domain)?)?;
    let mut plan = PlanFile::new(share.protocol(), session()?, members(&arguments.members)?);
    plan.refresh = Some(public(&share)?);
    show(&plan, None)
}

pub(super) fn reshare(opened: &Opened, arguments: &ReshareArguments) -> Outcome<()> {
    let share = share(opened, &domain_id(&arguments.domain)?)?;
    let mut plan = PlanFile::new(share.protocol(), session()?, members(&arguments.members)?);
    plan.reshare = Some(Reshare {
        domain: public(&share)?,
        needed: arguments.needed,
    });
    plan.receivers = Some(members(&arguments.receivers)?);
    with_issued(opened, (plan, &share), &arguments.issued)
}

pub(super) fn repair(opened: &Opened, arguments: &RepairArguments) -> Outcome<()> {
    let share = share(opened, &domain_id(&arguments.domain)?)?;
    let mut plan = PlanFile::new(share.protocol(), session()?, members(&arguments.members)?);
    plan.repair = Some(Repair {
        domain: public(&share)?,
        seat: arguments.seat,
        helpers: List::new(arguments.helpers.clone()).map_err(Failure::config)?,
    });
    with_issued(opened, (plan, &share), &arguments.issued)
}

/// Writes the set of everybody to whom keys were issued, and shows the plan that names it.
fn with_issued(
    opened: &Opened,
    (mut plan, share): (PlanFile, &HeldShare),
    arguments: &IssuedArguments,
) -> Outcome<()> {
    let threshold = for_protocol!(share.protocol(), threshold(share))?;
    // With its own log, those of as many as the key needs: n - t + 1 of n, or more, have booked whoever has a key.
    let needed = usize::from(threshold.needed()).saturating_sub(1);
    let own = log(opened, &share.edition().id)?;
    let set = SetFile::of(united(own, &arguments.issued, needed)?);
    plan.issued = Some(set.name);
    // First whether there is such a plan.
    for_protocol!(plan.protocol, plan_digest(&plan, Some(&set)))?;
    set.write(&arguments.set)?;
    show(&plan, Some(&set))
}

/// How many members it takes to use the key of a share, and how many there are.
pub(super) fn threshold<P: Stored>(share: &HeldShare) -> Outcome<Threshold> {
    let domain = TrustDomain::<P>::from_bytes(&share.domain());
    Ok(domain.map_err(Failure::other)?.threshold())
}

/// To whom this authority has issued.
pub(super) fn log(opened: &Opened, domain: &TrustDomainId) -> Outcome<IssuedSet> {
    let log = runtime()?.block_on(milagro_authority::issued::of(&*opened.store, domain));
    log.map_err(|_| Failure::other("the records did not answer"))
}

/// The share of a domain that this member holds.
pub(super) fn share(opened: &Opened, id: &TrustDomainId) -> Outcome<HeldShare> {
    let share = runtime()?.block_on(async {
        let held = all(&*opened.store).await?;
        let held = held
            .iter()
            .find(|held| held.edition.id == *id)
            .ok_or(SafeError::Unknown)?;
        opened
            .safe()
            .open_held(&*opened.store, &opened.key, held)
            .await
    });
    share.map_err(safe_failure)
}

fn public(share: &HeldShare) -> Outcome<Blob<DOMAIN_MAX>> {
    Blob::new(share.domain()).map_err(Failure::other)
}

/// A number that nobody has used.
fn session() -> Outcome<Blob<32>> {
    let mut number = [0; 32];
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut number);
    Blob::new(number).map_err(Failure::other)
}

/// Prints a plan that is right, and what to compare.
fn show(plan: &PlanFile, issued: Option<&SetFile>) -> Outcome<()> {
    let digest = for_protocol!(plan.protocol, plan_digest(plan, issued))?;
    eprintln!("compare by telephone: {digest}");
    print!("{}", plan.to_text()?);
    Ok(())
}

pub(super) fn digest(plan: &Path, set: Option<&Path>) -> Outcome<()> {
    let (plan, set) = (PlanFile::read(plan)?, set.map(SetFile::read).transpose()?);
    println!(
        "{}",
        for_protocol!(plan.protocol, plan_digest(&plan, set.as_ref()))?
    );
    Ok(())
}

fn plan_digest<P: Stored>(plan: &PlanFile, issued: Option<&SetFile>) -> Outcome<String> {
    Ok(plan.task::<P>(issued)?.plan.digest().to_string())
}
