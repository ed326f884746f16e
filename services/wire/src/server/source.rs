//! Where a request comes from.

use core::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};

/// The address that a request comes from, for counting; `None` if it is not known, or is one of this machine, where proxies
/// stand. Behind a proxy of the operator's (`forwarded`) it is the last that `X-Forwarded-For` names: those before it are
/// whatever somebody says. IPv4 within IPv6 is IPv4.
#[must_use]
pub fn source(headers: &HeaderMap, extensions: &Extensions, forwarded: bool) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| peer.ip());
    let said = last(headers).filter(|_| forwarded);
    let address = said.or(peer)?.to_canonical();
    (!address.is_loopback()).then_some(address)
}

fn last(headers: &HeaderMap) -> Option<IpAddr> {
    const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
    let line = headers.get_all(FORWARDED).iter().next_back()?;
    let last = line.to_str().ok()?.rsplit(',').next()?;
    last.trim().trim_matches(['[', ']']).parse().ok()
}
