use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::memory::MemoryRecords;
use proptest::prelude::*;

use super::*;

const LISTS: Kind = Kind::new(255);

fn named() -> Named {
    let mark = [&[0, 0, 0, 0, 0, 0, 0, 5][..], &[0xaa; 32]].concat();
    Named {
        mark: ListMark::from_bytes(&mark).unwrap(),
        bytes: Name::from_bytes([0xbb; 32]),
        pieces: 3,
    }
}

#[test]
fn records_have_one_form() {
    let bytes = named().to_bytes();
    let mark = named().mark.to_bytes();
    let frozen = [&[1][..], &mark, &[0xbb; 32], &[0, 0, 0, 3]].concat();
    assert_eq!(bytes, frozen);
    assert_eq!((mark.len(), bytes.len()), (40, 77));
    assert_eq!(Named::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for version in [0, 2, 255] {
        let mut altered = bytes.clone();
        altered[0] = version;
        assert!(Named::from_bytes(&altered).is_none());
    }
    assert!((0..bytes.len()).all(|length| Named::from_bytes(&bytes[..length]).is_none()));
    assert!(Named::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    assert_eq!(
        usize::try_from(PIECES_MAX),
        Ok(Lists::LIST_MAX.div_ceil(PIECE))
    );
    // More pieces than the longest list has are of no list, and are not looked for.
    for pieces in [0, PIECES_MAX + 1, u32::MAX] {
        let altered = Named { pieces, ..named() }.to_bytes();
        assert!(Named::from_bytes(&altered).is_none(), "{pieces}");
    }
}

#[test]
fn keys_have_one_form() {
    let registrar = milagro_dta::grants::RegistrarKey::random(&mut UnwrapErr(getrandom::SysRng));
    let domain = TrustDomainId::from_bytes([0xdd; 32]);
    let lists = Lists::new(LISTS, domain, registrar.public());
    assert_eq!(lists.place.key(), [&[0xdd; 32][..], &[0]].concat());
    let piece = lists.piece(&Name::from_bytes([0xee; 32]), 0x0102_0304);
    let frozen = [&[0xdd; 32][..], &[1], &[0xee; 32], &[1, 2, 3, 4]].concat();
    assert_eq!(piece, frozen);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in the records: an answer or an error, and what is read is what is written.
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), like in any::<bool>()) {
        let mut bytes = bytes;
        if like {
            // Near the real thing.
            bytes.resize(77, 0);
            bytes[0] = 1;
            bytes[73..76].fill(0);
        }
        if let Some(named) = Named::from_bytes(&bytes) {
            prop_assert_eq!(named.to_bytes(), bytes.clone());
        }
        let registrar = milagro_dta::grants::RegistrarKey::random(&mut UnwrapErr(getrandom::SysRng));
        let lists = Lists::new(LISTS, TrustDomainId::from_bytes([1; 32]), registrar.public());
        let records = MemoryRecords::new(1 << 20);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let last = runtime.block_on(async {
            let key = lists.place.key();
            let entry = Entry { kind: LISTS, key: &key, value: &bytes, expected: None, until: None };
            let Put::Stored(_) = records.put(entry).await.unwrap() else { panic!("conflict") };
            lists.last(&records).await
        });
        prop_assert_eq!(last.unwrap_err(), ListError::Records);
    }
}
