//! What cases have in common: names and keys as they stand in files.

use milagro_base::Seconds;
use milagro_curve::SecretScalar;
use milagro_dta::dealer;
use milagro_dta::{Authority, Mpin, Threshold, TrustDomain};
use milagro_mpin::names::{Epoch, EpochLength};
use milagro_mpin::permit::{Leaf, PermitLabel};
use milagro_mpin::{ChannelBinding, Identity, MasterSecret, Permit, ServerId, TrustDomainId};
use serde::Deserialize;

use super::of;
use super::stream::Tape;
use crate::Mismatch;
use crate::hexadecimal::Hex;

/// An authority that works alone, and the names of its domain and of a server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The name of the domain.
    domain: String,
    /// The authority's secret, 32 bytes.
    master: Hex,
    /// The name of the server.
    server: String,
}

impl Place {
    pub(super) fn master(&self) -> Result<MasterSecret, Mismatch> {
        let field = "place.master";
        MasterSecret::from_bytes(&self.master.array(field)?).map_err(of(field))
    }

    pub(super) fn domain(&self) -> Result<TrustDomainId, Mismatch> {
        Ok(self.master()?.trust_domain(&self.domain))
    }

    pub(super) fn server(&self) -> Result<ServerId, Mismatch> {
        ServerId::new(self.server.as_bytes()).map_err(of("place.server"))
    }
}

/// A permit to be issued.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PermitFor {
    epoch: u64,
    /// How long an epoch is, in seconds.
    length: u64,
    /// The gap of a cover permit: its first and last leaf, 16 bytes each.
    gap: Option<[Hex; 2]>,
}

impl PermitFor {
    pub(super) fn length(&self) -> Result<EpochLength, Mismatch> {
        let field = "permit.length";
        EpochLength::new(Seconds::new(self.length)).ok_or_else(|| Mismatch::new(field, "zero"))
    }

    pub(super) fn label(&self) -> Result<PermitLabel, Mismatch> {
        let epoch = Epoch(self.epoch);
        let leaf = |bytes: &Hex| bytes.array("permit.gap").map(u128::from_be_bytes).map(Leaf);
        Ok(match &self.gap {
            None => PermitLabel::Personal { epoch },
            Some([low, high]) => PermitLabel::Cover {
                epoch,
                low: leaf(low)?,
                high: leaf(high)?,
            },
        })
    }

    pub(super) fn issue(&self, place: &Place, identity: &Identity) -> Result<Permit, Mismatch> {
        let (master, domain) = (place.master()?, place.domain()?);
        Ok(master.issue_permit(&domain, self.label()?, self.length()?, identity))
    }
}

/// What ties a proof to its channel; 32 bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Binding {
    TlsExporter(Hex),
    Context(Hex),
}

impl Binding {
    pub(super) fn read(binding: Option<&Self>) -> Result<ChannelBinding, Mismatch> {
        Ok(match binding {
            None => ChannelBinding::None,
            Some(Self::TlsExporter(bytes)) => ChannelBinding::TlsExporter(bytes.array("binding")?),
            Some(Self::Context(bytes)) => ChannelBinding::Context(bytes.array("binding")?),
        })
    }
}

/// An identity in its encoding.
pub(super) fn identity(bytes: &Hex) -> Result<Identity, Mismatch> {
    Identity::from_bytes(&bytes.0).map_err(of("identity"))
}

/// A number that is not zero, 32 bytes.
pub(super) fn scalar(field: &str, bytes: &Hex) -> Result<SecretScalar, Mismatch> {
    SecretScalar::from_bytes(&bytes.array(field)?).map_err(of(field))
}

/// Authorities with shares from a dealer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Council {
    /// The name of the domain.
    domain: String,
    /// The key that is shared, 32 bytes.
    master: Hex,
    threshold: u16,
    authorities: u16,
    /// What the dealer draws.
    dealer_randomness: Hex,
}

impl Council {
    pub(super) fn deal(&self) -> Result<(TrustDomain<Mpin>, Vec<Authority<Mpin>>), Mismatch> {
        let field = "council.master";
        let master = MasterSecret::from_bytes(&self.master.array(field)?).map_err(of(field))?;
        let threshold = Threshold::new(self.threshold, self.authorities);
        let threshold = threshold.map_err(of("council.threshold"))?;
        let mut tape = Tape::new(&self.dealer_randomness);
        let dealt = dealer::deal_master(&mut tape, &master, &self.domain, threshold);
        let dealt = dealt.map_err(of("council"))?;
        tape.finish("council.dealer_randomness")?;
        let accept = |share: dealer::DealtShare<Mpin>| {
            let me = share.to();
            share.accept(me, &self.domain, threshold, &dealt.domain)
        };
        let authorities = dealt.shares.into_iter().map(accept);
        let authorities = authorities
            .collect::<Result<_, _>>()
            .map_err(of("council"))?;
        Ok((dealt.domain, authorities))
    }
}
