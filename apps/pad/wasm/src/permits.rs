//! How a device finds the permit of an epoch in the slices of a bulletin. Arguments are read as in `login`.
//!
//! A slice is worth what the hash of its index is worth, which the registrar names, who has checked the bulletin.

use milagro_base::{Reader, Seconds};
use milagro_dta::permits::Period;
use milagro_dta::permits::bulletin::SliceIndex;
use milagro_mpin::names::{Epoch, EpochLength};
use milagro_mpin::{Identity, TrustDomainId};
use zeroize::Zeroizing;

use crate::call::{Bytes, Fault, end};

/// What is asked of a bulletin.
struct Wanted {
    index: SliceIndex,
    identity: Identity,
}

/// Domain (32), identity (string), epoch (8), seconds of an epoch (8), hash of the index (32), index (string) in; the hash of the
/// slice (32) out.
///
/// # Errors
/// [`Fault::Revoked`]; [`Fault::Answer`] for an index that is not the one of the hash, or is of another domain or epoch.
pub fn slice(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let Wanted { index, identity } = wanted(reader)?;
    end(reader)?;
    let slice = index.slice_of(&identity).ok_or(Fault::Revoked)?;
    Ok(Zeroizing::new(slice.to_vec()))
}

/// All that `slice` takes, and the bytes of the slice until the end in; a permit out. It is public.
///
/// # Errors
/// [`Fault::Revoked`]; [`Fault::Answer`] for a slice that is not the one of the hash.
pub fn permit(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let Wanted { index, identity } = wanted(reader)?;
    let slice = reader.bytes(reader.remaining())?;
    let permit = index.permit(&identity, slice).map_err(|_| Fault::Answer)?;
    let permit = permit.ok_or(Fault::Revoked)?;
    Ok(Zeroizing::new(permit.to_bytes()))
}

fn wanted(reader: &mut Reader<'_>) -> Result<Wanted, Fault> {
    let domain = TrustDomainId::from_bytes(*reader.array()?);
    let identity = Identity::from_bytes(reader.string()?).map_err(|_| Fault::Stored)?;
    let epoch = Epoch(reader.u64()?);
    let length = EpochLength::new(Seconds::new(reader.u64()?)).ok_or(Fault::Answer)?;
    let hash = reader.array()?;
    let index = SliceIndex::from_bytes(reader.string()?, hash).map_err(|_| Fault::Answer)?;
    let head = index.head();
    if head.edition.id != domain || head.period != (Period { epoch, length }) {
        return Err(Fault::Answer);
    }
    Ok(Wanted { index, identity })
}
