//! Our side: two identities of one authority, and a crowd that signs.

use alloc::sync::Arc;

use getrandom::SysRng;
use milagro_tls::admission::{Anyone, IdentityVerifier};
use milagro_tls::rand_core::UnwrapErr;
use milagro_tls::raw_keys::{IdentityResolver, client_config, server_config, server_name_for};
use milagro_tls::rustls::time_provider::{DefaultTimeProvider, TimeProvider as _};
use milagro_tls::signing::{Claim, Context, Signature, Signer, SigningMaster, TrustAnchor};
use milagro_tls::{Epoch, EpochPolicy, Identity, Principal, Role};

use crate::handshake::{Parties, provider};

const POLICY: EpochPolicy = EpochPolicy::DAILY;
const MESSAGE: &[u8] = &[7; 98];

fn identity(master: &SigningMaster, role: Role, name: &str) -> Identity {
    let now = DefaultTimeProvider.current_time().unwrap().as_secs().into();
    Principal::new(master.domain(), role, name)
        .unwrap()
        .at(Epoch::at(now, POLICY.length))
}

pub(crate) fn parties() -> Parties {
    let master = SigningMaster::random(&mut UnwrapErr(SysRng), "benches");
    let alice = identity(&master, Role::Client, "alice.example");
    let service = identity(&master, Role::Server, "server.example");
    let resolver = |identity: &Identity| {
        let key = master.issue(identity).unwrap();
        let time = Arc::new(DefaultTimeProvider);
        Arc::new(IdentityResolver::new(key, POLICY, provider(), time))
    };
    let verifier = || Arc::new(IdentityVerifier::new(master.anchor(), POLICY, Anyone));
    Parties {
        client: Arc::new(client_config(&resolver(&alice), &verifier()).unwrap()),
        server: Arc::new(server_config(&resolver(&service), &verifier()).unwrap()),
        name: server_name_for(service.principal()).unwrap(),
    }
}

/// Signatures of as many identities, as they arrive.
pub(crate) struct Signed {
    pub(crate) anchor: TrustAnchor,
    signer: Signer,
    arrived: Vec<(Identity, [u8; Signature::LEN])>,
}

impl Signed {
    pub(crate) fn new(size: usize) -> Self {
        let rng = &mut UnwrapErr(SysRng);
        let master = SigningMaster::random(rng, "benches");
        let signer = |number: usize| {
            let identity = identity(&master, Role::Client, &format!("user{number}.example"));
            Signer::new(master.issue(&identity).unwrap())
        };
        let mut arrived = Vec::with_capacity(size);
        for number in 0..size {
            let signer = signer(number);
            let signature = signer.sign(rng, Context::ChannelBinding, MESSAGE);
            arrived.push((signer.identity().clone(), signature.to_bytes()));
        }
        Self {
            anchor: master.anchor(),
            signer: signer(0),
            arrived,
        }
    }

    pub(crate) fn sign(&self) -> Signature {
        let rng = &mut UnwrapErr(SysRng);
        self.signer.sign(rng, Context::ChannelBinding, MESSAGE)
    }

    pub(crate) fn verify_one(&self) {
        let (identity, bytes) = self.arrived.first().unwrap();
        let signature = Signature::from_bytes(bytes).unwrap();
        self.anchor
            .verify(identity, Context::ChannelBinding, MESSAGE, &signature)
            .unwrap();
    }

    pub(crate) fn decode(&self) -> Vec<Signature> {
        let decode = |(_, bytes): &(_, [u8; Signature::LEN])| Signature::from_bytes(bytes).unwrap();
        self.arrived.iter().map(decode).collect()
    }

    pub(crate) fn claims<'a>(&'a self, signatures: &'a [Signature]) -> Vec<Claim<'a>> {
        self.arrived
            .iter()
            .zip(signatures)
            .map(|((identity, _), signature)| Claim {
                identity,
                context: Context::ChannelBinding,
                message: MESSAGE,
                signature,
            })
            .collect()
    }
}
