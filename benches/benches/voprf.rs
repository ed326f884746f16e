//! VOPRF over ristretto255, wire bytes to wire bytes, beside the crates `voprf` 0.5 and `voprf-ng`.
//!
//! Every function works on a batch of n tokens; the ratio of two batches is the ratio per token. All sides get
//! the same random number generator, which costs nothing and restarts from its seed, so that a client's blinds
//! are known to the set-up.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(clippy::unwrap_used, reason = "what fails here is the benchmark")]
#![forbid(unsafe_code)]

use core::convert::Infallible;
use core::hint::black_box;
use core::num::NonZeroUsize;

use criterion::{Criterion, criterion_group, criterion_main};
use curve25519_dalek::{RistrettoPoint, Scalar};
use milagro_voprf::attributes::{Attributes, DerivedKey, DerivedKeys, PrimarySecretKey};
use milagro_voprf::{Blinded, Evaluated, Proof, PublicKey, SecretKey, VerifiedKey, Voprf};
use rand_core::{TryCryptoRng, TryRng};

/// One token, a small batch, a large one.
const SIZES: [usize; 3] = [1, 100, 1000];
const SEED: [u8; 32] = [0x5a; 32];

/// splitmix64, in the clothes of both generations of `rand_core`. No generator for anything but a benchmark.
struct Fixed(u64);

impl Fixed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.next().to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

impl rand_core_06::RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        let [a, b, c, d, ..] = self.next().to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    fn next_u64(&mut self) -> u64 {
        self.next()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill(bytes);
        Ok(())
    }
}

impl rand_core_06::CryptoRng for Fixed {}

fn inputs(n: usize) -> Vec<[u8; 32]> {
    let mut rng = Fixed(7);
    (0..n)
        .map(|_| {
            let mut nonce = [0; 32];
            rng.fill(&mut nonce);
            nonce
        })
        .collect()
}

mod ours {
    use super::{Blinded, Evaluated, Fixed, Proof, SEED, SecretKey, VerifiedKey, Voprf};

    pub(crate) fn key() -> SecretKey<Voprf> {
        SecretKey::derive(&SEED, b"").unwrap()
    }

    pub(crate) fn blind(
        key: &VerifiedKey,
        inputs: &[[u8; 32]],
    ) -> (Vec<[u8; 32]>, milagro_voprf::Pending) {
        let (blinded, pending) = key.blind(&mut Fixed(1), inputs).unwrap();
        (blinded.iter().map(Blinded::to_bytes).collect(), pending)
    }

    pub(crate) fn issue(key: &SecretKey<Voprf>, blinded: &[[u8; 32]]) -> (Vec<[u8; 32]>, Vec<u8>) {
        let blinded: Vec<Blinded> = blinded
            .iter()
            .map(|b| Blinded::from_bytes(b).unwrap())
            .collect();
        let (evaluated, proof) = key.blind_evaluate(&mut Fixed(2), &blinded).unwrap();
        (
            evaluated.iter().map(Evaluated::to_bytes).collect(),
            proof.to_bytes(),
        )
    }

    pub(crate) fn finalize(
        pending: milagro_voprf::Pending,
        evaluated: &[[u8; 32]],
        proof: &[u8],
    ) -> Vec<[u8; 64]> {
        let evaluated: Vec<Evaluated> = evaluated
            .iter()
            .map(|e| Evaluated::from_bytes(e).unwrap())
            .collect();
        let outputs = pending
            .finalize(&evaluated, &Proof::from_bytes(proof).unwrap())
            .unwrap();
        outputs.iter().map(|output| *output.as_bytes()).collect()
    }
}

