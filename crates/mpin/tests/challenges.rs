//! What challenges cost a server that waits for their answers. Alone in its file, so that nothing else allocates.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use getrandom::SysRng;
use milagro_freed_memory::Recorder;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::client::PinLength;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::server::{Arrival, Attempts, PermitPolicy, Policy};
use milagro_mpin::{
    ChannelBinding, Factors, Identity, MasterSecret, Pin, Seconds, ServerId, Target, Token,
    Verifier,
};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

/// Not a byte: so a million cost no more. The first is still answered.
#[test]
fn outstanding_challenges_cost_no_memory() {
    let (mut rng, now) = (UnwrapErr(SysRng), Seconds::new(1_800_000_000));
    let master = MasterSecret::random(&mut rng);
    let (domain, server) = (
        master.trust_domain("example"),
        ServerId::new(b"server").unwrap(),
    );
    let ledger = MemoryLedger::init(&mut rng, 10, Seconds::ZERO);
    let key = master.issue_server(&server).belonging_to(ledger.id());
    let policy = Policy::new(PermitPolicy::NoPermits);
    let verifier = Verifier::new(domain, &key, ledger.id(), policy).unwrap();
    let pin = Factors::pin(Pin::new("1234", PinLength::FOUR).unwrap());
    let alice = Identity::raw(b"alice").unwrap();
    let token = Token::new(domain, master.issue_client(&alice), &pin).unwrap();

    let first = verifier.challenge(&mut rng, now);
    let before = Recorder::held();
    for _ in 1..20_000 {
        let _ = verifier.challenge(&mut rng, now);
    }
    assert_eq!(Recorder::held(), before);

    let binding = ChannelBinding::None;
    let target = Target {
        domain,
        server,
        binding,
    };
    let proof = token
        .unlock(&pin)
        .unwrap()
        .login(&target)
        .answer(&mut rng, first)
        .unwrap();
    let arrival = Arrival::new(
        &ChannelBinding::None,
        Attempts::PerIdentityStrangersCanLockOut,
        now,
    );
    assert!(verifier.admit(&mut rng, &proof, arrival).is_ok());
}
