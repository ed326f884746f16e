//! How a device is enrolled. Arguments are read as in `login`.

use milagro_base::{Reader, Writer};
use milagro_dta::grants::{ClientKey, Enrolment, SignedGrant};
use milagro_dta::issue::ClientSecret;
use milagro_dta::{AuthorityId, Mpin, TrustDomain};
use milagro_mpin::Token;
use zeroize::Zeroizing;

use crate::call::{Bytes, Fault, end, factors, seeded};

/// Seed (32) in; the device's key for this enrolment (32) and its public half (32) out. The device stores the key before it asks
/// for anything, and asks again with the same one.
///
/// # Errors
/// [`Fault::Request`].
pub fn begin(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let mut rng = seeded(reader)?;
    end(reader)?;
    let key = ClientKey::random(&mut rng);
    let public = key.public().map_err(|_| Fault::Request)?;
    let answer = Writer::with_capacity(64).bytes(key.as_bytes());
    Ok(Zeroizing::new(answer.bytes(public.as_bytes()).finish()))
}

/// The public half (32) of a stored key (32).
///
/// # Errors
/// [`Fault::Request`].
pub fn public(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let key = ClientKey::from_bytes(reader.array()?);
    end(reader)?;
    let public = key.public().map_err(|_| Fault::Request)?;
    Ok(Zeroizing::new(public.as_bytes().to_vec()))
}

/// Key (32), PIN (string), the id that the login service has named (32), domain (string), grant (string), and until the end
/// authority (2) and sealed share (string) of each answer in; a token out.
///
/// # Errors
/// [`Fault`]; [`Fault::Shares`] can pass.
pub fn finish(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let key = ClientKey::from_bytes(reader.array()?);
    let factors = factors(reader)?;
    let expected: &[u8; 32] = reader.array()?;
    let domain = TrustDomain::<Mpin>::from_bytes(reader.string()?);
    let domain = domain.map_err(|_| Fault::Answer)?;
    if domain.id().to_bytes() != *expected {
        return Err(Fault::Domain);
    }
    let grant = SignedGrant::<ClientSecret>::from_bytes(reader.string()?);
    let grant = grant.map_err(|_| Fault::Answer)?;
    let mut enrolment = Enrolment::new(&domain, &key, &grant).map_err(|_| Fault::Answer)?;
    while reader.remaining() > 0 {
        let (from, sealed) = (reader.u16()?, reader.string()?);
        // Whoever is not one of the domain's is none whose share would count.
        if let Some(from) = AuthorityId::new(from) {
            let _culprit = enrolment.add(from, sealed);
        }
    }
    let combined = enrolment.finish().map_err(|_| Fault::Shares)?;
    let token = Token::new(*domain.id(), combined.key, &factors)?;
    Ok(token.to_bytes())
}

/// Key (32), grant (string), sealed letter (string) in; what the registrar has written to this device out.
///
/// # Errors
/// [`Fault::Answer`].
pub fn open_letter(reader: &mut Reader<'_>) -> Result<Bytes, Fault> {
    let key = ClientKey::from_bytes(reader.array()?);
    let grant = SignedGrant::<ClientSecret>::from_bytes(reader.string()?);
    let grant = grant.map_err(|_| Fault::Answer)?;
    let letter = key.open_letter(&grant, reader.string()?);
    end(reader)?;
    letter.ok_or(Fault::Answer)
}