/// The two peers have one interface between them.
macro_rules! peer {
    ($name:ident, $krate:ident) => {
        mod $name {
            use super::{Fixed, SEED};
            use $krate::{
                BlindedElement, EvaluationElement, Group, Proof, Ristretto255, VoprfClient,
                VoprfServer,
            };

            pub(crate) type Key = VoprfServer<Ristretto255>;
            pub(crate) type Point = <Ristretto255 as Group>::Elem;

            pub(crate) fn key() -> Key {
                Key::new_from_seed(&SEED, b"").unwrap()
            }

            pub(crate) fn blind(
                inputs: &[[u8; 32]],
            ) -> (Vec<Vec<u8>>, Vec<VoprfClient<Ristretto255>>) {
                let mut rng = Fixed(1);
                let blind = |input: &[u8; 32]| {
                    let result = VoprfClient::blind(input, &mut rng).unwrap();
                    (result.message.serialize().to_vec(), result.state)
                };
                inputs.iter().map(blind).unzip()
            }

            pub(crate) fn issue(key: &Key, blinded: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<u8>) {
                let blinded: Vec<BlindedElement<Ristretto255>> = blinded
                    .iter()
                    .map(|b| BlindedElement::deserialize(b).unwrap())
                    .collect();
                let result = key.batch_blind_evaluate(&mut Fixed(2), &blinded).unwrap();
                let evaluated = result
                    .messages
                    .iter()
                    .map(|e| e.serialize().to_vec())
                    .collect();
                (evaluated, result.proof.serialize().to_vec())
            }

            pub(crate) fn finalize(
                inputs: &[[u8; 32]],
                clients: &[VoprfClient<Ristretto255>],
                evaluated: &[Vec<u8>],
                proof: &[u8],
                key: Point,
            ) -> Vec<Vec<u8>> {
                let evaluated: Vec<EvaluationElement<Ristretto255>> = evaluated
                    .iter()
                    .map(|e| EvaluationElement::deserialize(e).unwrap())
                    .collect();
                let proof = Proof::deserialize(proof).unwrap();
                let inputs: Vec<&[u8]> = inputs.iter().map(|input| input.as_slice()).collect();
                let clients = clients.to_vec();
                let outputs =
                    VoprfClient::batch_finalize(&inputs, &clients, &evaluated, &proof, key)
                        .unwrap();
                outputs.map(|output| output.unwrap().to_vec()).collect()
            }
        }
    };
}

peer!(voprf05, voprf);
peer!(ng, voprf_ng);

fn issue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("voprf/issue");
    for n in SIZES {
        let key = ours::key();
        let client = VerifiedKey::pin(key.public_key().clone());
        let (blinded, _) = ours::blind(&client, &inputs(n));
        group.bench_function(format!("ours/{n}"), |b| {
            b.iter(|| ours::issue(&key, black_box(&blinded)));
        });
        let blinded: Vec<Vec<u8>> = blinded.iter().map(|b| b.to_vec()).collect();
        let key = voprf05::key();
        group.bench_function(format!("voprf05/{n}"), |b| {
            b.iter(|| voprf05::issue(&key, black_box(&blinded)));
        });
        let key = ng::key();
        group.bench_function(format!("voprf-ng/{n}"), |b| {
            b.iter(|| ng::issue(&key, black_box(&blinded)));
        });
    }
    group.finish();
}

fn finalize(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("voprf/finalize");
    for n in SIZES {
        let inputs = inputs(n);
        let key = ours::key();
        let client = VerifiedKey::pin(key.public_key().clone());
        let (evaluated, proof) = ours::issue(&key, &ours::blind(&client, &inputs).0);
        group.bench_function(format!("ours/{n}"), |b| {
            b.iter(|| {
                let (blinded, pending) = ours::blind(&client, black_box(&inputs));
                (blinded, ours::finalize(pending, &evaluated, &proof))
            });
        });
        let public = PublicKey::<Voprf>::from_bytes(&key.public_key().to_bytes()).unwrap();
        let (blinded, _) = public.blind(&mut Fixed(1), &inputs).unwrap();
        let (evaluated, proof) = key.blind_evaluate(&mut Fixed(2), &blinded).unwrap();
        let (evaluated, proof): (Vec<_>, _) = (
            evaluated.iter().map(Evaluated::to_bytes).collect(),
            proof.to_bytes(),
        );
        group.bench_function(format!("ours-exponential/{n}"), |b| {
            b.iter(|| {
                let (blinded, pending) = public.blind(&mut Fixed(1), black_box(&inputs)).unwrap();
                let blinded: Vec<_> = blinded.iter().map(Blinded::to_bytes).collect();
                (blinded, ours::finalize(pending, &evaluated, &proof))
            });
        });
        let key = voprf05::key();
        let (evaluated, proof) = voprf05::issue(&key, &voprf05::blind(&inputs).0);
        let public = key.get_public_key();
        group.bench_function(format!("voprf05/{n}"), |b| {
            b.iter(|| {
                let (blinded, clients) = voprf05::blind(black_box(&inputs));
                (
                    blinded,
                    voprf05::finalize(&inputs, &clients, &evaluated, &proof, public),
                )
            });
        });
        let key = ng::key();
        let (evaluated, proof) = ng::issue(&key, &ng::blind(&inputs).0);
        let public = key.get_public_key();
        group.bench_function(format!("voprf-ng/{n}"), |b| {
            b.iter(|| {
                let (blinded, clients) = ng::blind(black_box(&inputs));
                (
                    blinded,
                    ng::finalize(&inputs, &clients, &evaluated, &proof, public),
                )
            });
        });
    }
    group.finish();
}

