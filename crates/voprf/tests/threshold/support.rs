//! Issuers with shares of one key, and the key that they share.

use milagro_dta::dealer::{self, Dealt};
use milagro_dta::sharing::{Coefficients, Group};
use milagro_dta::{Authority, AuthorityId, Threshold};
use milagro_ledger::LedgerId;
use milagro_voprf::modes::threshold::{Collector, Evaluation, KeyShare, Shared, SharedKey};
use milagro_voprf::rand_core::UnwrapErr;
use milagro_voprf::{Blinded, SecretKey, Voprf};

/// The pairs (t, n) that everything is tried with.
pub(super) const SIZES: [(u16, u16); 3] = [(2, 3), (3, 5), (5, 9)];

/// The ledger that issuers count on, unless a test says otherwise.
pub(super) const LEDGER: LedgerId = LedgerId::from_bytes([0; 32]);

/// What `milagro-dta` calls the protocol of a suite's shared keys.
pub(super) type Protocol<S> = milagro_dta::Voprf<<S as Shared>::Sharing>;

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(super) fn id(number: u16) -> AuthorityId {
    AuthorityId::new(number).unwrap()
}

/// Authorities of a dealer's domain.
pub(super) fn authorities<S: Shared>(t: u16, n: u16) -> Vec<Authority<Protocol<S>>> {
    let threshold = Threshold::new(t, n).unwrap();
    let Dealt { domain, shares } =
        dealer::deal::<Protocol<S>, _>(&mut rng(), "issuers.example", threshold).unwrap();
    let accept = |share: dealer::DealtShare<_>| {
        let me = share.to();
        share.accept(me, "issuers.example", threshold, &domain)
    };
    shares
        .into_iter()
        .map(accept)
        .collect::<Result<_, _>>()
        .unwrap()
}

pub(super) fn issuers<S: Shared>(authorities: &[Authority<Protocol<S>>]) -> Vec<KeyShare<S>> {
    authorities
        .iter()
        .map(|authority| KeyShare::new(authority, LEDGER).unwrap())
        .collect()
}

/// A client's view of the key.
pub(super) fn shared<S: Shared>(authorities: &[Authority<Protocol<S>>]) -> SharedKey<S> {
    SharedKey::new(authorities[0].domain().clone()).unwrap()
}

/// The key itself, from t shares: what nobody outside a test ever puts together.
pub(super) fn unshared<S: Shared>(authorities: &[Authority<Protocol<S>>]) -> SecretKey<Voprf, S> {
    let needed = usize::from(authorities[0].domain().threshold().needed());
    let some = &authorities[..needed];
    let ids: Vec<_> = some.iter().map(Authority::id).collect();
    let coefficients = Coefficients::at_zero(&ids).unwrap().scalars::<S::Sharing>();
    let mut sum = S::Sharing::secret_from_bytes(&[0; 32]).unwrap();
    for (authority, coefficient) in some.iter().zip(&coefficients) {
        sum = S::Sharing::secret_add_product(&sum, authority.key_share(), coefficient);
    }
    SecretKey::from_bytes(&*S::Sharing::secret_to_bytes(&sum)).unwrap()
}

/// All sets of t of n issuers, by their places.
pub(super) fn subsets(t: u16, n: u16) -> impl Iterator<Item = Vec<usize>> {
    (0_u32..1 << n)
        .filter(move |set| set.count_ones() == u32::from(t))
        .map(move |set| {
            (0..usize::from(n))
                .filter(|place| set >> place & 1 == 1)
                .collect()
        })
}

/// What these issuers, and nobody else, make of a batch.
pub(super) fn evaluate<S: Shared>(
    issuers: &[KeyShare<S>],
    places: &[usize],
    blinded: &[Blinded<S>],
) -> Evaluation<S> {
    let shared = issuers[0].shared();
    let mut collector = Collector::new(shared, blinded);
    for place in places {
        let issuer = &issuers[*place];
        let partial = issuer.evaluate(&mut rng(), blinded).unwrap();
        collector
            .add_bytes(issuer.id(), &partial.to_bytes())
            .unwrap();
    }
    assert!(collector.is_enough());
    collector.finish().unwrap()
}
