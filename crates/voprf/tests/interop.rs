//! Their client with our server, our client with their server: the crates `voprf` 0.5 and `voprf-ng`, over
//! ristretto255 and P-256, in the modes VOPRF and POPRF, for one token and for many. Only bytes pass between
//! the two sides.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use core::convert::Infallible;

use milagro_voprf::rand_core::{TryCryptoRng, TryRng};

const INPUTS: [&[u8]; 3] = [b"one", b"two", b"three"];
const INFO: &[u8] = b"public tag";
const SEED: [u8; 32] = [0x5a; 32];

/// The system's generator, in the clothes of both generations of `rand_core`.
struct Rng;

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(getrandom::u32().unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(getrandom::u64().unwrap())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        getrandom::fill(bytes).unwrap();
        Ok(())
    }
}

impl TryCryptoRng for Rng {}

impl rand_core_06::RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        getrandom::u32().unwrap()
    }

    fn next_u64(&mut self) -> u64 {
        getrandom::u64().unwrap()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        getrandom::fill(bytes).unwrap();
        Ok(())
    }
}

impl rand_core_06::CryptoRng for Rng {}

/// Our side, as bytes.
mod ours {
    use milagro_voprf::modes::Output;
    use milagro_voprf::modes::PendingTagged;
    use milagro_voprf::{
        Blinded, Evaluated, Pending, Poprf, Proof, PublicKey, SecretKey, Suite, VerifiedKey, Voprf,
    };

    use super::{INFO, Rng, SEED};

    pub(crate) type Answer = (Vec<Vec<u8>>, Vec<u8>);

    pub(crate) fn key<M: milagro_voprf::suite::Mode, S: Suite>() -> SecretKey<M, S> {
        SecretKey::derive(&SEED, b"interop").unwrap()
    }

    fn blinded<S: Suite>(bytes: &[Vec<u8>]) -> Vec<Blinded<S>> {
        Blinded::list_from_bytes(&bytes.concat()).unwrap()
    }

    fn answer<S: Suite>((evaluated, proof): (Vec<Evaluated<S>>, Proof<S>)) -> Answer {
        (
            evaluated
                .iter()
                .map(|e| e.to_bytes().as_ref().to_vec())
                .collect(),
            proof.to_bytes(),
        )
    }

    pub(crate) fn voprf<S: Suite>(requests: &[Vec<u8>]) -> Answer {
        answer(
            key::<Voprf, S>()
                .blind_evaluate(&mut Rng, &blinded(requests))
                .unwrap(),
        )
    }

    pub(crate) fn poprf<S: Suite>(requests: &[Vec<u8>]) -> Answer {
        let key = key::<Poprf, S>().tagged(INFO).unwrap();
        answer(key.blind_evaluate(&mut Rng, &blinded(requests)).unwrap())
    }

    pub(crate) fn blind<S: Suite>(
        key: &[u8],
        additive: bool,
        inputs: &[&[u8]],
    ) -> (Vec<Vec<u8>>, Pending<S>) {
        let key = PublicKey::<Voprf, S>::from_bytes(key).unwrap();
        let (blinded, pending): (Vec<Blinded<S>>, _) = if additive {
            VerifiedKey::pin(key).blind(&mut Rng, inputs)
        } else {
            key.blind(&mut Rng, inputs)
        }
        .unwrap();
        (
            blinded
                .iter()
                .map(|b| b.to_bytes().as_ref().to_vec())
                .collect(),
            pending,
        )
    }

    pub(crate) fn blind_tagged<S: Suite>(
        key: &[u8],
        inputs: &[&[u8]],
    ) -> (Vec<Vec<u8>>, PendingTagged<S>) {
        let key = PublicKey::<Poprf, S>::from_bytes(key)
            .unwrap()
            .tagged(INFO)
            .unwrap();
        let (blinded, pending) = key.blind(&mut Rng, inputs).unwrap();
        (
            blinded
                .iter()
                .map(|b| b.to_bytes().as_ref().to_vec())
                .collect(),
            pending,
        )
    }

    pub(crate) fn read<S: Suite>((evaluated, proof): &Answer) -> (Vec<Evaluated<S>>, Proof<S>) {
        (
            Evaluated::list_from_bytes(&evaluated.concat()).unwrap(),
            Proof::from_bytes(proof).unwrap(),
        )
    }

    pub(crate) fn outputs<S: Suite>(outputs: &[Output<S>]) -> Vec<Vec<u8>> {
        outputs
            .iter()
            .map(|output| output.as_bytes().as_ref().to_vec())
            .collect()
    }
}

