//! A small broker that knows its clients by their keys. It speaks as much of MQTT 3.1.1 as the example needs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use milagro::tls::raw_keys::peer_identity;
use milagro::tls::{Principal, Role};
use rumqttc::mqttbytes::v4::{
    ConnAck, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeFilter,
    SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Error, QoS};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::identities::domain::Outcome;

/// Bytes of the longest packet.
const MOST: usize = 10_000;

/// Topics that one connection may read.
const TOPICS: usize = 100;

/// How long a handshake may take, and the first packet behind it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who wants to read what.
type Readers = Arc<Mutex<Vec<(String, Sender<Packet>)>>>;

/// Serves everybody whom the acceptor lets in.
pub(crate) async fn serve(listener: TcpListener, acceptor: TlsAcceptor) -> Outcome<()> {
    let readers = Readers::default();
    loop {
        let (socket, _) = listener.accept().await?;
        let (acceptor, readers) = (acceptor.clone(), readers.clone());
        tokio::spawn(async move {
            if let Err(error) = talk(socket, &acceptor, &readers).await {
                println!("the broker hung up: {error}");
            }
        });
    }
}

/// One connection, from the handshake on. The name of the peer is its key's, and no password's.
async fn talk(socket: TcpStream, acceptor: &TlsAcceptor, readers: &Readers) -> Outcome<()> {
    let mut stream = timeout(PATIENCE, acceptor.accept(socket)).await??;
    let peer = peer_identity(stream.get_ref().1).ok_or("nobody there")?;
    let (mine, mut published) = channel(10);
    let mut read = BytesMut::new();
    let mut wanted = 0;
    match timeout(PATIENCE, next(&mut stream, &mut read)).await?? {
        Packet::Connect(_) => {
            let accepted = ConnAck::new(ConnectReturnCode::Success, false);
            send(&mut stream, &Packet::ConnAck(accepted)).await?;
        }
        other => return Err(format!("{} may not {other:?} yet", peer.principal()).into()),
    }
    loop {
        let packet = tokio::select! {
            packet = next(&mut stream, &mut read) => packet?,
            Some(packet) = published.recv() => {
                send(&mut stream, &packet).await?;
                continue;
            }
        };
        match packet {
            Packet::Subscribe(request) if wanted + request.filters.len() <= TOPICS => {
                wanted += request.filters.len();
                let granted = SubscribeReasonCode::Success(QoS::AtMostOnce);
                let codes = vec![granted; request.filters.len()];
                subscribe(readers, request.filters, &mine);
                let granted = SubAck::new(request.pkid, codes);
                send(&mut stream, &Packet::SubAck(granted)).await?;
            }
            Packet::Publish(message) if may_publish(peer.principal(), &message.topic) => {
                deliver(readers, &message);
                send(&mut stream, &Packet::PubAck(PubAck::new(message.pkid))).await?;
            }
            other => return Err(format!("{} may not {other:?}", peer.principal()).into()),
        }
    }
}

/// Every client beneath the own name. A name alone is nobody: a peer of the same name is somebody else, as would be a
/// client of another trust domain if the broker believed two.
fn may_publish(peer: &Principal, topic: &str) -> bool {
    let owner = topic.split_once('/').map(|(owner, _)| owner);
    peer.role() == Role::Client && owner == Some(peer.name())
}

/// Notes who reads what, and forgets those who have gone.
fn subscribe(readers: &Readers, filters: Vec<SubscribeFilter>, reader: &Sender<Packet>) {
    let mut readers = readers.lock().unwrap_or_else(PoisonError::into_inner);
    readers.retain(|(_, reader)| !reader.is_closed());
    readers.extend(
        filters
            .into_iter()
            .map(|filter| (filter.path, reader.clone())),
    );
}

/// Hands a message to those who want it. Who is slow misses it: QoS 0.
fn deliver(readers: &Readers, message: &Publish) {
    let readers = readers.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, reader) in readers.iter().filter(|(topic, _)| *topic == message.topic) {
        let message = Publish::new(&message.topic, QoS::AtMostOnce, message.payload.to_vec());
        let _ = reader.try_send(Packet::Publish(message));
    }
}

async fn next(stream: &mut TlsStream<TcpStream>, read: &mut BytesMut) -> Outcome<Packet> {
    loop {
        match Packet::read(read, MOST) {
            Err(Error::InsufficientBytes(_)) => {}
            other => return Ok(other?),
        }
        if stream.read_buf(read).await? == 0 {
            return Err("the end".into());
        }
    }
}

async fn send(stream: &mut TlsStream<TcpStream>, packet: &Packet) -> Outcome<()> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, MOST)?;
    Ok(stream.write_all(&bytes).await?)
}
