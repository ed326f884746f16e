//! Streams of flights: no stream makes a reader wait for more than the longest flight, more bytes change no length that
//! was known, and no machine takes a flight whose length is another than the stream said.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::Seeded;
use milagro_tls::admission::Anyone;
use milagro_tls::exchange::{FLIGHT_HEADER_LEN, MAX_FLIGHT_LEN, Prologue, flight_length};
use milagro_tls::keys::{Agreement, PairMaster};
use milagro_tls::peer::PeerResponder;
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};

static RESPONDER: LazyLock<PeerResponder> = LazyLock::new(|| {
    let master = PairMaster::<Agreement>::random(&mut Seeded(1), "fuzz");
    let principal = Principal::new(master.domain(), Role::Peer, "bob").expect("a name");
    let key = master
        .issue_responder(&principal.at(Epoch(0)))
        .expect("a peer");
    PeerResponder::new(&key, EpochPolicy::DAILY, Anyone)
});

fuzz_target!(|input: (Vec<u8>, u16)| {
    let (stream, cut) = input;
    let length = flight_length(&stream);
    let early = flight_length(&stream[..stream.len().min(cut.into())]);
    match early {
        Ok(None) => {}
        known => assert_eq!(known, length),
    }
    if let Ok(Some(length)) = length {
        assert!((FLIGHT_HEADER_LEN..=MAX_FLIGHT_LEN).contains(&length));
    }
    let answered = RESPONDER.answer(
        &mut Seeded(2),
        &stream,
        &Prologue::new(),
        milagro_base::Seconds::ZERO,
    );
    if answered.is_ok() {
        assert_eq!(length, Ok(Some(stream.len())));
    }
});