fn redeem(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("voprf/redeem");
    for n in SIZES {
        let inputs = inputs(n);
        let key = ours::key();
        group.bench_function(format!("ours/{n}"), |b| {
            b.iter(|| key.evaluate_batch(black_box(&inputs)).unwrap());
        });
        let mut cache = DerivedKeys::new(
            <PrimarySecretKey>::generate(&mut Fixed(3)),
            NonZeroUsize::MIN,
        );
        let list = Attributes::new(&["weather", "epoch 17"]).unwrap();
        cache.get(&list).unwrap();
        group.bench_function(format!("ours-derived/{n}"), |b| {
            b.iter(|| {
                cache
                    .get(&list)
                    .unwrap()
                    .evaluate_batch(black_box(&inputs))
                    .unwrap()
            });
        });
        let key = voprf05::key();
        group.bench_function(format!("voprf05/{n}"), |b| {
            b.iter(|| {
                black_box(&inputs)
                    .iter()
                    .map(|i| key.evaluate(i).unwrap())
                    .collect::<Vec<_>>()
            });
        });
        let key = ng::key();
        group.bench_function(format!("voprf-ng/{n}"), |b| {
            b.iter(|| {
                black_box(&inputs)
                    .iter()
                    .map(|i| key.evaluate(i).unwrap())
                    .collect::<Vec<_>>()
            });
        });
    }
    group.finish();
}

/// An attribute key with its proof, beside the unit it is promised in: one multiplication of a variable base in
/// constant time.
fn derive(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("voprf/derive");
    let primary = <PrimarySecretKey>::generate(&mut Fixed(3));
    let list = Attributes::new(&["weather", "epoch 17"]).unwrap();
    group.bench_function("ours/1", |b| {
        b.iter(|| {
            let key = primary.derive(black_box(&list)).unwrap();
            (primary.prove(&mut Fixed(4), &[&key]).unwrap(), key)
        });
    });
    let base = RistrettoPoint::mul_base(&Scalar::from(77_u64));
    let scalar = Scalar::from_bytes_mod_order([0x3b; 32]);
    group.bench_function("dalek/multiplication", |b| {
        b.iter(|| black_box(&base) * black_box(&scalar));
    });
    let lists: Vec<_> = (0..100_u32)
        .map(|epoch| Attributes::new(&[epoch.to_be_bytes()]).unwrap())
        .collect();
    let keys: Vec<_> = lists
        .iter()
        .map(|list| primary.derive(list).unwrap())
        .collect();
    let proof = primary
        .prove(&mut Fixed(4), &keys.iter().collect::<Vec<_>>())
        .unwrap();
    let public: Vec<_> = keys.iter().map(DerivedKey::claim).collect();
    group.bench_function("ours/verify-100", |b| {
        b.iter(|| {
            primary
                .public_key()
                .verify(black_box(&public), &proof)
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, issue, finalize, redeem, derive);
criterion_main!(benches);
