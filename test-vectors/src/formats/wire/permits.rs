//! Revocation lists, permits one at a time, and bulletins.

use milagro_base::Seconds;
use milagro_dta::grants::RegistrarKey;
use milagro_dta::issue::{PersonalSubject, Received, combine};
use milagro_dta::permits::bulletin::{Bulletin, CoverBatch, Draft, ProofShare, SliceIndex};
use milagro_dta::permits::{
    CoverShare, Desk, ListMark, Period, RevocationList, SignedList, Window, combine_cover,
};
use milagro_dta::{Authority, Mpin, TrustDomain};
use milagro_mpin::Identity;
use milagro_mpin::names::{Epoch, EpochLength};
use milagro_mpin::permit::Leaf;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::issue::council;
use super::stream::{Draw, Tape};
use super::world::{Council, identity};
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Permits {
    council: Council,
    /// The registrar's secret key, 32 bytes.
    registrar: Hex,
    /// 32 bytes for the signature of the list.
    registrar_randomness: Hex,
    /// Who is revoked.
    revoked: Vec<Hex>,
    /// Whose permit it is about.
    identity: Hex,
    /// The epoch that the authorities' clocks are in.
    epoch: u64,
    length: u64,
    /// What each authority draws, 32 bytes each: for the proofs of its shares of the personal permit, of the cover
    /// permit and of all cover permits, and of its part of the bulletin's proof.
    authority_randomness: Vec<Hex>,
}

/// What authorities send, in the order of their numbers.
struct Sent<'a> {
    domain: TrustDomain<Mpin>,
    list: SignedList,
    authorities: Vec<Authority<Mpin>>,
    tapes: Vec<Tape<'a>>,
}

impl<'a> Sent<'a> {
    /// What each of them makes of a request, with its number.
    fn each<T, E: core::fmt::Debug>(
        &mut self,
        window: Window,
        now: Seconds,
        make: impl Fn(&Desk<'_>, &mut Tape<'a>) -> Result<T, E>,
    ) -> Result<Vec<Received<T>>, Mismatch> {
        let mut all = Vec::new();
        for (authority, tape) in self.authorities.iter().zip(&mut self.tapes) {
            let desk = authority.permits(&self.list, window, now);
            let desk = desk.map_err(of("council"))?;
            all.push(Received {
                from: authority.id(),
                value: make(&desk, tape).map_err(of("epoch"))?,
            });
        }
        Ok(all)
    }
}

fn bytes<T, B: AsRef<[u8]>>(all: &[Received<T>], encode: impl Fn(&T) -> B) -> Vec<B> {
    all.iter().map(|received| encode(&received.value)).collect()
}

impl Permits {
    fn window(&self) -> Result<Window, Mismatch> {
        let length = EpochLength::new(Seconds::new(self.length));
        let length = length.ok_or_else(|| Mismatch::new("length", "zero"))?;
        Ok(Window { length, ahead: 0 })
    }

