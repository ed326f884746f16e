//! How often strangers, clients and browsers may ask this process.
//!
//! Each is counted in one of [`BUCKETS`] places, by a hash whose key is drawn anew in each process: a flood of names takes no
//! memory and no time, and nobody can choose whose place is used up. Two that share a place by chance share its rate.

use alloc::sync::Arc;
use core::hash::BuildHasher as _;
#[cfg(test)]
use core::hash::BuildHasherDefault;
use core::net::IpAddr;
use core::num::NonZeroU32;
#[cfg(test)]
use std::hash::DefaultHasher;
#[cfg(not(test))]
use std::hash::RandomState;

use axum::extract::Request;
use axum::http::HeaderMap;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use milagro_wire::login::names::ClientId;
use milagro_wire::server::source;

use crate::error::{OAuthError, Word};

/// Places of each sort: 256 KiB.
const BUCKETS: usize = 4096;

#[cfg(not(test))]
type Hashing = RandomState;
/// Nobody is drawn into somebody else's place by chance, and a test fails always or never.
#[cfg(test)]
type Hashing = BuildHasherDefault<DefaultHasher>;

/// How often, in a minute; as many may come at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct Rates {
    /// Requests for tokens, and requests that are pushed, from one address (of IPv6: from one network of 64 bits), whoever it
    /// is. Addresses of this machine are not counted: proxies stand there.
    pub source: NonZeroU32,
    /// The same, of one client that has shown who it is; of one that does not, from one address.
    pub client: NonZeroU32,
    /// Codes for one user and one client.
    pub codes: NonZeroU32,
    /// Whether a proxy of the operator's is in front, whose last `X-Forwarded-For` is the address that counts.
    pub forwarded: bool,
}

impl Default for Rates {
    /// 1200 for addresses and clients, 60 codes; no proxy.
    fn default() -> Self {
        Self {
            source: const { NonZeroU32::new(1200).unwrap() },
            client: const { NonZeroU32::new(1200).unwrap() },
            codes: const { NonZeroU32::new(60).unwrap() },
            forwarded: false,
        }
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// Not known, or this machine.
    Near,
    /// An address, or the network that it is in.
    Far(IpAddr),
}

impl Source {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(far) => Self::Far(far.into()),
            IpAddr::V6(far) => {
                let network = u128::from(far) & !u128::from(u64::MAX);
                Self::Far(IpAddr::V6(network.into()))
            }
        }
    }
}

/// What is known of a request beside its parameters.
pub(crate) struct Head {
    pub(crate) headers: HeaderMap,
    pub(crate) source: Source,
}

/// A client, and whether it has shown nothing.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) id: &'a ClientId,
    pub(crate) public: bool,
}

/// What is known of a request that comes over a connection of the caller's own: no proxy is in between, whatever it says.
pub(crate) fn direct(request: &Request) -> Head {
    head(request, false)
}

fn head(request: &Request, forwarded: bool) -> Head {
    let headers = request.headers().clone();
    let address = source(&headers, request.extensions(), forwarded);
    let source = address.map_or(Source::Near, Source::of);
    Head { headers, source }
}

/// What has come so far.
pub(crate) struct Counted {
    rates: Rates,
    hasher: Hashing,
    sources: Arc<[DefaultDirectRateLimiter]>,
    clients: Arc<[DefaultDirectRateLimiter]>,
    codes: Arc<[DefaultDirectRateLimiter]>,
}

milagro_base::opaque_debug!(Counted);

impl Counted {
    pub(crate) fn new(rates: Rates) -> Self {
        let places = |rate| {
            let place = || RateLimiter::direct(Quota::per_minute(rate));
            core::iter::repeat_with(place).take(BUCKETS).collect()
        };
        Self {
            rates,
            hasher: Hashing::default(),
            sources: places(rates.source),
            clients: places(rates.client),
            codes: places(rates.codes),
        }
    }

    /// What is known of a request.
    pub(crate) fn head(&self, request: &Request) -> Head {
        head(request, self.rates.forwarded)
    }

    /// Before anything is looked at.
    pub(crate) fn count_source(&self, head: &Head) -> Result<(), OAuthError> {
        match head.source {
            Source::Near => Ok(()),
            Source::Far(address) => self.count(&self.sources, &address),
        }
    }

    /// When it is known who asks. Whoever shows nothing can name any client that does not, so the address counts with it.
    pub(crate) fn count_client(&self, client: Named<'_>, head: &Head) -> Result<(), OAuthError> {
        let id = client.id.as_str();
        match head.source {
            Source::Far(address) if client.public => self.count(&self.clients, &(id, address)),
            _ => self.count(&self.clients, &id),
        }
    }

    /// Before a code is made. A browser carries the answer, so it is an error of the authorization endpoint's.
    pub(crate) fn count_code(&self, client: &ClientId, user: &str) -> Result<(), OAuthError> {
        let counted = self.count(&self.codes, &(client.as_str(), user));
        counted.map_err(|often| OAuthError::new(Word::TemporarilyUnavailable, often.description))
    }

    fn count(
        &self,
        places: &[DefaultDirectRateLimiter],
        whom: &impl core::hash::Hash,
    ) -> Result<(), OAuthError> {
        let hash = self.hasher.hash_one(whom) % u64::try_from(BUCKETS).unwrap_or(1);
        let place = usize::try_from(hash)
            .ok()
            .and_then(|place| places.get(place));
        match place.map(RateLimiter::check) {
            Some(Ok(())) => Ok(()),
            // There is a place for each remainder.
            _ => Err(OAuthError::new(Word::SlowDown, "too often")),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::{ConnectInfo, Request};

    use super::{Counted, Rates, Source, direct};

    fn from(peer: &str, lines: &[&str]) -> Request {
        let mut request = Request::builder();
        for line in lines {
            request = request.header("x-forwarded-for", *line);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: core::net::SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    fn far(address: &str) -> Source {
        Source::Far(address.parse().unwrap())
    }

    #[test]
    fn a_source_is_the_last_that_a_proxy_of_ours_names() {
        let without = Counted::new(Rates::default());
        let with = Counted::new(Rates {
            forwarded: true,
            ..Rates::default()
        });
        let lie = ["9.9.9.9, 8.8.8.8", "7.7.7.7, 6.6.6.6"];
        for (peer, lines, plain, proxied) in [
            ("127.0.0.1:1", &[][..], Source::Near, Source::Near),
            ("[::1]:1", &[], Source::Near, Source::Near),
            ("5.5.5.5:1", &[], far("5.5.5.5"), far("5.5.5.5")),
            ("[::ffff:5.5.5.5]:1", &[], far("5.5.5.5"), far("5.5.5.5")),
            (
                "[2001:db8::1:2:3:4]:1",
                &[],
                far("2001:db8::"),
                far("2001:db8::"),
            ),
            ("5.5.5.5:1", &lie, far("5.5.5.5"), far("6.6.6.6")),
            ("5.5.5.5:1", &["6.6.6.6, x"], far("5.5.5.5"), far("5.5.5.5")),
            ("127.0.0.1:1", &lie, Source::Near, far("6.6.6.6")),
        ] {
            let request = from(peer, lines);
            assert_eq!(without.head(&request).source, plain, "{peer} {lines:?}");
            assert_eq!(with.head(&request).source, proxied, "{peer} {lines:?}");
            assert_eq!(direct(&request).source, plain, "{peer} {lines:?}");
        }
    }
}
