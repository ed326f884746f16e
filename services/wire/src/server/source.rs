//! Where a request comes from.

use core::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};

/// The address that a request comes from, for counting; `None` if it is not known, or is one of this machine, where proxies
/// stand. Behind a proxy of the operator's (`forwarded`) it is the last that `X-Forwarded-For` names, with or without a port:
/// those before it are whatever somebody says. IPv4 within IPv6 is IPv4.
///
/// # Security
/// The proxy has to add the address that it sees. Behind one that passes the header on as it comes, clients choose.
#[must_use]
pub fn source(headers: &HeaderMap, extensions: &Extensions, forwarded: bool) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| peer.ip());
    let said = last(headers).filter(|_| forwarded);
    // What a proxy says is counted as it is.
    if let Some(said) = said {
        return Some(said.to_canonical());
    }
    let address = peer?.to_canonical();
    (!address.is_loopback()).then_some(address)
}

fn last(headers: &HeaderMap) -> Option<IpAddr> {
    const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
    let line = headers.get_all(FORWARDED).iter().next_back()?;
    let last = line.to_str().ok()?.rsplit(',').next()?;
    let last = last.trim();
    let alone = last.trim_matches(['[', ']']).parse().ok();
    alone.or_else(|| last.parse::<SocketAddr>().ok().map(|with| with.ip()))
}
