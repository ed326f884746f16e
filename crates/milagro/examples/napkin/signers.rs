//! Keys for signatures, and rustls with them: names take the place of certificates.
//!
//! They have a master key of their own, since one master key serves one protocol. A dealer hands its
//! shares out here; a ceremony as for the logins would do it without one.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use milagro::base::Seconds;
use milagro::dta::{
    Authority, Threshold,
    dealer::{self, Dealt},
    issue::{Combined, FirstKey, G1Share, MasterPublicKey, Received, combine},
};
use milagro::mpin::names::{Epoch, EpochLength, EpochPolicy};
use milagro::tls::admission::{AllowList, IdentityVerifier};
use milagro::tls::keys::{IdentityKey, Signing};
use milagro::tls::raw_keys::{
    IdentityResolver, client_config, peer_identity, server_config, server_name_for,
};
use milagro::tls::signing::TrustAnchor;
use milagro::tls::{Identity, Principal, Role};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConnection, ProtocolVersion, ServerConnection, Stream};

use super::clock::Clock;
use super::report::{Outcome, missing};
use super::world::rng;

/// The domain of these authorities.
const NAME: &str = "services";

/// How long an end waits for the other.
const PATIENCE: Duration = Duration::from_secs(20);

/// Three authorities, two of which can issue.
pub(crate) struct Signers {
    clock: Clock,
    authorities: Vec<Authority<Signing>>,
    key: MasterPublicKey,
}

/// A service with a name, and the key of an epoch.
pub(crate) struct Service {
    principal: Principal,
    resolver: Arc<IdentityResolver>,
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_secs(self.now().get());
        Some(UnixTime::since_unix_epoch(now))
    }
}

impl core::fmt::Debug for Clock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Clock({})", self.now().get())
    }
}

impl Signers {
    pub(crate) fn found(clock: &Clock) -> Outcome<Self> {
        let threshold = Threshold::new(2, 3)?;
        let Dealt { domain, shares } = dealer::deal::<Signing, _>(&mut rng(), NAME, threshold)?;
        let shares = shares.into_iter().zip(threshold.ids());
        let shares = shares.map(|(share, me)| share.accept(me, NAME, threshold, &domain));
        let authorities: Vec<Authority<Signing>> = shares.collect::<Result<_, _>>()?;
        let mut parts = Vec::new();
        for authority in &authorities {
            parts.push(Received {
                from: authority.id(),
                value: authority.public_key_share()?,
            });
        }
        let Combined { key, .. } = MasterPublicKey::combine(&domain, parts)?;
        Ok(Self {
            clock: clock.clone(),
            authorities,
            key,
        })
    }

    /// Two of the authorities issue a service's key for the epoch that `time` is in.
    pub(crate) fn issue(&self, name: &str, time: Seconds) -> Outcome<Service> {
        let anchor = TrustAnchor::of(&self.key);
        let principal = Principal::new(anchor.domain(), Role::Peer, name)?;
        let identity = principal.at(Epoch::at(time, EpochLength::DAY));
        let subject = identity.to_subject();
        let mut shares: Vec<Received<G1Share<FirstKey<Signing>>>> = Vec::new();
        for authority in self.authorities.iter().skip(1) {
            shares.push(Received {
                from: authority.id(),
                value: authority.uncounted().issue(&mut rng(), &subject)?,
            });
        }
        let first = self.authorities.first();
        let domain = first
            .ok_or_else(|| missing("there are authorities"))?
            .domain();
        let combined = combine(domain, subject, shares)?;
        let key = IdentityKey::combined(&combined.key, &anchor)?;
        let resolver = IdentityResolver::new(key, EpochPolicy::DAILY, provider(), self.time());
        Ok(Service {
            principal,
            resolver: Arc::new(resolver),
        })
    }

    fn time(&self) -> Arc<dyn TimeProvider> {
        Arc::new(self.clock.clone())
    }

    /// Believes these authorities, and talks to the services on a list alone.
    fn verifier(&self, allowed: &[&Service]) -> Arc<IdentityVerifier> {
        let allowed = allowed.iter().map(|service| service.principal.clone());
        let allowed: AllowList = allowed.collect();
        let anchor = TrustAnchor::of(&self.key);
        Arc::new(IdentityVerifier::new(anchor, EpochPolicy::DAILY, allowed))
    }

    /// A TLS connection over TCP, on which the client says a word and the server answers. Whom the
    /// client saw and whom the server saw, if they let each other in.
    pub(crate) fn talk(
        &self,
        (client, server): (&Service, &Service),
        allowed: &[&Service],
    ) -> Outcome<(io::Result<Identity>, io::Result<Identity>)> {
        let verifier = self.verifier(allowed);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let config = Arc::new(server_config(&server.resolver, &verifier)?);
        let accepting = thread::spawn(move || {
            let (socket, _) = listener.accept()?;
            let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
            converse(socket, |socket| {
                let mut stream = Stream::new(&mut connection, socket);
                let mut word = [0; 4];
                stream.read_exact(&mut word)?;
                stream.write_all(&word)?;
                stream.flush()?;
                whom(&connection)
            })
        });
        let config = Arc::new(client_config(&client.resolver, &verifier)?);
        let name = server_name_for(&server.principal)?;
        let mut connection = ClientConnection::new(config, name)?;
        let seen = converse(TcpStream::connect(address)?, |socket| {
            let mut stream = Stream::new(&mut connection, socket);
            stream.write_all(b"ping")?;
            stream.flush()?;
            let mut word = [0; 4];
            stream.read_exact(&mut word)?;
            whom(&connection)
        });
        let accepted = accepting.join();
        let accepted = accepted.map_err(|_| missing("the server ends"))?;
        Ok((seen, accepted))
    }
}

impl Service {
    pub(crate) const fn principal(&self) -> &Principal {
        &self.principal
    }
}

/// Talks, then says no more and hears the other end out, so that no reset overtakes an alert.
fn converse(
    mut socket: TcpStream,
    talk: impl FnOnce(&mut TcpStream) -> io::Result<Identity>,
) -> io::Result<Identity> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let seen = talk(&mut socket);
    // The other end may be gone already.
    let _ = socket.shutdown(Shutdown::Write);
    let _ = io::copy(&mut socket, &mut io::sink());
    seen
}

/// Who is at the other end of a connection over TLS 1.3.
fn whom<Data>(connection: &rustls::ConnectionCommon<Data>) -> io::Result<Identity> {
    let version = connection.protocol_version();
    peer_identity(connection)
        .filter(|_| version == Some(ProtocolVersion::TLSv1_3))
        .ok_or_else(|| io::Error::other("no peer over TLS 1.3"))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
