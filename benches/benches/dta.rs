//! Distributed authorities: combining, issuing in batches, permits.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a bench that fails to set up has nothing to measure"
)]
#![forbid(unsafe_code)]

mod miracl;

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use milagro_curve::{Scalar, SecretG1, SecretG1Sum, SecretResidue, SecretScalar};
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::sharing::{Coefficients, Polynomial, interpolate_g1};
use milagro_dta::{
    Authority, AuthorityId, Mpin, Protocol, Threshold,
    grants::RegistrarKey,
    issue::{Batch, ClientSecret, G1Share, Received, Share as _, combine},
    permits::{ListMark, RevocationList, Window},
    sharing::Bls12381G1,
};
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::{
    Identity,
    names::{Epoch, EpochLength},
};
use miracl::Run;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// All authorities of a domain from a dealer.
fn authorities<P: Protocol>(t: u16, n: u16) -> Vec<Authority<P>> {
    let threshold = Threshold::new(t, n).unwrap();
    let Dealt { domain, shares } = dealer::deal::<P, _>(&mut rng(), "benches", threshold).unwrap();
    let accept = |share: dealer::DealtShare<P>| {
        let me = share.to();
        share.accept(me, "benches", threshold, &domain).unwrap()
    };
    shares.into_iter().map(accept).collect()
}

fn user(number: u32) -> Identity {
    Identity::raw(&number.to_be_bytes()).unwrap()
}

/// Σ λj·Sj with λj = Π m/(m - j) in full size, one inversion and one multiplication each.
fn naive(shares: &[(u64, SecretG1)]) -> SecretG1 {
    let sum = shares.iter().fold(SecretG1Sum::zero(), |sum, (j, share)| {
        let others = shares.iter().filter(|(m, _)| m != j);
        let lambda = others.fold(Scalar::ONE, |product, (m, _)| {
            let (m, j) = (Scalar::from(*m), Scalar::from(*j));
            product * m * (m - j).invert().unwrap()
        });
        sum.add_multiple(share, &lambda)
    });
    sum.to_secret().unwrap()
}

fn interpolate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dta/combine");
    let secret = SecretScalar::random(&mut rng()).to_residue();
    let polynomial = Polynomial::<Bls12381G1>::random(&mut rng(), secret, 16);
    let base = user(0).to_point();
    let share = |number: u16| {
        let share: SecretResidue = polynomial.share(AuthorityId::new(number).unwrap());
        base.mul_secret(&share.to_nonzero().unwrap())
    };
    // The first sixteen, which need no common denominator, and sixteen of thirty-two, which do.
    let sets = [
        ("first_16", (1..=16).collect::<Vec<u16>>()),
        ("16_of_32", (1..=32).step_by(2).collect()),
    ];
    for (name, numbers) in sets {
        let ids: Vec<AuthorityId> = numbers
            .iter()
            .map(|number| AuthorityId::new(*number).unwrap())
            .collect();
        let shares: Vec<SecretG1> = numbers.iter().map(|number| share(*number)).collect();
        let numbered = numbers.iter().map(|number| u64::from(*number));
        let numbered: Vec<_> = numbered.zip(shares.iter().cloned()).collect();
        group.bench_function(format!("ours/{name}"), |bencher| {
            let shares: Vec<&SecretG1> = shares.iter().collect();
            bencher.iter(|| {
                let coefficients = Coefficients::at_zero(black_box(&ids)).unwrap();
                interpolate_g1(black_box(&shares), &coefficients)
            });
        });
        group.bench_function(format!("naive/{name}"), |bencher| {
            bencher.iter(|| naive(black_box(&numbered)));
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dta/client");
    let authorities = authorities::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let alice = user(0);
    let share = |authority: &Authority<Mpin>| {
        let share: G1Share<ClientSecret> = authority.uncounted().issue(&mut rng(), &alice).unwrap();
        Received {
            from: authority.id(),
            value: share,
        }
    };
    group.bench_function("ours/issue_share", |bencher| {
        bencher.iter(|| share(black_box(&authorities[0])));
    });
    group.bench_function("ours/combine_2_of_3", |bencher| {
        bencher.iter_batched(
            || authorities[..2].iter().map(share).collect::<Vec<_>>(),
            |shares| combine(domain, alice.clone(), shares).unwrap(),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn check(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dta/check");
    let authorities = authorities::<Mpin>(2, 3);
    let (authority, domain) = (&authorities[0], authorities[0].domain());
    let key = *domain.verification_key(authority.id()).unwrap();
    let users: Vec<Identity> = (0..256).map(user).collect();
    let single: G1Share<ClientSecret> = authority.uncounted().issue(&mut rng(), &users[0]).unwrap();
    // From bytes and names to a verdict, both of them.
    let single = single.to_bytes();
    group.bench_function("ours/single", |bencher| {
        bencher.iter(|| {
            let share = G1Share::<ClientSecret>::from_bytes(black_box(&single)).unwrap();
            share.check(&key, &G1Share::<ClientSecret>::base(domain, &users[0]))
        });
    });
    let batch: Batch<ClientSecret> = authority
        .uncounted()
        .issue_batch(&mut rng(), &users)
        .unwrap();
    let batch = batch.to_bytes();
    group.sample_size(20);
    group.bench_function("ours/batch_256", |bencher| {
        bencher.iter(|| {
            let batch = Batch::<ClientSecret>::from_bytes(black_box(&batch)).unwrap();
            batch.check(&key, &Batch::<ClientSecret>::base(domain, &users))
        });
    });
    group.finish();
}

fn permits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dta/permit");
    let authorities = authorities::<Mpin>(1, 1);
    let run = Run::new(b"alice@example.com", 1234);
    let domain = *authorities[0].domain().id();
    let master = SecretScalar::random(&mut rng());
    let label = milagro_mpin::permit::PermitLabel::Personal {
        epoch: Epoch(20_000),
    };
    let alice = Identity::raw(b"alice@example.com").unwrap();
    group.bench_function("ours/hash_multiply_encode", |bencher| {
        bencher.iter(|| {
            let n = label.to_point(&domain, EpochLength::DAY, black_box(&alice));
            (&n * &master).to_bytes()
        });
    });
    group.bench_function("miracl/encode_to_curve_and_get_client_secret", |bencher| {
        bencher.iter(|| black_box(&run).hash_and_issue());
    });
    let mut list = RevocationList::new(domain);
    for number in 0..100 {
        list.revoke(&user(number));
    }
    let key = RegistrarKey::random(&mut rng());
    let list = list.sign(&mut rng(), &key, &ListMark::NONE).unwrap();
    let now = Epoch(20_000).start(EpochLength::DAY);
    let desk = authorities[0].permits(&list, Window::DAILY, now).unwrap();
    group.sample_size(20);
    group.bench_function("ours/covers_100_revoked", |bencher| {
        bencher.iter(|| desk.covers(&mut rng(), Epoch(20_000)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, interpolate, whole, check, permits);
criterion_main!(benches);
