//! Bytes that are stored or sent stay what they are.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::tokens::issuer::Quota;
use milagro_voprf::tokens::public::{
    Drawing, EpochKey, Issuer, Response, SeriesKey, UncheckedRequest,
};
use sha2::{Digest as _, Sha256};

use super::support::{DAY, NOW, binding, plan, station};

/// Counts, for bytes that can be had again.
#[derive(Debug)]
struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))[..16].to_owned()
}

#[test]
fn bytes_are_frozen() {
    let rng = &mut Counting(0);
    let key = SeriesKey::from_bytes(&[7; 32], plan()).unwrap();
    let ledger = MemoryLedger::init(rng, 100, Seconds::ZERO);
    let quota = Quota::new(10, DAY).unwrap();
    let issuer = Issuer::new(key, quota, Issuer::BUDGET, ledger.id()).unwrap();
    let client = EpochKey::now(issuer.series(), NOW).unwrap();
    let mut found = vec![
        hash(&issuer.series().to_bytes()),
        hash(&issuer.series().id().to_bytes()),
        hash(&client.id().to_bytes()),
    ];
    let station = station();
    let committed = client.draw_for(rng, &[binding(&station, b"hail")]).unwrap();
    let keyed = client.draw(rng, 1).unwrap();
    for Drawing { request, pending } in [committed, keyed] {
        found.extend([hash(&request.to_bytes()), hash(&pending.to_bytes())]);
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 10).unwrap();
        let unspent = issuer.check(rng, b"ann", request, NOW).unwrap();
        let answer = issuer.answer(unspent.spend_local(&ledger, NOW).unwrap());
        let answer = answer.unwrap().to_bytes();
        let response = Response::from_bytes(&answer, 1).unwrap();
        let token = pending.finish(rng, &response).unwrap().remove(0);
        found.extend([hash(&answer), hash(&token.to_bytes())]);
        let request = token.redeem(&binding(&station, b"hail")).unwrap();
        found.push(hash(&request.to_bytes()));
    }
    assert_eq!(found, FROZEN);
}

/// Series, its id, key id; then for a token that commits and for one with a key: request, what waits, answer, token,
/// redemption.
const FROZEN: [&str; 13] = [
    "86fa4fd2b0a1ec47",
    "e174b95d668fadab",
    "5a3384fdb16a84b5",
    "fe209f25d29f8a92",
    "b3ab2e31309f0d4f",
    "7cdc59b407a7f856",
    "bdbfcce393181508",
    "9aa0674a1ff456ca",
    "710272ac2d7f3988",
    "17dedf49ba72c305",
    "07c372fcf82070de",
    "a902a9aaa55ea34d",
    "4a540c0ce1c6f4d2",
];
