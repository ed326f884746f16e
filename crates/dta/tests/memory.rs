//! A bulletin of 50 MB passes through in little memory.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test, which clippy does not take for one"
)]

use milagro_base::Writer;
use milagro_dta::permits::bulletin::Scanner;
use milagro_dta::{AuthorityId, Edition, Mpin, Threshold, dealer};
use milagro_mpin::Identity;
use milagro_mpin::rand_core::UnwrapErr;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// 80 bytes each: 52 MB.
const GAPS: u32 = 650_000;
/// How many of them go through the second pass, which hashes to the curve for each.
const CHECKED: u32 = 5_000;
const MIB: usize = 1 << 20;

/// Head and gaps in pieces of 64 kB. All gaps have one point, and the proof is none.
fn pieces(edition: &Edition, gaps: u32) -> impl Iterator<Item = Vec<u8>> {
    let point = Identity::raw(b"somebody").unwrap().to_point().to_bytes();
    let head = Writer::new().u8(1).bytes(&edition.id.to_bytes());
    let head = head.u64(edition.generation).bytes(&edition.digest);
    let head = head.u64(20_000).u64(86_400).u64(1).bytes(&[0; 32]);
    let head = head.u32(gaps).finish();
    let width = u128::MAX / u128::from(gaps);
    let records = (0..gaps.div_ceil(800)).map(move |piece| {
        let first = piece * 800;
        (first..gaps.min(first + 800)).fold(Vec::new(), |mut bytes, gap| {
            let low = u128::from(gap) * width;
            bytes.extend(low.to_be_bytes());
            bytes.extend((low + width - 2).to_be_bytes());
            bytes.extend(point);
            bytes
        })
    });
    let proof = Writer::new().u16(1).u16(1).bytes(&point).bytes(&[0; 64]);
    core::iter::once(head)
        .chain(records)
        .chain([proof.finish()])
}

#[test]
fn fifty_megabytes_take_less_than_sixteen_more() {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let one = Threshold::new(1, 1).unwrap();
    let mut dealt = dealer::deal::<Mpin, _>(rng, "memory", one).unwrap();
    let me = AuthorityId::new(1).unwrap();
    let share = dealt.shares.remove(0);
    let authority = share.accept(me, "memory", one, &dealt.domain).unwrap();
    let domain = authority.domain();

    let profiler = dhat::Profiler::builder().testing().build();
    let before = dhat::HeapStats::get().curr_bytes;
    let mut size = 0;
    let mut scanner = Scanner::new(Identity::raw(b"alice").unwrap());
    for piece in pieces(domain.edition(), GAPS) {
        size += piece.len();
        scanner.push(&piece).unwrap();
    }
    let scanned = scanner.finish().unwrap();
    assert_eq!(scanned.head().count, GAPS);
    assert!(size > 50 * MIB / 100 * 99, "{size}");
    let mut checker = scanned.check(domain).unwrap();
    for piece in pieces(domain.edition(), CHECKED) {
        checker.push(&piece).unwrap();
    }
    let peak = dhat::HeapStats::get().max_bytes - before;
    assert!(peak < 16 * MIB, "{peak}");
    // It was another document, and nobody has proven it.
    assert!(checker.finish().is_err());
    drop(profiler);
}