/// The two peers have one interface between them.
macro_rules! peer {
    ($name:ident, $krate:ident, $theirs:ty, $ours:ty) => {
        mod $name {
            use milagro_voprf::{Poprf, Voprf};
            use $krate::{
                BlindedElement, EvaluationElement, Group, PoprfClient, PoprfServer, Proof,
                VoprfClient, VoprfServer,
            };

            use super::{INFO, INPUTS, Rng, SEED, ours};

            type Blinded = BlindedElement<$theirs>;
            type Evaluated = EvaluationElement<$theirs>;

            fn read((evaluated, proof): &ours::Answer) -> (Vec<Evaluated>, Proof<$theirs>) {
                let evaluated = evaluated
                    .iter()
                    .map(|e| Evaluated::deserialize(e).unwrap())
                    .collect();
                (evaluated, Proof::deserialize(proof).unwrap())
            }

            fn requests(bytes: &[Vec<u8>]) -> Vec<Blinded> {
                bytes
                    .iter()
                    .map(|b| Blinded::deserialize(b).unwrap())
                    .collect()
            }

            #[test]
            fn their_voprf_client() {
                let key = ours::key::<Voprf, $ours>();
                let public =
                    <$theirs as Group>::deserialize_elem(key.public_key().to_bytes().as_ref())
                        .unwrap();
                for n in 1..=INPUTS.len() {
                    let inputs = &INPUTS[..n];
                    let blinds = inputs
                        .iter()
                        .map(|input| VoprfClient::<$theirs>::blind(input, &mut Rng).unwrap());
                    let (states, bytes): (Vec<_>, Vec<_>) = blinds
                        .map(|blind| (blind.state, blind.message.serialize().to_vec()))
                        .unzip();
                    let (evaluated, proof) = read(&ours::voprf::<$ours>(&bytes));
                    let inputs = inputs.to_vec();
                    let outputs =
                        VoprfClient::batch_finalize(&inputs, &states, &evaluated, &proof, public)
                            .unwrap();
                    let outputs: Vec<_> = outputs.map(|output| output.unwrap().to_vec()).collect();
                    assert_eq!(
                        outputs,
                        ours::outputs(&key.evaluate_batch(&inputs).unwrap())
                    );
                }
            }

            #[test]
            fn their_voprf_server() {
                let server = VoprfServer::<$theirs>::new_from_seed(&SEED, b"interop").unwrap();
                let public = <$theirs as Group>::serialize_elem(server.get_public_key());
                for (n, additive) in [(1, false), (1, true), (3, false), (3, true)] {
                    let (bytes, pending) = ours::blind::<$ours>(&public, additive, &INPUTS[..n]);
                    let answer = server
                        .batch_blind_evaluate(&mut Rng, &requests(&bytes))
                        .unwrap();
                    let evaluated = answer
                        .messages
                        .iter()
                        .map(|e| e.serialize().to_vec())
                        .collect();
                    let (evaluated, proof) =
                        ours::read(&(evaluated, answer.proof.serialize().to_vec()));
                    let outputs = ours::outputs(&pending.finalize(&evaluated, &proof).unwrap());
                    let theirs = INPUTS[..n]
                        .iter()
                        .map(|input| server.evaluate(input).unwrap().to_vec());
                    assert_eq!(outputs, theirs.collect::<Vec<_>>());
                }
            }

            #[test]
            fn their_poprf_client() {
                let key = ours::key::<Poprf, $ours>();
                let public =
                    <$theirs as Group>::deserialize_elem(key.public_key().to_bytes().as_ref())
                        .unwrap();
                let key = key.tagged(INFO).unwrap();
                for n in 1..=INPUTS.len() {
                    let inputs = &INPUTS[..n];
                    let blinds = inputs
                        .iter()
                        .map(|input| PoprfClient::<$theirs>::blind(input, &mut Rng).unwrap());
                    let (states, bytes): (Vec<_>, Vec<_>) = blinds
                        .map(|blind| (blind.state, blind.message.serialize().to_vec()))
                        .unzip();
                    let (evaluated, proof) = read(&ours::poprf::<$ours>(&bytes));
                    let outputs = PoprfClient::batch_finalize(
                        inputs.iter().copied(),
                        &states,
                        &evaluated,
                        &proof,
                        public,
                        Some(INFO),
                    );
                    let outputs = outputs.unwrap().map(|output| output.unwrap().to_vec());
                    let expected = inputs
                        .iter()
                        .map(|input| key.evaluate(input).unwrap().as_bytes().to_vec());
                    assert_eq!(outputs.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
                }
            }

            #[test]
            fn their_poprf_server() {
                let server = PoprfServer::<$theirs>::new_from_seed(&SEED, b"interop").unwrap();
                let public = <$theirs as Group>::serialize_elem(server.get_public_key());
                for n in 1..=INPUTS.len() {
                    let (bytes, pending) = ours::blind_tagged::<$ours>(&public, &INPUTS[..n]);
                    let answer = server
                        .batch_blind_evaluate(&mut Rng, &requests(&bytes), Some(INFO))
                        .unwrap();
                    let evaluated = answer
                        .messages
                        .iter()
                        .map(|e| e.serialize().to_vec())
                        .collect();
                    let (evaluated, proof) =
                        ours::read(&(evaluated, answer.proof.serialize().to_vec()));
                    let outputs = ours::outputs(&pending.finalize(&evaluated, &proof).unwrap());
                    let theirs = INPUTS[..n]
                        .iter()
                        .map(|input| server.evaluate(input, Some(INFO)).unwrap().to_vec());
                    assert_eq!(outputs, theirs.collect::<Vec<_>>());
                }
            }
        }
    };
}

peer!(
    voprf05_ristretto255,
    voprf,
    voprf::Ristretto255,
    milagro_voprf::Ristretto255
);
peer!(
    voprf05_p256,
    voprf,
    p256_013::NistP256,
    milagro_voprf::suite::P256
);
peer!(
    voprf_ng_ristretto255,
    voprf_ng,
    voprf_ng::Ristretto255,
    milagro_voprf::Ristretto255
);
peer!(
    voprf_ng_p256,
    voprf_ng,
    p256::NistP256,
    milagro_voprf::suite::P256
);