    fn sent(&self) -> Result<Sent<'_>, Mismatch> {
        let (domain, authorities) = self.council.deal()?;
        let mut list = RevocationList::new(*domain.id());
        for revoked in &self.revoked {
            list.revoke(&identity(revoked)?);
        }
        let key = RegistrarKey::from_bytes(&self.registrar.array("registrar")?);
        let key = key.map_err(of("registrar"))?;
        let mut tape = Tape::new(&self.registrar_randomness);
        let list = list.sign(&mut tape, &key, &ListMark::NONE);
        tape.finish("registrar_randomness")?;
        if self.authority_randomness.len() != authorities.len() {
            return Err(Mismatch::new("authority_randomness", "not one for each"));
        }
        Ok(Sent {
            domain,
            list: list.map_err(of("revoked"))?,
            authorities,
            tapes: self.authority_randomness.iter().map(Tape::new).collect(),
        })
    }

    /// The permit of one identity, of either kind.
    fn single(
        &self,
        outputs: Outputs,
        sent: &mut Sent<'_>,
        who: &Identity,
    ) -> Result<Outputs, Mismatch> {
        let window = self.window()?;
        let period = self.period(window);
        let now = period.epoch.start(period.length);
        let make = |desk: &Desk<'_>, tape: &mut Tape<'_>| desk.personal(tape, who, period.epoch);
        let shares = sent.each(window, now, make)?;
        let outputs = outputs.all(
            "personal_shares",
            bytes(&shares, |share| share.to_bytes().to_vec()),
        );
        let subject = PersonalSubject {
            identity: who.clone(),
            period,
        };
        let permit = combine(&sent.domain, subject, shares).map_err(of("council"))?;
        let outputs = outputs.bytes("personal_permit", permit.key.to_bytes());

        let make = |desk: &Desk<'_>, tape: &mut Tape<'_>| desk.cover(tape, who, period.epoch);
        let shares = sent.each(window, now, make)?;
        let outputs = outputs.all("cover_shares", bytes(&shares, CoverShare::to_bytes));
        let permit = combine_cover(&sent.domain, who, period, shares).map_err(of("council"))?;
        Ok(outputs.bytes("cover_permit", permit.key.to_bytes()))
    }

    /// The permits of all.
    fn bulletin(
        &self,
        outputs: Outputs,
        sent: &mut Sent<'_>,
    ) -> Result<(Outputs, Bulletin), Mismatch> {
        let window = self.window()?;
        let period = self.period(window);
        let now = period.epoch.start(period.length);
        let make = |desk: &Desk<'_>, tape: &mut Tape<'_>| desk.covers(tape, period.epoch);
        let batches = sent.each(window, now, make)?;
        let outputs = outputs.all("cover_batches", bytes(&batches, CoverBatch::to_bytes));
        let draft = Draft::combine(&sent.domain, &sent.list, period, batches);
        let draft = draft.map_err(of("council"))?.key;
        let outputs = outputs.bytes("draft", draft.to_bytes());
        let make = |desk: &Desk<'_>, tape: &mut Tape<'_>| desk.prove(tape, &draft);
        let shares = sent.each(window, now, make)?;
        let outputs = outputs.all("proof_shares", bytes(&shares, ProofShare::to_bytes));
        let bulletin = draft.clone().prove(&sent.domain, shares);
        let bulletin = bulletin.map_err(of("council"))?.key;
        Ok((outputs.bytes("bulletin", bulletin.to_bytes()), bulletin))
    }

    const fn period(&self, window: Window) -> Period {
        Period {
            epoch: Epoch(self.epoch),
            length: window.length,
        }
    }
}

impl Wire for Permits {
    const NAME: &'static str = "milagro-wire-permits";
    const ABOUT: &'static str = "wire format 2: revocation lists, permits, bulletins, slices";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let mut sent = self.sent()?;
        let who = identity(&self.identity)?;
        let outputs = Outputs::default()
            .bytes("domain", sent.domain.to_bytes())
            .bytes("leaf", Leaf::of(&who, sent.domain.id()).0.to_be_bytes())
            .bytes("list", sent.list.list().to_bytes())
            .bytes("list_mark", sent.list.mark().to_bytes())
            .bytes("signed_list", sent.list.to_bytes());
        let outputs = self.single(outputs, &mut sent, &who)?;
        let (outputs, bulletin) = self.bulletin(outputs, &mut sent)?;
        for tape in sent.tapes {
            tape.finish("authority_randomness")?;
        }
        let sliced = bulletin.slices();
        let known = Sha256::digest(&sliced.index).into();
        let index = SliceIndex::from_bytes(&sliced.index, &known).map_err(of("identity"))?;
        let slice = sliced.slices.iter();
        let slice = slice
            .map(|slice| index.permit(&who, slice))
            .find_map(Result::ok);
        let found = [bulletin.permit(&who), slice.flatten()];
        let outputs = outputs
            .bytes("slice_index", &sliced.index)
            .all("slices", &sliced.slices);
        let found = found.map(|permit| permit.map(|permit| permit.to_bytes()));
        Ok(outputs.all("found", found.into_iter().flatten()))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let identity = |name: &str| format!("0000{:02x}{}", name.len(), hex::encode(name));
        let case = |revoked: &[&str]| {
            let randomness =
                (1..=3).map(|number| draw.bytes(&format!("permits authority {number}"), 128));
            let revoked: Vec<_> = revoked.iter().map(|name| identity(name)).collect();
            json!({
                "council": council(draw, "permits", 2, 3),
                "registrar": draw.scalar("permits registrar"),
                "registrar_randomness": draw.bytes("permits registrar randomness", 32),
                "revoked": revoked,
                "identity": identity("alice"),
                "epoch": 20_833,
                "length": 86_400,
                "authority_randomness": randomness.collect::<Vec<_>>(),
            })
        };
        vec![
            ("two are revoked: three gaps", case(&["bob", "carol"])),
            ("nobody is revoked: one gap", case(&[])),
        ]
    }
}
