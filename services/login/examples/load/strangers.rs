//! Strangers: many connections that say nothing, and many logins without a cookie. One honest user wants in.

use std::net::SocketAddr;
use std::time::Duration;

use milagro_mpin::server::DeviceCookie;
use milagro_wire::bounded::Blob;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::Outcome;
use crate::load::drive::{Load, challenge, each, log_in};
use crate::load::http::Connection;
use crate::load::phones::{Phone, Ready, Task};

/// Strangers' connections.
pub(crate) const STRANGERS: usize = 10_000;

/// For how long the honest user tries.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long an honest login takes among connections that say nothing, in seconds.
pub(crate) async fn silent(load: &mut Load) -> Outcome<f64> {
    allow_files()?;
    let address = load.address;
    let parts = vec![STRANGERS / 50; 50];
    let held = each(parts, |many| async move {
        let mut held = Vec::with_capacity(many);
        for _ in 0..many {
            held.push(TcpStream::connect(address).await?);
        }
        Ok(held)
    });
    let held = held.await?;
    let seconds = honest(load).await;
    drop(held);
    seconds
}

/// How long an honest login takes among logins of strangers that all come at once, in seconds. Nothing of the curve is computed
/// for any of them.
pub(crate) async fn loud(load: &mut Load) -> Outcome<f64> {
    allow_files()?;
    let before = load.counted().await?.checked;
    let phone = load.phones.first().ok_or("no phone")?;
    let mut connection = Connection::open(load.address).await?;
    let task = Task {
        challenge: challenge(&mut connection).await?,
        right: true,
    };
    let proof = text(&phone.prove(task)?.to_bytes())?;
    let cookie = text(&[0; DeviceCookie::LEN])?;
    let body = format!(
        "{{\"proof\":\"{proof}\",\"cookie\":\"{cookie}\",\"purpose\":{{\"for\":\"session\"}}}}"
    );
    let address = load.address;
    let all = tokio::spawn(each(vec![(); STRANGERS], move |()| {
        let body = body.clone();
        async move { Ok(stranger(address, &body).await.unwrap_or_default()) }
    }));
    let seconds = honest(load).await?;
    let heard = all.await??.into_iter().filter(|refused| *refused).count();
    if heard == 0 {
        return Err("no stranger was heard".into());
    }
    let checked = load.counted().await?.checked - before;
    // The honest user, whose answer may have been lost with the connection, and nobody else.
    if !(1.0..10.0).contains(&checked) {
        return Err(format!("{checked} logins were checked").into());
    }
    Ok(seconds)
}

/// One stranger; true if the service has said no.
async fn stranger(address: SocketAddr, body: &str) -> Outcome<bool> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.post("/v1/login", "", body).await?;
    match answer.status {
        403 => Ok(true),
        200 => Err("a stranger is let in".into()),
        _ => Ok(false),
    }
}

/// How long the first phone takes to log in, whose connection may be closed as any other: it tries again.
async fn honest(load: &mut Load) -> Outcome<f64> {
    let (address, start) = (load.address, Instant::now());
    let phone = load.phones.first_mut().ok_or("no phone")?;
    while start.elapsed() < PATIENCE {
        if let Ok(Ok(())) = timeout(PATIENCE, log_in_anew(address, phone)).await {
            return Ok(start.elapsed().as_secs_f64());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(f64::INFINITY)
}

async fn log_in_anew(address: SocketAddr, phone: &mut Phone) -> Outcome<()> {
    let mut connection = Connection::open(address).await?;
    let challenge = challenge(&mut connection).await?;
    let right = true;
    let proof = text(&phone.prove(Task { challenge, right })?.to_bytes())?;
    log_in(&mut connection, phone, Ready { proof, right }).await
}

fn text(bytes: &[u8]) -> Outcome<String> {
    let blob = Blob::<2048>::new(bytes).map_err(|_| "too long")?;
    Ok(blob.to_text())
}

/// Room for the strangers' ends of the connections.
fn allow_files() -> Outcome<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let needed = u64::try_from(STRANGERS + 1000)?;
    if maximum.is_some_and(|maximum| maximum < needed) {
        return Err(
            format!("the system allows {maximum:?} open files, and {needed} are needed").into(),
        );
    }
    let current = maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current, maximum })?)
}
